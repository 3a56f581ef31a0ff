//! The arguments, and what they have to be together.

use alloc::format;

use runeblocks_core::{BlockError, args};
use runeblocks_micro::{Dialect, argument};

use crate::filterbank::MAX_CHANNELS;
use crate::fixed_fft::MAX_FFT_SIZE;

args! {
    /// Arguments of `fft`: window, FFT and filterbank, by the names and with the defaults of the TensorFlow op.
    pub struct FftArgs {
        /// Sample rate of the input.
        sample_rate: u32 = 16_000, unit "Hz", min 1, max i32::MAX;
        /// Length of a window.
        window_size: u32 = 25, unit "ms", min 1;
        /// From the start of one window to the start of the next.
        window_step: u32 = 10, unit "ms", min 1;
        /// Channels of the filterbank.
        num_channels: u32 = 32, min 1, max MAX_CHANNELS;
        /// Lower end of the lowest channel.
        lower_band_limit: f32 = 125.0, unit "Hz", min 0;
        /// Upper end of the highest channel; below half the sample rate.
        upper_band_limit: f32 = 7500.0, unit "Hz", min 0;
        /// Which reference the tables follow, bit for bit: TensorFlow's op, or TensorFlow Lite Micro.
        dialect: Dialect = Dialect::Tf;
    }
}

/// What valid arguments come to in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The window in samples, 3 to 65,536.
    pub(crate) size: usize,
    /// The hop in samples, 1 to `size`.
    pub(crate) step: usize,
    /// Points of the FFT: the power of two from `size` up.
    pub(crate) fft_size: usize,
}

impl FftArgs {
    /// Checks everything but the filterbank's tables, whose limits show when they are made.
    pub(crate) fn layout(&self) -> Result<Layout, BlockError> {
        let sample_rate = self.sample_rate;
        if sample_rate == 0 || sample_rate > i32::MAX as u32 {
            let help = "give the rate of the recording, such as 16000";
            return Err(argument("sample_rate", format!("{sample_rate} Hz"), "1 to 2147483647 Hz", help));
        }
        let samples = |ms: u32| u64::from(ms) * u64::from(sample_rate) / 1000;
        let (size, step) = (samples(self.window_size), samples(self.window_step));
        let window = format!("{} ms, {size} samples at {sample_rate} Hz", self.window_size);
        if size < 3 {
            let expected = "at least 3 samples, as the smallest FFT has 4 points";
            return Err(argument("window_size", window, expected, "lengthen the window"));
        }
        if size > u64::from(MAX_FFT_SIZE) {
            let expected = "at most 65536 samples, the largest FFT";
            return Err(argument("window_size", window, expected, "shorten the window, or lower the sample rate"));
        }
        if step == 0 {
            let found = format!("{} ms, 0 samples at {sample_rate} Hz", self.window_step);
            return Err(argument("window_step", found, "at least 1 sample", "lengthen the step"));
        }
        if step > size {
            let found = format!("{} ms, {step} samples", self.window_step);
            let expected = format!("at most the window, {size} samples");
            return Err(argument("window_step", found, expected, "shorten the step, or lengthen window_size"));
        }
        if !(1..=MAX_CHANNELS).contains(&self.num_channels) {
            let help = "40 channels are usual for speech";
            return Err(argument("num_channels", self.num_channels, format!("1 to {MAX_CHANNELS}"), help));
        }
        self.check_band()?;
        let size = size as usize;
        Ok(Layout { size, step: step as usize, fft_size: size.next_power_of_two() })
    }

    fn check_band(&self) -> Result<(), BlockError> {
        let (lower, upper) = (self.lower_band_limit, self.upper_band_limit);
        for (name, found) in [("lower_band_limit", lower), ("upper_band_limit", upper)] {
            if !found.is_finite() {
                return Err(argument(name, found, "a finite frequency", "give a number of Hz"));
            }
        }
        if lower < 0.0 {
            return Err(argument("lower_band_limit", format!("{lower} Hz"), "0 Hz or more", "raise it"));
        }
        if upper <= lower {
            let expected = format!("a frequency above lower_band_limit, {lower} Hz");
            return Err(argument(
                "upper_band_limit",
                format!("{upper} Hz"),
                expected,
                "swap the two, or raise this one",
            ));
        }
        let nyquist = f64::from(self.sample_rate) / 2.0;
        if f64::from(upper) >= nyquist {
            let expected = format!("less than half the sample rate, {nyquist} Hz");
            let help = "lower it, or resample the input";
            return Err(argument("upper_band_limit", format!("{upper} Hz"), expected, help));
        }
        Ok(())
    }
}
