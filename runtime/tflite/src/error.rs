//! Why bytes are not a model.

use alloc::string::String;

/// The bytes are not a sound TensorFlow Lite file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a sound TensorFlow Lite model: {part}: {found}")]
pub struct DecodeError {
    /// The part of the file.
    pub part: String,
    /// What was found there, and what was expected.
    pub found: String,
}
