//! Models, as this build has them.

use std::path::Path;

use crate::failure::Failure;

/// What reads the models of Runefiles.
#[cfg(feature = "tract")]
pub type Models = runeblocks_model::Loader;
/// What reads the models of Runefiles: nothing.
#[cfg(not(feature = "tract"))]
pub type Models = runeblocks_graph::NoModels;

/// Prints what a model file says of itself.
#[cfg(feature = "tract")]
pub fn describe(path: &Path, json: bool) -> Result<(), Failure> {
    use crate::failure::Exit;
    use crate::terminal;
    use runeblocks_model::{ModelError, ModelFile, ModelInfo};

    let file = ModelFile::read(path).map_err(|error| match error {
        ModelError::Io { .. } => Failure::new(Exit::Invalid, error.to_string()),
        error => Failure::new(Exit::Invalid, format!("{}: {error}", path.display())),
    })?;
    let info = ModelInfo::new(&file);
    if json { terminal::print_json(&serde_json::to_value(&info).unwrap_or_default()) } else { terminal::print(info) }
}

/// Refuses: what decodes model files comes with the backends.
#[cfg(not(feature = "tract"))]
pub fn describe(_: &Path, _: bool) -> Result<(), Failure> {
    Err(Failure::new(crate::failure::Exit::Run, "this build has no model backend")
        .help("build the program with the feature `tract`"))
}
