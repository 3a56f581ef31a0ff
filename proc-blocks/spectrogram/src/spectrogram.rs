//! Samples in, spectra out.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};
use runeblocks_core::{BlockError, Digest};
use runeblocks_micro::FrontEndHasher;

use crate::args::{Layout, Output, SpectrogramArgs};
use crate::samples::Sample;
use crate::window;

/// Window and FFT over a stream of samples.
///
/// [`push`](Self::push) takes samples as they come. However a stream is cut, the frames are those of the whole.
///
/// ```
/// use runeblocks_spectrogram::{Spectrogram, SpectrogramArgs};
///
/// let mut spectrogram = Spectrogram::new(SpectrogramArgs { hop_length: Some(160), ..Default::default() })?;
/// let samples = [0.5f32; 672];
/// let mut rest = &samples[..];
/// let mut frames = 0;
/// while let Some(frame) = spectrogram.push(&mut rest) {
///     assert_eq!(frame.len(), 257);
///     frames += 1;
/// }
/// assert_eq!((frames, rest.len()), (2, 0));
/// # Ok::<(), runeblocks_core::BlockError>(())
/// ```
#[derive(Clone)]
pub struct Spectrogram {
    args: SpectrogramArgs,
    layout: Layout,
    /// A coefficient for each sample of a frame, zero beside the window.
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,

    /// The samples that the next frame begins with.
    pending: Vec<f32>,

    /// `n_fft` samples; the FFT leaves anything in them.
    windowed: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    frame: Vec<f32>,
}

impl fmt::Debug for Spectrogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spectrogram").field("args", &self.args).field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl Spectrogram {
    /// Makes the window and plans the FFT.
    ///
    /// # Errors
    ///
    /// When an argument is out of bounds, or arguments contradict each other.
    pub fn new(args: SpectrogramArgs) -> Result<Self, BlockError> {
        let layout = args.layout()?;
        let mut window = vec![0.0; layout.frame];
        window[layout.start..layout.start + layout.win_length].copy_from_slice(&window::coefficients(
            args.window,
            layout.win_length,
            layout.period,
        ));
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(layout.n_fft);
        Ok(Spectrogram {
            pending: Vec::with_capacity(layout.frame),
            windowed: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            frame: vec![0.0; layout.n_fft / 2 + 1],
            args,
            layout,
            window,
            fft,
        })
    }

    /// Takes samples off the front of `samples` until a frame is full, and returns its spectrum: a value for each of
    /// [`bins`](Self::bins).
    ///
    /// `None` says that all samples are taken and the next frame is not full yet. Samples should be finite: one that
    /// is not spoils the frames that it is part of.
    pub fn push<S: Sample>(&mut self, samples: &mut &[S]) -> Option<&[f32]> {
        let (taken, rest) = samples.split_at(samples.len().min(self.layout.frame - self.pending.len()));
        self.pending.extend(taken.iter().map(|sample| sample.to_f32()));
        *samples = rest;
        if self.pending.len() < self.layout.frame {
            return None;
        }
        self.transform();
        self.pending.copy_within(self.layout.hop_length.., 0);
        self.pending.truncate(self.layout.frame - self.layout.hop_length);
        Some(&self.frame)
    }

    fn transform(&mut self) {
        let (windowed, zeros) = self.windowed.split_at_mut(self.layout.frame);
        for ((to, sample), coefficient) in windowed.iter_mut().zip(&self.pending).zip(&self.window) {
            *to = sample * coefficient;
        }
        zeros.fill(0.0);
        let transformed = self.fft.process_with_scratch(&mut self.windowed, &mut self.spectrum, &mut self.scratch);
        transformed.expect("the slices were made by the plan, with the lengths that it asks for");
        let bins = self.frame.iter_mut().zip(&self.spectrum);
        match self.args.output {
            Output::Power => bins.for_each(|(to, bin)| *to = bin.norm_sqr()),
            Output::Magnitude => bins.for_each(|(to, bin)| *to = bin.norm_sqr().sqrt()),
            Output::Db => {
                let zero = 10.0 * self.args.reference.max(self.args.amin).log10();
                bins.for_each(|(to, bin)| *to = 10.0 * bin.norm_sqr().max(self.args.amin).log10() - zero);
            }
        }
    }

    /// Forgets the samples of an unfinished frame.
    pub fn reset(&mut self) {
        self.pending.clear();
    }

    /// The samples that the next frame begins with, full scale −1 to 1: all that carries over, at most the frame less
    /// one.
    #[must_use]
    pub fn pending(&self) -> &[f32] {
        &self.pending
    }

    /// Goes on from samples that [`pending`](Self::pending) gave; `false` where they are too many for an unfinished
    /// frame, or not finite, and nothing changes.
    #[must_use]
    pub fn resume(&mut self, pending: &[f32]) -> bool {
        let fits = pending.len() < self.layout.frame && pending.iter().all(|sample| sample.is_finite());
        if fits {
            self.pending.clear();
            self.pending.extend_from_slice(pending);
        }
        fits
    }

    /// How many frames the next `samples` samples complete.
    #[must_use]
    pub fn frames_of(&self, samples: usize) -> usize {
        let beyond = (self.pending.len() + samples).checked_sub(self.frame_length());
        beyond.map_or(0, |beyond| beyond / self.hop_length() + 1)
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &SpectrogramArgs {
        &self.args
    }

    /// Samples of a frame.
    #[must_use]
    pub fn frame_length(&self) -> usize {
        self.layout.frame
    }

    /// Samples from the start of one frame to the start of the next.
    #[must_use]
    pub fn hop_length(&self) -> usize {
        self.layout.hop_length
    }

    /// Values of a spectrum: `n_fft`/2 + 1.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.frame.len()
    }

    /// The digest of the arguments, defaults resolved: see [`FrontEndHasher`]. The domain is
    /// `runeblocks.spectrogram.v1`, the fields are those below.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let Layout { n_fft, win_length, frame, start, period, hop_length } = self.layout;
        let hasher = FrontEndHasher::new("runeblocks.spectrogram.v1")
            .unsigned("sample_rate", self.args.sample_rate.into())
            .unsigned("n_fft", n_fft as u64)
            .unsigned("win_length", win_length as u64)
            .unsigned("hop_length", hop_length as u64)
            .unsigned("frame_length", frame as u64)
            .unsigned("window_start", start as u64)
            .unsigned("window_period", period as u64)
            .text("window", self.args.window.name())
            .text("output", self.args.output.name());
        match self.args.output {
            Output::Db => hasher.float("reference", self.args.reference).float("amin", self.args.amin).finish(),
            _ => hasher.finish(),
        }
    }
}
