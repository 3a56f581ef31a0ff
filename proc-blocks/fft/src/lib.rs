#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod args;
mod block;
pub mod energy;
pub mod filterbank;
pub mod fixed_fft;
mod spectrogram;
pub mod sqrt;
mod vector;
pub mod window;

pub use args::FftArgs;
pub use block::{DESCRIPTOR, Fft};
pub use spectrogram::{Spectrogram, Stages};
