//! Properties of the block over random arguments and samples.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use proptest::prelude::*;
use runeblocks_core::{Axis, Buffer, DynBlock, ElementType, Facts, Tensor, TensorView};
use runeblocks_fft::{DESCRIPTOR, FftArgs, Spectrogram};
use runeblocks_micro::Dialect;

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Tf), Just(Dialect::Tflm)]
}

/// Any arguments at all, most of them without meaning.
fn any_args() -> impl Strategy<Value = FftArgs> {
    let rate = prop_oneof![any::<u32>(), 0..100_000u32];
    let ms = || prop_oneof![any::<u32>(), 0..100u32];
    let band = || prop_oneof![any::<f32>(), 0f32..50_000.0];
    (rate, ms(), ms(), prop_oneof![any::<u32>(), 0..200u32], band(), band(), dialect()).prop_map(
        |(sample_rate, window_size, window_step, num_channels, lower_band_limit, upper_band_limit, dialect)| FftArgs {
            sample_rate,
            window_size,
            window_step,
            num_channels,
            lower_band_limit,
            upper_band_limit,
            dialect,
        },
    )
}

/// Arguments with a meaning, and windows of up to 480 samples.
fn args() -> impl Strategy<Value = FftArgs> {
    (3..60u32, 1..=100u32, 1..50u32, 0f32..0.4, 0.05f32..0.55, dialect()).prop_map(
        |(window_size, step_percent, num_channels, lower, width, dialect)| FftArgs {
            sample_rate: 8000,
            window_size,
            window_step: (window_size * step_percent / 100).max(1),
            num_channels,
            lower_band_limit: 4000.0 * lower,
            upper_band_limit: 4000.0 * (lower + width),
            dialect,
        },
    )
}

fn samples() -> impl Strategy<Value = Vec<i16>> {
    let sample = prop_oneof![any::<i16>(), Just(i16::MIN), Just(i16::MAX), Just(0)];
    proptest::collection::vec(sample, 0..3000)
}

fn block(args: &FftArgs, facts: &Facts) -> (Box<dyn DynBlock>, Buffer) {
    let mut block = DESCRIPTOR.create(&serde_json::to_value(args).unwrap()).unwrap();
    let buffer = block.infer(std::slice::from_ref(facts)).unwrap()[0].buffer();
    (block, buffer)
}

fn stream() -> Facts {
    Facts::new(ElementType::I16, [Axis::Stream])
}

/// The frames of one call.
fn frames(block: &mut dyn DynBlock, buffer: &mut Buffer, samples: &[i16]) -> Vec<u32> {
    block.process(&[Tensor::from(samples.to_vec()).view()], std::slice::from_mut(buffer)).unwrap();
    let TensorView::U32(frames) = buffer.view() else { panic!("frames are u32") };
    frames.iter().copied().collect()
}

proptest! {
    #[test]
    fn any_arguments_are_taken_or_refused(args in any_args(), samples in samples()) {
        if let Ok(mut spectrogram) = Spectrogram::new(args) {
            let mut rest = &samples[..];
            while spectrogram.push(&mut rest).is_some() {}
            prop_assert!(rest.is_empty());
        }
    }

    #[test]
    fn a_cut_stream_is_the_clip(args in args(), samples in samples(), cuts in proptest::collection::vec(1..700usize, 1..6)) {
        let (mut whole, mut buffer) = block(&args, &stream());
        let expected = frames(&mut *whole, &mut buffer, &samples);
        let (mut cut, mut buffer) = block(&args, &stream());
        let (mut found, mut rest) = (Vec::new(), &samples[..]);
        for size in cuts.iter().cycle() {
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            found.extend(frames(&mut *cut, &mut buffer, chunk));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn one_sample_at_a_time_is_the_clip(args in args(), samples in samples()) {
        let (mut whole, mut buffer) = block(&args, &stream());
        let expected = frames(&mut *whole, &mut buffer, &samples);
        let (mut cut, mut buffer) = block(&args, &stream());
        let found: Vec<u32> = samples.iter().flat_map(|&sample| frames(&mut *cut, &mut buffer, &[sample])).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn reset_is_a_fresh_block(args in args(), before in samples(), samples in samples()) {
        let (mut fresh, mut buffer) = block(&args, &stream());
        let expected = frames(&mut *fresh, &mut buffer, &samples);
        let (mut used, mut buffer) = block(&args, &stream());
        frames(&mut *used, &mut buffer, &before);
        used.reset();
        prop_assert_eq!(frames(&mut *used, &mut buffer, &samples), expected);
    }

    #[test]
    fn a_saved_stream_goes_on(args in args(), before in samples(), after in samples()) {
        let (mut first, mut buffer) = block(&args, &stream());
        frames(&mut *first, &mut buffer, &before);
        let state = first.save();
        let expected = frames(&mut *first, &mut buffer, &after);
        let (mut second, mut buffer) = block(&args, &stream());
        second.restore(&state).unwrap();
        prop_assert_eq!(frames(&mut *second, &mut buffer, &after), expected);
    }

    #[test]
    fn a_clip_has_the_frames_that_were_inferred(args in args(), samples in samples()) {
        let mut block = DESCRIPTOR.create(&serde_json::to_value(&args).unwrap()).unwrap();
        let size = args.window_size as usize * 8;
        match block.infer(&[Facts::of::<i16>([samples.len()])]) {
            Ok(facts) => {
                let mut buffer = [facts[0].buffer()];
                block.process(&[Tensor::from(samples).view()], &mut buffer).unwrap();
                prop_assert_eq!(facts[0].shape.fixed(), Some(buffer[0].view().shape().to_vec()));
            }
            Err(_) => prop_assert!(samples.len() < size),
        }
    }

    #[test]
    fn damaged_state_is_refused_without_panic(args in args(), state in proptest::collection::vec(any::<u8>(), 0..64)) {
        let (mut block, _) = block(&args, &stream());
        prop_assert!(block.restore(&state).is_err());
    }
}
