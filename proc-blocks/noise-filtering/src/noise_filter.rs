//! The back half as one: filterbank frames in, features out.

use runeblocks_core::{BlockError, Digest};
use runeblocks_micro::{FrontEndHasher, int};

use crate::args::{NoiseFilteringArgs, OutType};
use crate::log;
use crate::noise_reduction::NoiseReduction;
use crate::pcan::Pcan;

/// Noise reduction, PCAN and logarithm over a stream of frames.
///
/// The noise estimate of each channel carries over from frame to frame.
///
/// ```
/// use runeblocks_noise_filtering::{NoiseFilter, NoiseFilteringArgs};
///
/// let mut filter = NoiseFilter::new(NoiseFilteringArgs::default(), 512, 2)?;
/// let mut features = [0; 2];
/// filter.apply(&mut [1000, 1000], &mut features);
/// assert_eq!(features, [628, 582]);
/// # Ok::<(), runeblocks_core::BlockError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NoiseFilter {
    args: NoiseFilteringArgs,
    correction_bits: i32,
    noise_reduction: NoiseReduction,
    pcan: Option<Pcan>,
}

impl NoiseFilter {
    /// Makes the tables, for frames of `num_channels` channels from an FFT of `fft_size` points.
    ///
    /// # Errors
    ///
    /// Where the `micro_frontend` has no meaning for the arguments; TensorFlow's own code computes garbage with these.
    pub fn new(args: NoiseFilteringArgs, fft_size: u32, num_channels: usize) -> Result<Self, BlockError> {
        args.check_for(fft_size, num_channels)?;
        Ok(NoiseFilter {
            correction_bits: int::correction_bits(fft_size),
            noise_reduction: NoiseReduction::new(&args, num_channels),
            pcan: args.enable_pcan.then(|| Pcan::new(&args, fft_size)),
            args,
        })
    }

    /// Filters one frame, `signal`, in place, and writes its features.
    ///
    /// Both have as many values as there are channels; what is beyond is left alone.
    pub fn apply(&mut self, signal: &mut [u32], features: &mut [u16]) {
        self.reduce(signal);
        self.normalize(signal);
        self.scale(signal, features);
    }

    /// The first stage by itself: takes the noise estimate off `signal`.
    pub fn reduce(&mut self, signal: &mut [u32]) {
        self.noise_reduction.apply(signal);
    }

    /// The second stage by itself: applies PCAN, where it is enabled.
    pub fn normalize(&self, signal: &mut [u32]) {
        if let Some(pcan) = &self.pcan {
            pcan.apply(signal, self.noise_reduction.estimate());
        }
    }

    /// The third stage by itself: takes the logarithm, where it is enabled, and cuts at 65,535.
    pub fn scale(&self, signal: &[u32], features: &mut [u16]) {
        for (&value, feature) in signal.iter().zip(features) {
            let value = if self.args.enable_log {
                log::log(log::correct(value, self.correction_bits), self.args.scale_shift)
            } else {
                value
            };
            *feature = value.min(u32::from(u16::MAX)) as u16;
        }
    }

    /// Sets the noise estimates to 0.
    pub fn reset(&mut self) {
        self.noise_reduction.reset();
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &NoiseFilteringArgs {
        &self.args
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
        self.pcan.as_ref()
    }

    /// Goes on from noise estimates; `false` where their number is not that of the channels, and nothing changes.
    #[must_use]
    pub fn resume(&mut self, estimate: &[u32]) -> bool {
        self.noise_reduction.resume(estimate)
    }

    /// The digest of arguments and tables on top of `input`, that of the half before: see [`FrontEndHasher`].
    #[must_use]
    pub fn digest(&self, input: &Digest) -> Digest {
        let args = &self.args;
        let gains = self.pcan.as_ref().map_or(&[][..], |pcan| &pcan.gains()[..]);
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
