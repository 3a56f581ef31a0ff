//! The real FFT in 16-bit fixed point, portable and fast: the butterflies of [`plain`](super::plain) in Stockham's order,
//! on real and imaginary parts apart.
//!
//! The loops run over eight neighbours at a time and leave it to the compiler to make of them what the target has. While
//! there are many columns (see [`stockham`](super::stockham)) neighbours are those of a row. When sixteen are left the
//! values are transposed, and from then on neighbours are those of a column.

use alloc::vec::Vec;

use super::stockham::Bins;
use super::{Complex16, separation, twiddle};

/// Neighbours that a loop takes together.
const BLOCK: usize = 8;
/// The columns that are transposed.
const COLUMNS: usize = 16;

/// The tables of one transform.
#[derive(Clone, Debug)]
pub(super) struct Planar {
    pairs: usize,
    /// Three factors for each row, for the stages before the transposition but the first.
    of_rows: Vec<[Complex16; 3]>,
    /// Three factors for each neighbour, for the two stages after the transposition.
    of_columns: [Vec<[Lanes; 3]>; 2],
    /// The factors of the separation.
    separation: Vec<Lanes>,
}

/// Real and imaginary parts of a block.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    re: [i16; BLOCK],
    im: [i16; BLOCK],
}

impl Lanes {
    const ZERO: Self = Lanes { re: [0; BLOCK], im: [0; BLOCK] };

    fn of(values: impl Fn(usize) -> Complex16) -> Self {
        let values: [Complex16; BLOCK] = core::array::from_fn(values);
        Lanes { re: values.map(|value| value.re), im: values.map(|value| value.im) }
    }
}

impl Planar {
    /// Whether transforms of so many pairs take this form: where the target has vectors at all times, as without them
    /// one value at a time is faster, and there is a block in each row and column of the last stages.
    pub(super) fn suits(pairs: usize) -> bool {
        cfg!(any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"))
            && pairs >= BLOCK * COLUMNS
    }

    pub(super) fn new(pairs: usize) -> Self {
        let mut of_rows = Vec::new();
        let mut length = first_length(pairs);
        while pairs / length > COLUMNS {
            let columns = pairs / (4 * length);
            of_rows.extend((0..length).map(|k| [1, 2, 3].map(|power| twiddle(power * k * columns, pairs))));
            length *= 4;
        }
        let of_column = |length: usize| {
            let columns = pairs / (4 * length);
            let of_block =
                |block: usize| [1, 2, 3].map(|power| Lanes::of(|i| twiddle(power * (block + i) * columns, pairs)));
            (0..length).step_by(BLOCK).map(of_block).collect()
        };
        Planar {
            pairs,
            of_rows,
            of_columns: [of_column(length), of_column(4 * length)],
            separation: (0..pairs / 2).step_by(BLOCK).map(|k| Lanes::of(|i| separation(k + i, pairs))).collect(),
        }
    }

    /// Transforms `2·pairs` samples, each shifted left by `shift` and cut to 16 bits, into `pairs + 1` bins. `work`
    /// holds `4·pairs` values.
    pub(super) fn forward<B: Bins>(&self, samples: &[i16], shift: u32, work: &mut [i16], bins: &mut [B::Bin]) {
        let pairs = self.pairs;
        let (mut from, mut to) = work[..4 * pairs].split_at_mut(2 * pairs);
        let mut length = first_length(pairs);
        if length == 2 {
            first_of_radix_2(&samples[..2 * pairs], shift, from);
        } else {
            first_of_radix_4(&samples[..2 * pairs], shift, from);
        }
        let mut of_rows = &self.of_rows[..];
        while pairs / length > COLUMNS {
            let (factors, rest) = of_rows.split_at(length);
            stage_of_rows(from, to, factors);
            of_rows = rest;
            length *= 4;
            (from, to) = (to, from);
        }
        transpose(from, to);
        stage_of_columns(to, from, &self.of_columns[0]);
        stage_of_columns(from, to, &self.of_columns[1]);
        separate::<B>(to, &self.separation, &mut bins[..=pairs]);
    }
}

/// Pairs that the first stage joins.
fn first_length(pairs: usize) -> usize {
    if pairs.trailing_zeros() % 2 == 1 { 2 } else { 4 }
}

/// A product with 32767/`RADIX`, rounded.
#[inline(always)]
fn divide<const RADIX: i32>(part: i16) -> i16 {
    ((i32::from(part) * (32_767 / RADIX) + (1 << 14)) >> 15) as i16
}

/// The complex product in Q15, rounded.
#[inline(always)]
fn product([re, im]: [i16; 2], [c, d]: [i16; 2]) -> [i16; 2] {
    let (re, im, c, d) = (i32::from(re), i32::from(im), i32::from(c), i32::from(d));
    [((re * c - im * d + (1 << 14)) >> 15) as i16, ((re * d + im * c + (1 << 14)) >> 15) as i16]
}

/// The sums and differences of the butterfly of radix 4.
#[inline(always)]
fn butterfly([a, b, c, d]: [[i16; 2]; 4]) -> [[i16; 2]; 4] {
    let add = |a: [i16; 2], b: [i16; 2]| [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1])];
    let sub = |a: [i16; 2], b: [i16; 2]| [a[0].wrapping_sub(b[0]), a[1].wrapping_sub(b[1])];
    let (even_sum, even_difference, odd_sum, odd_difference) = (add(a, c), sub(a, c), add(b, d), sub(b, d));
    let odd_turned = [odd_difference[1], odd_difference[0].wrapping_neg()];
    [add(even_sum, odd_sum), add(even_difference, odd_turned), sub(even_sum, odd_sum), sub(even_difference, odd_turned)]
}

