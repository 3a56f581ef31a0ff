//! The real FFT in 16-bit fixed point.
//!
//! The arithmetic is that of kissfft's real transform with 16-bit samples, as the `micro_frontend` uses it: a complex
//! transform of half the length over pairs of samples, radix 4 with one innermost radix 2 where the length asks for it,
//! and a pass that separates the real spectrum. Every butterfly divides its inputs by its radix, so that a spectrum is
//! scaled by 1/`fft_size`; sums wrap to 16 bits. The division is a product by 32767/radix rather than 32768/radix,
//! which loses a little at every stage.

use alloc::vec::Vec;
use core::f64::consts::PI;

use runeblocks_core::BlockError;
use runeblocks_micro::argument;

/// The smallest transform, in points.
pub const MIN_FFT_SIZE: u32 = 4;
/// The largest transform, in points.
pub const MAX_FFT_SIZE: u32 = 65_536;

/// A complex number in Q15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Complex16 {
    /// The real part.
    pub re: i16,
    /// The imaginary part.
    pub im: i16,
}

/// Rounds a Q30 product to Q15.
#[inline(always)]
const fn round(product: i32) -> i16 {
    ((product + (1 << 14)) >> 15) as i16
}

impl Complex16 {
    /// 32767·e^(i·`phase`), each part rounded to nearest.
    fn unit(phase: f64) -> Self {
        let part = |value: f64| libm::floor(0.5 + 32767.0 * value) as i16;
        Complex16 { re: part(libm::cos(phase)), im: part(libm::sin(phase)) }
    }

    #[inline(always)]
    const fn add(self, other: Self) -> Self {
        Complex16 { re: self.re.wrapping_add(other.re), im: self.im.wrapping_add(other.im) }
    }

    #[inline(always)]
    const fn sub(self, other: Self) -> Self {
        Complex16 { re: self.re.wrapping_sub(other.re), im: self.im.wrapping_sub(other.im) }
    }

    #[inline(always)]
    const fn mul(self, other: Self) -> Self {
        let (a, b) = (self.re as i32, self.im as i32);
        let (c, d) = (other.re as i32, other.im as i32);
        Complex16 { re: round(a * c - b * d), im: round(a * d + b * c) }
    }

    /// Divides by `RADIX`, by way of a product with 32767/`RADIX`.
    #[inline(always)]
    const fn divide<const RADIX: i32>(self) -> Self {
        Complex16 { re: round(self.re as i32 * (32767 / RADIX)), im: round(self.im as i32 * (32767 / RADIX)) }
    }
}

/// The tables of one transform.
#[derive(Clone, Debug)]
pub struct RealFft {
    /// Where each pair of samples goes: the pair for place `j` is number `order[j]`.
    order: Vec<u16>,
    /// Whether the innermost butterflies are of radix 2.
    radix_2: bool,
    /// For each stage of radix 4 but an innermost one, from the inside out: three twiddles for each of its `m`
    /// butterflies.
    twiddles: Vec<[Complex16; 3]>,
    /// e^(−iπ((k+1)/n + ½)) for k < n/2, n being the number of pairs.
    super_twiddles: Vec<Complex16>,
}

impl RealFft {
    /// The tables for `fft_size` points.
    ///
    /// # Errors
    ///
    /// Where that is no power of two from 4 to 65,536.
    pub fn new(fft_size: usize) -> Result<Self, BlockError> {
        if !fft_size.is_power_of_two() || !(MIN_FFT_SIZE as usize..=MAX_FFT_SIZE as usize).contains(&fft_size) {
            return Err(argument("fft_size", fft_size, "a power of two from 4 to 65536", "round it up to one"));
        }
        let pairs = fft_size / 2;
        let radix_2 = pairs.trailing_zeros() % 2 == 1;
        let twiddle = |i: usize| Complex16::unit(-2.0 * PI * i as f64 / pairs as f64);
        let mut twiddles = Vec::new();
        let mut m = if radix_2 { 2 } else { 4 };
        while m < pairs {
            let stride = pairs / (4 * m);
            twiddles.extend((0..m).map(|k| [twiddle(k * stride), twiddle(2 * k * stride), twiddle(3 * k * stride)]));
            m *= 4;
        }
        let super_twiddles =
            (0..pairs / 2).map(|k| Complex16::unit(-PI * ((k + 1) as f64 / pairs as f64 + 0.5))).collect();
        let order = (0..pairs).map(|place| source(place, pairs) as u16).collect();
        Ok(RealFft { order, radix_2, twiddles, super_twiddles })
    }

    /// Points of the transform.
    #[must_use]
    pub fn fft_size(&self) -> usize {
        2 * self.order.len()
    }

    /// Transforms `fft_size` samples, each shifted left by `shift` and cut to 16 bits, into `fft_size`/2 + 1 bins.
    ///
    /// `work` holds `fft_size`/2 values, of which nothing is kept.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than that.
    pub fn forward(&self, samples: &[i16], shift: u32, work: &mut [Complex16], spectrum: &mut [Complex16]) {
        let pairs = self.order.len();
        let samples = &samples[..2 * pairs];
        let work = &mut work[..pairs];
        let spectrum = &mut spectrum[..=pairs];
        let load = |pair: u16| {
            let at = 2 * usize::from(pair);
            let part = |sample: i16| ((u32::from(sample as u16)) << shift) as i16;
            Complex16 { re: part(samples[at]), im: part(samples[at + 1]) }
        };
        let mut m = if self.radix_2 {
            for (out, from) in work.chunks_exact_mut(2).zip(self.order.chunks_exact(2)) {
                let (a, b) = (load(from[0]).divide::<2>(), load(from[1]).divide::<2>());
                out[0] = a.add(b);
                out[1] = a.sub(b);
            }
            2
        } else {
            for (out, from) in work.chunks_exact_mut(4).zip(self.order.chunks_exact(4)) {
                let inputs = [load(from[0]), load(from[1]), load(from[2]), load(from[3])];
                out.copy_from_slice(&radix_4(inputs.map(Complex16::divide::<4>)));
            }
            4
        };
        let mut twiddles = &self.twiddles[..];
        while m < pairs {
            let (stage, outer) = twiddles.split_at(m);
            for block in work.chunks_exact_mut(4 * m) {
                stage_of_radix_4(block, stage);
            }
            twiddles = outer;
            m *= 4;
        }
        self.separate(work, spectrum);
    }

