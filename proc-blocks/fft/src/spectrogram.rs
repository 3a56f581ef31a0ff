//! The front half as one: samples in, filterbank frames out.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use runeblocks_core::{BlockError, Digest};
use runeblocks_micro::{FrontEndHasher, Level, int};

use crate::args::FftArgs;
use crate::filterbank::{Filterbank, Triangles, WideTriangles};
use crate::fixed_fft::{Complex16, RealFft};
use crate::sqrt::sqrt;
use crate::vector::{self, Kernel, Vector};
use crate::window::{self, WideWindow};

/// Window, FFT, filterbank and square root over a stream of samples.
///
/// [`push`](Self::push) takes samples as they come. However a stream is cut, the frames are those of the whole. After
/// each frame, [`stages`](Self::stages) shows what every stage made of it. Clones share the tables.
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
#[derive(Debug)]
pub struct Spectrogram {
    tables: Arc<Tables>,

    /// The samples that the next window begins with, in memory for a whole one.
    pending: Vec<i16>,

    shift: u32,
    /// `fft_size` samples, those beyond the window being zero.
    windowed: Vec<i16>,
    work: Vec<Complex16>,
    /// As many bins as the filterbank reads.
    energy: Vec<u32>,
    sums: Vec<u64>,
    /// The channels, and what fills whole vectors.
    frame: Vec<u32>,
}

impl Clone for Spectrogram {
    fn clone(&self) -> Self {
        let mut pending = Vec::with_capacity(self.window_size());
        pending.extend_from_slice(&self.pending);
        Spectrogram {
            tables: Arc::clone(&self.tables),
            pending,
            shift: self.shift,
            windowed: self.windowed.clone(),
            work: self.work.clone(),
            energy: self.energy.clone(),
            sums: self.sums.clone(),
            frame: self.frame.clone(),
        }
    }
}

/// What is made once for a configuration. Clones share it.
#[derive(Debug)]
struct Tables {
    args: FftArgs,
    step: usize,
    coefficients: Vec<i16>,
    fft: RealFft,
    filterbank: Filterbank,
    triangles: Triangles,
    wide: Option<Wide>,
}

/// What vectors of SIMD take instead of the window and the triangles.
#[derive(Debug)]
struct Wide {
    window: WideWindow,
    /// `None` where they could not be exact.
    triangles: Option<WideTriangles>,
}

/// What the stages make of the last frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// The spectrum, `fft_size`/2 + 1 bins.
    pub spectrum: Vec<Complex16>,
    /// The energy of each bin, zero where no filter takes it.
    pub energy: Vec<u32>,
    /// The filterbank's sums in Q12, one more than channels: see [`Filterbank::accumulate`].
    pub sums: Vec<u64>,
}

impl Spectrogram {
    /// Makes the tables, for the level that [`Level::choose`] gives.
    ///
    /// # Errors
    ///
    /// Where the `micro_frontend` has no meaning for the arguments: TensorFlow's own code refuses some of these; with
    /// others it crashes, or computes from memory that it does not own.
    pub fn new(args: FftArgs) -> Result<Self, BlockError> {
        Self::with_level(args, Level::choose()?)
    }

    /// Makes the tables for a level.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and where the machine lacks the level.
    pub fn with_level(args: FftArgs, level: Level) -> Result<Self, BlockError> {
        let layout = args.layout()?;
        let filterbank = Filterbank::new(&args, layout.fft_size)?;
        let fft = RealFft::with_level(layout.fft_size, level)?;
        let coefficients = window::coefficients(layout.size, args.dialect);
        let triangles = Triangles::new(&filterbank);
        let wide = fft
            .width()
            .is_wide()
            .then(|| Wide { window: WideWindow::new(&coefficients), triangles: WideTriangles::new(&triangles) });
        let channels = filterbank.num_channels();
        let bins = layout.fft_size / 2 + 1;
        let bins_read = wide
            .as_ref()
            .and_then(|wide| wide.triangles.as_ref())
            .map_or(0, WideTriangles::bins_read)
            .max(filterbank.bins_read());
        Ok(Spectrogram {
            pending: Vec::with_capacity(layout.size),
            shift: 0,
            windowed: vec![0; layout.fft_size],
            work: vec![Complex16::default(); layout.fft_size + 1],
            energy: vec![0; bins.max(bins_read)],
            sums: vec![0; channels + 1],
            frame: vec![0; channels.next_multiple_of(4)],
            tables: Arc::new(Tables { step: layout.step, coefficients, fft, filterbank, triangles, wide, args }),
        })
    }

    /// Takes samples off the front of `samples` until a window is full, and returns its frame: one value for each
    /// channel.
    ///
    /// `None` says that all samples are taken and the next window is not full yet. Before that, the samples that the next
    /// window begins with may be left in `samples` or be kept here: go on with the same slice until there is `None`.
    pub fn push(&mut self, samples: &mut &[i16]) -> Option<&[u32]> {
        let (size, step) = (self.window_size(), self.tables.step);
        if self.pending.is_empty() && samples.len() >= size {
            self.transform(Some(samples));
            *samples = &samples[step..];
        } else {
            let (taken, rest) = samples.split_at(samples.len().min(size - self.pending.len()));
            self.pending.extend_from_slice(taken);
            *samples = rest;
            if self.pending.len() < size {
                return None;
            }
            self.transform(None);
            self.pending.copy_within(step.., 0);
            self.pending.truncate(size - step);
        }
        Some(&self.frame[..self.num_channels()])
    }

