//! The three stages as one with AVX2: eight channels at a time.

use core::arch::x86_64::*;

mod lanes;

use runeblocks_micro::Level;

use self::lanes::{
    EXPONENT_OF_1, Float, LANES, MANTISSA_BITS, Shift, blend, count, factors, gather, load, lookup, products, shifted,
    split, store, store_narrow,
};
use crate::kernel::Stages;
use crate::log::{CORRECTION, LN_2, LOG_BITS, SEGMENT_BITS};
use crate::noise_reduction::NOISE_REDUCTION_BITS;
use crate::pcan::{INTERVALS, Pcan};

/// Segments of the logarithm's table.
const SEGMENTS: usize = CORRECTION.len() - 1;
/// A half with LOG_BITS fractional bits.
const HALF: u32 = 1 << (LOG_BITS - 1);

/// Constants and tables, on a machine that has AVX2.
#[derive(Clone, Debug)]
pub(crate) struct Avx2 {
    smoothing_bits: u32,
    /// How much of the signal makes the next estimate, for even and odd channels.
    of_signal: [i32; 2],
    /// How much of the last estimate does.
    of_estimate: [i32; 2],
    min_signal_remaining: i32,
    pcan: bool,
    snr: Shift,
    /// Of the intervals of 1 to 32 bits: the square term of the gain in the lower, the linear term in the upper half.
    slopes: [[u32; LANES]; 4],
    /// Of the intervals of 1 to 32 bits: the begin of the gain in the upper half, and a half in the lower for rounding.
    begins: [[u32; LANES]; 4],
    /// As `begins`, of the estimate 0.
    begin_of_0: u32,
    /// By how many bits a value goes up, and then down, to the scale of an FFT of 64 points.
    correction: [u32; 2],
    log: bool,
    scale_shift: u32,
    /// Rounds the scaled logarithm, and takes off what the exponent of 1 adds to it.
    scale_rounding: u32,
}

/// The table of the logarithm by segments: the rise in the lower half, the begin times −2 in the upper.
static LOG_SEGMENTS: [u32; SEGMENTS] = {
    let mut table = [0; SEGMENTS];
    let mut i = 0;
    while i < SEGMENTS {
        let (low, high) = (CORRECTION[i], CORRECTION[i + 1]);
        table[i] = pair(high.wrapping_sub(low), low.wrapping_mul(2).wrapping_neg());
        i += 1;
    }
    table
};

/// A lane of two halves.
const fn pair(lower: u16, upper: u16) -> u32 {
    lower as u32 | (upper as u32) << 16
}

impl Avx2 {
    /// The kernel, where the machine can run it.
    pub(crate) fn new(stages: &Stages) -> Option<Self> {
        if !Level::Avx2.is_available() {
            return None;
        }
        let coefficients = &stages.noise_reduction;
        let of_signal = coefficients.smoothing.map(i32::from);
        let [zero, intervals @ ..] = stages.pcan.as_ref().map_or([[0; 3]; INTERVALS], Pcan::intervals);
        let in_eights = |entry: fn([i16; 3]) -> u32| {
            core::array::from_fn(|eight| core::array::from_fn(|lane| entry(intervals[LANES * eight + lane])))
        };
        let begin = |[begin, ..]: [i16; 3]| pair(1 << 15, begin as u16);
        let scale_shift = stages.scale_shift.unwrap_or(0);
        let exponent_of_1 = (LN_2 as u32 * EXPONENT_OF_1) << scale_shift;
        Some(Avx2 {
            smoothing_bits: coefficients.smoothing_bits,
            of_signal,
            of_estimate: of_signal.map(|of_signal| (1 << NOISE_REDUCTION_BITS) - of_signal),
            min_signal_remaining: coefficients.min_signal_remaining.into(),
            pcan: stages.pcan.is_some(),
            snr: Shift::by(stages.pcan.as_ref().map_or(0, Pcan::snr_shift)),
            slopes: in_eights(|[_, linear, square]| pair(square as u16, linear as u16)),
            begins: in_eights(begin),
            begin_of_0: begin(zero),
            correction: [stages.correction_bits, -stages.correction_bits].map(|bits| bits.max(0) as u32),
            log: stages.scale_shift.is_some(),
            scale_shift,
            scale_rounding: HALF.wrapping_sub(exponent_of_1),
        })
    }

