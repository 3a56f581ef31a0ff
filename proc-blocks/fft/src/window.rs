//! The Hann window, in Q12.

use alloc::vec::Vec;

use core::f32::consts::PI as PI_F32;
use core::f64::consts::PI;

use runeblocks_micro::{Dialect, math};

/// Fractional bits of a coefficient: 4096 is 1.
pub const WINDOW_BITS: u32 = 12;

/// The `size` coefficients ½ − ½·cos(2π(i + ½)/size) in Q12, 0 to 4096.
#[must_use]
pub fn coefficients(size: usize, dialect: Dialect) -> Vec<i16> {
    match dialect {
        Dialect::Tf => {
            let arg = (2.0 * PI / f64::from(size as f32)) as f32;
            let value = |i: usize| (0.5 - 0.5 * libm::cos(f64::from(arg) * (i as f64 + 0.5))) as f32;
            (0..size).map(|i| libm::floor(f64::from(value(i) * 4096.0) + 0.5) as i16).collect()
        }
        Dialect::Tflm => {
            let arg = PI_F32 * 2.0 / size as f32;
            let value = |i: usize| 0.5 - 0.5 * math::cosf(arg * (i as f32 + 0.5));
            (0..size).map(|i| libm::floorf(value(i) * 4096.0 + 0.5) as i16).collect()
        }
    }
}

/// Weighs `samples` by `coefficients` into `windowed` and returns the largest magnitude there.
///
/// All three have the same length; what is longer is left alone. The magnitude is of 16 bits: that of −32768 wraps to
/// −32768 and never is the largest.
#[inline]
pub fn apply(samples: &[i16], coefficients: &[i16], windowed: &mut [i16]) -> i16 {
    let mut max_abs = 0i16;
    for ((&sample, &coefficient), out) in samples.iter().zip(coefficients).zip(windowed) {
        let value = ((i32::from(sample) * i32::from(coefficient)) >> WINDOW_BITS) as i16;
        *out = value;
        max_abs = max_abs.max(value.wrapping_abs());
    }
    max_abs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_to_one_and_falls() {
        for dialect in [Dialect::Tf, Dialect::Tflm] {
            let window = coefficients(480, dialect);
            assert_eq!(window.len(), 480);
            assert_eq!((window[0], window[239], window[240]), (0, 4096, 4096));
            assert!(window[..240].is_sorted());
        }
    }

    #[test]
    fn magnitude_of_the_lowest_sample_is_ignored() {
        let mut windowed = [0; 2];
        assert_eq!(apply(&[i16::MIN, 5], &[4096, 4096], &mut windowed), 5);
        assert_eq!(windowed, [i16::MIN, 5]);
    }
}
