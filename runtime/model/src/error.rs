//! Why a model file cannot be read, loaded or run.

use core::fmt;
use std::path::PathBuf;

use runeblocks_core::{ElementType, nearest};

use crate::DecodeError;

/// Why a model cannot be read, loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file cannot be read from the disk.
    #[error("cannot read the model {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not a sound TensorFlow Lite file.
    #[error(transparent)]
    Damaged(#[from] DecodeError),
    /// No backend of this build can run the model.
    #[error("no backend of this build can run the model\n{}", list(reasons))]
    NoBackend {
        /// One entry for each backend.
        reasons: Vec<Reasons>,
    },
    /// A backend that this build does not have.
    #[error("there is no backend `{name}`: expected {}{}", names.join(" or "), nearest(name, names.iter().copied()).map_or_else(String::new, |name| format!("; did you mean `{name}`?")))]
    UnknownBackend {
        /// The name as it was given.
        name: String,
        /// The backends of this build.
        names: Vec<&'static str>,
    },
    /// The backend cannot run the model.
    #[error("{0}")]
    Unsupported(Reasons),
    /// The backend took the model and then failed to prepare it.
    #[error("the {backend} backend failed to load the model: {message}")]
    Load {
        /// Name of the backend.
        backend: &'static str,
        /// What it said.
        message: String,
    },
    /// The backend failed while it ran the model.
    #[error("the {backend} backend failed to run the model: {message}")]
    Run {
        /// Name of the backend.
        backend: &'static str,
        /// What it said.
        message: String,
    },
    /// A tensor that was handed to the model is not of the type that it takes.
    #[error("input {index} of the model takes {expected}, found {found}")]
    InputType {
        /// Number of the input.
        index: usize,
        /// The type that the model takes.
        expected: ElementType,
        /// The type of the tensor.
        found: ElementType,
    },
    /// A tensor that was handed to the model does not have the shape that it takes.
    #[error("input {index} of the model takes the shape {expected:?}, found {found:?}")]
    InputShape {
        /// Number of the input.
        index: usize,
        /// The shape that the model takes.
        expected: Vec<usize>,
        /// The shape of the tensor.
        found: Vec<usize>,
    },
    /// The number of tensors is not that of the model.
    #[error("the model has {expected} {what}, found {found}")]
    Count {
        /// "inputs" or "outputs".
        what: &'static str,
        /// How many the model has.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// A saved state is not one of this model.
    #[error("the saved state is not one of this model: expected {expected} bytes, found {found}")]
    State {
        /// Size of the model's state in bytes.
        expected: usize,
        /// Size of the given one.
        found: usize,
    },
}

/// Why a backend cannot run a model: all reasons at once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Reasons {
    /// Name of the backend.
    pub backend: &'static str,
    /// The reasons, each a sentence without its full stop.
    pub reasons: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Reasons {
    /// The reasons of a backend, or `Ok` where there are none.
    ///
    /// # Errors
    ///
    /// Returns the reasons themselves where there are any.
    pub fn check(backend: &'static str, reasons: Vec<String>, help: Option<String>) -> Result<(), Self> {
        if reasons.is_empty() { Ok(()) } else { Err(Self { backend, reasons, help }) }
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} backend cannot run the model:", self.backend)?;
        match self.reasons.as_slice() {
            [reason] => write!(f, " {reason}")?,
            reasons => {
                for reason in reasons {
                    write!(f, "\n  - {reason}")?;
                }
            }
        }
        match &self.help {
            Some(help) if self.reasons.len() == 1 => write!(f, "; {help}"),
            Some(help) => write!(f, "\n  {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Reasons {}

fn list(reasons: &[Reasons]) -> String {
    reasons.iter().map(|reasons| format!("{reasons}")).collect::<Vec<_>>().join("\n")
}
