#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod args;
mod block;
pub mod log;
mod noise_filter;
pub mod noise_reduction;
pub mod output;
pub mod pcan;

pub use args::{NoiseFilteringArgs, OutType};
pub use block::{DESCRIPTOR, NoiseFiltering};
pub use noise_filter::NoiseFilter;
