//! The op.

use alloc::vec;
use alloc::vec::Vec;

use runeblocks_core::{BlockError, Digest};
use runeblocks_fft::Spectrogram;
use runeblocks_fft::fixed_fft::Complex16;
use runeblocks_micro::Dialect;
use runeblocks_noise_filtering::NoiseFilter;

use crate::config::{Config, OutType};
use crate::context::Context;

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

    /// Appends one value.
    fn push(&mut self, value: u16, out_scale: i32) {
        match self {
            Features::Uint16(values) => values.push((i32::from(value) / out_scale) as u16),
            Features::Float(values) => values.push(f32::from(value) / out_scale as f32),
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

/// The front end: samples in, rows of features out.
#[derive(Clone, Debug)]
pub struct MicroFrontend {
    out_scale: i32,
    out_type: OutType,
    spectrogram: Spectrogram,
    filter: NoiseFilter,
    context: Context,
    filterbank: Vec<u32>,
    noise: Vec<u32>,
    pcan: Vec<u32>,
    output: Vec<u16>,
}

impl MicroFrontend {
    /// Makes the tables.
    ///
    /// # Errors
    ///
    /// Where the op has no meaning for the configuration.
    pub fn new(config: &Config, dialect: Dialect) -> Result<Self, BlockError> {
        let spectrogram = Spectrogram::new(config.fft(dialect))?;
        let channels = spectrogram.num_channels();
        let filter = NoiseFilter::new(config.noise_filtering(), spectrogram.fft_size(), channels)?;
        config.check_rows()?;
        Ok(MicroFrontend {
            out_scale: config.out_scale,
            out_type: config.out_type,
            spectrogram,
            filter,
            context: Context::new(config),
            filterbank: vec![0; channels],
            noise: vec![0; channels],
            pcan: vec![0; channels],
            output: vec![0; channels],
        })
    }

    /// Takes samples as they come and gives the rows that they complete.
    pub fn push(&mut self, samples: &[i16]) -> Features {
        let mut features = Features::with_capacity(self.out_type, 0);
        self.push_into(samples, &mut features);
        features
    }

    /// Ends a clip: gives the rows that wait for frames to their right, and begins anew.
    pub fn finish(&mut self) -> Features {
        let mut features = Features::with_capacity(self.out_type, 0);
        let out_scale = self.out_scale;
        self.context.finish(|value| features.push(value, out_scale));
        self.reset();
        features
    }

    /// The rows of a whole clip, from the initial state to the initial state: what the op gives.
    pub fn process_clip(&mut self, samples: &[i16]) -> Features {
        self.reset();
        let mut features = Features::with_capacity(self.out_type, self.rows_of(samples.len()) * self.row_len());
        self.push_into(samples, &mut features);
        let out_scale = self.out_scale;
        self.context.finish(|value| features.push(value, out_scale));
        self.reset();
        features
    }

    /// Takes samples as they come, without context and stride, and shows what every stage made of each frame that they
    /// complete.
    pub fn for_each_frame(&mut self, mut samples: &[i16], mut visit: impl FnMut(Taps<'_>)) {
        while self.step(&mut samples) {
            visit(Taps {
                window: self.spectrogram.windowed(),
                shift: self.spectrogram.shift(),
                fft: self.spectrogram.spectrum(),
                energy: self.spectrogram.energy(),
                sums: self.spectrogram.sums(),
                filterbank: &self.filterbank,
                noise: &self.noise,
                estimate: self.filter.noise_reduction().estimate(),
                pcan: &self.pcan,
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

    fn push_into(&mut self, mut samples: &[i16], features: &mut Features) {
        let out_scale = self.out_scale;
        while self.step(&mut samples) {
            self.context.push(&self.output, |value| features.push(value, out_scale));
        }
    }

    /// Runs every stage on the next frame; `false` where samples do not suffice for one.
    fn step(&mut self, samples: &mut &[i16]) -> bool {
        let Some(frame) = self.spectrogram.push(samples) else { return false };
        self.filterbank.copy_from_slice(frame);
        self.noise.copy_from_slice(frame);
        self.filter.reduce(&mut self.noise);
        self.pcan.copy_from_slice(&self.noise);
        self.filter.normalize(&mut self.pcan);
        self.filter.scale(&self.pcan, &mut self.output);
        true
    }
}
