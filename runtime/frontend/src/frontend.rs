//! The op.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use runeblocks_core::{BlockError, Digest};
use runeblocks_fft::Spectrogram;
use runeblocks_fft::fixed_fft::Complex16;
use runeblocks_micro::{Dialect, Level};
use runeblocks_noise_filtering::NoiseFilter;

use crate::config::{Config, OutType};
use crate::context::Context;
use sealed::Scaled as _;

/// The op's output: rows one after another.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// With [`OutType::Uint16`].
    Uint16(Vec<u16>),
    /// With [`OutType::Float`].
    Float(Vec<f32>),
}

impl Features {
    /// No rows yet, with room for `values`.
    fn with_capacity(out_type: OutType, values: usize) -> Self {
        match out_type {
            OutType::Uint16 => Features::Uint16(Vec::with_capacity(values)),
            OutType::Float => Features::Float(Vec::with_capacity(values)),
        }
    }

    /// Appends the features of a frame.
    fn extend(&mut self, frame: &[u16], out_scale: i32) {
        match self {
            Features::Uint16(values) => values.extend(frame.iter().map(|&value| u16::scaled(value, out_scale))),
            Features::Float(values) => values.extend(frame.iter().map(|&value| f32::scaled(value, out_scale))),
        }
    }
}

/// A type that features leave in: `u16` or `f32`.
pub trait Feature: sealed::Scaled {
    /// The op's name for it.
    const OUT_TYPE: OutType;
}

impl Feature for u16 {
    const OUT_TYPE: OutType = OutType::Uint16;
}

impl Feature for f32 {
    const OUT_TYPE: OutType = OutType::Float;
}

mod sealed {
    pub trait Scaled: Copy + Send {
        /// A feature divided by `out_scale`.
        fn scaled(value: u16, out_scale: i32) -> Self;
    }

    impl Scaled for u16 {
        #[inline]
        fn scaled(value: u16, out_scale: i32) -> Self {
            if out_scale == 1 { value } else { (i32::from(value) / out_scale) as u16 }
        }
    }

    impl Scaled for f32 {
        #[inline]
        fn scaled(value: u16, out_scale: i32) -> Self {
            f32::from(value) / out_scale as f32
        }
    }
}

/// What every stage made of one frame.
#[derive(Clone, Copy, Debug)]
pub struct Taps<'a> {
    /// The samples after the window.
    pub window: &'a [i16],
    /// How far they are shifted up before the FFT, in bits.
    pub shift: u32,
    /// The spectrum, `fft_size`/2 + 1 bins.
    pub fft: &'a [Complex16],
    /// The energy of each bin, zero where no filter takes it.
    pub energy: &'a [u32],
    /// The filterbank's sums in Q12, one more than channels; the first belongs to none.
    pub sums: &'a [u64],
    /// The channels after the square root.
    pub filterbank: &'a [u32],
    /// The channels after noise reduction.
    pub noise: &'a [u32],
    /// The noise estimates after this frame, with `smoothing_bits` fractional bits.
    pub estimate: &'a [u32],
    /// The channels after PCAN.
    pub pcan: &'a [u32],
    /// The features of the frame, before context and `out_scale`.
    pub output: &'a [u16],
}

/// The front end: samples in, rows of features out. Clones share the tables, and have a state of their own.
#[derive(Clone, Debug)]
pub struct MicroFrontend {
    out_scale: i32,
    out_type: OutType,
    spectrogram: Spectrogram,
    filter: NoiseFilter,
    context: Context,
    output: Vec<u16>,
}

impl MicroFrontend {
    /// Makes the tables, for the level that [`Level::choose`] gives.
    ///
    /// # Errors
    ///
    /// Where the op has no meaning for the configuration.
    pub fn new(config: &Config, dialect: Dialect) -> Result<Self, BlockError> {
        Self::with_level(config, dialect, Level::choose()?)
    }

    /// Makes the tables for a level.
    ///
    /// # Errors
    ///
    /// Where the op has no meaning for the configuration, or the machine lacks the level.
    pub fn with_level(config: &Config, dialect: Dialect, level: Level) -> Result<Self, BlockError> {
        let spectrogram = Spectrogram::with_level(config.fft(dialect), level)?;
        let channels = spectrogram.num_channels();
        let filter = NoiseFilter::with_level(config.noise_filtering(), spectrogram.fft_size(), channels, level)?;
        config.check_rows()?;
        Ok(MicroFrontend {
            out_scale: config.out_scale,
            out_type: config.out_type,
            spectrogram,
            filter,
            context: Context::new(config),
            output: vec![0; channels],
        })
    }

    /// Takes samples as they come and gives the rows that they complete.
    pub fn push(&mut self, samples: &[i16]) -> Features {
        let (mut features, out_scale) = (Features::with_capacity(self.out_type, 0), self.out_scale);
        self.rows(samples, |frame| features.extend(frame, out_scale));
        features
    }

