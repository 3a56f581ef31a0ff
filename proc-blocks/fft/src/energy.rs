//! The energy of a spectrum.

use crate::fixed_fft::Complex16;

/// r² + i² of each bin of `spectrum` into `energy`; it is at most 2³¹.
#[inline]
pub fn energy(spectrum: &[Complex16], energy: &mut [u32]) {
    for (bin, out) in spectrum.iter().zip(energy) {
        let (r, i) = (i32::from(bin.re), i32::from(bin.im));
        *out = (r * r) as u32 + (i * i) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_fit() {
        let mut out = [0; 2];
        energy(&[Complex16 { re: i16::MIN, im: i16::MIN }, Complex16 { re: -3, im: 4 }], &mut out);
        assert_eq!(out, [1 << 31, 25]);
    }
}