    pub(crate) fn apply(&self, signal: &[u32], estimate: &mut [u32], features: &mut [u16]) {
        // SAFETY: only `new` makes the kernel, where the machine has AVX2.
        unsafe {
            match (self.pcan, self.log) {
                (true, true) => self.run::<true, true>(signal, estimate, features),
                (true, false) => self.run::<true, false>(signal, estimate, features),
                (false, true) => self.run::<false, true>(signal, estimate, features),
                (false, false) => self.run::<false, false>(signal, estimate, features),
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn run<const PCAN: bool, const LOG: bool>(&self, signal: &[u32], estimate: &mut [u32], features: &mut [u16]) {
        let (signals, signal) = signal.as_chunks();
        let (estimates, estimate) = estimate.as_chunks_mut();
        let (to, features) = features.as_chunks_mut();
        for ((signal, estimate), features) in signals.iter().zip(estimates).zip(to) {
            self.step::<PCAN, LOG>(signal, estimate, features);
        }
        if !signal.is_empty() {
            self.run_padded::<PCAN, LOG>(signal, estimate, features);
        }
    }

    /// Runs on less than a vector, from a copy of a vector's length.
    #[inline(never)]
    #[target_feature(enable = "avx2")]
    fn run_padded<const PCAN: bool, const LOG: bool>(
        &self,
        signal: &[u32],
        estimate: &mut [u32],
        features: &mut [u16],
    ) {
        let (mut values, mut estimates, mut to) = ([0; LANES], [0; LANES], [0; LANES]);
        values[..signal.len()].copy_from_slice(signal);
        estimates[..estimate.len()].copy_from_slice(estimate);
        self.run::<PCAN, LOG>(&values, &mut estimates, &mut to);
        estimate.copy_from_slice(&estimates[..estimate.len()]);
        features.copy_from_slice(&to[..features.len()]);
    }

    /// Every stage on eight channels, the first of them even.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn step<const PCAN: bool, const LOG: bool>(
        &self,
        signal: &[u32; LANES],
        estimate: &mut [u32; LANES],
        features: &mut [u16; LANES],
    ) {
        let (mut value, noise) = self.reduce(load(signal), load(estimate));
        store(estimate, noise);
        if PCAN {
            value = self.normalize(value, noise);
        }
        value = if LOG { self.log(value) } else { _mm256_min_epu32(value, _mm256_set1_epi32(0xffff)) };
        store_narrow(features, value);
    }

    /// The reduced values, and the new estimates.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn reduce(&self, value: __m256i, estimate: __m256i) -> (__m256i, __m256i) {
        const Q14: Shift = Shift::by(NOISE_REDUCTION_BITS);
        let smoothing_bits = count(self.smoothing_bits);
        let scaled = _mm256_sll_epi32(value, smoothing_bits);
        let of_signal = products(split(scaled), factors(self.of_signal));
        let of_estimate = products(split(estimate), factors(self.of_estimate));
        let sums = [_mm256_add_epi64(of_signal[0], of_estimate[0]), _mm256_add_epi64(of_signal[1], of_estimate[1])];
        let estimate = shifted(sums, Q14);
        let above = _mm256_srl_epi32(_mm256_sub_epi32(scaled, _mm256_min_epu32(scaled, estimate)), smoothing_bits);
        let floor = shifted(products(split(value), factors([self.min_signal_remaining; 2])), Q14);
        (_mm256_max_epu32(above, floor), estimate)
    }

    /// PCAN.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn normalize(&self, value: __m256i, estimate: __m256i) -> __m256i {
        /// Fractional bits of the position in an interval, and one more that the polynomial is doubled by.
        const FRACTION_BITS: u32 = 11;
        let Float { float, halved } = Float::of(estimate);
        let exponent = _mm256_add_epi32(_mm256_srli_epi32::<{ MANTISSA_BITS as i32 }>(float), halved);
        // 0 has a float without exponent, and is in no interval: its fraction being 0, only the begin matters.
        let interval = _mm256_sub_epi32(exponent, _mm256_set1_epi32(EXPONENT_OF_1 as i32));
        let is_zero = _mm256_cmpeq_epi32(estimate, _mm256_setzero_si256());
        let begin = blend(lookup(&self.begins, interval), _mm256_set1_epi32(self.begin_of_0 as i32), is_zero);
        let fraction = _mm256_and_si256(
            _mm256_srli_epi32::<{ (MANTISSA_BITS - FRACTION_BITS) as i32 }>(float),
            _mm256_set1_epi32((1 << FRACTION_BITS) - 2),
        );
        let one = _mm256_set1_epi32(1 << (16 + FRACTION_BITS));
        let slope =
            _mm256_srai_epi32::<6>(_mm256_madd_epi16(lookup(&self.slopes, interval), _mm256_or_si256(fraction, one)));
        let gain = _mm256_srai_epi32::<16>(_mm256_add_epi32(_mm256_mullo_epi32(slope, fraction), begin));
        let snr = shifted(products(split(value), split(gain)), self.snr);
        // Compressed: below 2 the square is above the line; from there it is held down to 63, and the line is not.
        let low = _mm256_min_epu32(snr, _mm256_set1_epi32(8191));
        let square = _mm256_srli_epi32::<20>(_mm256_madd_epi16(low, low));
        let line = _mm256_sub_epi32(_mm256_srli_epi32::<6>(snr), _mm256_set1_epi32(64));
        _mm256_max_epi32(square, line)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn log(&self, value: __m256i) -> __m256i {
        let [up, down] = self.correction;
        let value = _mm256_srl_epi32(_mm256_sll_epi32(value, count(up)), count(down));
        // The logarithm of 1 is 0.
        let Float { float, halved } = Float::of(_mm256_max_epu32(value, _mm256_set1_epi32(1)));
        // The exponent and LOG_BITS bits of the fraction: the logarithm to the base of 2, as a straight line.
        let line = _mm256_add_epi32(
            _mm256_srli_epi32::<{ (MANTISSA_BITS - LOG_BITS) as i32 }>(float),
            _mm256_slli_epi32::<{ LOG_BITS as i32 }>(halved),
        );
        let segment = _mm256_and_si256(
            _mm256_srli_epi32::<{ (MANTISSA_BITS - LOG_BITS + SEGMENT_BITS) as i32 }>(float),
            _mm256_set1_epi32(SEGMENTS as i32 - 1),
        );
        // SAFETY: the mask is that of the table's length.
        let table = unsafe { gather(&LOG_SEGMENTS, segment) };
        // Times −2⁻¹⁵ with the −2 of the table, the begin gets 16 more bits.
        let within = _mm256_or_si256(
            _mm256_and_si256(line, _mm256_set1_epi32((1 << SEGMENT_BITS) - 1)),
            _mm256_set1_epi32(i32::MIN),
        );
        let correction = _mm256_srli_epi32::<{ LOG_BITS as i32 }>(_mm256_madd_epi16(table, within));
        let log2 = _mm256_add_epi32(line, correction);
        // The product with ln 2 has 40 bits; rounded and shifted down by 16, it is put together of its halves' products.
        let ln_2 = _mm256_set1_epi32(pair(LN_2 as u16, LN_2 as u16) as i32);
        let half = _mm256_set1_epi32(HALF as i32);
        let (low, high) = (_mm256_mullo_epi16(log2, ln_2), _mm256_mulhi_epu16(log2, ln_2));
        let loge = _mm256_add_epi32(high, _mm256_srli_epi32::<{ LOG_BITS as i32 }>(_mm256_add_epi32(low, half)));
        let rounding = _mm256_set1_epi32(self.scale_rounding as i32);
        let scaled = _mm256_add_epi32(_mm256_sll_epi32(loge, count(self.scale_shift)), rounding);
        _mm256_srli_epi32::<{ LOG_BITS as i32 }>(scaled)
    }
}
