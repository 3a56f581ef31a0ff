//! Blocks and a model format for tests.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]
#![allow(dead_code, missing_docs, reason = "every test uses a part of it")]

pub mod blocks;
pub mod models;

use runeblocks_core::{Descriptor, Registry};

/// The blocks that come with the project, and those of the tests, whose names start with `test-`.
pub fn registry() -> Registry {
    let own: [&'static Descriptor; 5] = [
        &blocks::join::DESCRIPTOR,
        &blocks::split::DESCRIPTOR,
        &blocks::running_sum::DESCRIPTOR,
        &blocks::frame_sums::DESCRIPTOR,
        &blocks::every_other::DESCRIPTOR,
    ];
    Registry::new(runeblocks_all::BUILTIN.iter().copied().chain(own)).expect("the names differ")
}
