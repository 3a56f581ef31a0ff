//! Models, as this build has them.

use std::path::Path;

use runeblocks_io::file;
use runeblocks_model::{Backend, ModelError, ModelFile, ModelInfo};

use crate::failure::{Exit, Failure};
use crate::terminal;

/// The backend of a name that was given as an argument.
pub fn backend(name: &str) -> Result<&'static dyn Backend, String> {
    runeblocks_model::backend_named(name).map_err(|error| error.to_string())
}

/// Reads a model file.
pub fn read(path: &Path) -> Result<ModelFile, Failure> {
    let read = match file::stdin(path) {
        Some(bytes) => ModelFile::from_bytes(bytes.to_vec()).map_err(ModelError::from),
        None => runeblocks_model::read(path),
    };
    read.map_err(|error| match error {
        ModelError::Io { .. } => Failure::new(Exit::Invalid, error.to_string()),
        error => Failure::new(Exit::Invalid, format!("{}: {error}", path.display())),
    })
}

/// Prints what a model file says of itself.
pub fn describe(path: &Path, json: bool) -> Result<(), Failure> {
    let file = read(path)?;
    let info = ModelInfo::new(&file);
    if json { terminal::print_json(&serde_json::to_value(&info).unwrap_or_default()) } else { terminal::print(info) }
}
