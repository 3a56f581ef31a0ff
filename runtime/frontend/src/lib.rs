//! TensorFlow's `audio_microfrontend` op as one function.
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "rayon")]
mod batch;
mod config;
mod context;
mod frontend;

#[cfg(feature = "rayon")]
pub use batch::Batch;
pub use config::{Config, OutType};
pub use frontend::{Feature, Features, MicroFrontend, Taps};
pub use runeblocks_micro::{Dialect, Level};