/// Butterflies of radix 4, each of whose inputs and factors `of` gives.
#[inline(always)]
fn butterflies(of: impl Fn(usize) -> [[i16; 2]; 4]) -> [Lanes; 4] {
    let mut out = [Lanes::ZERO; 4];
    for i in 0..BLOCK {
        let [a, b, c, d] = butterfly(of(i));
        [out[0].re[i], out[0].im[i]] = a;
        [out[1].re[i], out[1].im[i]] = b;
        [out[2].re[i], out[2].im[i]] = c;
        [out[3].re[i], out[3].im[i]] = d;
    }
    out
}

/// Real and imaginary parts of a plane pair, in blocks.
#[inline(always)]
fn planes(values: &[i16]) -> [&[[i16; BLOCK]]; 2] {
    let (re, im) = values.split_at(values.len() / 2);
    [re.as_chunks().0, im.as_chunks().0]
}

/// Real and imaginary parts of a plane pair, in blocks.
#[inline(always)]
fn planes_mut(values: &mut [i16]) -> [&mut [[i16; BLOCK]]; 2] {
    let (re, im) = values.split_at_mut(values.len() / 2);
    [re.as_chunks_mut().0, im.as_chunks_mut().0]
}

fn first_of_radix_2(samples: &[i16], shift: u32, to: &mut [i16]) {
    let (a, b) = samples.split_at(samples.len() / 2);
    let [re, im] = planes_mut(to);
    let half = re.len() / 2;
    let part = |sample: i16| divide::<2>((i32::from(sample) << shift) as i16);
    for (block, (a, b)) in a.as_chunks::<{ 2 * BLOCK }>().0.iter().zip(b.as_chunks::<{ 2 * BLOCK }>().0).enumerate() {
        for i in 0..BLOCK {
            let (a_re, a_im, b_re, b_im) = (part(a[2 * i]), part(a[2 * i + 1]), part(b[2 * i]), part(b[2 * i + 1]));
            (re[block][i], im[block][i]) = (a_re.wrapping_add(b_re), a_im.wrapping_add(b_im));
            (re[half + block][i], im[half + block][i]) = (a_re.wrapping_sub(b_re), a_im.wrapping_sub(b_im));
        }
    }
}

fn first_of_radix_4(samples: &[i16], shift: u32, to: &mut [i16]) {
    let samples = samples.as_chunks::<{ 2 * BLOCK }>().0;
    let [re, im] = planes_mut(to);
    let quarter = re.len() / 4;
    let part = |sample: i16| divide::<4>((i32::from(sample) << shift) as i16);
    for block in 0..quarter {
        let inputs = [0, 1, 2, 3].map(|q| &samples[q * quarter + block]);
        let out = butterflies(|i| inputs.map(|input| [part(input[2 * i]), part(input[2 * i + 1])]));
        for (q, out) in out.iter().enumerate() {
            (re[q * quarter + block], im[q * quarter + block]) = (out.re, out.im);
        }
    }
}

/// A stage whose neighbours are in a row: one set of factors for each.
fn stage_of_rows(from: &[i16], to: &mut [i16], factors: &[[Complex16; 3]]) {
    let ([re, im], [to_re, to_im]) = (planes(from), planes_mut(to));
    let quarter = re.len() / 4;
    let columns = quarter / factors.len();
    for (row, factors) in factors.iter().enumerate() {
        let factors = factors.map(|factor| [factor.re, factor.im]);
        for column in 0..columns {
            let inputs = [0, 1, 2, 3].map(|q| (4 * row + q) * columns + column).map(|at| (&re[at], &im[at]));
            let out = butterflies(|i| {
                let [a, b, c, d] = inputs.map(|(re, im)| [divide::<4>(re[i]), divide::<4>(im[i])]);
                [a, product(b, factors[0]), product(c, factors[1]), product(d, factors[2])]
            });
            for (q, out) in out.iter().enumerate() {
                let at = q * quarter + row * columns + column;
                (to_re[at], to_im[at]) = (out.re, out.im);
            }
        }
    }
}

