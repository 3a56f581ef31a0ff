//! The filterbank by channels: each a triangle of weights over neighbouring bins.

use alloc::vec;
use alloc::vec::Vec;

use super::Filterbank;
use crate::sqrt::fast_sqrt;
use crate::vector::Wide;

/// Channels that wide vectors sum together.
const GROUP: usize = 4;
/// Sums of up to this many bins are exact in double precision: each product is at most 4097·2³¹.
const MAX_EXACT_BINS: usize = 1 << 9;
/// Below this, the square root in double precision rounds as that of whole numbers does.
const EXACT_ROOT_LIMIT: f64 = (1u64 << 48) as f64;

/// The triangles of a filterbank, with the square root that follows.
#[derive(Clone, Debug)]
pub(crate) struct Triangles {
    /// The first bin of each channel, and how many it has.
    bins: Vec<(usize, usize)>,
    /// The weights of each channel, one after another, in Q12.
    weights: Vec<u32>,
}

impl Triangles {
    pub(crate) fn new(bank: &Filterbank) -> Self {
        let mut triangles = Triangles { bins: Vec::new(), weights: Vec::new() };
        for channel in 0..bank.num_channels() {
            let rising = bank.slot(channel, bank.unweights());
            let falling = bank.slot(channel + 1, bank.weights());
            let weighed = || rising.clone().chain(falling.clone()).filter(|&(_, weight)| weight != 0);
            let first = weighed().map(|(bin, _)| bin).min().unwrap_or(0);
            let end = weighed().map(|(bin, _)| bin + 1).max().unwrap_or(0);
            let at = triangles.weights.len();
            triangles.weights.resize(at + end - first, 0);
            for (bin, weight) in weighed() {
                triangles.weights[at + bin - first] += weight as u32;
            }
            triangles.bins.push((first, end - first));
        }
        triangles
    }

    /// The rounded root of each channel's sum, shifted right by `shift`, into `frame`.
    #[inline(always)]
    pub(crate) fn apply(&self, energy: &[u32], shift: u32, frame: &mut [u32]) {
        let mut weights = &self.weights[..];
        for (&(first, bins), out) in self.bins.iter().zip(frame) {
            let (of_channel, rest) = weights.split_at(bins);
            weights = rest;
            let products = energy[first..first + bins].iter().zip(of_channel);
            *out = fast_sqrt(products.map(|(&energy, &weight)| u64::from(energy) * u64::from(weight)).sum()) >> shift;
        }
    }
}

/// The triangles for wide vectors: four channels at a time, in double precision, which holds their sums exactly.
#[derive(Clone, Debug)]
pub(crate) struct WideTriangles {
    groups: Vec<Group>,
    /// For each group: for each four of its bins, those of its four channels.
    weights: Vec<[[f64; 4]; GROUP]>,
    bins_read: usize,
}

/// Four channels.
#[derive(Clone, Debug)]
struct Group {
    /// The first bin of each.
    first: [usize; GROUP],
    /// The bins of the longest, in fours.
    fours: usize,
}

impl WideTriangles {
    /// `None` where sums could be too large to be exact.
    pub(crate) fn new(triangles: &Triangles) -> Option<Self> {
        if triangles.bins.iter().any(|&(_, bins)| bins > MAX_EXACT_BINS) {
            return None;
        }
        let mut wide = WideTriangles { groups: Vec::new(), weights: Vec::new(), bins_read: 0 };
        let mut rest = &triangles.weights[..];
        for channels in triangles.bins.chunks(GROUP) {
            let fours = channels.iter().map(|&(_, bins)| bins.div_ceil(4)).max().unwrap_or(0);
            let mut group = Group { first: [0; GROUP], fours };
            let mut weights = vec![[[0.0; 4]; GROUP]; fours];
            for (i, &(first, bins)) in channels.iter().enumerate() {
                let (of_channel, after) = rest.split_at(bins);
                rest = after;
                for (bin, &weight) in of_channel.iter().enumerate() {
                    weights[bin / 4][i][bin % 4] = f64::from(weight);
                }
                group.first[i] = first;
                wide.bins_read = wide.bins_read.max(first + 4 * fours);
            }
            wide.groups.push(group);
            wide.weights.append(&mut weights);
        }
        Some(wide)
    }

