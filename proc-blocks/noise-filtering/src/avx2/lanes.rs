//! Vectors of eight lanes of 32 bits.

use core::arch::x86_64::*;

/// Lanes of a vector.
pub(super) const LANES: usize = 8;
/// Fractional bits of an `f32`.
pub(super) const MANTISSA_BITS: u32 = 23;
/// The exponent of 1 in an `f32`.
pub(super) const EXPONENT_OF_1: u32 = 127;

/// How far a product of 64 bits is shifted down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    /// From an even lane to itself.
    down: u32,
    /// From an odd lane to its upper half.
    up: u32,
}

impl Shift {
    pub(super) const fn by(bits: u32) -> Self {
        Shift { down: bits, up: 32 - bits }
    }
}

/// The bits of floats, rounded down.
pub(super) struct Float {
    /// The floats of the values, or of half of them.
    pub(super) float: __m256i,
    /// 1 where the value has 32 bits and the float is of its half, 0 elsewhere.
    pub(super) halved: __m256i,
}

impl Float {
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn of(values: __m256i) -> Self {
        // Numbers are converted as signed ones.
        let halved = _mm256_srli_epi32::<31>(values);
        // The rounding bit is as far below the highest: without it and some below, no number rounds up.
        let rounding_bits = _mm256_srli_epi32::<{ MANTISSA_BITS as i32 + 1 }>(values);
        let positive = _mm256_srlv_epi32(_mm256_andnot_si256(rounding_bits, values), halved);
        Float { float: _mm256_castps_si256(_mm256_cvtepi32_ps(positive)), halved }
    }
}

/// Even lanes and odd lanes, each in the lower half of 64 bits.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn split(values: __m256i) -> [__m256i; 2] {
    [values, _mm256_srli_epi64::<32>(values)]
}

/// The products of the lower halves of 64 bits.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn products(a: [__m256i; 2], b: [__m256i; 2]) -> [__m256i; 2] {
    [_mm256_mul_epu32(a[0], b[0]), _mm256_mul_epu32(a[1], b[1])]
}

/// Shifts the products of even and of odd lanes down, to the lower 32 bits in their lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn shifted([even, odd]: [__m256i; 2], shift: Shift) -> __m256i {
    let (even, odd) = (_mm256_srl_epi64(even, count(shift.down)), _mm256_sll_epi64(odd, count(shift.up)));
    _mm256_blend_epi32::<0b1010_1010>(even, odd)
}

/// The operand of a shift by `bits`.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn count(bits: u32) -> __m128i {
    _mm_cvtsi32_si128(bits as i32)
}

/// The factors of even and of odd lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn factors([even, odd]: [i32; 2]) -> [__m256i; 2] {
    [_mm256_set1_epi32(even), _mm256_set1_epi32(odd)]
}

/// The entries of `table` at `indices`; any entry where an index is not from 0 to 31.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn lookup(table: &[[u32; LANES]; 4], indices: __m256i) -> __m256i {
    let [a, b, c, d] = table.each_ref().map(|eight| _mm256_permutevar8x32_epi32(load(eight), indices));
    let above = |index| _mm256_cmpgt_epi32(indices, _mm256_set1_epi32(index));
    blend(blend(blend(a, b, above(7)), c, above(15)), d, above(23))
}

/// The lanes of `a`, and those of `b` where the highest bit of `mask` is set.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn blend(a: __m256i, b: __m256i, mask: __m256i) -> __m256i {
    let [a, b, mask] = [a, b, mask].map(|lanes| _mm256_castsi256_ps(lanes));
    _mm256_castps_si256(_mm256_blendv_ps(a, b, mask))
}

/// The entries of `table` at `indices`.
///
/// # Safety
///
/// The indices are below the length of the table.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn gather(table: &[u32], indices: __m256i) -> __m256i {
    // SAFETY: what is read lies within the table, as the caller guarantees.
    unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), indices) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load(from: &[u32; LANES]) -> __m256i {
    // SAFETY: the array has the vector's 32 bytes.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store(to: &mut [u32; LANES], values: __m256i) {
    // SAFETY: the array has the vector's 32 bytes.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), values) }
}

/// Stores lanes of at most 65,535.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_narrow(to: &mut [u16; LANES], values: __m256i) {
    let narrow = _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256::<1>(values));
    // SAFETY: the array has the vector's 16 bytes.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), narrow) }
}
