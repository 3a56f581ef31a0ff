//! Every proc block, a feature each, and the table that names them.
//!
//! A program reads the blocks from [`BUILTIN`] or [`registry`]; both name every block in code, so that no linker can
//! drop one.
//!
//! ```
//! let blocks = runeblocks_all::registry();
//! assert_eq!(blocks.get("fft").map(|block| block.name()), Ok("fft"));
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![forbid(unsafe_code)]

use runeblocks_core::{Descriptor, Registry};

/// The blocks that the enabled features bring.
pub static BUILTIN: &[&Descriptor] = &[
    #[cfg(feature = "dequantize")]
    &runeblocks_dequantize::DESCRIPTOR,
    #[cfg(feature = "fft")]
    &runeblocks_fft::DESCRIPTOR,
    #[cfg(feature = "label")]
    &runeblocks_label::DESCRIPTOR,
    #[cfg(feature = "mel-filterbank")]
    &runeblocks_mel_filterbank::DESCRIPTOR,
    #[cfg(feature = "mfcc")]
    &runeblocks_mfcc::DESCRIPTOR,
    #[cfg(feature = "modulo")]
    &runeblocks_modulo::DESCRIPTOR,
    #[cfg(feature = "most-confident-indices")]
    &runeblocks_most_confident_indices::DESCRIPTOR,
    #[cfg(feature = "noise-filtering")]
    &runeblocks_noise_filtering::DESCRIPTOR,
    #[cfg(feature = "normalize")]
    &runeblocks_normalize::DESCRIPTOR,
    #[cfg(feature = "quantize")]
    &runeblocks_quantize::DESCRIPTOR,
    #[cfg(feature = "rescale")]
    &runeblocks_rescale::DESCRIPTOR,
    #[cfg(feature = "spectrogram")]
    &runeblocks_spectrogram::DESCRIPTOR,
];

/// The blocks that the enabled features bring, to look up by name.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "a test holds that the names differ")]
pub fn registry() -> Registry {
    Registry::new(BUILTIN.iter().copied()).expect("the names of the blocks differ")
}
