//! The three stages as one, portable: constants and tables are laid out so that hardly a branch is left.

use crate::kernel::Stages;
use crate::log::{CORRECTION, LN_2, LOG_BITS, SEGMENT_BITS};
use crate::noise_reduction::NOISE_REDUCTION_BITS;
use crate::pcan::{INTERVALS, shrink};

/// Bits that a value before the logarithm is shifted up by, to be shifted down from there.
const HEADROOM: u32 = 4;

/// Constants and tables.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    smoothing_bits: u32,
    /// How much of the signal and of the estimate makes the next estimate, for even and odd channels.
    smoothing: [[u32; 2]; 2],
    min_signal_remaining: u32,
    pcan: Option<Gains>,
    /// What brings a value to the scale of an FFT of 64 points, with `HEADROOM` bits.
    correction: u32,
    /// Two to the power of `scale_shift`.
    scale: Option<u32>,
}

#[derive(Clone, Debug)]
struct Gains {
    /// By the bits of an estimate.
    intervals: [Interval; INTERVALS],
    snr_shift: u32,
}

/// An interval of the gain table.
#[derive(Clone, Copy, Debug)]
struct Interval {
    /// With 15 fractional bits, and a half for rounding.
    begin: i32,
    /// With 10 fractional bits.
    linear: i32,
    square: i32,
}

impl Scalar {
    pub(crate) fn new(stages: &Stages) -> Self {
        let coefficients = &stages.noise_reduction;
        Scalar {
            smoothing_bits: coefficients.smoothing_bits,
            smoothing: coefficients.smoothing.map(|of_signal| {
                let of_signal = u32::from(of_signal);
                [of_signal, (1 << NOISE_REDUCTION_BITS) - of_signal]
            }),
            min_signal_remaining: coefficients.min_signal_remaining.into(),
            pcan: stages.pcan.as_ref().map(|pcan| Gains {
                intervals: pcan.intervals().map(|terms| {
                    let [begin, linear, square] = terms.map(i32::from);
                    Interval { begin: (begin << 15) | (1 << 14), linear: linear << 10, square }
                }),
                snr_shift: pcan.snr_shift(),
            }),
            correction: 1 << (stages.correction_bits + HEADROOM as i32),
            scale: stages.scale_shift.map(|scale_shift| 1 << scale_shift),
        }
    }

    #[inline(never)]
    pub(crate) fn apply(&self, signal: &[u32], estimate: &mut [u32], features: &mut [u16]) {
        match (&self.pcan, self.scale) {
            (Some(gains), Some(scale)) => self
                .each(signal, estimate, features, |value, estimate| self.log(gains.normalize(value, estimate), scale)),
            (Some(gains), None) => {
                self.each(signal, estimate, features, |value, estimate| cut(gains.normalize(value, estimate)));
            }
            (None, Some(scale)) => self.each(signal, estimate, features, |value, _| self.log(value, scale)),
            (None, None) => self.each(signal, estimate, features, |value, _| cut(value)),
        }
    }

    /// Reduces noise, and makes a feature of each channel's value and estimate.
    #[inline]
    fn each(&self, signal: &[u32], estimate: &mut [u32], features: &mut [u16], feature: impl Fn(u32, u32) -> u16) {
        let channel = |smoothing: &[u32; 2], value: u32, estimate: &mut u32, to: &mut u16| {
            *to = feature(self.reduce(value, estimate, smoothing), *estimate);
        };
        let [even, odd] = &self.smoothing;
        let (signals, signal) = signal.as_chunks();
        let (estimates, estimate) = estimate.as_chunks_mut();
        let (pairs, features) = features.as_chunks_mut();
        for ((&[first, second], [a, b]), [c, d]) in signals.iter().zip(estimates).zip(pairs) {
            channel(even, first, a, c);
            channel(odd, second, b, d);
        }
        if let ([value], [estimate], [to]) = (signal, estimate, features) {
            channel(even, *value, estimate, to);
        }
    }

    #[inline]
    fn reduce(&self, value: u32, estimate: &mut u32, &[of_signal, of_estimate]: &[u32; 2]) -> u32 {
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        let scaled = value << self.smoothing_bits;
        *estimate = ((product(scaled, of_signal) + product(*estimate, of_estimate)) >> NOISE_REDUCTION_BITS) as u32;
        let floor = (product(value, self.min_signal_remaining) >> NOISE_REDUCTION_BITS) as u32;
        (scaled.saturating_sub(*estimate) >> self.smoothing_bits).max(floor)
    }

    #[inline]
    fn log(&self, value: u32, scale: u32) -> u16 {
        const SEGMENTS: usize = CORRECTION.len() - 1;
        /// Of each segment: the begin with `LOG_BITS` more bits, and the rise.
        const TABLE: [[i32; 2]; SEGMENTS] = {
            let mut table = [[0; 2]; SEGMENTS];
            let mut i = 0;
            while i < SEGMENTS {
                let [low, high] = [CORRECTION[i] as i32, CORRECTION[i + 1] as i32];
                table[i] = [low << LOG_BITS, high - low];
                i += 1;
            }
            table
        };
        let value = ((u64::from(value) * u64::from(self.correction)) >> HEADROOM) as u32;
        // 0 goes as 1 does: both have exponent and fraction 0.
        let exponent = (value | 1).ilog2();
        let fraction = below_highest::<LOG_BITS>(value, exponent);
        let [low, rise] = TABLE[(fraction >> SEGMENT_BITS) as usize];
        let within = (fraction & ((1 << SEGMENT_BITS) - 1)) as i32;
        let correction = ((rise * within + low) >> LOG_BITS) as u32;
        let log2 = (exponent << LOG_BITS) + fraction + correction;
        let loge = ((LN_2 * u64::from(log2) + (1 << (LOG_BITS - 1))) >> LOG_BITS) as u32;
        ((loge * scale + (1 << (LOG_BITS - 1))) >> LOG_BITS) as u16
    }
}

impl Gains {
    #[inline]
    fn normalize(&self, value: u32, estimate: u32) -> u32 {
        let exponent = (estimate | 1).ilog2();
        let bits = exponent + u32::from(estimate != 0);
        let Interval { begin, linear, square } = self.intervals[bits as usize];
        let fraction = below_highest::<10>(estimate, exponent) as i32;
        let slope = (square * fraction + linear) >> 5;
        let gain = (slope.wrapping_mul(fraction).wrapping_add(begin) >> 15) as i16;
        let snr = (u64::from(value) * u64::from(gain as u32)) >> self.snr_shift;
        shrink(snr as u32)
    }
}

/// The first `BITS` bits that follow the highest bit of `value`, which is that of two to the power of `exponent`.
#[inline]
fn below_highest<const BITS: u32>(value: u32, exponent: u32) -> u32 {
    // The highest bit goes to the lowest, and what follows it comes round to the top.
    value.rotate_right(exponent) >> (u32::BITS - BITS)
}

/// What a feature is where no logarithm is taken.
#[inline]
fn cut(value: u32) -> u16 {
    value.min(u16::MAX.into()) as u16
}
