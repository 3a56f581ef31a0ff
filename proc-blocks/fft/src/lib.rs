#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]
#![cfg_attr(
    not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))),
    allow(dead_code, reason = "no vectors of SIMD have a form for this target")
)]

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
