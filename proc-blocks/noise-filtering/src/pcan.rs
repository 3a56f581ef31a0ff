//! Per-channel amplitude normalisation (PCAN): a gain that falls as the noise estimate rises.
//!
//! The gain is a power of the estimate. It is looked up in a table with three values for each power of two, a quadratic
//! through the begin, middle and end of the interval.

use runeblocks_micro::{int, math};

use crate::args::NoiseFilteringArgs;

/// Most fractional bits of a gain.
pub const MAX_GAIN_BITS: u32 = 30;
/// Most fractional bits of an estimate that the table is made for, relative to an FFT of 64 points.
pub(crate) const MAX_INPUT_BITS: i32 = 30;
/// Entries of the gain table.
pub const GAIN_TABLE_LEN: usize = 125;
/// Fractional bits of the signal-to-noise ratio that the gain makes.
pub(crate) const SNR_BITS: u32 = 12;
/// Fractional bits of the output.
const OUTPUT_BITS: u32 = 6;
/// Bits of an estimate.
const ESTIMATE_BITS: usize = 32;

/// Numbers of bits that an estimate can have.
pub(crate) const INTERVALS: usize = ESTIMATE_BITS + 1;

/// The gain table and the shift that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcan {
    gains: [i16; GAIN_TABLE_LEN],
    snr_shift: u32,
}

impl Pcan {
    /// The table for checked arguments.
    pub(crate) fn new(args: &NoiseFilteringArgs, fft_size: u32) -> Self {
        let correction = int::correction_bits(fft_size);
        let input_bits = args.smoothing_bits as i32 - correction;
        let gain = |estimate: u32| -> i16 {
            let x = estimate as f32 / (1u32 << input_bits) as f32;
            let gain = (1u32 << args.gain_bits) as f32 * math::powf(x + args.pcan_offset, -args.pcan_strength);
            if gain > f32::from(i16::MAX) { i16::MAX } else { (gain + 0.5) as i16 }
        };
        let mut gains = [0; GAIN_TABLE_LEN];
        gains[0] = gain(0);
        gains[1] = gain(1);
        for interval in 2..=ESTIMATE_BITS {
            let x0 = 1u32 << (interval - 1);
            let middle = x0 + x0 / 2;
            let end = x0.saturating_mul(2);
            let [y0, y1, y2] = [x0, middle, end].map(|x| i32::from(gain(x)));
            let linear = 4 * (y1 - y0) - (y2 - y0);
            let at = entry(interval);
            gains[at] = y0 as i16;
            gains[at + 1] = linear as i16;
            gains[at + 2] = (y2 - y0 - linear) as i16;
        }
        Pcan { gains, snr_shift: (args.gain_bits as i32 - correction) as u32 - SNR_BITS }
    }

    /// Scales `signal` by the gains for `estimate`, and compresses it.
    #[inline]
    pub fn apply(&self, signal: &mut [u32], estimate: &[u32]) {
        for (value, &estimate) in signal.iter_mut().zip(estimate) {
            *value = self.normalize(*value, estimate);
        }
    }

    /// Scales a value by the gain for `estimate`, and compresses it.
    #[inline]
    pub(crate) fn normalize(&self, value: u32, estimate: u32) -> u32 {
        // Where the quadratic falls below zero, the gain is as large as its sign extension.
        let gain = self.gain(estimate) as u32;
        let snr = (u64::from(value) * u64::from(gain)) >> self.snr_shift;
        shrink(snr as u32)
    }

    /// The gain for a noise estimate.
    #[inline]
    #[must_use]
    pub fn gain(&self, estimate: u32) -> i16 {
        /// Bits of the position in an interval.
        const FRACTION_BITS: u32 = 10;
        if estimate <= 2 {
            return self.gains[estimate as usize];
        }
        let interval = int::most_significant_bit(estimate);
        let at = entry(interval as usize);
        let [base, linear, square] = [self.gains[at], self.gains[at + 1], self.gains[at + 2]].map(i32::from);
        let aligned = if interval <= FRACTION_BITS {
            estimate << (FRACTION_BITS + 1 - interval)
        } else {
            estimate >> (interval - FRACTION_BITS - 1)
        };
        let fraction = (aligned & ((1 << FRACTION_BITS) - 1)) as i32;
        let slope = ((square * fraction) >> 5) + (linear << 5);
        (((slope.wrapping_mul(fraction).wrapping_add(1 << 14)) >> 15) + base) as i16
    }

    /// Begin, linear and square term of every interval, by the number of bits of the estimates in it: 0 and 1 are
    /// intervals of a single estimate.
    pub(crate) fn intervals(&self) -> [[i16; 3]; INTERVALS] {
        core::array::from_fn(|bits| match bits {
            0 | 1 => [self.gains[bits], 0, 0],
            _ => core::array::from_fn(|term| self.gains[entry(bits) + term]),
        })
    }

    /// The gain table: two gains, then begin, linear and square term of each interval, four apart.
    #[must_use]
    pub fn gains(&self) -> &[i16; GAIN_TABLE_LEN] {
        &self.gains
    }

    /// How far the product of signal and gain is shifted down, in bits.
    #[must_use]
    pub fn snr_shift(&self) -> u32 {
        self.snr_shift
    }
}

/// Where an interval begins in the table; intervals are numbered by the bits of their values.
const fn entry(interval: usize) -> usize {
    4 * interval - 6
}

/// Compresses a ratio of 12 fractional bits to 6: its square up to 2, then a line.
#[inline]
#[must_use]
pub fn shrink(snr: u32) -> u32 {
    if snr < (2 << SNR_BITS) {
        (snr * snr) >> (2 + 2 * SNR_BITS - OUTPUT_BITS)
    } else {
        (snr >> (SNR_BITS - OUTPUT_BITS)) - (1 << OUTPUT_BITS)
    }
}
