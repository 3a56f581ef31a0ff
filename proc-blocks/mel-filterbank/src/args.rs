//! The arguments, and what they have to be together.

use alloc::format;

use runeblocks_core::{BlockError, args, choice};
use runeblocks_micro::argument;

/// The most filters of a filterbank.
pub const MAX_N_MELS: u32 = 4096;

choice! {
    /// How filters are weighed.
    pub enum Norm {
        /// Each by 2 over its width in Hz, so that all have about the same area.
        Slaney = "slaney",
        /// Not at all: each peaks at 1.
        None = "none",
    }
}

choice! {
    /// On which axis the sides of the triangles are straight.
    pub enum Triangles {
        /// Hertz, as in `librosa.filters.mel`.
        Hz = "hz",
        /// Mel, as in `tf.signal.linear_to_mel_weight_matrix`.
        Mel = "mel",
    }
}

choice! {
    /// Which logarithm is taken.
    pub enum Log {
        /// 10·log10, as in `librosa.power_to_db`.
        Db = "db",
        /// ln.
        Natural = "natural",
        /// log10.
        Log10 = "log10",
        /// None: energies.
        None = "none",
    }
}

args! {
    /// Arguments of `mel-filterbank`, by the names of librosa.
    pub struct MelFilterbankArgs {
        /// Sample rate behind the spectrogram; that of the input if left out.
        sample_rate: Option<u32> = None, unit "Hz", min 1, max i32::MAX;
        /// Filters.
        n_mels: u32 = 40, min 1, max MAX_N_MELS;
        /// Where the lowest filter begins.
        fmin: f32 = 0.0, unit "Hz", min 0;
        /// Where the highest filter ends; half the sample rate if left out.
        fmax: Option<f32> = None, unit "Hz", min 0;
        /// Whether mel are those of HTK and TensorFlow; otherwise those of Slaney.
        htk: bool = false;
        /// Whether filters are weighed to the same area (slaney), or peak at 1 (none).
        norm: Norm = Norm::Slaney;
        /// On which axis the sides of the triangles are straight: hz as in librosa, mel as in TensorFlow.
        triangles: Triangles = Triangles::Hz;
        /// The logarithm: 10·log10 (db), natural, log10, or none.
        log: Log = Log::Db;
        /// The least energy and the least reference that the logarithm is taken of.
        amin: f32 = 1e-10, min 0;
        /// What is added to the energy before the logarithm.
        log_offset: f32 = 0.0, min 0;
        /// The energy that is 0 dB, where log is db.
        reference: f32 = 1.0, min 0, alias "ref";
    }
}

impl MelFilterbankArgs {
    /// Checks what does not depend on the input.
    pub(crate) fn check(&self) -> Result<(), BlockError> {
        if !(1..=MAX_N_MELS).contains(&self.n_mels) {
            return Err(argument("n_mels", self.n_mels, format!("1 to {MAX_N_MELS}"), "40 are usual for speech"));
        }
        let usual = MelFilterbankArgs::default();
        for (name, found, usual, applies) in [
            ("amin", self.amin, usual.amin, self.log != Log::None),
            ("log_offset", self.log_offset, usual.log_offset, self.log != Log::None),
            ("reference", self.reference, usual.reference, self.log == Log::Db),
        ] {
            if !found.is_finite() || found < 0.0 {
                let expected = "a finite number of at least 0";
                return Err(argument(name, found, expected, "leave it out for the usual one"));
            }
            if !applies && found != usual {
                let expected = format!("{usual:?}, as log is {}", self.log);
                return Err(argument(name, found, expected, "set log to db, or leave it out"));
            }
        }
        if !(self.amin + self.log_offset).is_finite() {
            let expected = "a number whose sum with log_offset is finite";
            return Err(argument("amin", self.amin, expected, "lower one of the two"));
        }
        if self.amin + self.log_offset <= 0.0 {
            let expected = "a number above 0 where log_offset is 0";
            return Err(argument("amin", self.amin, expected, "raise one of the two: nothing has no logarithm"));
        }
        if self.log == Log::Db && self.reference.max(self.amin) <= 0.0 {
            let expected = "a number above 0 where amin is 0";
            return Err(argument("reference", self.reference, expected, "raise one of the two"));
        }
        Ok(())
    }

    /// The band in Hz for a sample rate.
    pub(crate) fn band(&self, sample_rate: u32) -> Result<(f64, f64), BlockError> {
        let nyquist = f64::from(sample_rate) / 2.0;
        let (fmin, fmax) = (f64::from(self.fmin), self.fmax.map_or(nyquist, f64::from));
        if !fmin.is_finite() || fmin < 0.0 {
            return Err(argument(
                "fmin",
                format!("{fmin} Hz"),
                "a finite frequency of at least 0 Hz",
                "leave it out for 0",
            ));
        }
        if fmax.is_nan() || fmax > nyquist {
            let expected = format!("at most half the sample rate, {nyquist} Hz");
            return Err(argument("fmax", format!("{fmax} Hz"), expected, "lower it, or leave it out for that"));
        }
        if fmin >= fmax {
            let expected = format!("below the upper end of the band, {fmax} Hz");
            let help = if fmin < nyquist { "lower it, or raise fmax" } else { "lower it" };
            return Err(argument("fmin", format!("{fmin} Hz"), expected, help));
        }
        Ok((fmin, fmax))
    }
}
