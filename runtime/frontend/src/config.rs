//! The parameters of the op.

use alloc::format;

use runeblocks_core::BlockError;
use runeblocks_fft::FftArgs;
use runeblocks_micro::{Dialect, argument};
use runeblocks_noise_filtering::NoiseFilteringArgs;
use serde::{Deserialize, Serialize};

/// Most values of a row.
const MAX_ROW_LEN: u64 = 1 << 22;

/// The element type of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutType {
    /// Whole numbers; `out_scale` divides them as such.
    #[default]
    Uint16,
    /// Single precision.
    Float,
}

impl OutType {
    /// The op's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OutType::Uint16 => "uint16",
            OutType::Float => "float",
        }
    }
}

/// Every parameter of TensorFlow's `audio_microfrontend` op, by its names and with its defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Sample rate of the input in Hz.
    pub sample_rate: u32,
    /// Length of the window in ms.
    pub window_size: u32,
    /// From the begin of one window to the begin of the next, in ms.
    pub window_step: u32,
    /// Channels of the filterbank.
    pub num_channels: u32,
    /// Upper end of the highest channel in Hz.
    pub upper_band_limit: f32,
    /// Lower end of the lowest channel in Hz.
    pub lower_band_limit: f32,
    /// Fractional bits of the noise estimate.
    pub smoothing_bits: u32,
    /// How fast the noise estimate of even channels follows the signal, 0 to 1 a frame.
    pub even_smoothing: f32,
    /// The same of odd channels.
    pub odd_smoothing: f32,
    /// The least part of the signal that noise reduction leaves, 0 to 1.
    pub min_signal_remaining: f32,
    /// Whether per-channel amplitude normalisation is applied.
    pub enable_pcan: bool,
    /// The exponent of the gain.
    pub pcan_strength: f32,
    /// What is added to the noise estimate before the exponent.
    pub pcan_offset: f32,
    /// Fractional bits of the gain.
    pub gain_bits: u32,
    /// Whether the logarithm is applied.
    pub enable_log: bool,
    /// The logarithm is scaled by two to this power.
    pub scale_shift: u32,
    /// Frames before each frame that its row begins with.
    pub left_context: i32,
    /// Frames after each frame that its row ends with.
    pub right_context: i32,
    /// Every how many frames there is a row.
    pub frame_stride: i32,
    /// Whether context beyond the ends is zero; otherwise it repeats the first or last frame.
    pub zero_padding: bool,
    /// What features are divided by.
    pub out_scale: i32,
    /// The element type of the output.
    pub out_type: OutType,
}

impl Default for Config {
    fn default() -> Self {
        let front = FftArgs::default();
        let back = NoiseFilteringArgs::default();
        Config {
            sample_rate: front.sample_rate,
            window_size: front.window_size,
            window_step: front.window_step,
            num_channels: front.num_channels,
            upper_band_limit: front.upper_band_limit,
            lower_band_limit: front.lower_band_limit,
            smoothing_bits: back.smoothing_bits,
            even_smoothing: back.even_smoothing,
            odd_smoothing: back.odd_smoothing,
            min_signal_remaining: back.min_signal_remaining,
            enable_pcan: back.enable_pcan,
            pcan_strength: back.pcan_strength,
            pcan_offset: back.pcan_offset,
            gain_bits: back.gain_bits,
            enable_log: back.enable_log,
            scale_shift: back.scale_shift,
            left_context: 0,
            right_context: 0,
            frame_stride: 1,
            zero_padding: false,
            out_scale: 1,
            out_type: OutType::Uint16,
        }
    }
}

impl Config {
    /// The part that window, FFT and filterbank have.
    #[must_use]
    pub fn fft(&self, dialect: Dialect) -> FftArgs {
        FftArgs {
            sample_rate: self.sample_rate,
            window_size: self.window_size,
            window_step: self.window_step,
            num_channels: self.num_channels,
            upper_band_limit: self.upper_band_limit,
            lower_band_limit: self.lower_band_limit,
            dialect,
        }
    }

    /// The part that noise reduction, PCAN and logarithm have.
    #[must_use]
    pub fn noise_filtering(&self) -> NoiseFilteringArgs {
        NoiseFilteringArgs {
            smoothing_bits: self.smoothing_bits,
            even_smoothing: self.even_smoothing,
            odd_smoothing: self.odd_smoothing,
            min_signal_remaining: self.min_signal_remaining,
            enable_pcan: self.enable_pcan,
            pcan_strength: self.pcan_strength,
            pcan_offset: self.pcan_offset,
            gain_bits: self.gain_bits,
            enable_log: self.enable_log,
            scale_shift: self.scale_shift,
            ..NoiseFilteringArgs::default()
        }
    }

    /// Checks what the op adds to the two halves.
    pub(crate) fn check_rows(&self) -> Result<(), BlockError> {
        let contexts = [("left_context", self.left_context), ("right_context", self.right_context)];
        for (name, found) in contexts {
            if found < 0 {
                return Err(argument(name, format!("{found} frames"), "0 or more", "0 takes no context"));
            }
        }
        let frames = contexts.iter().map(|&(_, frames)| u64::from(frames.unsigned_abs())).sum::<u64>() + 1;
        let values = frames * u64::from(self.num_channels);
        if values > MAX_ROW_LEN {
            let (longest, _) = if self.left_context > self.right_context { contexts[0] } else { contexts[1] };
            let found = format!("part of a row of {frames} frames with {values} values");
            return Err(argument(
                longest,
                found,
                format!("a row of at most {MAX_ROW_LEN} values"),
                "take less context",
            ));
        }
        if self.frame_stride < 1 {
            return Err(argument("frame_stride", self.frame_stride, "1 or more", "1 keeps every frame"));
        }
        if self.out_scale < 1 {
            return Err(argument("out_scale", self.out_scale, "1 or more", "features are divided by it; 1 keeps them"));
        }
        Ok(())
    }
}
