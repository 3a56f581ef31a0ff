//! The real FFT in 16-bit fixed point, fast: the butterflies of [`fixed_fft`](crate::fixed_fft) in Stockham's order.
//!
//! Each stage reads rows of values and writes a row for each of four quarters, so that nothing is reordered and most
//! loops run over neighbours. A stage that joins transforms of `length` pairs sees them as columns: value `k` of
//! transform `c` stands in row `k`, column `c`. Butterflies, factors and rounding are those of the specification, one
//! for one, so the bits are too.

use alloc::vec::Vec;

use super::{Complex16, separation, twiddle};
use crate::vector::{Factor, Vector, factor};

/// 32767/4 and 32767/2: the specification's divisions.
const QUARTER: i16 = 32_767 / 4;
const HALF: i16 = 32_767 / 2;

/// Where bins go: the spectrum itself, or its energy.
pub(super) trait Bins {
    /// What a bin leaves.
    type Bin: Copy;

    /// What the bin `re` + i·`im` leaves.
    fn bin(re: i16, im: i16) -> Self::Bin;

    /// The whole chunks of a slice.
    fn chunks<V: Vector>(bins: &mut [Self::Bin]) -> &mut [Self::Chunk<V>];
    type Chunk<V: Vector>;
    /// Writes bins.
    fn store<V: Vector>(value: V, chunk: &mut Self::Chunk<V>);
    /// Writes bins whose real parts have the other sign.
    fn store_reflected<V: Vector>(value: V, chunk: &mut Self::Chunk<V>);
}

/// Bins as complex numbers.
pub(super) struct Spectrum;
/// Bins as energies.
pub(super) struct Energies;

impl Bins for Spectrum {
    type Bin = Complex16;

    #[inline(always)]
    fn bin(re: i16, im: i16) -> Complex16 {
        Complex16 { re, im }
    }

    type Chunk<V: Vector> = V::Chunk;

    #[inline(always)]
    fn chunks<V: Vector>(bins: &mut [Complex16]) -> &mut [V::Chunk] {
        V::chunks_mut(bins)
    }

    #[inline(always)]
    fn store<V: Vector>(value: V, chunk: &mut V::Chunk) {
        value.store(chunk);
    }

    #[inline(always)]
    fn store_reflected<V: Vector>(value: V, chunk: &mut V::Chunk) {
        // −re + i·im: turned twice and conjugated.
        value.turn().turn().conjugate().store(chunk);
    }
}

impl Bins for Energies {
    type Bin = u32;

    #[inline(always)]
    fn bin(re: i16, im: i16) -> u32 {
        Complex16 { re, im }.energy()
    }

    type Chunk<V: Vector> = V::Energies;

    #[inline(always)]
    fn chunks<V: Vector>(bins: &mut [u32]) -> &mut [V::Energies] {
        V::energies_mut(bins)
    }

    #[inline(always)]
    fn store<V: Vector>(value: V, chunk: &mut V::Energies) {
        value.store_energies(chunk);
    }

    #[inline(always)]
    fn store_reflected<V: Vector>(value: V, chunk: &mut V::Energies) {
        value.store_energies(chunk);
    }
}

/// The tables of one transform, laid out for so many lanes.
#[derive(Clone, Debug)]
pub(super) struct Stockham {
    pairs: usize,
    lanes: usize,
    /// The factors of every stage but the first, in the order of use: three factors of two forms for each row or, where
    /// a vector spans several rows, for each vector.
    twiddles: Vec<Complex16>,
    /// Factors of the separation, two forms of each vector.
    separation: Vec<Complex16>,
}

