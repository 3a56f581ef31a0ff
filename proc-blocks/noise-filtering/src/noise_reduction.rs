//! Spectral noise reduction: a running estimate of the noise in each channel is taken off.

use alloc::vec;
use alloc::vec::Vec;

use crate::args::NoiseFilteringArgs;

/// Fractional bits of a smoothing coefficient.
pub const NOISE_REDUCTION_BITS: u32 = 14;
/// Most fractional bits of a noise estimate.
pub const MAX_SMOOTHING_BITS: u32 = 31;
/// Most channels.
pub const MAX_CHANNELS: usize = 4096;

/// Coefficients and noise estimates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoiseReduction {
    smoothing_bits: u32,
    /// Of even and of odd channels, in Q14.
    smoothing: [u16; 2],
    /// In Q14.
    min_signal_remaining: u16,
    /// One a channel, with `smoothing_bits` fractional bits.
    estimate: Vec<u32>,
}

impl NoiseReduction {
    pub(crate) fn new(args: &NoiseFilteringArgs, num_channels: usize) -> Self {
        let q14 = |fraction: f32| (fraction * (1 << NOISE_REDUCTION_BITS) as f32) as u16;
        NoiseReduction {
            smoothing_bits: args.smoothing_bits,
            smoothing: [q14(args.even_smoothing), q14(args.odd_smoothing)],
            min_signal_remaining: q14(args.min_signal_remaining),
            estimate: vec![0; num_channels],
        }
    }

    /// Updates the estimates from `signal`, one value a channel, and takes them off it.
    #[inline]
    pub fn apply(&mut self, signal: &mut [u32]) {
        const ONE: u64 = 1 << NOISE_REDUCTION_BITS;
        let bits = self.smoothing_bits;
        for (channel, (value, estimate)) in signal.iter_mut().zip(&mut self.estimate).enumerate() {
            let smoothing = u64::from(self.smoothing[channel % 2]);
            let scaled = *value << bits;
            *estimate = ((u64::from(scaled) * smoothing + u64::from(*estimate) * (ONE - smoothing))
                >> NOISE_REDUCTION_BITS) as u32;
            let above_noise = (scaled - scaled.min(*estimate)) >> bits;
            let floor = ((u64::from(*value) * u64::from(self.min_signal_remaining)) >> NOISE_REDUCTION_BITS) as u32;
            *value = above_noise.max(floor);
        }
    }

    /// Sets the estimates to 0.
    pub fn reset(&mut self) {
        self.estimate.fill(0);
    }

    /// The noise estimates, one a channel, with `smoothing_bits` fractional bits.
    #[must_use]
    pub fn estimate(&self) -> &[u32] {
        &self.estimate
    }

    /// The coefficients in Q14: smoothing of even channels, of odd channels, and the least signal remaining.
    #[must_use]
    pub fn coefficients(&self) -> [u16; 3] {
        [self.smoothing[0], self.smoothing[1], self.min_signal_remaining]
    }

    /// Goes on from estimates that [`estimate`](Self::estimate) gave; `false` where their number is another, and
    /// nothing changes.
    #[must_use]
    pub fn resume(&mut self, estimate: &[u32]) -> bool {
        let fits = estimate.len() == self.estimate.len();
        if fits {
            self.estimate.copy_from_slice(estimate);
        }
        fits
    }
}
