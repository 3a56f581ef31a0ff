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
    coefficients: Coefficients,
    /// One a channel, with `smoothing_bits` fractional bits.
    estimate: Vec<u32>,
}

/// What is the same from frame to frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coefficients {
    pub(crate) smoothing_bits: u32,
    /// Of even and of odd channels, in Q14, at most 1.
    pub(crate) smoothing: [u16; 2],
    /// In Q14, at most 1.
    pub(crate) min_signal_remaining: u16,
}

impl Coefficients {
    pub(crate) fn new(args: &NoiseFilteringArgs) -> Self {
        let q14 = |fraction: f32| (fraction * (1 << NOISE_REDUCTION_BITS) as f32) as u16;
        Coefficients {
            smoothing_bits: args.smoothing_bits,
            smoothing: [q14(args.even_smoothing), q14(args.odd_smoothing)],
            min_signal_remaining: q14(args.min_signal_remaining),
        }
    }

    /// Updates the estimate of a channel from its value, and takes it off the value.
    #[inline]
    pub(crate) fn reduce(&self, channel: usize, value: u32, estimate: &mut u32) -> u32 {
        const ONE: u64 = 1 << NOISE_REDUCTION_BITS;
        let bits = self.smoothing_bits;
        let smoothing = u64::from(self.smoothing[channel % 2]);
        let scaled = value << bits;
        *estimate =
            ((u64::from(scaled) * smoothing + u64::from(*estimate) * (ONE - smoothing)) >> NOISE_REDUCTION_BITS) as u32;
        let above_noise = (scaled - scaled.min(*estimate)) >> bits;
        let floor = ((u64::from(value) * u64::from(self.min_signal_remaining)) >> NOISE_REDUCTION_BITS) as u32;
        above_noise.max(floor)
    }
}

impl NoiseReduction {
    pub(crate) fn new(coefficients: Coefficients, num_channels: usize) -> Self {
        NoiseReduction { coefficients, estimate: vec![0; num_channels] }
    }

    /// Updates the estimates from `signal`, one value a channel, and takes them off it.
    #[inline]
    pub fn apply(&mut self, signal: &mut [u32]) {
        for (channel, (value, estimate)) in signal.iter_mut().zip(&mut self.estimate).enumerate() {
            *value = self.coefficients.reduce(channel, *value, estimate);
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
        let Coefficients { smoothing: [even, odd], min_signal_remaining, .. } = self.coefficients;
        [even, odd, min_signal_remaining]
    }

    pub(crate) fn estimate_mut(&mut self) -> &mut [u32] {
        &mut self.estimate
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