impl Stockham {
    pub(super) fn new(pairs: usize, lanes: usize) -> Self {
        let circle: Vec<Complex16> = (0..pairs * 3 / 4).map(|i| twiddle(i, pairs)).collect();
        let mut twiddles = Vec::new();
        let mut length = if pairs.trailing_zeros() % 2 == 1 { 2 } else { 4 };
        while length < pairs {
            let columns = pairs / (4 * length);
            // Rows that a vector spans.
            let rows = (lanes / columns).max(1);
            for row in (0..length).step_by(rows) {
                for power in 1..=3 {
                    let of_row = |row: usize| factor(circle[power * row * columns]);
                    for form in 0..2 {
                        let repeats = if rows == 1 { 1 } else { columns };
                        twiddles
                            .extend((row..row + rows).flat_map(|row| core::iter::repeat_n(of_row(row)[form], repeats)));
                    }
                }
            }
            length *= 4;
        }
        let mut separations = Vec::with_capacity(pairs);
        let factors: Vec<Factor<Complex16>> = (0..pairs / 2).map(|k| factor(separation(k, pairs))).collect();
        for factors in factors.chunks(lanes) {
            for form in 0..2 {
                separations.extend(factors.iter().map(|factor| factor[form]));
            }
        }
        Stockham { pairs, lanes, twiddles, separation: separations }
    }

    /// Transforms `2·pairs` samples, each shifted left by `shift` and cut to 16 bits, into `pairs + 1` bins. `work`
    /// holds `2·pairs` values.
    #[inline(always)]
    pub(super) fn forward<V: Vector, B: Bins>(
        &self,
        samples: &[i16],
        shift: u32,
        work: &mut [Complex16],
        bins: &mut [B::Bin],
    ) {
        assert_eq!(V::LANES, self.lanes);
        let pairs = self.pairs;
        let samples = &samples[..2 * pairs];
        let (mut from, mut to) = work[..2 * pairs].split_at_mut(pairs);
        let mut length = if pairs.trailing_zeros() % 2 == 1 {
            first_of_radix_2::<V>(samples, shift, from);
            2
        } else {
            first_of_radix_4::<V>(samples, shift, from);
            4
        };
        let mut twiddles = &self.twiddles[..];
        while length < pairs {
            let columns = pairs / (4 * length);
            let factors = 6 * if columns >= V::LANES { length } else { length * columns };
            let (stage, rest) = twiddles.split_at(factors);
            if columns > 1 && columns >= V::LANES {
                stage_of_columns::<V>(from, to, columns, stage);
            } else {
                stage_of_rows::<V>(from, to, columns, stage);
            }
            twiddles = rest;
            length *= 4;
            (from, to) = (to, from);
        }
        separate::<V, B>(from, &self.separation, &mut bins[..=pairs]);
    }
}

/// The butterfly of radix 2, without factors, over the two halves of the samples.
#[inline(always)]
fn first_of_radix_2<V: Vector>(samples: &[i16], shift: u32, to: &mut [Complex16]) {
    let (a, b) = samples.split_at(samples.len() / 2);
    let (to_0, to_1) = to.split_at_mut(to.len() / 2);
    let inputs = V::samples(a).iter().zip(V::samples(b));
    for ((a, b), (to_0, to_1)) in inputs.zip(V::chunks_mut(to_0).iter_mut().zip(V::chunks_mut(to_1))) {
        let a = V::load_samples(a).shift_left(shift).scale::<HALF>();
        let b = V::load_samples(b).shift_left(shift).scale::<HALF>();
        a.add(b).store(to_0);
        a.sub(b).store(to_1);
    }
}

/// The butterfly of radix 4, without factors, over the four quarters of the samples.
#[inline(always)]
fn first_of_radix_4<V: Vector>(samples: &[i16], shift: u32, to: &mut [Complex16]) {
    let [a, b, c, d] = quarters(samples);
    let inputs = V::samples(a).iter().zip(V::samples(b)).zip(V::samples(c)).zip(V::samples(d));
    let [to_0, to_1, to_2, to_3] = quarters_mut(to);
    let outputs =
        V::chunks_mut(to_0).iter_mut().zip(V::chunks_mut(to_1)).zip(V::chunks_mut(to_2)).zip(V::chunks_mut(to_3));
    for ((((a, b), c), d), (((to_0, to_1), to_2), to_3)) in inputs.zip(outputs) {
        let [a, b, c, d] = butterfly([
            V::load_samples(a).shift_left(shift).scale::<QUARTER>(),
            V::load_samples(b).shift_left(shift).scale::<QUARTER>(),
            V::load_samples(c).shift_left(shift).scale::<QUARTER>(),
            V::load_samples(d).shift_left(shift).scale::<QUARTER>(),
        ]);
        a.store(to_0);
        b.store(to_1);
        c.store(to_2);
        d.store(to_3);
    }
}

