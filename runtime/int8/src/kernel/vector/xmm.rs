//! Four lanes of SSE4.1.
//!
//! A value of [`Xmm`] is only made inside functions that are compiled for SSE4.1, and those are only called where the
//! machine has it: that is what makes the intrinsics here sound.

use core::arch::x86_64::*;
use core::array::from_fn;

use super::{Channelwise, Kernel, Lanes, Machine, Product};
use crate::arithmetic::Multiplier;

const LANES: usize = 4;

/// Four sums, lane 0 in the lowest bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Xmm(__m128i);

/// A machine with SSE4.1.
#[derive(Debug)]
pub(crate) struct Sse41;

/// The operations, which need SSE4.1 at most.
macro_rules! sse41 {
    ($operation:expr) => {
        // SAFETY: see the head of this module.
        unsafe { $operation }
    };
}

/// Reads 16 bytes.
macro_rules! load {
    ($from:expr) => {
        // SAFETY: a reference to 16 readable bytes; the load asks for no alignment.
        unsafe { _mm_loadu_si128(core::ptr::from_ref($from).cast()) }
    };
}

impl Xmm {
    /// The lanes.
    #[inline(always)]
    fn to_array(self) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        // SAFETY: an array of 16 writable bytes; the store asks for no alignment.
        unsafe { _mm_storeu_si128(lanes.as_mut_ptr().cast(), self.0) };
        lanes
    }
}

impl Lanes for Xmm {
    const LANES: usize = LANES;
    type Numbers = [i32; LANES];
    type Scale = [Multiplier; LANES];
    const ZERO: [i32; LANES] = [0; LANES];

    #[inline(always)]
    fn splat(value: i32) -> Self {
        Xmm(sse41!(_mm_set1_epi32(value)))
    }

    #[inline(always)]
    fn load(numbers: &[i32; LANES]) -> Self {
        Xmm(load!(numbers))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Xmm(sse41!(_mm_add_epi32(self.0, other.0)))
    }

    #[inline(always)]
    fn clamp(self, min: Self, max: Self) -> Self {
        Xmm(sse41!(_mm_max_epi32(_mm_min_epi32(self.0, max.0), min.0)))
    }

    #[inline(always)]
    fn scale(mantissa: Self, exponent: Self) -> [Multiplier; LANES] {
        let (mantissas, exponents) = (mantissa.to_array(), exponent.to_array());
        let mut scale = [Multiplier::default(); LANES];
        for (lane, scale) in scale.iter_mut().enumerate() {
            *scale = Multiplier { mantissa: mantissas[lane], exponent: exponents[lane] };
        }
        scale
    }

    /// Lane by lane, as the lanes are shifted by different numbers of bits.
    #[inline(always)]
    fn times(self, scale: [Multiplier; LANES]) -> Self {
        let mut lanes = self.to_array();
        for (lane, scale) in lanes.iter_mut().zip(scale) {
            *lane = scale.apply(*lane);
        }
        Self::load(&lanes)
    }

    #[inline(always)]
    fn times_float(self, scale: Self, [min, max]: [f32; 2]) -> Self {
        sse41!({
            let scaled = _mm_mul_ps(_mm_cvtepi32_ps(self.0), _mm_castsi128_ps(scale.0));
            let scaled = _mm_max_ps(_mm_min_ps(scaled, _mm_set1_ps(max)), _mm_set1_ps(min));
            Xmm(_mm_cvtps_epi32(scaled))
        })
    }

    #[inline(always)]
    fn store(self, outputs: &mut [i8]) {
        store_chunk!(LANES, outputs => {
            let bytes = sse41!({
                let words = _mm_packs_epi32(self.0, self.0);
                _mm_cvtsi128_si32(_mm_packs_epi16(words, words))
            });
            *outputs = bytes.to_le_bytes().map(|byte| byte as i8);
        });
    }
}

impl Machine for Sse41 {
    type Sums = Xmm;

    #[inline]
    fn run<K: Kernel>(kernel: K) {
        #[target_feature(enable = "sse4.1")]
        fn compiled<K: Kernel>(kernel: K) {
            kernel.run();
        }
        // SAFETY: kernels are only made for this machine where it is the one that runs.
        unsafe { compiled(kernel) }
    }
}

/// By lane, then by tap.
impl Product for Sse41 {
    const GROUP: usize = 2;
    type Tap = i16;
    type Taps = [i16; 2];
    type Weights = [i16; 2 * LANES];

    #[inline(always)]
    fn groups(taps: &[i16]) -> &[[i16; 2]] {
        taps.as_chunks().0
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> Self::Weights {
        from_fn(|at| weight(at / 2, at % 2) as i16)
    }

    #[inline(always)]
    fn add_products(sums: Xmm, &[low, high]: &[i16; 2], weights: &Self::Weights) -> Xmm {
        let taps = Xmm::splat(i32::from(low as u16) | i32::from(high) << 16);
        let weights = load!(weights);
        sums.add(Xmm(sse41!(_mm_madd_epi16(taps.0, weights))))
    }
}

/// Weights are stored as the two vectors have them, by channel, then by tap.
impl Channelwise for Sse41 {
    type Taps = [i16; 2 * LANES];
    type Weights = [[i16; 2 * LANES]; 2];

    fn channel(half: usize, lane: usize) -> usize {
        half * LANES + lane
    }

    #[inline(always)]
    fn taps(taps: &[i16], at: usize) -> &Self::Taps {
        chunk!(taps, at)
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> Self::Weights {
        from_fn(|half| from_fn(|at| weight(Self::channel(half, at / 2), at % 2) as i16))
    }

    #[inline(always)]
    fn add_products([low, high]: [Xmm; 2], [one, other]: [&Self::Taps; 2], weights: &Self::Weights) -> [Xmm; 2] {
        let (one, other) = (load!(one), load!(other));
        let weights = [load!(&weights[0]), load!(&weights[1])];
        sse41!({
            let taps = [_mm_unpacklo_epi16(one, other), _mm_unpackhi_epi16(one, other)];
            [low.add(Xmm(_mm_madd_epi16(taps[0], weights[0]))), high.add(Xmm(_mm_madd_epi16(taps[1], weights[1])))]
        })
    }

    #[inline(always)]
    fn store([low, high]: [Xmm; 2], outputs: &mut [i8]) {
        store_chunk!(2 * LANES, outputs => {
            let bytes = sse41!({
                let words = _mm_packs_epi32(low.0, high.0);
                _mm_packs_epi16(words, words)
            });
            // SAFETY: a reference to eight writable bytes; the store asks for no alignment.
            unsafe { _mm_storel_epi64(outputs.as_mut_ptr().cast(), bytes) }
        });
    }
}
