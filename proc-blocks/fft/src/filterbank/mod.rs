//! The mel filterbank: triangular filters in Q12, equally wide in mel.

mod triangles;

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use runeblocks_core::BlockError;
use runeblocks_micro::{Dialect, argument, math};

pub(crate) use triangles::{Triangles, WideTriangles};

use crate::args::FftArgs;

/// Most channels that a filterbank can have.
pub const MAX_CHANNELS: u32 = 4096;
/// Fractional bits of a weight: 4096 is 1.
pub const FILTERBANK_BITS: u32 = 12;
/// The first bin of a channel is a multiple of this.
const ALIGNMENT: usize = 2;
/// The bins of a channel are padded to a multiple of this.
const BLOCK: usize = 4;

/// The weights of a filterbank.
///
/// There is one slot more than channels. Slot `c` covers the bins between the centres of channels `c − 1` and `c`:
/// there `weights` rise for one channel and `unweights`, their complement to 4096, fall for the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filterbank {
    start_index: usize,
    end_index: usize,
    freq_starts: Vec<i16>,
    weight_starts: Vec<i16>,
    widths: Vec<i16>,
    weights: Vec<i16>,
    unweights: Vec<i16>,
}

/// `hz` in mel.
fn mel(hz: f32, dialect: Dialect) -> f32 {
    match dialect {
        Dialect::Tf => (1127.0 * libm::log1p(f64::from(hz) / 700.0)) as f32,
        Dialect::Tflm => 1127.0 * math::log1pf(hz / 700.0),
    }
}

impl Filterbank {
    /// The tables for arguments that are checked, and for an FFT of `fft_size` points.
    pub(crate) fn new(args: &FftArgs, fft_size: usize) -> Result<Self, BlockError> {
        let bins = fft_size / 2 + 1;
        let dialect = args.dialect;
        let (lower, upper) = (args.lower_band_limit, args.upper_band_limit);
        let slots = args.num_channels as usize + 1;
        let (mel_low, mel_high) = (mel(lower, dialect), mel(upper, dialect));
        let spacing = (mel_high - mel_low) / slots as f32;
        let center = |slot: usize| mel_low + spacing * (slot + 1) as f32;
        let (hz_per_bin, start_index) = match dialect {
            Dialect::Tf => {
                let hz = (0.5 * f64::from(args.sample_rate) / f64::from(bins as f32 - 1.0)) as f32;
                (hz, (1.5 + f64::from(lower / hz)) as usize)
            }
            Dialect::Tflm => {
                let hz = 0.5 * args.sample_rate as f32 / (bins as f32 - 1.0);
                (hz, (1.5 + lower / hz) as usize)
            }
        };
        let mel_of_bin = |bin: usize| mel(bin as f32 * hz_per_bin, dialect);

        let mut bank = Filterbank {
            start_index,
            end_index: 0,
            freq_starts: Vec::with_capacity(slots),
            weight_starts: Vec::with_capacity(slots),
            widths: Vec::with_capacity(slots),
            weights: Vec::new(),
            unweights: Vec::new(),
        };
        let mut edges = Vec::with_capacity(slots);
        let mut end = start_index;
        for slot in 0..slots {
            let first = end;
            while end < bins && mel_of_bin(end) <= center(slot) {
                end += 1;
            }
            if end >= bins {
                let expected =
                    format!("a frequency below the highest of the {bins} bins of the FFT, in single precision");
                return Err(argument("upper_band_limit", format!("{upper} Hz"), expected, "lower it a little"));
            }
            edges.push(first..end);
        }
        bank.end_index = end;

        let any_empty = edges.iter().any(|bins| bins.is_empty());
        let mut total = if any_empty { BLOCK } else { 0 };
        for edge in &edges {
            if edge.is_empty() {
                bank.push_slot(0, 0, BLOCK, args)?;
            } else {
                let start = edge.start - edge.start % ALIGNMENT;
                let width = (edge.end - start).next_multiple_of(BLOCK);
                bank.push_slot(start, total, width, args)?;
                total += width;
            }
        }

        bank.weights = vec![0; total];
        bank.unweights = vec![0; total];
        for (slot, edge) in edges.into_iter().enumerate() {
            let center_here = center(slot);
            let center_before = if slot == 0 { mel_low } else { center(slot - 1) };
            let offset = bank.weight_starts[slot] as usize;
            let start = bank.freq_starts[slot] as usize;
            for bin in edge {
                let weight = (center_here - mel_of_bin(bin)) / (center_here - center_before);
                let at = offset + bin - start;
                (bank.weights[at], bank.unweights[at]) = quantize(weight, dialect);
            }
        }
        Ok(bank)
    }

