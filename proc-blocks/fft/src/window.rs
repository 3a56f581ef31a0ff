//! The Hann window, in Q12.

use alloc::vec::Vec;

use core::f32::consts::PI as PI_F32;
use core::f64::consts::PI;

use runeblocks_micro::{Dialect, math};

use crate::fixed_fft::Complex16;
use crate::vector::Wide;

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

/// Most samples of a wide vector.
const MAX_SAMPLES: usize = 16;

/// A window for wide vectors, whose products are kept by their upper 16 bits: each coefficient as a fraction of 2¹⁶,
/// from −½ to ½, and a mask that adds the sample itself.
#[derive(Clone, Debug)]
pub(crate) struct WideWindow {
    size: usize,
    /// As many as fill whole vectors.
    fractions: Vec<i16>,
    masks: Vec<i16>,
}

impl WideWindow {
    pub(crate) fn new(coefficients: &[i16]) -> Self {
        let padded = coefficients.len().next_multiple_of(MAX_SAMPLES);
        let padded = || coefficients.iter().copied().chain(core::iter::repeat(0)).take(padded);
        WideWindow {
            size: coefficients.len(),
            fractions: padded().map(|coefficient| coefficient << (16 - WINDOW_BITS)).collect(),
            masks: padded().map(|coefficient| -i16::from(coefficient >= 1 << (WINDOW_BITS - 1))).collect(),
        }
    }

    /// [`apply`] by wide vectors. `windowed` has room for whole vectors; those beyond the window become zero.
    #[inline(always)]
    pub(crate) fn apply<V: Wide>(&self, samples: &[i16], windowed: &mut [i16]) -> i16 {
        let samples = &samples[..self.size];
        let mut max_abs = V::splat(Complex16::default());
        let tables = V::samples(&self.fractions).iter().zip(V::samples(&self.masks));
        let whole = V::samples(samples).len();
        let (windowed, windowed_tail) = V::samples_mut(windowed).split_at_mut(whole);
        for ((sample, (fraction, mask)), out) in V::samples(samples).iter().zip(tables).zip(windowed) {
            max_abs = weigh::<V>(sample, fraction, mask, out, max_abs);
        }
        let tail = &samples[2 * V::LANES * whole..];
        if !tail.is_empty() {
            let mut padded = [0; MAX_SAMPLES];
            padded[..tail.len()].copy_from_slice(tail);
            let (fraction, mask) = (&V::samples(&self.fractions)[whole], &V::samples(&self.masks)[whole]);
            max_abs = weigh::<V>(&V::samples(&padded)[0], fraction, mask, &mut windowed_tail[0], max_abs);
        }
        max_abs.largest()
    }
}

/// One vector: writes the products, and returns the larger of `max_abs` and their magnitudes.
#[inline(always)]
fn weigh<V: Wide>(
    samples: &V::Samples,
    fraction: &V::Samples,
    mask: &V::Samples,
    out: &mut V::Samples,
    max_abs: V,
) -> V {
    let samples = V::load_samples(samples);
    let product = samples.mul_high(V::load_samples(fraction)).add(samples.and(V::load_samples(mask)));
    product.store_samples(out);
    max_abs.max(product.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::tests::wide_widths;
    use crate::vector::{Kernel, Vector};

    /// [`WideWindow::apply`] at any width; there is none of one lane.
    struct Apply<'a> {
        window: &'a WideWindow,
        samples: &'a [i16],
        windowed: &'a mut [i16],
    }

    impl Kernel for Apply<'_> {
        type Output = i16;

        fn run<V: Vector>(self) -> i16 {
            unreachable!("the width is wide")
        }

        fn run_wide<V: Wide>(self) -> i16 {
            self.window.apply::<V>(self.samples, self.windowed)
        }
    }

    /// Holds every wide form to [`apply`].
    fn check(coefficients: &[i16], samples: &[i16]) {
        let mut expected = [7; 80];
        let largest = apply(samples, coefficients, &mut expected);
        let window = WideWindow::new(coefficients);
        for width in wide_widths() {
            let mut found = [7; 80];
            let largest_found = width.run(Apply { window: &window, samples, windowed: &mut found });
            assert_eq!(largest_found, largest, "{width:?} of {samples:?} by {coefficients:?}");
            let (of_window, beyond) = found.split_at(samples.len());
            assert_eq!(of_window, &expected[..samples.len()], "{width:?} of {samples:?} by {coefficients:?}");
            let zeros = samples.len().next_multiple_of(2 * width.lanes()) - samples.len();
            assert!(beyond.iter().enumerate().all(|(i, &value)| value == if i < zeros { 0 } else { 7 }), "{width:?}");
        }
    }

    /// A sample that looks random.
    fn sample(n: usize) -> i16 {
        ((n as u32).wrapping_mul(0x9e37_79b1) >> 16) as i16
    }

    #[test]
    fn every_coefficient_by_wide_vectors() {
        for coefficient in 0..=4096 {
            let at = |n: usize| [i16::MIN, i16::MIN + 1, i16::MAX, -1, 0, 1].get(n).copied();
            let samples: [i16; 33] = core::array::from_fn(|n| at(n).unwrap_or(sample(n + coefficient)));
            check(&[coefficient as i16; 33], &samples);
        }
    }

    #[test]
    fn every_length_by_wide_vectors() {
        for size in 1..=64 {
            for (seed, one) in [(0, 0), (1, 0), (2, 0), (3, i16::MAX), (4, i16::MIN), (5, -9)] {
                // Noise or, for the largest to be in each place of the vectors, one sample alone.
                for place in 0..if one == 0 { 1 } else { size } {
                    let at = |n: usize| if one == 0 { sample(n + size * seed) } else { one * i16::from(n == place) };
                    let samples: Vec<i16> = (0..size).map(at).collect();
                    let noise: Vec<i16> = (0..size).map(|n| sample(n * size + seed) & 0xfff).collect();
                    check(&coefficients(size, Dialect::Tf), &samples);
                    check(&noise, &samples);
                    check(&alloc::vec![4096; size], &samples);
                }
            }
        }
    }

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
