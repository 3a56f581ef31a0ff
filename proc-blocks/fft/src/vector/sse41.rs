//! Four lanes of SSE4.1.
//!
//! A value of this type is only made inside functions that are compiled for SSE4.1, and those are only called where the
//! machine has it: that is what makes the intrinsics here sound.

use core::arch::x86_64::*;

use super::{Factor, Kernel, Vector, Wide};
use crate::fixed_fft::Complex16;

/// Four complex numbers, lane 0 in the lowest bits.
#[derive(Clone, Copy)]
pub(crate) struct Sse41(__m128i);

/// Runs a kernel, compiled for SSE4.1.
#[target_feature(enable = "sse4.1")]
pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_wide::<Sse41>()
}

/// The operations, which need SSE4.1 alone.
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
        Sse41(unsafe { _mm_loadu_si128(core::ptr::from_ref($from).cast()) })
    };
}

/// Writes 16 bytes.
macro_rules! store {
    ($value:expr, $to:expr) => {
        // SAFETY: a reference to 16 writable bytes; the store asks for no alignment.
        unsafe { _mm_storeu_si128(core::ptr::from_mut($to).cast(), $value) }
    };
}

/// The imaginary part, in the upper half of each lane, with its sign turned.
#[inline(always)]
fn negate_im(value: __m128i) -> __m128i {
    sse41!(_mm_sign_epi16(value, _mm_set1_epi32(-0xffff)))
}

impl Vector for Sse41 {
    in_memory!(4);

    #[inline(always)]
    fn load(chunk: &[Complex16; 4]) -> Self {
        load!(chunk)
    }

    #[inline(always)]
    fn load_samples(samples: &[i16; 8]) -> Self {
        load!(samples)
    }

    #[inline(always)]
    fn splat(Complex16 { re, im }: Complex16) -> Self {
        Sse41(sse41!(_mm_set1_epi32(i32::from(im) << 16 | i32::from(re as u16))))
    }

    #[inline(always)]
    fn store(self, chunk: &mut [Complex16; 4]) {
        store!(self.0, chunk);
    }

    #[inline(always)]
    fn store_energies(self, energies: &mut [u32; 4]) {
        store!(_mm_madd_epi16(self.0, self.0), energies);
    }

