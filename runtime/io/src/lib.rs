//! Sound, table, image and raw files as tensors, and arrays written safely.
//!
//! | module | reads | gives |
//! |---|---|---|
//! | [`sound`] | WAV, FLAC, MP3, Ogg Vorbis, AAC, M4A, AIFF, CAF | mono 16-bit samples at a known rate; resampled, padded or cut when asked |
//! | [`table`] | CSV | numbers, rows × columns |
//! | [`mod@image`] | PNG, JPEG | bytes, height × width × channels |
//! | [`raw`] | little-endian numbers without a header | a tensor of a stated element type and shape |
//! | [`npy`] | NumPy's `.npy` | a tensor; also written |
//! | [`file`](mod@file) | | whole files, read within a limit |
//! | [`output`] | | writes files whole, and never over what was read |
//!
//! Every format has a `parse` function on what the file holds and a `read` function on a path. Files are not to be trusted: whatever they
//! hold, the answer is a value or a [`FileError`] that says what was found, where, what was expected and what to do. No length
//! that a header merely claims is allocated, save that of an image, whose sides are limited.
//!
//! ```
//! use runeblocks_core::SampleRate;
//! use runeblocks_io::sound::{Channels, Fit, Sound};
//!
//! # fn main() -> Result<(), runeblocks_io::FileError> {
//! let clip = Sound::new(SampleRate(16_000), vec![0; 15_000])?;
//! assert!(clip.clone().at(SampleRate(8_000)).is_err(), "another rate is never taken for the one expected");
//! let second = clip.at(SampleRate(16_000))?.fit(16_000, Fit::PadOrTrim)?;
//! assert_eq!(second.samples().len(), 16_000);
//! assert!(Sound::parse(b"RIFF....", Channels::Mono).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Features, all on by default: `flac`, `formats` (sound beyond WAV and FLAC; by Symphonia, under the MPL-2.0), `image` (PNG and JPEG) and
//! `resample` (`Sound::resample`).

#![forbid(unsafe_code)]

mod bytes;
mod error;
pub mod file;
#[cfg(feature = "image")]
pub mod image;
mod loudest;
pub mod npy;
pub mod output;
pub mod raw;
pub mod sound;
pub mod table;

pub use error::FileError;
pub use loudest::loudest;
