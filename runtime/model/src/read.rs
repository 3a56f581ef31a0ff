//! Reads model files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{DecodeError, MAX_FILE_BYTES, ModelError, ModelFile};

/// Reads, decodes and checks a file.
///
/// # Errors
///
/// When the file can't be read, has more than [`MAX_FILE_BYTES`], or is not a sound TensorFlow Lite file.
pub fn read(path: impl AsRef<Path>) -> Result<ModelFile, ModelError> {
    let path = path.as_ref();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| ModelError::Io { path: path.to_owned(), source })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let found = format!("more than {MAX_FILE_BYTES} bytes, which no such file has");
        return Err(DecodeError { part: "size".into(), found }.into());
    }
    Ok(ModelFile::from_bytes(bytes)?)
}
