//! The filterbank by channels: each a triangle of weights over neighbouring bins.

use alloc::vec;
use alloc::vec::Vec;

use super::Filterbank;
use crate::sqrt::sqrt;
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
            *out = sqrt(products.map(|(&energy, &weight)| u64::from(energy) * u64::from(weight)).sum()) >> shift;
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
            let [a, b, c, d] = group.first.map(|first| energy[first..first + 4 * group.fours].as_chunks::<4>().0);
            let mut sums = [V::zeros(); GROUP];
            for ((((a, b), c), d), weights) in a.iter().zip(b).zip(c).zip(d).zip(of_group) {
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
