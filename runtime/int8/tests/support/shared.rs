//! Where models are.

use std::path::PathBuf;

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder of shared models, which are not part of the repository: in `RUNEBLOCKS_SHARED`, or `../shared` beside the
/// workspace. Where there is none, a line says so.
pub fn shared_models() -> Option<PathBuf> {
    let beside = workspace().join("../shared");
    let folder = std::env::var_os("RUNEBLOCKS_SHARED").map_or(beside, PathBuf::from).join("models");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIP no shared models (set RUNEBLOCKS_SHARED to the folder that holds them)");
    None
}

/// The bytes of a model: one of the repository where the name begins with `models/`, else one of the shared folder.
pub fn read(name: &str, shared: Option<&PathBuf>) -> Option<Vec<u8>> {
    let path = if name.starts_with("models/") { workspace().join(name) } else { shared?.join(name) };
    let path = path.with_extension("tflite");
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
