//! The back half as one: filterbank frames in, features out.

use alloc::sync::Arc;

use runeblocks_core::{BlockError, Digest};
use runeblocks_micro::{FrontEndHasher, Level, int};

use crate::args::{NoiseFilteringArgs, OutType};
use crate::kernel::{Kernel, Stages};
use crate::noise_reduction::{Coefficients, NoiseReduction};
use crate::pcan::Pcan;

/// Noise reduction, PCAN and logarithm over a stream of frames.
///
/// The noise estimate of each channel carries over from frame to frame. Clones share the tables, and have estimates of
/// their own.
///
/// ```
/// use runeblocks_noise_filtering::{NoiseFilter, NoiseFilteringArgs};
///
/// let mut filter = NoiseFilter::new(NoiseFilteringArgs::default(), 512, 2)?;
/// let mut features = [0; 2];
/// filter.apply(&[1000, 1000], &mut features);
/// assert_eq!(features, [628, 582]);
/// # Ok::<(), runeblocks_core::BlockError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NoiseFilter {
    tables: Arc<Tables>,
    noise_reduction: NoiseReduction,
}

/// What is the same from frame to frame.
#[derive(Debug)]
struct Tables {
    args: NoiseFilteringArgs,
    level: Level,
    stages: Stages,
    kernel: Kernel,
}

impl NoiseFilter {
    /// Makes the tables, for frames of `num_channels` channels from an FFT of `fft_size` points. It runs at the level
    /// that [`Level::choose`] gives.
    ///
    /// # Errors
    ///
    /// Where the `micro_frontend` has no meaning for the arguments; TensorFlow's own code computes garbage with these.
    /// Where the environment asks for a level that does not exist.
    pub fn new(args: NoiseFilteringArgs, fft_size: u32, num_channels: usize) -> Result<Self, BlockError> {
        Self::with_level(args, fft_size, num_channels, Level::choose()?)
    }

    /// As [`new`](Self::new), to run at `level`, or at the highest below it that has a form of its own.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and where this machine cannot run `level`.
    pub fn with_level(
        args: NoiseFilteringArgs,
        fft_size: u32,
        num_channels: usize,
        level: Level,
    ) -> Result<Self, BlockError> {
        level.check()?;
        args.check_for(fft_size, num_channels)?;
        let stages = Stages {
            noise_reduction: Coefficients::new(&args),
            pcan: args.enable_pcan.then(|| Pcan::new(&args, fft_size)),
            correction_bits: int::correction_bits(fft_size),
            scale_shift: args.enable_log.then_some(args.scale_shift),
        };
        let kernel = Kernel::new(&stages, level);
        let noise_reduction = NoiseReduction::new(stages.noise_reduction, num_channels);
        Ok(NoiseFilter { tables: Arc::new(Tables { args, level, stages, kernel }), noise_reduction })
    }

    /// Makes the features of a frame from its `signal`, one value a channel: the three stages in one.
    ///
    /// Where the slices are not of one length, or not of as many values as there are channels, what is beyond the
    /// fewest is left as it is.
    pub fn apply(&mut self, signal: &[u32], features: &mut [u16]) {
        let Tables { stages, kernel, .. } = &*self.tables;
        let estimate = self.noise_reduction.estimate_mut();
        let channels = estimate.len().min(signal.len()).min(features.len());
        kernel.apply(stages, &signal[..channels], &mut estimate[..channels], &mut features[..channels]);
    }

    /// The first stage by itself: takes the noise estimate off `signal`.
    ///
    /// Stage by stage, in the order of [`reduce`](Self::reduce), [`normalize`](Self::normalize) and
    /// [`scale`](Self::scale), a frame gives what [`apply`](Self::apply) gives, at the speed of [`Level::Plain`].
    pub fn reduce(&mut self, signal: &mut [u32]) {
        self.noise_reduction.apply(signal);
    }

    /// The second stage by itself: applies PCAN, where it is enabled.
    pub fn normalize(&self, signal: &mut [u32]) {
        if let Some(pcan) = self.pcan() {
            pcan.apply(signal, self.noise_reduction.estimate());
        }
    }

    /// The third stage by itself: takes the logarithm, where it is enabled, and cuts at 65,535.
    pub fn scale(&self, signal: &[u32], features: &mut [u16]) {
        for (&value, feature) in signal.iter().zip(features) {
            *feature = self.tables.stages.scale(value);
        }
    }

    /// Sets the noise estimates to 0.
    pub fn reset(&mut self) {
        self.noise_reduction.reset();
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &NoiseFilteringArgs {
        &self.tables.args
    }

    /// The level that it runs at.
    #[must_use]
    pub fn level(&self) -> Level {
        self.tables.level
    }

    /// Channels of a frame.
    #[must_use]
    pub fn num_channels(&self) -> usize {
        self.noise_reduction.estimate().len()
    }

    /// The noise reduction, its estimates among them: all that carries over.
    #[must_use]
    pub fn noise_reduction(&self) -> &NoiseReduction {
        &self.noise_reduction
    }

    /// PCAN's table, where it is enabled.
    #[must_use]
    pub fn pcan(&self) -> Option<&Pcan> {
        self.tables.stages.pcan.as_ref()
    }

    /// Goes on from noise estimates; `false` where their number is not that of the channels, and nothing changes.
    #[must_use]
    pub fn resume(&mut self, estimate: &[u32]) -> bool {
        self.noise_reduction.resume(estimate)
    }

    /// The digest of arguments and tables on top of `input`, that of the half before: see [`FrontEndHasher`].
    #[must_use]
    pub fn digest(&self, input: &Digest) -> Digest {
        let args = self.args();
        let gains = self.pcan().map_or(&[][..], |pcan| &pcan.gains()[..]);
        let hasher = FrontEndHasher::new("runeblocks.noise-filtering.v1")
            .bytes("input", &input.0)
            .unsigned("smoothing_bits", args.smoothing_bits.into())
            .float("even_smoothing", args.even_smoothing)
            .float("odd_smoothing", args.odd_smoothing)
            .float("min_signal_remaining", args.min_signal_remaining)
            .unsigned("enable_pcan", args.enable_pcan.into())
            .float("pcan_strength", args.pcan_strength)
            .float("pcan_offset", args.pcan_offset)
            .unsigned("gain_bits", args.gain_bits.into())
            .unsigned("enable_log", args.enable_log.into())
            .unsigned("scale_shift", args.scale_shift.into())
            .table("gains", gains)
            .text("out_type", args.out_type.name());
        if args.out_type == OutType::Float32 { hasher.float("scale", args.scale).finish() } else { hasher.finish() }
    }
}