    /// Makes the spectrum of real samples from that of their pairs.
    fn separate(&self, work: &[Complex16], spectrum: &mut [Complex16]) {
        let pairs = work.len();
        let zero = work[0].divide::<2>();
        spectrum[0] = Complex16 { re: zero.re.wrapping_add(zero.im), im: 0 };
        spectrum[pairs] = Complex16 { re: zero.re.wrapping_sub(zero.im), im: 0 };
        for (k, &twiddle) in (1..).zip(&self.super_twiddles) {
            let mirrored = work[pairs - k];
            let a = work[k].divide::<2>();
            let b = Complex16 { re: mirrored.re, im: mirrored.im.wrapping_neg() }.divide::<2>();
            let sum = a.add(b);
            let turned = a.sub(b).mul(twiddle);
            let half = |value: i32| (value >> 1) as i16;
            let (sum_re, sum_im) = (i32::from(sum.re), i32::from(sum.im));
            let (turned_re, turned_im) = (i32::from(turned.re), i32::from(turned.im));
            spectrum[k] = Complex16 { re: half(sum_re + turned_re), im: half(sum_im + turned_im) };
            spectrum[pairs - k] = Complex16 { re: half(sum_re - turned_re), im: half(turned_im - sum_im) };
        }
    }
}

/// Which pair of samples stands at `place` before the innermost stage: the digits of `place`, the outermost radix
/// first, in reverse.
fn source(mut place: usize, pairs: usize) -> usize {
    let (mut source, mut stride, mut length) = (0, 1, pairs);
    while length > 1 {
        let radix = if length % 4 == 0 { 4 } else { 2 };
        length /= radix;
        source += place / length * stride;
        place %= length;
        stride *= radix;
    }
    source
}

/// One butterfly of radix 4 over inputs that are divided and turned.
#[inline(always)]
fn radix_4([f0, t0, t1, t2]: [Complex16; 4]) -> [Complex16; 4] {
    let s5 = f0.sub(t1);
    let f0 = f0.add(t1);
    let s3 = t0.add(t2);
    let s4 = t0.sub(t2);
    [
        f0.add(s3),
        Complex16 { re: s5.re.wrapping_add(s4.im), im: s5.im.wrapping_sub(s4.re) },
        f0.sub(s3),
        Complex16 { re: s5.re.wrapping_sub(s4.im), im: s5.im.wrapping_add(s4.re) },
    ]
}

/// The `m` butterflies of a block of 4·`m` values.
#[inline]
fn stage_of_radix_4(block: &mut [Complex16], twiddles: &[[Complex16; 3]]) {
    let m = twiddles.len();
    let (first, rest) = block.split_at_mut(m);
    let (second, rest) = rest.split_at_mut(m);
    let (third, fourth) = rest.split_at_mut(m);
    for ((((f0, f1), f2), f3), [w1, w2, w3]) in first.iter_mut().zip(second).zip(third).zip(fourth).zip(twiddles) {
        let inputs =
            [f0.divide::<4>(), f1.divide::<4>().mul(*w1), f2.divide::<4>().mul(*w2), f3.divide::<4>().mul(*w3)];
        [*f0, *f1, *f2, *f3] = radix_4(inputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum(samples: &[i16]) -> Vec<Complex16> {
        let fft = RealFft::new(samples.len()).unwrap();
        let mut out = alloc::vec![Complex16::default(); samples.len() / 2 + 1];
        fft.forward(samples, 0, &mut alloc::vec![Complex16::default(); samples.len() / 2], &mut out);
        out
    }

    #[test]
    fn sizes() {
        for size in [0, 1, 2, 3, 6, 131_072] {
            assert!(RealFft::new(size).is_err(), "{size}");
        }
        assert!((2..=16).all(|bits| RealFft::new(1 << bits).is_ok_and(|fft| fft.fft_size() == 1 << bits)));
    }

    /// Against the definition in double precision: each stage of rounding adds less than a unit.
    #[test]
    fn is_a_fourier_transform() {
        for size in [4usize, 8, 16, 32, 256, 512] {
            let samples: Vec<i16> =
                (0..size as i32).map(|n| ((n * n * 7919 + n * 104_729) % 20_001 - 10_000) as i16).collect();
            for (k, bin) in spectrum(&samples).iter().enumerate() {
                let phase = |n: usize| -2.0 * PI * (k * n % size) as f64 / size as f64;
                let re: f64 = samples.iter().enumerate().map(|(n, &x)| f64::from(x) * libm::cos(phase(n))).sum::<f64>()
                    / size as f64;
                let im: f64 = samples.iter().enumerate().map(|(n, &x)| f64::from(x) * libm::sin(phase(n))).sum::<f64>()
                    / size as f64;
                assert!(
                    (re - f64::from(bin.re)).abs() < 5.0 && (im - f64::from(bin.im)).abs() < 5.0,
                    "{size} {k}: {bin:?} {re} {im}"
                );
            }
        }
    }
}
