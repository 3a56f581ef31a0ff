//! The filters.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use runeblocks_core::BlockError;
use runeblocks_micro::argument;

use crate::args::{MelFilterbankArgs, Norm, Triangles};
use crate::scale::Scale;

/// Points of the largest FFT.
pub const MAX_N_FFT: u32 = 65_536;

/// Triangular filters over the bins of a spectrum, their corners at equal distances in mel: each filter begins where
/// the one before it peaks, and ends where the next one does.
#[derive(Clone, Debug)]
pub struct Filterbank {
    filters: Vec<Filter>,
    /// Those of all filters, one after another: at most two for each bin.
    weights: Vec<f32>,
    bins: usize,
}

/// One filter: the bins that it weighs, and where its weights lie.
#[derive(Clone, Debug)]
struct Filter {
    bins: Range<usize>,
    weights: Range<usize>,
}

impl Filterbank {
    /// The filters for the bins 0 to `n_fft`/2 of a sound of `sample_rate` Hz.
    ///
    /// # Errors
    ///
    /// When an argument is out of bounds, or arguments contradict each other or the sample rate.
    pub fn new(args: &MelFilterbankArgs, sample_rate: u32, n_fft: u32) -> Result<Self, BlockError> {
        args.check()?;
        if !(2..=MAX_N_FFT).contains(&n_fft) {
            let help = "take the frames from the block `spectrogram`";
            return Err(argument("n_fft", n_fft, format!("2 to {MAX_N_FFT}"), help));
        }
        let (fmin, fmax) = args.band(sample_rate)?;
        let scale = if args.htk { Scale::Htk } else { Scale::Slaney };
        let (low, high) = (scale.mel(fmin), scale.mel(fmax));
        let n_mels = args.n_mels as usize;
        let corner_mel = |at: usize| low + (high - low) * at as f64 / (n_mels + 1) as f64;
        let corner_hz = |at: usize| scale.hz(corner_mel(at));
        let corner = |at: usize| match args.triangles {
            Triangles::Hz => corner_hz(at),
            Triangles::Mel => corner_mel(at),
        };
        let position = |bin: usize| {
            let hz = bin as f64 * f64::from(sample_rate) / f64::from(n_fft);
            match args.triangles {
                Triangles::Hz => hz,
                Triangles::Mel => scale.mel(hz),
            }
        };
        let positions: Vec<f64> = (0..=n_fft as usize / 2).map(position).collect();
        let mut weights = Vec::new();
        let filter = |at: usize| {
            let (lower, peak, upper) = (corner(at), corner(at + 1), corner(at + 2));
            let gain = match args.norm {
                Norm::Slaney => 2.0 / (corner_hz(at + 2) - corner_hz(at)),
                Norm::None => 1.0,
            };
            let start = positions.partition_point(|&position| position <= lower);
            let end = positions.partition_point(|&position| position < upper).max(start);
            let first = weights.len();
            weights.extend(positions[start..end].iter().map(|position| {
                let (rise, fall) = ((position - lower) / (peak - lower), (upper - position) / (upper - peak));
                (gain * rise.min(fall)) as f32
            }));
            Filter { bins: start..end, weights: first..weights.len() }
        };
        let filters = (0..n_mels).map(filter).collect();
        Ok(Filterbank { filters, weights, bins: positions.len() })
    }

    /// How many filters there are.
    #[must_use]
    pub fn n_mels(&self) -> usize {
        self.filters.len()
    }

    /// How many bins a spectrum has.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The first bin that filter `mel` weighs, and its weights from there on; none where it is so narrow that it lies
    /// between two bins.
    ///
    /// # Panics
    ///
    /// When there is no filter `mel`.
    #[must_use]
    pub fn filter(&self, mel: usize) -> (usize, &[f32]) {
        let filter = &self.filters[mel];
        (filter.bins.start, &self.weights[filter.weights.clone()])
    }

    /// Sums the bins of a spectrum, weighed by each filter, into `mels`: [`bins`](Self::bins) values, and
    /// [`n_mels`](Self::n_mels).
    ///
    /// # Panics
    ///
    /// When `spectrum` is shorter than that.
    pub fn apply(&self, spectrum: &[f32], mels: &mut [f32]) {
        for (mel, filter) in mels.iter_mut().zip(&self.filters) {
            let weights = &self.weights[filter.weights.clone()];
            *mel = spectrum[filter.bins.clone()].iter().zip(weights).map(|(value, weight)| value * weight).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between the first and the last peak, the unweighed filters of a bin add up to 1.
    #[test]
    fn filters_share_each_bin() {
        for (htk, triangles) in [(false, Triangles::Hz), (true, Triangles::Hz), (true, Triangles::Mel)] {
            let args = MelFilterbankArgs { norm: Norm::None, htk, triangles, ..Default::default() };
            let bank = Filterbank::new(&args, 16_000, 512).expect("valid");
            let mut sums = [0f32; 257];
            for mel in 0..bank.n_mels() {
                let (start, weights) = bank.filter(mel);
                weights.iter().enumerate().for_each(|(i, weight)| sums[start + i] += weight);
            }
            assert!(sums[10..230].iter().all(|sum| (sum - 1.0).abs() < 1e-6), "{sums:?}");
            assert!(sums[0] == 0.0 && sums[256] < 1e-6);
            assert!(bank.weights.len() <= 2 * 257);
        }
    }

    #[test]
    fn slaney_gives_filters_one_area() {
        let bank = Filterbank::new(&MelFilterbankArgs::default(), 16_000, 8192).expect("valid");
        for mel in 0..40 {
            let area = bank.filter(mel).1.iter().sum::<f32>() * 16_000.0 / 8192.0;
            assert!((area - 1.0).abs() < 0.01, "{area} of {mel}");
        }
    }
}
