#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

mod args;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "loads, stores and gathers of vectors, and the call where the machine has them")]
mod avx2;
mod block;
mod kernel;
pub mod log;
mod noise_filter;
pub mod noise_reduction;
pub mod output;
pub mod pcan;
mod scalar;

pub use args::{NoiseFilteringArgs, OutType};
pub use block::{DESCRIPTOR, NoiseFiltering};
pub use noise_filter::NoiseFilter;