    /// One past the highest bin that [`apply`](Self::apply) reads, those under zero weights included.
    pub(crate) fn bins_read(&self) -> usize {
        self.bins_read
    }

    /// [`Triangles::apply`], where energies are below 2³¹. `frame` has room for whole groups of four. `false` where a
    /// sum is too large, and nothing in `frame` counts.
    #[inline(always)]
    pub(crate) fn apply<V: Wide>(&self, energy: &[u32], shift: u32, frame: &mut [u32]) -> bool {
        let mut weights = &self.weights[..];
        let mut largest = V::zeros();
        for (group, out) in self.groups.iter().zip(frame.as_chunks_mut::<GROUP>().0) {
            let (of_group, rest) = weights.split_at(group.fours);
            weights = rest;
            let fours = |channel: usize| {
                let first = group.first[channel];
                energy[first..first + 4 * group.fours].as_chunks::<4>().0
            };
            let mut sums = [V::zeros(); GROUP];
            let energies = fours(0).iter().zip(fours(1)).zip(fours(2)).zip(fours(3));
            for ((((a, b), c), d), weights) in energies.zip(of_group) {
                sums[0] = V::accumulate(sums[0], a, &weights[0]);
                sums[1] = V::accumulate(sums[1], b, &weights[1]);
                sums[2] = V::accumulate(sums[2], c, &weights[2]);
                sums[3] = V::accumulate(sums[3], d, &weights[3]);
            }
            let sums = V::sum_each(sums);
            largest = V::larger(largest, sums);
            *out = V::roots(sums, shift);
        }
        !V::any_reaches(largest, EXACT_ROOT_LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqrt::sqrt;
    use crate::vector::tests::wide_widths;
    use crate::vector::{Kernel, Vector};

    /// [`WideTriangles::apply`] at any width; there is none of one lane.
    struct Apply<'a> {
        triangles: &'a WideTriangles,
        energy: &'a [u32],
        shift: u32,
        frame: &'a mut [u32],
    }

    impl Kernel for Apply<'_> {
        type Output = bool;

        fn run<V: Vector>(self) -> bool {
            unreachable!("the width is wide")
        }

        fn run_wide<V: Wide>(self) -> bool {
            self.triangles.apply::<V>(self.energy, self.shift, self.frame)
        }
    }

    /// Channels from first bin and weights.
    fn triangles(channels: &[(usize, &[u32])]) -> Triangles {
        Triangles {
            bins: channels.iter().map(|&(first, weights)| (first, weights.len())).collect(),
            weights: channels.iter().flat_map(|&(_, weights)| weights).copied().collect(),
        }
    }

    /// Holds every wide form to [`Triangles::apply`], or to refusing where a sum is too large.
    fn check(channels: &[(usize, &[u32])], energy: &[u32], shift: u32, exact: bool) {
        let triangles = triangles(channels);
        let wide = WideTriangles::new(&triangles).expect("sums that are exact");
        let mut expected = vec![0; channels.len()];
        triangles.apply(energy, shift, &mut expected);
        let mut padded = energy.to_vec();
        padded.resize(energy.len().max(wide.bins_read()), i32::MAX as u32);
        for width in wide_widths() {
            let mut frame = vec![0; channels.len().next_multiple_of(GROUP)];
            let found = width.run(Apply { triangles: &wide, energy: &padded, shift, frame: &mut frame });
            assert_eq!(found, exact, "{width:?} of {energy:?}");
            assert!(!exact || frame[..channels.len()] == expected, "{width:?}: {frame:?}, expected {expected:?}");
        }
    }

