//! The energy of a spectrum.

use crate::fixed_fft::Complex16;

/// r² + i² of each bin of `spectrum` into `energy`; it is at most 2³¹.
#[inline]
pub fn energy(spectrum: &[Complex16], energy: &mut [u32]) {
    for (bin, out) in spectrum.iter().zip(energy) {
        *out = bin.energy();
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
