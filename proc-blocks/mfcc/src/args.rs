//! The arguments.

use alloc::format;

use runeblocks_core::{BlockError, args, choice};
use runeblocks_micro::argument;

/// The most coefficients.
pub const MAX_N_MFCC: u32 = 512;

choice! {
    /// How the transform is scaled. All coefficients but the first are the same.
    pub enum Norm {
        /// Orthonormal, as in `librosa.feature.mfcc`.
        Ortho = "ortho",
        /// As HTK and `tf.signal.mfccs_from_log_mel_spectrograms` do: the first coefficient is √2 of the orthonormal one.
        Htk = "htk",
    }
}

args! {
    /// Arguments of `mfcc`, by the names of librosa.
    pub struct MfccArgs {
        /// Coefficients, at most as many as there are mels.
        n_mfcc: u32 = 13, min 1, max MAX_N_MFCC;
        /// The scale of the transform: orthonormal, or with a first coefficient of √2 as much as HTK and TensorFlow have it.
        norm: Norm = Norm::Ortho;
        /// Coefficient n, counted from 1, is multiplied by 1 + lifter/2·sin(πn/lifter); 0 leaves all as they are.
        lifter: f32 = 0.0, min 0;
    }
}

impl MfccArgs {
    /// Checks what does not depend on the input.
    pub(crate) fn check(&self) -> Result<(), BlockError> {
        if !(1..=MAX_N_MFCC).contains(&self.n_mfcc) {
            return Err(argument("n_mfcc", self.n_mfcc, format!("1 to {MAX_N_MFCC}"), "13 are usual for speech"));
        }
        if !self.lifter.is_finite() || self.lifter < 0.0 {
            return Err(argument("lifter", self.lifter, "a finite number of at least 0", "22 is usual, 0 is none"));
        }
        Ok(())
    }
}