    /// Four channels whose sums are these, each below 2⁴⁸ + 2³⁰.
    fn check_sums(sums: [u64; 4], shift: u32, exact: bool) {
        let (mut energy, mut weights, mut ends) = (vec![], vec![], vec![]);
        for mut rest in sums {
            // The largest energies under the largest weight as far as they go, and what is left under 1.
            while rest > 0 {
                let weight = if rest >= 1 << 31 { 4096 } else { 1 };
                let value = (rest / weight).min((1 << 31) - 1);
                rest -= value * weight;
                energy.push(value as u32);
                weights.push(weight as u32);
            }
            ends.push(weights.len());
        }
        let starts = [0].into_iter().chain(ends.iter().copied());
        let channels: Vec<(usize, &[u32])> =
            starts.zip(&ends).map(|(start, &end)| (start, &weights[start..end])).collect();
        let expected: Vec<u32> = sums.iter().map(|&sum| sqrt(sum) >> shift).collect();
        let mut frame = vec![0; 4];
        triangles(&channels).apply(&energy, shift, &mut frame);
        assert_eq!(frame, expected);
        check(&channels, &energy, shift, exact);
    }

    #[test]
    fn roots_at_the_edges() {
        let cap = 65_535 * 65_535;
        for sum in [0, 1, 2, cap, cap + 65_535, cap + 65_536, (1 << 32) - 1, 1 << 32, (1 << 32) + 65_536, (1 << 48) - 1]
        {
            for shift in [0, 1, 15] {
                check_sums([sum, sum + u64::from(sum < (1 << 48) - 1), sum / 2, sum.saturating_sub(1)], shift, true);
            }
        }
    }

    /// r² + r is nearer to r, r² + r + 1 to r + 1.
    #[test]
    fn roots_beside_halves() {
        let many = (1..1000).chain((1000..1 << 24).step_by(997)).chain((1 << 24) - 300..(1 << 24) - 1);
        for root in many.chain(65_000..66_000) {
            let middle = root * root + root;
            check_sums([middle, middle + 1, root * root, root * root + root - 1], (root % 16) as u32, true);
        }
    }

    #[test]
    fn sums_that_are_too_large_are_refused() {
        for place in 0..4 {
            let sums = |sum: u64| core::array::from_fn(|i| if i == place { sum } else { 9 });
            check_sums(sums((1 << 48) - 1), 0, true);
            check_sums(sums(1 << 48), 0, false);
            check_sums(sums((1 << 48) + 1), 0, false);
        }
    }

    #[test]
    fn the_largest_sums_are_exact_or_refused() {
        let energy = [i32::MAX as u32; MAX_EXACT_BINS + 20];
        let weights = [4097; MAX_EXACT_BINS];
        let (full, part) = (&weights[..], &weights[..31]);
        check(&[(0, full)], &energy, 0, false);
        // In one of two groups alone.
        check(&[(0, part), (1, part), (2, part), (3, part), (4, full)], &energy, 3, false);
        check(&[(0, part), (1, full), (2, part), (3, part), (4, part)], &energy, 3, false);
        // 31·4097·(2³¹ − 1) is just below 2⁴⁸, and 32 of them above.
        check(&[(0, part), (1, part), (2, &[]), (3, part), (20, part)], &energy, 3, true);
        check(&[(0, part), (9, &weights[..32])], &energy, 3, false);
    }

    #[test]
    fn channels_of_every_length() {
        let energy: Vec<u32> = (0..200u32).map(|n| n.wrapping_mul(0x9e37_79b1) >> 1 >> (n % 31)).collect();
        let weights: Vec<u32> = (0..64u32).map(|n| n.wrapping_mul(0x85eb_ca6b) >> 20).collect();
        for length in 0..=30 {
            let slice = |i: usize| (i * 7, &weights[i..i + (length * (i + 1)) % 31]);
            for count in 1..=9 {
                let channels: Vec<(usize, &[u32])> = (0..count).map(slice).collect();
                check(&channels, &energy, (length % 16) as u32, true);
            }
        }
    }

    #[test]
    fn sums_of_too_many_bins_are_refused() {
        let weights = [1; MAX_EXACT_BINS + 1];
        assert!(WideTriangles::new(&triangles(&[(0, &weights[1..])])).is_some());
        assert!(WideTriangles::new(&triangles(&[(0, &weights[1..]), (0, &weights)])).is_none());
        // What the limit rests on: 4097·2³¹ that many times is a whole number that double precision holds.
        assert!(4097 * (1u64 << 31) * (MAX_EXACT_BINS as u64) < 1 << 53);
    }
}
