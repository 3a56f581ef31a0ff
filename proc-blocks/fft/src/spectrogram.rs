//! The front half as one: samples in, filterbank frames out.

use alloc::vec;
use alloc::vec::Vec;

use runeblocks_core::{BlockError, Digest};
use runeblocks_micro::{FrontEndHasher, int};

use crate::args::FftArgs;
use crate::energy::energy;
use crate::filterbank::Filterbank;
use crate::fixed_fft::{Complex16, RealFft};
use crate::sqrt::sqrt;
use crate::window;

/// Window, FFT, filterbank and square root over a stream of samples.
///
/// [`push`](Self::push) takes samples as they come. However a stream is cut, the frames are those of the whole. After
/// each frame, what every stage made of it can be read.
///
/// ```
/// use runeblocks_fft::{FftArgs, Spectrogram};
///
/// let mut spectrogram = Spectrogram::new(FftArgs::default())?;
/// let samples = [1000i16; 560];
/// let mut rest = &samples[..];
/// let mut frames = 0;
/// while let Some(frame) = spectrogram.push(&mut rest) {
///     assert_eq!(frame.len(), 32);
///     frames += 1;
/// }
/// assert_eq!((frames, rest.len()), (2, 0));
/// # Ok::<(), runeblocks_core::BlockError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Spectrogram {
    args: FftArgs,
    step: usize,
    coefficients: Vec<i16>,
    fft: RealFft,
    filterbank: Filterbank,

    /// The samples that the next window begins with.
    pending: Vec<i16>,

    shift: u32,
    /// `fft_size` samples, those beyond the window being zero.
    windowed: Vec<i16>,
    work: Vec<Complex16>,
    spectrum: Vec<Complex16>,
    /// As many bins as the filterbank reads; those that no filter weighs are zero.
    energy: Vec<u32>,
    sums: Vec<u64>,
    frame: Vec<u32>,
}

impl Spectrogram {
    /// Makes the tables.
    ///
    /// # Errors
    ///
    /// Where the `micro_frontend` has no meaning for the arguments: TensorFlow's own code refuses some of these; with
    /// others it crashes, or computes from memory that it does not own.
    pub fn new(args: FftArgs) -> Result<Self, BlockError> {
        let layout = args.layout()?;
        let filterbank = Filterbank::new(&args, layout.fft_size)?;
        let fft = RealFft::new(layout.fft_size)?;
        let channels = filterbank.num_channels();
        let bins = layout.fft_size / 2 + 1;
        Ok(Spectrogram {
            step: layout.step,
            coefficients: window::coefficients(layout.size, args.dialect),
            pending: Vec::with_capacity(layout.size),
            shift: 0,
            windowed: vec![0; layout.fft_size],
            work: vec![Complex16::default(); layout.fft_size / 2],
            spectrum: vec![Complex16::default(); bins],
            energy: vec![0; bins.max(filterbank.bins_read())],
            sums: vec![0; channels + 1],
            frame: vec![0; channels],
            args,
            fft,
            filterbank,
        })
    }

    /// Takes samples off the front of `samples` until a window is full, and returns its frame: one value for each
    /// channel.
    ///
    /// `None` says that all samples are taken and the next window is not full yet.
    pub fn push(&mut self, samples: &mut &[i16]) -> Option<&[u32]> {
        let size = self.coefficients.len();
        let (taken, rest) = samples.split_at(samples.len().min(size - self.pending.len()));
        self.pending.extend_from_slice(taken);
        *samples = rest;
        if self.pending.len() < size {
            return None;
        }
        self.transform();
        self.pending.copy_within(self.step.., 0);
        self.pending.truncate(size - self.step);
        Some(&self.frame)
    }

    fn transform(&mut self) {
        let max_abs = window::apply(&self.pending, &self.coefficients, &mut self.windowed);
        self.shift = 15 - int::most_significant_bit(u32::from(max_abs.unsigned_abs()));
        self.fft.forward(&self.windowed, self.shift, &mut self.work, &mut self.spectrum);
        let range = self.filterbank.start_index()..self.filterbank.end_index();
        energy(&self.spectrum[range.clone()], &mut self.energy[range]);
        self.filterbank.accumulate(&self.energy, &mut self.sums);
        for (value, &sum) in self.frame.iter_mut().zip(&self.sums[1..]) {
            *value = sqrt(sum) >> self.shift;
        }
    }