/// A stage with rows of at least one vector in each quarter.
#[inline(always)]
fn stage_of_columns<V: Vector>(from: &[Complex16], to: &mut [Complex16], columns: usize, factors: &[Complex16]) {
    let [to_0, to_1, to_2, to_3] = quarters_mut(to);
    let rows = from.chunks_exact(4 * columns).zip(factors.as_chunks::<6>().0);
    let outputs = (to_0.chunks_exact_mut(columns).zip(to_1.chunks_exact_mut(columns)))
        .zip(to_2.chunks_exact_mut(columns).zip(to_3.chunks_exact_mut(columns)));
    for (k, ((row, factors), ((to_0, to_1), (to_2, to_3)))) in rows.zip(outputs).enumerate() {
        let [a, b, c, d] = quarters(row);
        let inputs = V::chunks(a).iter().zip(V::chunks(b)).zip(V::chunks(c)).zip(V::chunks(d));
        let outputs =
            V::chunks_mut(to_0).iter_mut().zip(V::chunks_mut(to_1)).zip(V::chunks_mut(to_2)).zip(V::chunks_mut(to_3));
        let [f0, f1, f2, f3, f4, f5] = *factors;
        let factors = [[V::splat(f0), V::splat(f1)], [V::splat(f2), V::splat(f3)], [V::splat(f4), V::splat(f5)]];
        for ((((a, b), c), d), (((to_0, to_1), to_2), to_3)) in inputs.zip(outputs) {
            let values = [
                V::load(a).scale::<QUARTER>(),
                V::load(b).scale::<QUARTER>(),
                V::load(c).scale::<QUARTER>(),
                V::load(d).scale::<QUARTER>(),
            ];
            // The factor of row 0 is 32767/32768, which rounds away: no quarter is above 2¹⁴.
            let [a, b, c, d] = butterfly(if k == 0 { values } else { turned(values, factors) });
            a.store(to_0);
            b.store(to_1);
            c.store(to_2);
            d.store(to_3);
        }
    }
}

/// A stage whose vectors span several rows.
#[inline(always)]
fn stage_of_rows<V: Vector>(from: &[Complex16], to: &mut [Complex16], columns: usize, factors: &[Complex16]) {
    let [to_0, to_1, to_2, to_3] = quarters_mut(to);
    let inputs = V::chunks(from).chunks_exact(4).zip(V::chunks(factors).chunks_exact(6));
    let outputs =
        V::chunks_mut(to_0).iter_mut().zip(V::chunks_mut(to_1)).zip(V::chunks_mut(to_2)).zip(V::chunks_mut(to_3));
    for ((rows, factors), (((to_0, to_1), to_2), to_3)) in inputs.zip(outputs) {
        let [a, b, c, d] = V::load_rows(rows, columns);
        let values = [a.scale::<QUARTER>(), b.scale::<QUARTER>(), c.scale::<QUARTER>(), d.scale::<QUARTER>()];
        let factors = [
            [V::load(&factors[0]), V::load(&factors[1])],
            [V::load(&factors[2]), V::load(&factors[3])],
            [V::load(&factors[4]), V::load(&factors[5])],
        ];
        let [a, b, c, d] = butterfly(turned(values, factors));
        a.store(to_0);
        b.store(to_1);
        c.store(to_2);
        d.store(to_3);
    }
}

