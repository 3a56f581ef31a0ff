//! Eight lanes in plain arrays, for the compiler to make of them what the target has.

use core::array::from_fn;

use super::{Factor, Vector};
use crate::fixed_fft::Complex16;

/// Eight complex numbers, real and imaginary parts apart.
#[derive(Clone, Copy)]
pub(crate) struct Eight {
    re: [i16; 8],
    im: [i16; 8],
}

impl Eight {
    /// What a function makes of each part.
    #[inline(always)]
    fn map(self, of: impl Fn(i16) -> i16) -> Self {
        Eight { re: from_fn(|i| of(self.re[i])), im: from_fn(|i| of(self.im[i])) }
    }

    /// What a function makes of each two parts.
    #[inline(always)]
    fn zip(self, other: Self, of: impl Fn(i16, i16) -> i16) -> Self {
        Eight { re: from_fn(|i| of(self.re[i], other.re[i])), im: from_fn(|i| of(self.im[i], other.im[i])) }
    }
}

impl Vector for Eight {
    const LANES: usize = 8;
    type Chunk = [Complex16; 8];
    type Samples = [i16; 16];
    type Energies = [u32; 8];

    #[inline(always)]
    fn chunks(values: &[Complex16]) -> &[[Complex16; 8]] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn chunks_mut(values: &mut [Complex16]) -> &mut [[Complex16; 8]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn samples(values: &[i16]) -> &[[i16; 16]] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn energies_mut(values: &mut [u32]) -> &mut [[u32; 8]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn load(chunk: &[Complex16; 8]) -> Self {
        Eight { re: from_fn(|i| chunk[i].re), im: from_fn(|i| chunk[i].im) }
    }

    #[inline(always)]
    fn load_samples(samples: &[i16; 16]) -> Self {
        Eight { re: from_fn(|i| samples[2 * i]), im: from_fn(|i| samples[2 * i + 1]) }
    }

    #[inline(always)]
    fn splat(Complex16 { re, im }: Complex16) -> Self {
        Eight { re: [re; 8], im: [im; 8] }
    }

    #[inline(always)]
    fn store(self, chunk: &mut [Complex16; 8]) {
        *chunk = from_fn(|i| Complex16 { re: self.re[i], im: self.im[i] });
    }

    #[inline(always)]
    fn store_energies(self, energies: &mut [u32; 8]) {
        let square = |part: i16| (i32::from(part) * i32::from(part)) as u32;
        *energies = from_fn(|i| square(self.re[i]) + square(self.im[i]));
    }

    #[inline(always)]
    fn load_rows(chunks: &[[Complex16; 8]], columns: usize) -> [Self; 4] {
        let values = chunks.as_flattened();
        let values: &[Complex16; 32] = values.first_chunk().expect("four chunks");
        let gather = |quarter: usize| {
            let at = |i: usize| i / columns * 4 * columns + quarter * columns + i % columns;
            Eight { re: from_fn(|i| values[at(i)].re), im: from_fn(|i| values[at(i)].im) }
        };
        if columns == 4 {
            let columns = 4;
            let _ = columns;
        }
        [gather(0), gather(1), gather(2), gather(3)]
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, i16::wrapping_add)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, i16::wrapping_sub)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.zip(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        let factor = 1i16.wrapping_shl(bits);
        self.map(|part| part.wrapping_mul(factor))
    }

    #[inline(always)]
    fn halve(self) -> Self {
        self.map(|part| part >> 1)
    }

    #[inline(always)]
    fn scale<const FACTOR: i16>(self) -> Self {
        self.map(|part| ((i32::from(part) * i32::from(FACTOR) + (1 << 14)) >> 15) as i16)
    }

    #[inline(always)]
    fn mul(self, [factor, _]: Factor<Self>) -> Self {
        // The form `c − di`.
        let part = |sum: i32| ((sum + (1 << 14)) >> 15) as i16;
        let wide = |values: &[i16; 8], i: usize| i32::from(values[i]);
        Eight {
            re: from_fn(|i| part(wide(&self.re, i) * wide(&factor.re, i) + wide(&self.im, i) * wide(&factor.im, i))),
            im: from_fn(|i| part(wide(&self.im, i) * wide(&factor.re, i) - wide(&self.re, i) * wide(&factor.im, i))),
        }
    }

    #[inline(always)]
    fn turn(self) -> Self {
        Eight { re: self.im, im: from_fn(|i| self.re[i].wrapping_neg()) }
    }

    #[inline(always)]
    fn conjugate(self) -> Self {
        Eight { re: self.re, im: from_fn(|i| self.im[i].wrapping_neg()) }
    }

    #[inline(always)]
    fn reverse(self) -> Self {
        Eight { re: from_fn(|i| self.re[7 - i]), im: from_fn(|i| self.im[7 - i]) }
    }
}
