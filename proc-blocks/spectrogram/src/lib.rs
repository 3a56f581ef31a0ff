#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod block;
mod samples;
mod spectrogram;
pub mod window;

pub use args::{Framing, Output, SpectrogramArgs};
pub use block::{DESCRIPTOR, SpectrogramBlock};
pub use samples::{Sample, Samples};
pub use spectrogram::Spectrogram;
pub use window::Window;
