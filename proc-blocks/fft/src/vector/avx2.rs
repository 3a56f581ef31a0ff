//! Eight lanes of AVX2.
//!
//! A value of this type is only made inside functions that are compiled for AVX2, and those are only called where the
//! machine has it: that is what makes the intrinsics here sound.

use core::arch::x86_64::*;

use super::{Factor, Kernel, Vector, Wide};
use crate::fixed_fft::Complex16;

/// Eight complex numbers, lane 0 in the lowest bits.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256i);

/// Runs a kernel, compiled for AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_wide::<Avx2>()
}

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
        Avx2(unsafe { _mm256_loadu_si256(core::ptr::from_ref($from).cast()) })
    };
}

/// Writes 32 bytes.
macro_rules! store {
    ($value:expr, $to:expr) => {
        // SAFETY: a reference to 32 writable bytes; the store asks for no alignment.
        unsafe { _mm256_storeu_si256(core::ptr::from_mut($to).cast(), $value) }
    };
}

/// The imaginary part, in the upper half of each lane, with its sign turned.
#[inline(always)]
fn negate_im(value: __m256i) -> __m256i {
    avx2!(_mm256_sign_epi16(value, _mm256_set1_epi32(-0xffff)))
}

impl Vector for Avx2 {
    in_memory!(8);

    #[inline(always)]
    fn load(chunk: &[Complex16; 8]) -> Self {
        load!(chunk)
    }

    #[inline(always)]
    fn load_samples(samples: &[i16; 16]) -> Self {
        load!(samples)
    }

    #[inline(always)]
    fn splat(Complex16 { re, im }: Complex16) -> Self {
        Avx2(avx2!(_mm256_set1_epi32(i32::from(im) << 16 | i32::from(re as u16))))
    }

    #[inline(always)]
    fn store(self, chunk: &mut [Complex16; 8]) {
        store!(self.0, chunk);
    }

    #[inline(always)]
    fn store_energies(self, energies: &mut [u32; 8]) {
        store!(_mm256_madd_epi16(self.0, self.0), energies);
    }