    /// Makes the frame of the window that `samples` begins with, or of the pending one.
    fn transform(&mut self, samples: Option<&[i16]>) {
        let Spectrogram { tables, pending, shift, windowed, work, energy, sums, frame } = self;
        let samples = samples.unwrap_or(pending);
        if tables.fft.level() != Level::Plain {
            return tables.fft.width().run(Fast { tables, samples, shift, windowed, work, energy, frame });
        }
        *shift = shift_of(window::apply(samples, &tables.coefficients, windowed));
        tables.fft.energies(windowed, *shift, work, energy);
        tables.filterbank.accumulate(energy, sums);
        for (value, &sum) in frame.iter_mut().zip(&sums[1..]) {
            *value = sqrt(sum) >> *shift;
        }
    }

    /// What the stages make of the last frame, at the level of this one.
    #[must_use]
    pub fn stages(&self) -> Stages {
        let Tables { fft, filterbank, .. } = &*self.tables;
        let bins = fft.fft_size() / 2 + 1;
        let mut work = vec![Complex16::default(); fft.fft_size() + 1];
        let mut stages = Stages {
            spectrum: vec![Complex16::default(); bins],
            energy: vec![0; self.energy.len()],
            sums: vec![0; self.num_channels() + 1],
        };
        fft.forward(&self.windowed, self.shift, &mut work, &mut stages.spectrum);
        fft.energies(&self.windowed, self.shift, &mut work, &mut stages.energy);
        let range = filterbank.start_index()..filterbank.end_index();
        stages
            .energy
            .iter_mut()
            .enumerate()
            .filter(|(bin, _)| !range.contains(bin))
            .for_each(|(_, energy)| *energy = 0);
        filterbank.accumulate(&stages.energy, &mut stages.sums);
        stages.energy.truncate(bins);
        stages
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
        let fits = pending.len() < self.tables.coefficients.len();
        if fits {
            self.pending.clear();
            self.pending.extend_from_slice(pending);
        }
        fits
    }

    /// How many frames the next `samples` samples complete.
    #[must_use]
    pub fn frames_of(&self, samples: usize) -> usize {
        (self.pending.len() + samples).checked_sub(self.window_size()).map_or(0, |beyond| beyond / self.tables.step + 1)
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.tables.fft.level()
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &FftArgs {
        &self.tables.args
    }

    /// The window in samples.
    #[must_use]
    pub fn window_size(&self) -> usize {
        self.tables.coefficients.len()
    }

    /// The hop in samples.
    #[must_use]
    pub fn window_step(&self) -> usize {
        self.tables.step
    }

    /// Points of the FFT.
    #[must_use]
    pub fn fft_size(&self) -> u32 {
        self.windowed.len() as u32
    }

    /// Channels of a frame.
    #[must_use]
    pub fn num_channels(&self) -> usize {
        self.tables.filterbank.num_channels()
    }

    /// The window's coefficients in Q12.
    #[must_use]
    pub fn coefficients(&self) -> &[i16] {
        &self.tables.coefficients
    }

    /// The filterbank's tables.
    #[must_use]
    pub fn filterbank(&self) -> &Filterbank {
        &self.tables.filterbank
    }

    /// The samples of the last frame after the window.
    #[must_use]
    pub fn windowed(&self) -> &[i16] {
        &self.windowed[..self.tables.coefficients.len()]
    }

    /// How far the windowed samples of the last frame were shifted up before the FFT, in bits.
    #[must_use]
    pub fn shift(&self) -> u32 {
        self.shift
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
        } = self.tables.args;
        FrontEndHasher::new("runeblocks.fft.v1")
            .text("dialect", dialect.name())
            .unsigned("sample_rate", sample_rate.into())
            .unsigned("window_size", window_size.into())
            .unsigned("window_step", window_step.into())
            .unsigned("num_channels", num_channels.into())
            .float("upper_band_limit", upper_band_limit)
            .float("lower_band_limit", lower_band_limit)
            .table("window", &self.tables.coefficients)
            .table("freq_starts", self.tables.filterbank.freq_starts())
            .table("weight_starts", self.tables.filterbank.weight_starts())
            .table("widths", self.tables.filterbank.widths())
            .table("weights", self.tables.filterbank.weights())
            .table("unweights", self.tables.filterbank.unweights())
            .finish()
    }
}

/// How far a window with this largest magnitude is shifted up, in bits.
fn shift_of(max_abs: i16) -> u32 {
    15 - int::most_significant_bit(u32::from(max_abs.unsigned_abs()))
}

/// A frame, at any width.
struct Fast<'a> {
    tables: &'a Tables,
    samples: &'a [i16],
    shift: &'a mut u32,
    windowed: &'a mut [i16],
    work: &'a mut [Complex16],
    energy: &'a mut [u32],
    frame: &'a mut [u32],
}

impl Kernel for Fast<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Fast { tables, samples, shift, windowed, work, energy, frame } = self;
        *shift = shift_of(window::apply(samples, &tables.coefficients, windowed));
        tables.fft.energies_at::<V>(windowed, *shift, work, energy);
        tables.triangles.apply(energy, *shift, frame);
    }

    #[inline(always)]
    fn run_wide<V: vector::Wide>(self) {
        let Some(wide) = &self.tables.wide else { return self.run::<V>() };
        let Fast { tables, samples, shift, windowed, work, energy, frame } = self;
        *shift = shift_of(wide.window.apply::<V>(samples, windowed));
        tables.fft.energies_at::<V>(windowed, *shift, work, energy);
        let is_exact = wide.triangles.as_ref().is_some_and(|triangles| triangles.apply::<V>(energy, *shift, frame));
        if !is_exact {
            tables.triangles.apply(energy, *shift, frame);
        }
    }
}
