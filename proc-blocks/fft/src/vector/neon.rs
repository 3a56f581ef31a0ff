//! Four lanes of NEON.
//!
//! This module is there for targets that have NEON throughout, and for no other: that is what makes the intrinsics here
//! sound.

use core::arch::aarch64::*;

use super::{Factor, Vector, Wide};
use crate::fixed_fft::Complex16;

/// Four complex numbers, lane 0 in the lowest bits.
#[derive(Clone, Copy)]
pub(crate) struct Neon(int16x8_t);

/// The operations, which need NEON alone.
macro_rules! neon {
    ($operation:expr) => {
        // SAFETY: see the head of this module.
        unsafe { $operation }
    };
}

/// Reads 16 bytes.
macro_rules! load {
    ($from:expr) => {
        // SAFETY: a reference to 16 readable bytes, aligned as their numbers of 16 bits ask for.
        Neon(unsafe { vld1q_s16(core::ptr::from_ref($from).cast()) })
    };
}

/// Writes 16 bytes.
macro_rules! store {
    ($value:expr, $to:expr) => {
        // SAFETY: a reference to 16 writable bytes, aligned as their numbers of 16 bits ask for.
        unsafe { vst1q_s16(core::ptr::from_mut($to).cast(), $value) }
    };
}

/// Writes four numbers.
macro_rules! store_u32 {
    ($value:expr, $to:expr) => {
        // SAFETY: a reference to four writable numbers.
        unsafe { vst1q_u32(core::ptr::from_mut::<[u32; 4]>($to).cast(), $value) }
    };
}

