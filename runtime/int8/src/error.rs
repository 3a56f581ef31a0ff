//! Why a model can't be run.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What an operator found and what it expected, in one sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Ends the preparation of an operator with a [`Refusal`].
macro_rules! refuse {
    ($($text:tt)*) => {
        return Err($crate::error::Refusal(alloc::format!($($text)*)))
    };
}
pub(crate) use refuse;

/// An operator that can't be run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperatorError {
    /// Its subgraph.
    pub subgraph: usize,
    /// Its number in the subgraph.
    pub operator: usize,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: Refusal,
}

impl fmt::Display for OperatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subgraph, operator, name, reason } = self;
        if *subgraph == 0 {
            write!(f, "operator {operator} ({name}): {reason}")
        } else {
            write!(f, "subgraph {subgraph}, operator {operator} ({name}): {reason}")
        }
    }
}

/// Why a model can't be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Operators that can't be run: all of them.
    #[error("{}", lines(.0))]
    Operators(Vec<OperatorError>),
    /// Something about the graph as a whole.
    #[error("{0}")]
    Graph(String),
    /// The arena is too small.
    #[error("the arena has {found} bytes: expected at least {expected}")]
    Arena {
        /// Bytes that the arena has.
        found: usize,
        /// Bytes that the model needs.
        expected: usize,
    },
}

/// Why an invocation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An operator met data that it can't take.
    #[error("{0}")]
    Operator(OperatorError),
    /// An input or output was named, or given bytes, that the model does not have.
    #[error("{what} {index}: found {found}, expected {expected}")]
    Port {
        /// "input" or "output".
        what: &'static str,
        /// Its number.
        index: usize,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A state of another model was taken up.
    #[error("the state has {found} bytes: expected {expected}")]
    State {
        /// Bytes that the state has.
        found: usize,
        /// Bytes of this model's states.
        expected: usize,
    },
}

fn lines(errors: &[OperatorError]) -> String {
    errors.iter().map(|error| alloc::format!("{error}")).collect::<Vec<_>>().join("\n")
}
