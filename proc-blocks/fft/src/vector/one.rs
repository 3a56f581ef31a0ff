//! One lane.

use super::{Factor, Vector};
use crate::fixed_fft::Complex16;

impl Vector for Complex16 {
    in_memory!(1);

    #[inline(always)]
    fn load(&[value]: &[Complex16; 1]) -> Self {
        value
    }

    #[inline(always)]
    fn load_samples(&[re, im]: &[i16; 2]) -> Self {
        Complex16 { re, im }
    }

    #[inline(always)]
    fn splat(value: Complex16) -> Self {
        value
    }

    #[inline(always)]
    fn store(self, chunk: &mut [Complex16; 1]) {
        *chunk = [self];
    }

    #[inline(always)]
    fn store_energies(self, energies: &mut [u32; 1]) {
        *energies = [self.energy()];
    }

    #[inline(always)]
    fn load_rows(chunks: &[[Complex16; 1]], _columns: usize) -> [Self; 4] {
        [chunks[0][0], chunks[1][0], chunks[2][0], chunks[3][0]]
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Complex16 { re: self.re.wrapping_add(other.re), im: self.im.wrapping_add(other.im) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Complex16 { re: self.re.wrapping_sub(other.re), im: self.im.wrapping_sub(other.im) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Complex16 { re: self.re & other.re, im: self.im & other.im }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Complex16 { re: self.re ^ other.re, im: self.im ^ other.im }
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Complex16 { re: (i32::from(self.re) << bits) as i16, im: (i32::from(self.im) << bits) as i16 }
    }

    #[inline(always)]
    fn halve(self) -> Self {
        Complex16 { re: self.re >> 1, im: self.im >> 1 }
    }

    #[inline(always)]
    fn scale<const FACTOR: i16>(self) -> Self {
        let scale = |part: i16| ((i32::from(part) * i32::from(FACTOR) + (1 << 14)) >> 15) as i16;
        Complex16 { re: scale(self.re), im: scale(self.im) }
    }

    #[inline(always)]
    fn mul(self, [direct, crossed]: Factor<Self>) -> Self {
        let part = |factor: Self| {
            let product = i32::from(self.re) * i32::from(factor.re) + i32::from(self.im) * i32::from(factor.im);
            ((product + (1 << 14)) >> 15) as i16
        };
        Complex16 { re: part(direct), im: part(crossed) }
    }

    #[inline(always)]
    fn turn(self) -> Self {
        Complex16 { re: self.im, im: self.re.wrapping_neg() }
    }

    #[inline(always)]
    fn conjugate(self) -> Self {
        Complex16 { re: self.re, im: self.im.wrapping_neg() }
    }

    #[inline(always)]
    fn reverse(self) -> Self {
        self
    }
}