    #[inline(always)]
    fn load_rows(chunks: &[[Complex16; 8]], columns: usize) -> [Self; 4] {
        let half = |four: &[Complex16; 4]| {
            // SAFETY: a reference to 16 readable bytes; the load asks for no alignment.
            unsafe { _mm_loadu_si128(core::ptr::from_ref(four).cast()) }
        };
        let fours = chunks.as_flattened().as_chunks::<4>().0;
        let pair = |low: usize, high: usize| {
            avx2!(_mm256_inserti128_si256::<1>(_mm256_castsi128_si256(half(&fours[low])), half(&fours[high])))
        };
        if columns == 4 {
            return [Avx2(pair(0, 4)), Avx2(pair(1, 5)), Avx2(pair(2, 6)), Avx2(pair(3, 7))];
        }
        let (a, b, c, d) = (pair(0, 4), pair(1, 5), pair(2, 6), pair(3, 7));
        avx2!({
            let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
            let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
            [
                Avx2(_mm256_unpacklo_epi64(ab_low, cd_low)),
                Avx2(_mm256_unpackhi_epi64(ab_low, cd_low)),
                Avx2(_mm256_unpacklo_epi64(ab_high, cd_high)),
                Avx2(_mm256_unpackhi_epi64(ab_high, cd_high)),
            ]
        })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Avx2(avx2!(_mm256_add_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Avx2(avx2!(_mm256_sub_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Avx2(avx2!(_mm256_and_si256(self.0, other.0)))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Avx2(avx2!(_mm256_xor_si256(self.0, other.0)))
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Avx2(avx2!(_mm256_sll_epi16(self.0, _mm_cvtsi32_si128(bits as i32))))
    }

    #[inline(always)]
    fn halve(self) -> Self {
        Avx2(avx2!(_mm256_srai_epi16::<1>(self.0)))
    }

    #[inline(always)]
    fn scale<const FACTOR: i16>(self) -> Self {
        Avx2(avx2!(_mm256_mulhrs_epi16(self.0, _mm256_set1_epi16(FACTOR))))
    }

    #[inline(always)]
    fn mul(self, [direct, crossed]: Factor<Self>) -> Self {
        avx2!({
            let half = _mm256_set1_epi32(1 << 14);
            let re = _mm256_add_epi32(_mm256_madd_epi16(self.0, direct.0), half);
            let im = _mm256_add_epi32(_mm256_madd_epi16(self.0, crossed.0), half);
            Avx2(_mm256_blend_epi16::<0b1010_1010>(_mm256_srli_epi32::<15>(re), _mm256_slli_epi32::<1>(im)))
        })
    }

    #[inline(always)]
    fn turn(self) -> Self {
        avx2!({
            let swap = _mm_set_epi64x(0x0d0c_0f0e_0908_0b0a, 0x0504_0706_0100_0302);
            let swap = _mm256_broadcastsi128_si256(swap);
            Avx2(negate_im(_mm256_shuffle_epi8(self.0, swap)))
        })
    }

    #[inline(always)]
    fn conjugate(self) -> Self {
        Avx2(negate_im(self.0))
    }

    #[inline(always)]
    fn reverse(self) -> Self {
        Avx2(avx2!(_mm256_permutevar8x32_epi32(self.0, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0))))
    }
}

impl Wide for Avx2 {
    type Doubles = __m256d;

    #[inline(always)]
    fn samples_mut(values: &mut [i16]) -> &mut [[i16; 16]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn store_samples(self, samples: &mut [i16; 16]) {
        store!(self.0, samples);
    }

    #[inline(always)]
    fn mul_high(self, other: Self) -> Self {
        Avx2(avx2!(_mm256_mulhi_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Avx2(avx2!(_mm256_abs_epi16(self.0)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Avx2(avx2!(_mm256_max_epi16(self.0, other.0)))
    }

    #[inline(always)]
    fn largest(self) -> i16 {
        avx2!({
            let eight = _mm_max_epi16(_mm256_castsi256_si128(self.0), _mm256_extracti128_si256::<1>(self.0));
            // The smallest of the values counted down from the largest.
            let down = _mm_set1_epi16(i16::MAX);
            _mm_extract_epi16::<0>(_mm_minpos_epu16(_mm_xor_si128(eight, down))) as i16 ^ i16::MAX
        })
    }

    #[inline(always)]
    fn zeros() -> __m256d {
        avx2!(_mm256_setzero_pd())
    }

    #[inline(always)]
    fn accumulate(sums: __m256d, energies: &[u32; 4], weights: &[f64; 4]) -> __m256d {
        // SAFETY: references to 16 and 32 readable bytes; the loads ask for no alignment.
        let (energies, weights) = unsafe {
            (
                _mm_loadu_si128(core::ptr::from_ref(energies).cast()),
                _mm256_loadu_pd(core::ptr::from_ref(weights).cast()),
            )
        };
        avx2!(_mm256_fmadd_pd(_mm256_cvtepi32_pd(energies), weights, sums))
    }

    #[inline(always)]
    fn sum_each([a, b, c, d]: [__m256d; 4]) -> __m256d {
        avx2!({
            let (ab, cd) = (_mm256_hadd_pd(a, b), _mm256_hadd_pd(c, d));
            let crossed = _mm256_permute2f128_pd::<0x21>(ab, cd);
            _mm256_add_pd(crossed, _mm256_blend_pd::<0b1100>(ab, cd))
        })
    }

    #[inline(always)]
    fn larger(one: __m256d, other: __m256d) -> __m256d {
        avx2!(_mm256_max_pd(one, other))
    }

    #[inline(always)]
    fn any_reaches(values: __m256d, limit: f64) -> bool {
        avx2!(_mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GE_OQ>(values, _mm256_set1_pd(limit)))) != 0
    }

    #[inline(always)]
    fn roots(values: __m256d, shift: u32) -> [u32; 4] {
        avx2!({
            let roots = _mm256_sqrt_pd(values);
            let capped = _mm256_min_pd(roots, _mm256_set1_pd(65_535.0));
            let large = _mm256_cmp_pd::<_CMP_GE_OQ>(values, _mm256_set1_pd(4_294_967_296.0));
            let roots = _mm256_cvtpd_epi32(_mm256_blendv_pd(capped, roots, large));
            let mut out = [0; 4];
            _mm_storeu_si128(out.as_mut_ptr().cast(), _mm_srl_epi32(roots, _mm_cvtsi32_si128(shift as i32)));
            out
        })
    }
}
