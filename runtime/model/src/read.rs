//! Reads model files.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::file::MAX_FILE_BYTES;
use crate::{ModelError, ModelFile};

impl ModelFile {
    /// Decodes and checks the bytes of a file. Any bytes give a model or an error, and memory is taken in proportion to
    /// their number.
    ///
    /// # Errors
    ///
    /// When the bytes are not a sound TensorFlow Lite file; the error names the part and what was found there.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Self, ModelError> {
        crate::schema::decode(bytes.into())
    }

    /// Reads, decodes and checks a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read, has more than [`MAX_FILE_BYTES`], or is not a sound TensorFlow Lite file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let path = path.as_ref();
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|source| ModelError::Io { path: path.to_owned(), source })?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            let found = format!("more than {MAX_FILE_BYTES} bytes, which no such file has");
            return Err(ModelError::Damaged { part: "size".into(), found });
        }
        Self::from_bytes(bytes)
    }
}