    /// Forgets the samples of an unfinished window.
    pub fn reset(&mut self) {
        self.pending.clear();
    }

    /// The samples that the next window begins with: all that carries over, at most the window less one.
    #[must_use]
    pub fn pending(&self) -> &[i16] {
        &self.pending
    }

    /// Goes on from samples that [`pending`](Self::pending) gave; `false` where they are too many for an unfinished
    /// window, and nothing changes.
    #[must_use]
    pub fn resume(&mut self, pending: &[i16]) -> bool {
        let fits = pending.len() < self.coefficients.len();
        if fits {
            self.pending.clear();
            self.pending.extend_from_slice(pending);
        }
        fits
    }

    /// How many frames the next `samples` samples complete.
    #[must_use]
    pub fn frames_of(&self, samples: usize) -> usize {
        (self.pending.len() + samples).checked_sub(self.window_size()).map_or(0, |beyond| beyond / self.step + 1)
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &FftArgs {
        &self.args
    }

    /// The window in samples.
    #[must_use]
    pub fn window_size(&self) -> usize {
        self.coefficients.len()
    }

    /// The hop in samples.
    #[must_use]
    pub fn window_step(&self) -> usize {
        self.step
    }

    /// Points of the FFT.
    #[must_use]
    pub fn fft_size(&self) -> u32 {
        self.windowed.len() as u32
    }

    /// Channels of a frame.
    #[must_use]
    pub fn num_channels(&self) -> usize {
        self.frame.len()
    }

    /// The window's coefficients in Q12.
    #[must_use]
    pub fn coefficients(&self) -> &[i16] {
        &self.coefficients
    }

    /// The filterbank's tables.
    #[must_use]
    pub fn filterbank(&self) -> &Filterbank {
        &self.filterbank
    }

    /// The samples of the last frame after the window.
    #[must_use]
    pub fn windowed(&self) -> &[i16] {
        &self.windowed[..self.coefficients.len()]
    }

    /// How far the windowed samples of the last frame were shifted up before the FFT, in bits.
    #[must_use]
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// The spectrum of the last frame, `fft_size`/2 + 1 bins.
    #[must_use]
    pub fn spectrum(&self) -> &[Complex16] {
        &self.spectrum
    }

    /// The energy of each bin of the last frame, `fft_size`/2 + 1 of them; zero where no filter takes it.
    #[must_use]
    pub fn energy(&self) -> &[u32] {
        &self.energy[..self.spectrum.len()]
    }

    /// The filterbank's sums of the last frame in Q12, one more than channels: see [`Filterbank::accumulate`].
    #[must_use]
    pub fn sums(&self) -> &[u64] {
        &self.sums
    }

    /// The digest of arguments and tables: see [`FrontEndHasher`].
    #[must_use]
    pub fn digest(&self) -> Digest {
        let FftArgs {
            sample_rate,
            window_size,
            window_step,
            num_channels,
            upper_band_limit,
            lower_band_limit,
            dialect,
        } = self.args;
        FrontEndHasher::new("runeblocks.fft.v1")
            .text("dialect", dialect.name())
            .unsigned("sample_rate", sample_rate.into())
            .unsigned("window_size", window_size.into())
            .unsigned("window_step", window_step.into())
            .unsigned("num_channels", num_channels.into())
            .float("upper_band_limit", upper_band_limit)
            .float("lower_band_limit", lower_band_limit)
            .table("window", &self.coefficients)
            .table("freq_starts", self.filterbank.freq_starts())
            .table("weight_starts", self.filterbank.weight_starts())
            .table("widths", self.filterbank.widths())
            .table("weights", self.filterbank.weights())
            .table("unweights", self.filterbank.unweights())
            .finish()
    }
}
