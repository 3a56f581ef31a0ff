#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod args;
mod block;
mod dct;

pub use args::{MfccArgs, Norm};
pub use block::{DESCRIPTOR, Mfcc};
pub use dct::Dct;
