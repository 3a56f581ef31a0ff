//! Errors of blocks as exceptions of Python.

use pyo3::PyErr;
use pyo3::exceptions::{PyTypeError, PyValueError};
use runeblocks_core::{BlockError, BlockErrors};

/// The exception for what is wrong with a call of `name`: `TypeError` where arguments or inputs are not those that there
/// are, `ValueError` where their values do not do.
pub(crate) fn exception(name: &str, errors: impl Into<BlockErrors>) -> PyErr {
    with_hint(name, errors, "")
}

/// As [`exception`], with a last word.
pub(crate) fn with_hint(name: &str, errors: impl Into<BlockErrors>, hint: &str) -> PyErr {
    let errors = errors.into();
    let text = format!("{name}: {errors}{hint}");
    let names = |error: &BlockError| {
        matches!(
            error,
            BlockError::UnknownArgument { .. } | BlockError::MissingArgument { .. } | BlockError::InputCount { .. }
        )
    };
    if errors.0.iter().any(names) { PyTypeError::new_err(text) } else { PyValueError::new_err(text) }
}