    #[inline(always)]
    fn load_rows(chunks: &[[Complex16; 4]], _columns: usize) -> [Self; 4] {
        let [a, b, c, d] = [&chunks[0], &chunks[1], &chunks[2], &chunks[3]].map(|chunk| Self::load(chunk).0);
        sse41!({
            let (ab_low, ab_high) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
            let (cd_low, cd_high) = (_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
            [
                Sse41(_mm_unpacklo_epi64(ab_low, cd_low)),
                Sse41(_mm_unpackhi_epi64(ab_low, cd_low)),
                Sse41(_mm_unpacklo_epi64(ab_high, cd_high)),
                Sse41(_mm_unpackhi_epi64(ab_high, cd_high)),
            ]
        })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Sse41(sse41!(_mm_add_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Sse41(sse41!(_mm_sub_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Sse41(sse41!(_mm_and_si128(self.0, other.0)))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Sse41(sse41!(_mm_xor_si128(self.0, other.0)))
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Sse41(sse41!(_mm_sll_epi16(self.0, _mm_cvtsi32_si128(bits as i32))))
    }

    #[inline(always)]
    fn halve(self) -> Self {
        Sse41(sse41!(_mm_srai_epi16::<1>(self.0)))
    }

    #[inline(always)]
    fn scale<const FACTOR: i16>(self) -> Self {
        Sse41(sse41!(_mm_mulhrs_epi16(self.0, _mm_set1_epi16(FACTOR))))
    }

    #[inline(always)]
    fn mul(self, [direct, crossed]: Factor<Self>) -> Self {
        sse41!({
            let half = _mm_set1_epi32(1 << 14);
            let re = _mm_add_epi32(_mm_madd_epi16(self.0, direct.0), half);
            let im = _mm_add_epi32(_mm_madd_epi16(self.0, crossed.0), half);
            Sse41(_mm_blend_epi16::<0b1010_1010>(_mm_srli_epi32::<15>(re), _mm_slli_epi32::<1>(im)))
        })
    }

    #[inline(always)]
    fn turn(self) -> Self {
        sse41!({
            let swap = _mm_set_epi64x(0x0d0c_0f0e_0908_0b0a, 0x0504_0706_0100_0302);
            Sse41(negate_im(_mm_shuffle_epi8(self.0, swap)))
        })
    }

    #[inline(always)]
    fn conjugate(self) -> Self {
        Sse41(negate_im(self.0))
    }

    #[inline(always)]
    fn reverse(self) -> Self {
        Sse41(sse41!(_mm_shuffle_epi32::<0b00_01_10_11>(self.0)))
    }
}

impl Wide for Sse41 {
    /// The first two and the last two.
    type Doubles = [__m128d; 2];

    #[inline(always)]
    fn samples_mut(values: &mut [i16]) -> &mut [[i16; 8]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn store_samples(self, samples: &mut [i16; 8]) {
        store!(self.0, samples);
    }

    #[inline(always)]
    fn mul_high(self, other: Self) -> Self {
        Sse41(sse41!(_mm_mulhi_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Sse41(sse41!(_mm_abs_epi16(self.0)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Sse41(sse41!(_mm_max_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn largest(self) -> i16 {
        sse41!({
            // The smallest of the values counted down from the largest.
            let down = _mm_set1_epi16(i16::MAX);
            _mm_extract_epi16::<0>(_mm_minpos_epu16(_mm_xor_si128(self.0, down))) as i16 ^ i16::MAX
        })
    }

    #[inline(always)]
    fn zeros() -> [__m128d; 2] {
        sse41!([_mm_setzero_pd(), _mm_setzero_pd()])
    }

    #[inline(always)]
    fn accumulate([low, high]: [__m128d; 2], energies: &[u32; 4], weights: &[f64; 4]) -> [__m128d; 2] {
        // SAFETY: references to 16 and 32 readable bytes; the loads ask for no alignment.
        let (energies, weights) = unsafe {
            let weights = core::ptr::from_ref(weights).cast::<f64>();
            (
                _mm_loadu_si128(core::ptr::from_ref(energies).cast()),
                [_mm_loadu_pd(weights), _mm_loadu_pd(weights.add(2))],
            )
        };
        sse41!([
            _mm_add_pd(low, _mm_mul_pd(_mm_cvtepi32_pd(energies), weights[0])),
            _mm_add_pd(high, _mm_mul_pd(_mm_cvtepi32_pd(_mm_unpackhi_epi64(energies, energies)), weights[1])),
        ])
    }

    #[inline(always)]
    fn sum_each([a, b, c, d]: [[__m128d; 2]; 4]) -> [__m128d; 2] {
        sse41!({
            let (a, b) = (_mm_add_pd(a[0], a[1]), _mm_add_pd(b[0], b[1]));
            let (c, d) = (_mm_add_pd(c[0], c[1]), _mm_add_pd(d[0], d[1]));
            [
                _mm_add_pd(_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b)),
                _mm_add_pd(_mm_unpacklo_pd(c, d), _mm_unpackhi_pd(c, d)),
            ]
        })
    }

    #[inline(always)]
    fn larger(one: [__m128d; 2], other: [__m128d; 2]) -> [__m128d; 2] {
        sse41!([_mm_max_pd(one[0], other[0]), _mm_max_pd(one[1], other[1])])
    }

    #[inline(always)]
    fn any_reaches([low, high]: [__m128d; 2], limit: f64) -> bool {
        sse41!(_mm_movemask_pd(_mm_cmpge_pd(_mm_max_pd(low, high), _mm_set1_pd(limit)))) != 0
    }

    #[inline(always)]
    fn roots([low, high]: [__m128d; 2], shift: u32) -> [u32; 4] {
        sse41!({
            let two = |values: __m128d| {
                let roots = _mm_sqrt_pd(values);
                let capped = _mm_min_pd(roots, _mm_set1_pd(65_535.0));
                let large = _mm_cmpge_pd(values, _mm_set1_pd(4_294_967_296.0));
                _mm_cvtpd_epi32(_mm_blendv_pd(capped, roots, large))
            };
            let roots = _mm_unpacklo_epi64(two(low), two(high));
            let mut out = [0; 4];
            _mm_storeu_si128(out.as_mut_ptr().cast(), _mm_srl_epi32(roots, _mm_cvtsi32_si128(shift as i32)));
            out
        })
    }
}
