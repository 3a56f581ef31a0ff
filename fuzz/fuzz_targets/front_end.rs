//! Any configuration of the front end is an error or gives the frames it should, cut anywhere and at every level.

#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use runeblocks_frontend::{Config, Dialect, Feature, Features, Level, MicroFrontend, OutType};

#[derive(Arbitrary, Debug)]
struct Input {
    sample_rate: u32,
    window_size: u16,
    window_step: u16,
    num_channels: u8,
    band: (f32, f32),
    smoothing_bits: u8,
    smoothing: (f32, f32, f32),
    pcan: (bool, f32, f32, u8),
    log: (bool, u8),
    context: (i8, i8, u8, bool),
    out: (i16, bool),
    tflm: bool,
    cut: u16,
    samples: Vec<i16>,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let config = Config {
        sample_rate: input.sample_rate,
        window_size: input.window_size.into(),
        window_step: input.window_step.into(),
        num_channels: input.num_channels.into(),
        lower_band_limit: input.band.0,
        upper_band_limit: input.band.1,
        smoothing_bits: input.smoothing_bits.into(),
        even_smoothing: input.smoothing.0,
        odd_smoothing: input.smoothing.1,
        min_signal_remaining: input.smoothing.2,
        enable_pcan: input.pcan.0,
        pcan_strength: input.pcan.1,
        pcan_offset: input.pcan.2,
        gain_bits: input.pcan.3.into(),
        enable_log: input.log.0,
        scale_shift: input.log.1.into(),
        left_context: input.context.0.into(),
        right_context: input.context.1.into(),
        frame_stride: input.context.2.into(),
        zero_padding: input.context.3,
        out_scale: input.out.0.into(),
        out_type: if input.out.1 { OutType::Float } else { OutType::Uint16 },
    };
    let dialect = if input.tflm { Dialect::Tflm } else { Dialect::Tf };
    let Ok(mut plain) = MicroFrontend::with_level(&config, dialect, Level::Plain) else {
        for level in Level::available() {
            assert!(MicroFrontend::with_level(&config, dialect, level).is_err(), "{level} takes what plain refuses");
        }
        return;
    };
    let expected = bits(&plain.process_clip(&input.samples));
    let (first, second) = input.samples.split_at(usize::from(input.cut).min(input.samples.len()));
    for level in Level::available() {
        let mut front_end = MicroFrontend::with_level(&config, dialect, level).unwrap();
        let pieces = [front_end.push(first), front_end.push(second), front_end.finish()];
        assert_eq!(pieces.iter().flat_map(bits).collect::<Vec<_>>(), expected, "pieces at {level}");
        let clip = match config.out_type {
            OutType::Uint16 => Features::Uint16(filled(&mut front_end, &input.samples, expected.len())),
            OutType::Float => Features::Float(filled(&mut front_end, &input.samples, expected.len())),
        };
        assert_eq!(bits(&clip), expected, "clip at {level}");
    }
});

fn filled<T: Feature + Default>(front_end: &mut MicroFrontend, samples: &[i16], values: usize) -> Vec<T> {
    let mut rows = vec![T::default(); values];
    front_end.process_clip_into(samples, &mut rows).unwrap();
    rows
}

fn bits(features: &Features) -> Vec<u32> {
    match features {
        Features::Uint16(values) => values.iter().map(|value| u32::from(*value)).collect(),
        Features::Float(values) => values.iter().map(|value| value.to_bits()).collect(),
    }
}
