//! The transform as it is specified: decimation in time, in place, one butterfly at a time.

use alloc::vec::Vec;

use super::{Complex16, separation, twiddle};

/// Rounds a Q30 product to Q15.
#[inline(always)]
const fn round(product: i32) -> i16 {
    ((product + (1 << 14)) >> 15) as i16
}

impl Complex16 {
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
pub(super) struct Plain {
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

impl Plain {
    pub(super) fn new(pairs: usize) -> Self {
        let radix_2 = pairs.trailing_zeros() % 2 == 1;
        let twiddle = |i: usize| twiddle(i, pairs);
        let mut twiddles = Vec::new();
        let mut m = if radix_2 { 2 } else { 4 };
        while m < pairs {
            let stride = pairs / (4 * m);
            twiddles.extend((0..m).map(|k| [twiddle(k * stride), twiddle(2 * k * stride), twiddle(3 * k * stride)]));
            m *= 4;
        }
        let super_twiddles = (0..pairs / 2).map(|k| separation(k, pairs)).collect();
        let order = (0..pairs).map(|place| source(place, pairs) as u16).collect();
        Plain { order, radix_2, twiddles, super_twiddles }
    }

    /// Transforms `2·pairs` samples into `pairs + 1` bins; `work` holds `pairs` values.
    pub(super) fn forward(&self, samples: &[i16], shift: u32, work: &mut [Complex16], spectrum: &mut [Complex16]) {
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
