//! TensorFlow's `audio_microfrontend` op as one function.
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod config;
mod context;
mod frontend;

pub use config::{Config, OutType};
pub use frontend::{Features, MicroFrontend, Taps};
pub use runeblocks_micro::Dialect;
