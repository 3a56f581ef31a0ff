//! What can go wrong in a block.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::WordsFault;

/// An error of one block: what was found, what was expected, and what to do. The caller (a graph, a program) adds where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// An argument that the block does not have.
    #[error("unknown argument `{name}`")]
    UnknownArgument {
        /// The name as it was given.
        name: String,
        /// The nearest and all valid names.
        help: String,
    },
    /// An argument without a default was not given.
    #[error("the argument `{name}` is missing: expected {expected}")]
    MissingArgument {
        /// The argument.
        name: String,
        /// What it should be.
        expected: String,
    },
    /// An argument has a value that it can't have.
    #[error("the argument `{name}` is {found}: expected {expected}")]
    Argument {
        /// The argument.
        name: String,
        /// Its value.
        found: String,
        /// What it should be.
        expected: String,
        /// What to do.
        help: Option<String>,
    },
    /// An argument is no list of words.
    #[error("the argument `{name}` has {fault}")]
    Words {
        /// The argument.
        name: String,
        /// Why not.
        fault: WordsFault,
    },
    /// The wrong number of inputs.
    #[error("{found} inputs: expected {expected}")]
    InputCount {
        /// How many were given.
        found: usize,
        /// How many, and which, the block has.
        expected: String,
    },
    /// An input that the block can't take.
    #[error("the input `{port}` is {found}: expected {expected}")]
    Input {
        /// The port's place among the inputs, from 0.
        index: usize,
        /// The port's name.
        port: String,
        /// What arrives.
        found: String,
        /// What the port takes.
        expected: String,
        /// What to do.
        help: Option<String>,
    },
    /// An output that can't be written.
    #[error("the output was to hold {found}: expected {expected}")]
    Output {
        /// What was to be written.
        found: String,
        /// What the buffer holds.
        expected: String,
    },
    /// A saved state that does not belong to the block.
    #[error("the saved state is {found}: expected {expected}")]
    State {
        /// What the state is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The block can't run at all.
    #[error("{reason}")]
    Unsupported {
        /// Why.
        reason: String,
        /// What to do.
        help: Option<String>,
    },
    /// Data that the block can't process.
    #[error("found {found}: expected {expected}")]
    Data {
        /// What the data holds.
        found: String,
        /// What it should hold.
        expected: String,
        /// What to do.
        help: Option<String>,
    },
}

impl BlockError {
    #[doc(hidden)]
    #[must_use]
    pub fn unknown_choice(kind: &str, found: &str, names: &[&str]) -> Self {
        BlockError::Argument {
            name: kind.to_lowercase(),
            found: alloc::format!("`{found}`"),
            expected: crate::suggest::or_list(names.iter().copied()),
            help: crate::nearest(found, names.iter().copied()).map(|n| alloc::format!("did you mean `{n}`?")),
        }
    }

    /// What to do, where there is more to say than the message does.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            BlockError::UnknownArgument { help, .. } => Some(help),
            BlockError::Words { fault, .. } => Some(fault.help()),
            BlockError::Argument { help, .. }
            | BlockError::Input { help, .. }
            | BlockError::Unsupported { help, .. }
            | BlockError::Data { help, .. } => help.as_deref(),
            _ => None,
        }
    }

    /// The argument at fault.
    #[must_use]
    pub fn argument(&self) -> Option<&str> {
        match self {
            BlockError::UnknownArgument { name, .. }
            | BlockError::MissingArgument { name, .. }
            | BlockError::Argument { name, .. }
            | BlockError::Words { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The place of the input at fault.
    #[must_use]
    pub fn input(&self) -> Option<usize> {
        if let BlockError::Input { index, .. } = self { Some(*index) } else { None }
    }
}

/// Several errors of one block, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockErrors(pub Vec<BlockError>);

impl fmt::Display for BlockErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
            if let Some(help) = error.help() {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl core::error::Error for BlockErrors {}

impl From<BlockError> for BlockErrors {
    fn from(error: BlockError) -> Self {
        BlockErrors(alloc::vec![error])
    }
}
