//! Eight lanes of AVX2.
//!
//! A value of [`Ymm`] is only made inside functions that are compiled for AVX2, and those are only called where the
//! machine has it: that is what makes the intrinsics here sound.

use core::arch::x86_64::*;
use core::array::from_fn;

use super::{Channelwise, Kernel, Lanes, Machine, Product};

const LANES: usize = 8;

/// Eight sums, lane 0 in the lowest bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ymm(pub(super) __m256i);

/// Eight multipliers.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// Those of even lanes in the lower halves of 64 bits, and those of odd lanes.
    mantissas: [__m256i; 2],
    /// Bits of the shift before the product.
    left: __m256i,
    /// Bits of the shift after it.
    right: __m256i,
    /// A half of what that shifts to 1.
    half: __m256i,
}

/// A machine with AVX2.
#[derive(Debug)]
pub(crate) struct Avx2;

/// 32 bytes of 16-bit numbers, for the loads to lie in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Words([i16; 2 * LANES]);

/// The operations, which need AVX2 alone.
macro_rules! avx2 {
    ($operation:expr) => {
        // SAFETY: see the head of this module.
        unsafe { $operation }
    };
}

/// Reads 32 bytes.
macro_rules! load {
    ($from:expr) => {
        // SAFETY: a reference to 32 readable bytes; the load asks for no alignment.
        unsafe { _mm256_loadu_si256(core::ptr::from_ref($from).cast()) }
    };
}

impl Lanes for Ymm {
    const LANES: usize = LANES;
    type Numbers = [i32; LANES];
    type Scale = Scale;
    const ZERO: [i32; LANES] = [0; LANES];

    #[inline(always)]
    fn splat(value: i32) -> Self {
        Ymm(avx2!(_mm256_set1_epi32(value)))
    }

    #[inline(always)]
    fn load(numbers: &[i32; LANES]) -> Self {
        Ymm(load!(numbers))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Ymm(avx2!(_mm256_add_epi32(self.0, other.0)))
    }

    #[inline(always)]
    fn clamp(self, min: Self, max: Self) -> Self {
        Ymm(avx2!(_mm256_max_epi32(_mm256_min_epi32(self.0, max.0), min.0)))
    }

    #[inline(always)]
    fn scale(mantissa: Self, exponent: Self) -> Scale {
        avx2!({
            let left = _mm256_max_epi32(exponent.0, _mm256_setzero_si256());
            let right = _mm256_sub_epi32(left, exponent.0);
            let one = _mm256_set1_epi32(1);
            let half = _mm256_srli_epi32::<1>(_mm256_sllv_epi32(one, right));
            Scale { mantissas: [mantissa.0, _mm256_shuffle_epi32::<0b11_11_01_01>(mantissa.0)], left, right, half }
        })
    }

    #[inline(always)]
    fn times(self, scale: Scale) -> Self {
        avx2!({
            let value = _mm256_sllv_epi32(self.0, scale.left);
            // The doubled high half, of even and of odd lanes.
            let half = _mm256_set1_epi64x(1 << 30);
            let even = _mm256_add_epi64(_mm256_mul_epi32(value, scale.mantissas[0]), half);
            let odd = _mm256_mul_epi32(_mm256_srli_epi64::<32>(value), scale.mantissas[1]);
            let odd = _mm256_add_epi64(odd, half);
            let value = _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<31>(even), _mm256_slli_epi64::<1>(odd));
            // The rounding shift, which takes positive and negative numbers alike.
            let magnitude = _mm256_srlv_epi32(_mm256_add_epi32(_mm256_abs_epi32(value), scale.half), scale.right);
            Ymm(_mm256_sign_epi32(magnitude, value))
        })
    }

    #[inline(always)]
    fn times_float(self, scale: Self, [min, max]: [f32; 2]) -> Self {
        avx2!({
            let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(self.0), _mm256_castsi256_ps(scale.0));
            let scaled = _mm256_max_ps(_mm256_min_ps(scaled, _mm256_set1_ps(max)), _mm256_set1_ps(min));
            Ymm(_mm256_cvtps_epi32(scaled))
        })
    }

    #[inline(always)]
    fn store(self, outputs: &mut [i8]) {
        store_chunk!(LANES, outputs => {
            let bytes = avx2!({
                let words = _mm256_packs_epi32(self.0, self.0);
                let bytes = _mm256_packs_epi16(words, words);
                _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes))
            });
            // SAFETY: a reference to eight writable bytes; the store asks for no alignment.
            unsafe { _mm_storel_epi64(outputs.as_mut_ptr().cast(), bytes) }
        });
    }
}

impl Machine for Avx2 {
    type Sums = Ymm;

    #[inline]
    fn run<K: Kernel>(kernel: K) {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<K: Kernel>(kernel: K) {
            kernel.run();
        }
        // SAFETY: kernels are only made for this machine where it is the one that runs.
        unsafe { compiled(kernel) }
    }
}

/// By lane, then by tap.
impl Product for Avx2 {
    const GROUP: usize = 2;
    type Tap = i16;
    type Taps = [i16; 2];
    type Weights = Words;

    #[inline(always)]
    fn groups(taps: &[i16]) -> &[[i16; 2]] {
        taps.as_chunks().0
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> Words {
        Words(from_fn(|at| weight(at / 2, at % 2) as i16))
    }

    #[inline(always)]
    fn add_products(sums: Ymm, taps: &[i16; 2], weights: &Words) -> Ymm {
        let [low, high] = taps.map(|tap| u32::from(tap as u16));
        let taps = avx2!(_mm256_set1_epi32((low | high << 16) as i32));
        let weights = load!(&weights.0);
        sums.add(Ymm(avx2!(_mm256_madd_epi16(taps, weights))))
    }
}

/// In each 128 bits the first vector has the lower four of eight channels, the second the upper four. Weights are
/// stored as the two vectors have them, by channel, then by tap.
impl Channelwise for Avx2 {
    type Taps = [i16; 2 * LANES];
    type Weights = [Words; 2];

    fn channel(half: usize, lane: usize) -> usize {
        lane / 4 * 8 + half * 4 + lane % 4
    }

    #[inline(always)]
    fn taps(taps: &[i16], at: usize) -> &Self::Taps {
        chunk!(taps, at)
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> [Words; 2] {
        from_fn(|half| Words(from_fn(|at| weight(Self::channel(half, at / 2), at % 2) as i16)))
    }

    #[inline(always)]
    fn add_products([low, high]: [Ymm; 2], [one, other]: [&Self::Taps; 2], weights: &[Words; 2]) -> [Ymm; 2] {
        let (one, other) = (load!(one), load!(other));
        let weights = [load!(&weights[0].0), load!(&weights[1].0)];
        avx2!({
            let taps = [_mm256_unpacklo_epi16(one, other), _mm256_unpackhi_epi16(one, other)];
            [
                low.add(Ymm(_mm256_madd_epi16(taps[0], weights[0]))),
                high.add(Ymm(_mm256_madd_epi16(taps[1], weights[1]))),
            ]
        })
    }

    #[inline(always)]
    fn store([low, high]: [Ymm; 2], outputs: &mut [i8]) {
        store_chunk!(2 * LANES, outputs => {
            let bytes = avx2!({
                let words = _mm256_packs_epi32(low.0, high.0);
                _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words))
            });
            // SAFETY: a reference to 16 writable bytes; the store asks for no alignment.
            unsafe { _mm_storeu_si128(outputs.as_mut_ptr().cast(), bytes) }
        });
    }
}
