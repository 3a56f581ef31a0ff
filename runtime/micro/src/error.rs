//! Errors of arguments.

use alloc::string::ToString;
use core::fmt::Display;

use runeblocks_core::BlockError;

/// An argument with a value that it can't have: its name, the value, what it should be, and what to do.
pub fn argument(name: &str, found: impl Display, expected: impl Display, help: &str) -> BlockError {
    BlockError::Argument {
        name: name.to_string(),
        found: found.to_string(),
        expected: expected.to_string(),
        help: Some(help.to_string()),
    }
}
