#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod args;
mod block;
pub mod filterbank;
mod logarithm;
pub mod scale;

pub use args::{Log, MelFilterbankArgs, Norm, Triangles};
pub use block::{DESCRIPTOR, MelFilterbank};
pub use filterbank::Filterbank;