/// Makes the spectrum of real samples from that of their pairs: bins from both ends towards the middle.
#[inline(always)]
fn separate<V: Vector, B: Bins>(from: &[Complex16], factors: &[Complex16], bins: &mut [B::Bin]) {
    let (pairs, middle) = (from.len(), from.len() / 2);
    let zero = from[0].scale::<HALF>();
    bins[0] = B::bin(zero.re.wrapping_add(zero.im), 0);
    bins[pairs] = B::bin(zero.re.wrapping_sub(zero.im), 0);

    let (low, high) = (V::chunks(&from[1..=middle]), V::chunks(&from[middle..]));
    let ([low @ .., last], [first, high @ ..], [factors @ .., innermost]) =
        (low, high, V::chunks(factors).as_chunks::<2>().0)
    else {
        return;
    };
    let groups = low.iter().zip(high.iter().rev()).zip(factors);
    let (to_low, to_high) = bins.split_at_mut(middle);
    let outputs = B::chunks::<V>(&mut to_low[1..])
        .iter_mut()
        .zip(B::chunks::<V>(&mut to_high[V::LANES..pairs - middle]).iter_mut().rev());
    for (((value, mirrored), factor), (to, to_mirrored)) in groups.zip(outputs) {
        let [value, mirrored] =
            parts(V::load(value), V::load(mirrored).reverse(), [V::load(&factor[0]), V::load(&factor[1])]);
        B::store(value, to);
        B::store_reflected(mirrored.reverse(), to_mirrored);
    }
    // Both of the innermost chunks hold the bin in the middle; that of the upper half counts.
    let [value, mirrored] =
        parts(V::load(last), V::load(first).reverse(), [V::load(&innermost[0]), V::load(&innermost[1])]);
    B::store(value, &mut B::chunks::<V>(&mut bins[middle + 1 - V::LANES..])[0]);
    B::store_reflected(mirrored.reverse(), &mut B::chunks::<V>(&mut bins[middle..])[0]);
}

/// Bin `k` and, with the sign of its real part turned, bin `pairs − k`, from what the transform has there.
#[inline(always)]
fn parts<V: Vector>(value: V, mirrored: V, factor: Factor<V>) -> [V; 2] {
    let (a, b) = (value.scale::<HALF>(), mirrored.conjugate().scale::<HALF>());
    let (sum, turned) = (a.add(b), a.sub(b).mul(factor));
    // (sum + turned)/2 and (turned − sum)/2, rounded down, within 16 bits; the latter's real part, which is wanted with
    // the other sign, rounded up.
    let odd = sum.xor(turned);
    let mean = sum.and(turned).add(odd.halve());
    [mean, mean.sub(sum).add(odd.and(V::splat(Complex16 { re: 1, im: 0 })))]
}

/// The values after the first, turned by their factors.
#[inline(always)]
fn turned<V: Vector>([a, b, c, d]: [V; 4], factors: [Factor<V>; 3]) -> [V; 4] {
    [a, b.mul(factors[0]), c.mul(factors[1]), d.mul(factors[2])]
}

/// The butterfly of radix 4.
#[inline(always)]
fn butterfly<V: Vector>([a, b, c, d]: [V; 4]) -> [V; 4] {
    let (even_sum, even_difference) = (a.add(c), a.sub(c));
    let (odd_sum, odd_turned) = (b.add(d), b.sub(d).turn());
    [even_sum.add(odd_sum), even_difference.add(odd_turned), even_sum.sub(odd_sum), even_difference.sub(odd_turned)]
}

/// A slice as four.
#[inline(always)]
fn quarters<T>(values: &[T]) -> [&[T]; 4] {
    let (low, high) = values.split_at(values.len() / 2);
    let ((a, b), (c, d)) = (low.split_at(low.len() / 2), high.split_at(high.len() / 2));
    [a, b, c, d]
}

/// A slice as four.
#[inline(always)]
fn quarters_mut<T>(values: &mut [T]) -> [&mut [T]; 4] {
    let (low, high) = values.split_at_mut(values.len() / 2);
    let (quarter, three_quarters) = (low.len() / 2, high.len() / 2);
    let ((a, b), (c, d)) = (low.split_at_mut(quarter), high.split_at_mut(three_quarters));
    [a, b, c, d]
}
