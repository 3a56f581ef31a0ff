//! The arguments, and what they have to be together.

use alloc::format;

use runeblocks_core::{BlockError, args, choice};
use runeblocks_micro::{argument, int};

use crate::log::MAX_SCALE_SHIFT;
use crate::noise_reduction::{MAX_CHANNELS, MAX_SMOOTHING_BITS};
use crate::pcan::{MAX_GAIN_BITS, MAX_INPUT_BITS, SNR_BITS};

choice! {
    /// The element type of the features.
    pub enum OutType {
        /// Whole numbers, as the TensorFlow op gives them.
        Uint16 = "uint16",
        /// What models of the `micro_speech` family take: see [`to_int8`](crate::output::to_int8).
        Int8 = "int8",
        /// The whole numbers times `scale`.
        Float32 = "float32",
    }
}

args! {
    /// Arguments of `noise-filtering`: noise reduction, PCAN and logarithm, by the names and with the defaults of the
    /// TensorFlow op.
    pub struct NoiseFilteringArgs {
        /// Fractional bits of the noise estimate.
        smoothing_bits: u32 = 10, max MAX_SMOOTHING_BITS;
        /// How fast the noise estimate of even channels follows the signal, a fraction for each frame.
        even_smoothing: f32 = 0.025, min 0, max 1;
        /// How fast the noise estimate of odd channels follows the signal, a fraction for each frame.
        odd_smoothing: f32 = 0.06, min 0, max 1;
        /// The least fraction of the signal that noise reduction leaves.
        min_signal_remaining: f32 = 0.05, min 0, max 1;
        /// Whether per-channel amplitude normalisation is applied.
        enable_pcan: bool = true;
        /// The gain is the noise estimate, plus the offset, to the power of minus this.
        pcan_strength: f32 = 0.95, alias "strength";
        /// What is added to the noise estimate for the gain.
        pcan_offset: f32 = 80.0, min 0, alias "offset";
        /// Fractional bits of the gain.
        gain_bits: u32 = 21, max MAX_GAIN_BITS;
        /// Whether the logarithm is applied.
        enable_log: bool = true;
        /// The logarithm is scaled by two to this power.
        scale_shift: u32 = 6, max MAX_SCALE_SHIFT;
        /// The element type of the features.
        out_type: OutType = OutType::Uint16;
        /// What features are multiplied by where `out_type` is float32.
        scale: f32 = 1.0;
    }
}

impl NoiseFilteringArgs {
    /// Checks what does not depend on the input.
    pub(crate) fn check(&self) -> Result<(), BlockError> {
        let fractions = [
            ("even_smoothing", self.even_smoothing),
            ("odd_smoothing", self.odd_smoothing),
            ("min_signal_remaining", self.min_signal_remaining),
        ];
        for (name, found) in fractions {
            if !(0.0..=1.0).contains(&found) {
                return Err(argument(name, found, "a fraction from 0 to 1", "divide percents by 100"));
            }
        }
        let bits = [
            ("smoothing_bits", self.smoothing_bits, MAX_SMOOTHING_BITS, "an estimate has 32 bits in all"),
            ("gain_bits", self.gain_bits, MAX_GAIN_BITS, "a gain of 1 has to fit 31 bits"),
            ("scale_shift", self.scale_shift, MAX_SCALE_SHIFT, "above, the scaled logarithm does not fit 32 bits"),
        ];
        for (name, found, most, help) in bits {
            if found > most {
                return Err(argument(name, found, format!("0 to {most}"), help));
            }
        }
        if !self.pcan_strength.is_finite() {
            return Err(argument("pcan_strength", self.pcan_strength, "a finite number", "0.95 is usual"));
        }
        if !self.pcan_offset.is_finite() || self.pcan_offset < 0.0 {
            return Err(argument("pcan_offset", self.pcan_offset, "a finite number of at least 0", "80 is usual"));
        }
        if !self.scale.is_finite() {
            return Err(argument("scale", self.scale, "a finite number", "1 leaves features as they are"));
        }
        if self.out_type != OutType::Float32 && self.scale != 1.0 {
            let expected = format!("1, as out_type is {}", self.out_type);
            return Err(argument("scale", self.scale, expected, "set out_type to float32, or leave scale out"));
        }
        Ok(())
    }

    /// Checks everything, for frames of `num_channels` channels from an FFT of `fft_size` points.
    pub(crate) fn check_for(&self, fft_size: u32, num_channels: usize) -> Result<(), BlockError> {
        self.check()?;
        if !fft_size.is_power_of_two() || !(4..=65_536).contains(&fft_size) {
            let help = "take the frames from the block `fft`";
            return Err(argument("fft_size", fft_size, "a power of two from 4 to 65536", help));
        }
        if !(1..=MAX_CHANNELS).contains(&num_channels) {
            let help = "take the frames from the block `fft`";
            return Err(argument("num_channels", num_channels, format!("1 to {MAX_CHANNELS}"), help));
        }
        if self.enable_pcan { self.check_pcan(fft_size) } else { Ok(()) }
    }

    /// The gain's fixed point has to leave room for the scale of the FFT.
    fn check_pcan(&self, fft_size: u32) -> Result<(), BlockError> {
        let correction = int::correction_bits(fft_size);
        let input_bits = self.smoothing_bits as i32 - correction;
        if input_bits < 0 {
            let expected = format!("at least {correction} with PCAN and an FFT of {fft_size} points");
            let help = "raise it, shorten the window, or set enable_pcan to false";
            return Err(argument("smoothing_bits", self.smoothing_bits, expected, help));
        }
        if input_bits > MAX_INPUT_BITS {
            let expected = format!("at most {} with PCAN and an FFT of {fft_size} points", MAX_INPUT_BITS + correction);
            let help = "lower it, lengthen the window, or set enable_pcan to false";
            return Err(argument("smoothing_bits", self.smoothing_bits, expected, help));
        }
        let least = correction + SNR_BITS as i32;
        if (self.gain_bits as i32) < least {
            let expected = format!("at least {least} with PCAN and an FFT of {fft_size} points");
            let help = "raise it, shorten the window, or set enable_pcan to false";
            return Err(argument("gain_bits", self.gain_bits, expected, help));
        }
        Ok(())
    }
}
