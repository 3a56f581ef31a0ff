//! The parameters of the op as options.

use clap::{ArgAction, Args, ValueEnum};
use runeblocks_frontend::{Config, Dialect, OutType};

/// The reference that the front end agrees with.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum DialectName {
    /// TensorFlow's op `audio_microfrontend`
    #[default]
    Tf,
    /// TensorFlow Lite Micro, pymicro-features, ESPHome, microWakeWord
    Tflm,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Tf => Dialect::Tf,
            DialectName::Tflm => Dialect::Tflm,
        }
    }
}

/// The element type of the output.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum OutTypeName {
    /// Whole numbers
    #[default]
    Uint16,
    /// Single precision
    Float,
}

impl From<OutTypeName> for OutType {
    fn from(name: OutTypeName) -> Self {
        match name {
            OutTypeName::Uint16 => OutType::Uint16,
            OutTypeName::Float => OutType::Float,
        }
    }
}

/// Every parameter of the op, with its name and default.
#[derive(Debug, Args)]
pub struct FrontEndOptions {
    /// The reference to agree with, bit for bit: tf (TensorFlow's op) or tflm (TensorFlow Lite Micro)
    #[arg(long, help_heading = WINDOW, value_enum, default_value_t, hide_possible_values = true)]
    pub dialect: DialectName,
    /// Sample rate of the clips
    #[arg(long, help_heading = WINDOW, value_name = "HZ", default_value_t = op().sample_rate)]
    sample_rate: u32,
    /// Length of a window
    #[arg(long, help_heading = WINDOW, value_name = "MS", default_value_t = op().window_size)]
    window_size: u32,
    /// From the start of one window to the start of the next
    #[arg(long, help_heading = WINDOW, value_name = "MS", default_value_t = op().window_step)]
    window_step: u32,
    /// Channels of the filterbank
    #[arg(long, help_heading = WINDOW, value_name = "N", default_value_t = op().num_channels)]
    num_channels: u32,
    /// Upper end of the highest channel
    #[arg(long, help_heading = WINDOW, value_name = "HZ", default_value_t = op().upper_band_limit)]
    upper_band_limit: f32,
    /// Lower end of the lowest channel
    #[arg(long, help_heading = WINDOW, value_name = "HZ", default_value_t = op().lower_band_limit)]
    lower_band_limit: f32,

    /// Fractional bits of the noise estimate
    #[arg(long, help_heading = NOISE, value_name = "N", default_value_t = op().smoothing_bits)]
    smoothing_bits: u32,
    /// How fast the noise estimate of even channels follows the signal, 0 to 1 a frame
    #[arg(long, help_heading = NOISE, value_name = "X", default_value_t = op().even_smoothing)]
    even_smoothing: f32,
    /// The same of odd channels
    #[arg(long, help_heading = NOISE, value_name = "X", default_value_t = op().odd_smoothing)]
    odd_smoothing: f32,
    /// The least part of the signal that noise reduction leaves, 0 to 1
    #[arg(long, help_heading = NOISE, value_name = "X", default_value_t = op().min_signal_remaining)]
    min_signal_remaining: f32,
    /// Whether per-channel amplitude normalisation is applied
    #[arg(long, help_heading = NOISE, value_name = "BOOL", hide_possible_values = true, action = ArgAction::Set, num_args = 0..=1,
        default_value_t = op().enable_pcan, default_missing_value = "true")]
    enable_pcan: bool,
    /// Exponent of its gain
    #[arg(long, help_heading = NOISE, value_name = "X", default_value_t = op().pcan_strength)]
    pcan_strength: f32,
    /// What is added to the noise estimate before the exponent
    #[arg(long, help_heading = NOISE, value_name = "X", default_value_t = op().pcan_offset)]
    pcan_offset: f32,
    /// Fractional bits of its gain
    #[arg(long, help_heading = NOISE, value_name = "N", default_value_t = op().gain_bits)]
    gain_bits: u32,
    /// Whether the logarithm is applied
    #[arg(long, help_heading = NOISE, value_name = "BOOL", hide_possible_values = true, action = ArgAction::Set, num_args = 0..=1,
        default_value_t = op().enable_log, default_missing_value = "true")]
    enable_log: bool,
    /// The logarithm is scaled by two to this power
    #[arg(long, help_heading = NOISE, value_name = "N", default_value_t = op().scale_shift)]
    scale_shift: u32,

    /// Frames before each frame that its row begins with
    #[arg(long, help_heading = ROWS, value_name = "N", default_value_t = op().left_context)]
    left_context: i32,
    /// Frames after each frame that its row ends with
    #[arg(long, help_heading = ROWS, value_name = "N", default_value_t = op().right_context)]
    right_context: i32,
    /// Every how many frames there is a row
    #[arg(long, help_heading = ROWS, value_name = "N", default_value_t = op().frame_stride)]
    frame_stride: i32,
    /// Whether context beyond the ends is zero; else the first or last frame is repeated
    #[arg(long, help_heading = ROWS, value_name = "BOOL", hide_possible_values = true, action = ArgAction::Set, num_args = 0..=1,
        default_value_t = op().zero_padding, default_missing_value = "true")]
    zero_padding: bool,
    /// What features are divided by
    #[arg(long, help_heading = ROWS, value_name = "N", default_value_t = op().out_scale)]
    out_scale: i32,
    /// Element type of the features: uint16 or float
    #[arg(long, help_heading = ROWS, value_enum, default_value_t, hide_possible_values = true)]
    out_type: OutTypeName,
}

const WINDOW: &str = "Window, FFT and filterbank";
const NOISE: &str = "Noise reduction, PCAN and logarithm";
const ROWS: &str = "Rows of the output";

/// The op's own defaults.
fn op() -> Config {
    Config::default()
}

impl FrontEndOptions {
    /// The configuration.
    pub fn config(&self) -> Config {
        Config {
            sample_rate: self.sample_rate,
            window_size: self.window_size,
            window_step: self.window_step,
            num_channels: self.num_channels,
            upper_band_limit: self.upper_band_limit,
            lower_band_limit: self.lower_band_limit,
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
            left_context: self.left_context,
            right_context: self.right_context,
            frame_stride: self.frame_stride,
            zero_padding: self.zero_padding,
            out_scale: self.out_scale,
            out_type: self.out_type.into(),
        }
    }
}
