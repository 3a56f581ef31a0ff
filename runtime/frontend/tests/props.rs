//! Properties of the front end over random configurations and samples, and its agreement with the two blocks.

use proptest::prelude::*;
use runeblocks_core::{Facts, Tensor, TensorView};
use runeblocks_frontend::{Config, Dialect, Features, MicroFrontend, OutType};
use serde_json::json;

/// Configurations with a meaning, with context, stride and scale of every kind.
fn configs() -> impl Strategy<Value = Config> {
    let rows = (0..5i32, 0..5i32, 1..5i32, any::<bool>(), 1..50i32, any::<bool>());
    (3..40u32, 1..=100u32, 1..20u32, rows).prop_map(
        |(window_size, step_percent, num_channels, (left, right, stride, zero_padding, out_scale, float))| Config {
            sample_rate: 8000,
            window_size,
            window_step: (window_size * step_percent / 100).max(1),
            num_channels,
            upper_band_limit: 3800.0,
            left_context: left,
            right_context: right,
            frame_stride: stride,
            zero_padding,
            out_scale,
            out_type: if float { OutType::Float } else { OutType::Uint16 },
            ..Config::default()
        },
    )
}

fn dialects() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Tf), Just(Dialect::Tflm)]
}

fn samples() -> impl Strategy<Value = Vec<i16>> {
    proptest::collection::vec(prop_oneof![any::<i16>(), Just(i16::MIN), Just(i16::MAX)], 0..3000)
}

/// Any type of output as floats, which hold 16 bits exactly.
fn floats(features: Features) -> Vec<f32> {
    match features {
        Features::Uint16(values) => values.into_iter().map(f32::from).collect(),
        Features::Float(values) => values,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_cut_stream_is_the_clip(config in configs(), dialect in dialects(), samples in samples(), size in 1..700usize) {
        let mut frontend = MicroFrontend::new(&config, dialect).unwrap();
        let expected = floats(frontend.process_clip(&samples));
        prop_assert_eq!(expected.len(), frontend.rows_of(samples.len()) * frontend.row_len());
        for size in [size, 1] {
            let mut found: Vec<f32> = samples.chunks(size).flat_map(|chunk| floats(frontend.push(chunk))).collect();
            found.extend(floats(frontend.finish()));
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn reset_is_a_fresh_front_end(config in configs(), dialect in dialects(), before in samples(), samples in samples()) {
        let mut frontend = MicroFrontend::new(&config, dialect).unwrap();
        let expected = floats(frontend.process_clip(&samples));
        frontend.push(&before);
        frontend.reset();
        let mut found = floats(frontend.push(&samples));
        found.extend(floats(frontend.finish()));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_blocks_give_the_same(config in configs(), dialect in dialects(), samples in samples()) {
        let config = Config { left_context: 0, right_context: 0, frame_stride: 1, out_scale: 1, ..config };
        let mut frontend = MicroFrontend::new(&config, dialect).unwrap();
        prop_assume!(frontend.rows_of(samples.len()) > 0);
        let expected = floats(frontend.process_clip(&samples));

        let args = serde_json::to_value(config.fft(dialect)).unwrap();
        let mut fft = runeblocks_fft::DESCRIPTOR.create(&args).unwrap();
        let mut noise_filtering = runeblocks_noise_filtering::DESCRIPTOR.create(&json!({})).unwrap();
        let spectrogram = fft.infer(&[Facts::of::<i16>([samples.len()])]).unwrap();
        let features = noise_filtering.infer(&spectrogram).unwrap();
        prop_assert_eq!(features[0].front_end, Some(frontend.digest()));

        let (mut between, mut out) = ([spectrogram[0].buffer()], [features[0].buffer()]);
        fft.process(&[Tensor::from(samples).view()], &mut between).unwrap();
        noise_filtering.process(&[between[0].view()], &mut out).unwrap();
        let TensorView::U16(found) = out[0].view() else { panic!("features are u16") };
        prop_assert_eq!(found.iter().map(|&value| f32::from(value)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_configuration_is_taken_or_refused(config in configs(), left in any::<i32>(), right in any::<i32>(), stride in any::<i32>(), scale in any::<i32>()) {
        let config = Config { left_context: left, right_context: right, frame_stride: stride, out_scale: scale, ..config };
        if let Ok(mut frontend) = MicroFrontend::new(&config, Dialect::Tf) {
            frontend.process_clip(&[100; 400]);
        }
    }
}

#[test]
fn messages() {
    let of = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        let error = MicroFrontend::new(&config, Dialect::Tf).unwrap_err();
        runeblocks_core::BlockErrors::from(error).to_string()
    };
    let found = [
        of(|config| config.left_context = -1),
        of(|config| config.right_context = -2),
        of(|config| config.right_context = i32::MAX),
        of(|config| config.frame_stride = 0),
        of(|config| config.out_scale = 0),
        of(|config| config.window_step = 26),
        of(|config| config.scale_shift = 12),
    ];
    let expected = [
        "the argument `left_context` is -1 frames: expected 0 or more (0 takes no context)",
        "the argument `right_context` is -2 frames: expected 0 or more (0 takes no context)",
        "the argument `right_context` is part of a row of 2147483648 frames with 68719476736 values: expected a row of at most 4194304 values (take less context)",
        "the argument `frame_stride` is 0: expected 1 or more (1 keeps every frame)",
        "the argument `out_scale` is 0: expected 1 or more (features are divided by it; 1 keeps them)",
        "the argument `window_step` is 26 ms, 416 samples: expected at most the window, 400 samples (shorten the step, or lengthen window_size)",
        "the argument `scale_shift` is 12: expected 0 to 11 (above, the scaled logarithm does not fit 32 bits)",
    ];
    assert_eq!(found, expected);
}