    /// Ends a clip: gives the rows that wait for frames to their right, and begins anew.
    pub fn finish(&mut self) -> Features {
        let (mut features, out_scale) = (Features::with_capacity(self.out_type, 0), self.out_scale);
        self.context.finish(|frame| features.extend(frame, out_scale));
        self.reset();
        features
    }

    /// The rows of a whole clip, from the initial state to the initial state: what the op gives.
    pub fn process_clip(&mut self, samples: &[i16]) -> Features {
        self.reset();
        let values = self.rows_of(samples.len()) * self.row_len();
        let (mut features, out_scale) = (Features::with_capacity(self.out_type, values), self.out_scale);
        self.clip(samples, |frame| features.extend(frame, out_scale));
        features
    }

    /// The rows of a whole clip into `rows`, which has [`rows_of`](Self::rows_of) times [`row_len`](Self::row_len)
    /// values. Allocates nothing.
    ///
    /// # Errors
    ///
    /// Where `rows` has another length, or another type than the configuration's `out_type`. The state is the initial one
    /// then, too.
    pub fn process_clip_into<T: Feature>(&mut self, samples: &[i16], rows: &mut [T]) -> Result<(), BlockError> {
        self.reset();
        self.check_rows::<T>(rows.len(), self.rows_of(samples.len()))?;
        let (mut rest, out_scale) = (rows, self.out_scale);
        self.clip(samples, |frame| {
            let (row, after) = core::mem::take(&mut rest).split_at_mut(frame.len());
            row.iter_mut().zip(frame).for_each(|(to, &value)| *to = T::scaled(value, out_scale));
            rest = after;
        });
        Ok(())
    }

    /// Says that `values` of a type are what so many rows have.
    pub(crate) fn check_rows<T: Feature>(&self, values: usize, rows: usize) -> Result<(), BlockError> {
        if T::OUT_TYPE == self.out_type && rows.checked_mul(self.row_len()) == Some(values) {
            return Ok(());
        }
        Err(BlockError::Output {
            found: format!("{values} values of the type {}", T::OUT_TYPE.name()),
            expected: format!("{rows} rows of {} values of the type {}", self.row_len(), self.out_type.name()),
        })
    }

    /// Takes samples as they come, without context and stride, and shows what every stage made of each frame that they
    /// complete.
    pub fn for_each_frame(&mut self, mut samples: &[i16], mut visit: impl FnMut(Taps<'_>)) {
        let mut by_stage = self.filter.clone();
        while let Some(frame) = self.spectrogram.push(&mut samples) {
            self.filter.apply(frame, &mut self.output);
            let filterbank = frame.to_vec();
            let mut noise = filterbank.clone();
            by_stage.reduce(&mut noise);
            let mut pcan = noise.clone();
            by_stage.normalize(&mut pcan);
            let stages = self.spectrogram.stages();
            visit(Taps {
                window: self.spectrogram.windowed(),
                shift: self.spectrogram.shift(),
                fft: &stages.spectrum,
                energy: &stages.energy,
                sums: &stages.sums,
                filterbank: &filterbank,
                noise: &noise,
                estimate: self.filter.noise_reduction().estimate(),
                pcan: &pcan,
                output: &self.output,
            });
        }
    }

    /// Restores the initial state: no samples, no frames, no noise.
    pub fn reset(&mut self) {
        self.spectrogram.reset();
        self.filter.reset();
        self.context.reset();
    }

    /// Values of a row: channels times frames of context and one.
    #[must_use]
    pub fn row_len(&self) -> usize {
        self.context.row_len()
    }

    /// How many rows come of a clip of `samples` samples.
    #[must_use]
    pub fn rows_of(&self, samples: usize) -> usize {
        self.context.rows_of(self.spectrogram.frames_of(samples))
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.spectrogram.level()
    }

    /// The half up to the square root, with its tables.
    #[must_use]
    pub fn spectrogram(&self) -> &Spectrogram {
        &self.spectrogram
    }

    /// The half from noise reduction on, with its tables.
    #[must_use]
    pub fn noise_filter(&self) -> &NoiseFilter {
        &self.filter
    }

    /// The digest of the front end: that which a graph of `fft` and `noise-filtering` with the same arguments has.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.filter.digest(&self.spectrogram.digest())
    }

    /// Runs every stage on the samples of a whole clip.
    fn clip(&mut self, samples: &[i16], mut emit: impl FnMut(&[u16])) {
        self.rows(samples, &mut emit);
        self.context.finish(emit);
        self.reset();
    }

    /// Runs every stage on the frames that samples complete, and gives their rows, frame by frame.
    fn rows(&mut self, mut samples: &[i16], mut emit: impl FnMut(&[u16])) {
        while let Some(frame) = self.spectrogram.push(&mut samples) {
            self.filter.apply(frame, &mut self.output);
            self.context.push(&self.output, &mut emit);
        }
    }
}