impl Vector for Neon {
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
        Neon(neon!(vreinterpretq_s16_s32(vdupq_n_s32(i32::from(im) << 16 | i32::from(re as u16)))))
    }

    #[inline(always)]
    fn store(self, chunk: &mut [Complex16; 4]) {
        store!(self.0, chunk);
    }

    #[inline(always)]
    fn store_energies(self, energies: &mut [u32; 4]) {
        let values = neon!(vreinterpretq_u32_s32(add_products(self.0, self.0)));
        store_u32!(values, energies);
    }

    #[inline(always)]
    fn load_rows(chunks: &[[Complex16; 4]], _columns: usize) -> [Self; 4] {
        let [a, b, c, d] = [&chunks[0], &chunks[1], &chunks[2], &chunks[3]].map(|chunk| Self::load(chunk).0);
        neon!({
            let [a, b, c, d] = [a, b, c, d].map(|row| vreinterpretq_s32_s16(row));
            let [ab_even, ab_odd] = [vtrn1q_s32(a, b), vtrn2q_s32(a, b)].map(|pair| vreinterpretq_s64_s32(pair));
            let [cd_even, cd_odd] = [vtrn1q_s32(c, d), vtrn2q_s32(c, d)].map(|pair| vreinterpretq_s64_s32(pair));
            [
                vtrn1q_s64(ab_even, cd_even),
                vtrn1q_s64(ab_odd, cd_odd),
                vtrn2q_s64(ab_even, cd_even),
                vtrn2q_s64(ab_odd, cd_odd),
            ]
            .map(|quarter| Neon(vreinterpretq_s16_s64(quarter)))
        })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Neon(neon!(vaddq_s16(self.0, other.0)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Neon(neon!(vsubq_s16(self.0, other.0)))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Neon(neon!(vandq_s16(self.0, other.0)))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Neon(neon!(veorq_s16(self.0, other.0)))
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Neon(neon!(vshlq_s16(self.0, vdupq_n_s16(bits as i16))))
    }

    #[inline(always)]
    fn halve(self) -> Self {
        Neon(neon!(vshrq_n_s16::<1>(self.0)))
    }

    #[inline(always)]
    fn scale<const FACTOR: i16>(self) -> Self {
        Neon(neon!(vqrdmulhq_n_s16(self.0, FACTOR)))
    }

    #[inline(always)]
    fn mul(self, [direct, crossed]: Factor<Self>) -> Self {
        neon!({
            let re = vrshrn_n_s32::<15>(add_products(self.0, direct.0));
            let im = vrshrn_n_s32::<15>(add_products(self.0, crossed.0));
            Neon(vcombine_s16(vzip1_s16(re, im), vzip2_s16(re, im)))
        })
    }

    #[inline(always)]
    fn turn(self) -> Self {
        Neon(neon!(vrev32q_s16(self.0))).conjugate()
    }

    #[inline(always)]
    fn conjugate(self) -> Self {
        let signs = Self::splat(Complex16 { re: 1, im: -1 });
        Neon(neon!(vmulq_s16(self.0, signs.0)))
    }

    #[inline(always)]
    fn reverse(self) -> Self {
        neon!({
            let pairs = vrev64q_s32(vreinterpretq_s32_s16(self.0));
            Neon(vreinterpretq_s16_s32(vextq_s32::<2>(pairs, pairs)))
        })
    }
}

/// Of each lane, the product of the real parts plus that of the imaginary parts, cut to 32 bits.
#[inline(always)]
fn add_products(one: int16x8_t, other: int16x8_t) -> int32x4_t {
    neon!(vpaddq_s32(vmull_s16(vget_low_s16(one), vget_low_s16(other)), vmull_high_s16(one, other)))
}

impl Wide for Neon {
    /// The first two and the last two.
    type Doubles = [float64x2_t; 2];

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
        neon!({
            let low = vshrn_n_s32::<16>(vmull_s16(vget_low_s16(self.0), vget_low_s16(other.0)));
            Neon(vshrn_high_n_s32::<16>(low, vmull_high_s16(self.0, other.0)))
        })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Neon(neon!(vabsq_s16(self.0)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Neon(neon!(vmaxq_s16(self.0, other.0)))
    }

    #[inline(always)]
    fn largest(self) -> i16 {
        neon!(vmaxvq_s16(self.0))
    }

    #[inline(always)]
    fn zeros() -> [float64x2_t; 2] {
        [neon!(vdupq_n_f64(0.0)); 2]
    }

    #[inline(always)]
    fn accumulate([low, high]: [float64x2_t; 2], energies: &[u32; 4], weights: &[f64; 4]) -> [float64x2_t; 2] {
        // SAFETY: references to four readable numbers each.
        let (energies, weights) = unsafe { (vld1q_u32(energies.as_ptr()), vld1q_f64_x2(weights.as_ptr())) };
        neon!([
            vfmaq_f64(low, vcvtq_f64_u64(vmovl_u32(vget_low_u32(energies))), weights.0),
            vfmaq_f64(high, vcvtq_f64_u64(vmovl_high_u32(energies)), weights.1),
        ])
    }

    #[inline(always)]
    fn sum_each(of: [[float64x2_t; 2]; 4]) -> [float64x2_t; 2] {
        neon!({
            let [a, b, c, d] = of.map(|[low, high]| vaddq_f64(low, high));
            [vpaddq_f64(a, b), vpaddq_f64(c, d)]
        })
    }

    #[inline(always)]
    fn larger(one: [float64x2_t; 2], other: [float64x2_t; 2]) -> [float64x2_t; 2] {
        neon!([vmaxq_f64(one[0], other[0]), vmaxq_f64(one[1], other[1])])
    }

    #[inline(always)]
    fn any_reaches([low, high]: [float64x2_t; 2], limit: f64) -> bool {
        neon!(vmaxvq_f64(vmaxq_f64(low, high))) >= limit
    }

    #[inline(always)]
    fn roots(values: [float64x2_t; 2], shift: u32) -> [u32; 4] {
        let mut out = [0; 4];
        let roots = neon!({
            let [low, high] = values.map(|values| {
                let roots = vsqrtq_f64(values);
                let capped = vminq_f64(roots, vdupq_n_f64(65_535.0));
                let large = vcgeq_f64(values, vdupq_n_f64(4_294_967_296.0));
                vmovn_u64(vcvtnq_u64_f64(vbslq_f64(large, roots, capped)))
            });
            vshlq_u32(vcombine_u32(low, high), vdupq_n_s32(-(shift as i32)))
        });
        store_u32!(roots, &mut out);
        out
    }
}
