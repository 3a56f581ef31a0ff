//! The parameters of the op, checked as those of the two blocks are.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use runeblocks_core::{Args, BlockError, BlockErrors, Notation, args, choice, parse_args};
use runeblocks_fft::FftArgs;
use runeblocks_frontend::{Config, Dialect};
use runeblocks_noise_filtering::NoiseFilteringArgs;
use serde_json::{Map, Value};

use crate::{error, value};

choice! {
    /// The element type of the output.
    pub(crate) enum OutType {
        /// Whole numbers.
        Uint16 = "uint16",
        /// Single precision.
        Float = "float32",
    }
}

args! {
    /// What the op adds to the two blocks.
    pub(crate) struct RowArgs {
        /// Frames before each frame that its row begins with.
        left_context: i32 = 0;
        /// Frames after each frame that its row ends with.
        right_context: i32 = 0;
        /// Every how many frames there is a row.
        frame_stride: i32 = 1;
        /// Whether context beyond the ends is zero; otherwise it repeats the first or last frame.
        zero_padding: bool = false;
        /// What features are divided by.
        out_scale: i32 = 1;
        /// The element type of the output.
        out_type: OutType = OutType::Uint16;
    }
}

/// The configuration of a front end, by the names of the op, and `dialect`.
pub(crate) fn config(args: &Bound<'_, PyDict>) -> PyResult<(Config, Dialect)> {
    let args = value::arguments(NAME, args)?;
    parse(args).map_err(|errors| error::exception(NAME, errors))
}

/// The op's name, in errors.
pub(crate) const NAME: &str = "micro_frontend";

fn parse(mut args: Map<String, Value>) -> Result<(Config, Dialect), BlockErrors> {
    let rows = take::<RowArgs>(&mut args, &[])?;
    let front = take::<FftArgs>(&mut args, &[])?;
    let back = take::<NoiseFilteringArgs>(&mut args, &["out_type", "scale"])?;
    if let Some(name) = args.keys().next() {
        let help = "expected the parameters of the op, and dialect".to_owned();
        return Err(BlockError::UnknownArgument { name: name.clone(), help }.into());
    }
    let config = Config {
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
        left_context: rows.left_context,
        right_context: rows.right_context,
        frame_stride: rows.frame_stride,
        zero_padding: rows.zero_padding,
        out_scale: rows.out_scale,
        out_type: match rows.out_type {
            OutType::Uint16 => runeblocks_frontend::OutType::Uint16,
            OutType::Float => runeblocks_frontend::OutType::Float,
        },
    };
    Ok((config, front.dialect))
}

/// Takes the arguments that `A` declares out of `args`, but for some.
fn take<A: Args>(args: &mut Map<String, Value>, others: &[&str]) -> Result<A, BlockErrors> {
    let mut own = Map::new();
    for spec in A::SPECS.iter().filter(|spec| !others.contains(&spec.name)) {
        own.extend(args.remove_entry(spec.name));
    }
    parse_args(&own, Notation::Typed)
}