/// A stage whose neighbours are in a column: a set of factors for each, the same for all columns.
fn stage_of_columns(from: &[i16], to: &mut [i16], factors: &[[Lanes; 3]]) {
    let ([re, im], [to_re, to_im]) = (planes(from), planes_mut(to));
    let blocks = factors.len();
    let columns = re.len() / (4 * blocks);
    for column in 0..columns {
        for (block, factors) in factors.iter().enumerate() {
            let inputs = [0, 1, 2, 3].map(|q| (q * columns + column) * blocks + block).map(|at| (&re[at], &im[at]));
            let out = butterflies(|i| {
                let [a, b, c, d] = inputs.map(|(re, im)| [divide::<4>(re[i]), divide::<4>(im[i])]);
                let [fb, fc, fd] = factors.each_ref().map(|factor| [factor.re[i], factor.im[i]]);
                [a, product(b, fb), product(c, fc), product(d, fd)]
            });
            for (q, out) in out.iter().enumerate() {
                let at = (4 * column + q) * blocks + block;
                (to_re[at], to_im[at]) = (out.re, out.im);
            }
        }
    }
}

/// Makes rows of sixteen columns to columns.
fn transpose(from: &[i16], to: &mut [i16]) {
    let half = from.len() / 2;
    for (from, to) in from.chunks_exact(half).zip(to.chunks_exact_mut(half)) {
        let rows = from.as_chunks::<COLUMNS>().0;
        for (column, to) in to.chunks_exact_mut(rows.len()).enumerate() {
            for (to, row) in to.iter_mut().zip(rows) {
                *to = row[column % COLUMNS];
            }
        }
    }
}

/// Makes the spectrum of real samples from that of their pairs: bins from both ends towards the middle.
fn separate<B: Bins>(from: &[i16], factors: &[Lanes], bins: &mut [B::Bin]) {
    let (re, im) = from.split_at(from.len() / 2);
    let (pairs, middle) = (re.len(), re.len() / 2);
    let (zero_re, zero_im) = (divide::<2>(re[0]), divide::<2>(im[0]));
    bins[0] = B::bin(zero_re.wrapping_add(zero_im), 0);
    bins[pairs] = B::bin(zero_re.wrapping_sub(zero_im), 0);

    let [low_re, low_im] = [re, im].map(|part| part[1..=middle].as_chunks::<BLOCK>().0.iter());
    let [high_re, high_im] = [re, im].map(|part| part[middle..].as_chunks::<BLOCK>().0.iter().rev());
    let inputs = low_re.zip(low_im).zip(high_re.zip(high_im)).zip(factors);
    for (block, (((re, im), (mirrored_re, mirrored_im)), factors)) in inputs.enumerate() {
        let [low, high] = parts([re, im], [&reversed(mirrored_re), &reversed(mirrored_im)], factors);
        let high = Lanes { re: reversed(&high.re), im: reversed(&high.im) };
        let (low_at, high_at) = (1 + block * BLOCK, pairs - (block + 1) * BLOCK);
        for (lanes, at) in [(low, low_at), (high, high_at)] {
            // The innermost blocks share the bin in the middle; that of the upper half counts.
            let parts = lanes.re.iter().zip(&lanes.im);
            bins[at..at + BLOCK].iter_mut().zip(parts).for_each(|(bin, (&re, &im))| *bin = B::bin(re, im));
        }
    }
}

/// The bins that a block and its mirror image, in reverse, make: those of the lower half and those of the upper, the
/// latter in reverse too.
#[inline(always)]
fn parts([re, im]: [&[i16; BLOCK]; 2], mirrored: [&[i16; BLOCK]; 2], factors: &Lanes) -> [Lanes; 2] {
    let mut out = [Lanes::ZERO; 2];
    for i in 0..BLOCK {
        let a = [divide::<2>(re[i]), divide::<2>(im[i])];
        let b = [divide::<2>(mirrored[0][i]), divide::<2>(mirrored[1][i].wrapping_neg())];
        let sum = [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1])];
        let turned = product([a[0].wrapping_sub(b[0]), a[1].wrapping_sub(b[1])], [factors.re[i], factors.im[i]]);
        // (sum + turned)/2 and (sum − turned)/2, rounded down, within 16 bits.
        let odd = [sum[0] ^ turned[0], sum[1] ^ turned[1]];
        let mean = |part: usize| (sum[part] & turned[part]).wrapping_add(odd[part] >> 1);
        (out[0].re[i], out[0].im[i]) = (mean(0), mean(1));
        out[1].re[i] = sum[0].wrapping_sub(mean(0)).wrapping_sub(odd[0] & 1);
        out[1].im[i] = mean(1).wrapping_sub(sum[1]);
    }
    out
}

/// A block the other way round.
#[inline(always)]
fn reversed(values: &[i16; BLOCK]) -> [i16; BLOCK] {
    core::array::from_fn(|i| values[BLOCK - 1 - i])
}