    fn push_slot(
        &mut self,
        freq_start: usize,
        weight_start: usize,
        width: usize,
        args: &FftArgs,
    ) -> Result<(), BlockError> {
        let index = |found: usize| {
            i16::try_from(found).map_err(|_| {
                let found = format!("{} Hz, so that the filterbank has indices up to {found}", args.upper_band_limit);
                let help = "narrow the band, or shorten the window";
                argument("upper_band_limit", found, "indices that fit 16 bits, up to 32767", help)
            })
        };
        self.freq_starts.push(index(freq_start)?);
        self.weight_starts.push(index(weight_start)?);
        self.widths.push(index(width)?);
        Ok(())
    }

    /// Number of channels.
    #[must_use]
    pub fn num_channels(&self) -> usize {
        self.widths.len() - 1
    }

    /// The first bin that any filter takes.
    #[must_use]
    pub fn start_index(&self) -> usize {
        self.start_index
    }

    /// The first bin above all filters.
    #[must_use]
    pub fn end_index(&self) -> usize {
        self.end_index
    }

    /// The first bin of each slot, aligned down to an even one; 0 for a slot without bins.
    #[must_use]
    pub fn freq_starts(&self) -> &[i16] {
        &self.freq_starts
    }

    /// Where the weights of each slot begin.
    #[must_use]
    pub fn weight_starts(&self) -> &[i16] {
        &self.weight_starts
    }

    /// The number of weights of each slot, padded with zeros to a multiple of 4.
    #[must_use]
    pub fn widths(&self) -> &[i16] {
        &self.widths
    }

    /// The rising weights in Q12, 0 to 4096.
    #[must_use]
    pub fn weights(&self) -> &[i16] {
        &self.weights
    }

    /// The falling weights in Q12, 0 to 4096.
    #[must_use]
    pub fn unweights(&self) -> &[i16] {
        &self.unweights
    }

    /// The bins of a slot, each with its entry in `weights`.
    fn slot<'a>(&self, slot: usize, weights: &'a [i16]) -> impl Iterator<Item = (usize, i16)> + Clone + use<'a> {
        let (first, at) = (self.freq_starts[slot] as usize, self.weight_starts[slot] as usize);
        (first..).zip(weights[at..at + self.widths[slot] as usize].iter().copied())
    }

    /// One past the highest bin that [`accumulate`](Self::accumulate) reads, those under zero weights included.
    #[must_use]
    pub fn bins_read(&self) -> usize {
        self.freq_starts
            .iter()
            .zip(&self.widths)
            .map(|(&start, &width)| start as usize + width as usize)
            .max()
            .unwrap_or(0)
    }

    /// Sums `energy` by the weights into `sums`, one a slot: `sums[c + 1]` is the energy of channel `c`, in Q12.
    /// `sums[0]` belongs to no channel.
    ///
    /// # Panics
    ///
    /// If `energy` has fewer than [`bins_read`](Self::bins_read) bins.
    pub fn accumulate(&self, energy: &[u32], sums: &mut [u64]) {
        let slots = self.freq_starts.iter().zip(&self.weight_starts).zip(&self.widths);
        let mut falling = 0;
        for (((&freq_start, &weight_start), &width), sum) in slots.zip(sums) {
            let (freq_start, weight_start, width) = (freq_start as usize, weight_start as usize, width as usize);
            let energy = &energy[freq_start..freq_start + width];
            let weights = &self.weights[weight_start..weight_start + width];
            let unweights = &self.unweights[weight_start..weight_start + width];
            let mut rising = falling;
            falling = 0;
            for ((&energy, &weight), &unweight) in energy.iter().zip(weights).zip(unweights) {
                rising += u64::from(weight as u16) * u64::from(energy);
                falling += u64::from(unweight as u16) * u64::from(energy);
            }
            *sum = rising;
        }
    }
}

/// `weight` and its complement in Q12, each rounded to nearest; their sum is 4096, rarely 4097.
fn quantize(weight: f32, dialect: Dialect) -> (i16, i16) {
    match dialect {
        Dialect::Tf => (
            libm::floor(f64::from(weight * 4096.0) + 0.5) as i16,
            libm::floor((1.0 - f64::from(weight)) * 4096.0 + 0.5) as i16,
        ),
        Dialect::Tflm => {
            (libm::floorf(weight * 4096.0 + 0.5) as i16, libm::floorf((1.0 - weight) * 4096.0 + 0.5) as i16)
        }
    }
}
