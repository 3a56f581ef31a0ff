//! Random configurations.

use runeblocks_frontend::{Config, OutType};

use crate::random::Random;

/// A configuration without context: valid more often than not, and otherwise just beside it.
pub fn config(random: &mut Random) -> Config {
    let front = random.args();
    Config {
        sample_rate: front.sample_rate,
        window_size: front.window_size,
        window_step: front.window_step,
        num_channels: front.num_channels,
        upper_band_limit: front.upper_band_limit,
        lower_band_limit: front.lower_band_limit,
        smoothing_bits: if random.once_in(2) { 10 } else { random.range(0, 31) },
        even_smoothing: if random.once_in(8) { random.pick(&[0.0, 1.0]) } else { random.unit() * random.unit() },
        odd_smoothing: if random.once_in(8) { random.pick(&[0.0, 1.0]) } else { random.unit() * random.unit() },
        min_signal_remaining: if random.once_in(8) { random.pick(&[0.0, 1.0]) } else { random.unit() * random.unit() },
        enable_pcan: !random.once_in(4),
        pcan_strength: if random.once_in(10) { random.pick(&[0.0, 1.0, 2.0, -0.5]) } else { 1.5 * random.unit() },
        pcan_offset: if random.once_in(10) { random.pick(&[0.0, 1.0, 1e6]) } else { 200.0 * random.unit() },
        gain_bits: if random.once_in(2) { 21 } else { random.range(8, 30) },
        enable_log: !random.once_in(4),
        scale_shift: if random.once_in(2) { 6 } else { random.range(0, 11) },
        ..Config::default()
    }
}

/// The same with context, stride, scale and type.
pub fn config_of_rows(random: &mut Random) -> Config {
    Config {
        left_context: random.range(0, 4) as i32,
        right_context: random.range(0, 4) as i32,
        frame_stride: random.range(1, 4) as i32,
        zero_padding: random.once_in(2),
        out_scale: random.pick(&[1, 1, 2, 3, 7, 25, 1000, 70_000]),
        out_type: random.pick(&[OutType::Uint16, OutType::Float]),
        ..config(random)
    }
}
