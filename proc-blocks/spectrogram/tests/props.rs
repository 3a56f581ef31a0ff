//! Properties of the block over random arguments and samples.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use proptest::prelude::*;
use runeblocks_core::{Axis, Buffer, DynBlock, ElementType, Facts, Tensor};
use runeblocks_spectrogram::{DESCRIPTOR, Framing, Output, Spectrogram, SpectrogramArgs, Window};

fn choices() -> impl Strategy<Value = (Window, Framing, Output)> {
    (
        prop_oneof![Just(Window::Hann), Just(Window::Hamming), Just(Window::Boxcar)],
        prop_oneof![Just(Framing::Librosa), Just(Framing::Tf)],
        prop_oneof![Just(Output::Power), Just(Output::Magnitude), Just(Output::Db)],
    )
}

/// Any arguments at all, most of them without meaning.
fn any_args() -> impl Strategy<Value = SpectrogramArgs> {
    let size = || prop_oneof![any::<u32>(), 0..2000u32];
    let numbers = (any::<u32>(), size(), proptest::option::of(size()), proptest::option::of(size()));
    (numbers, choices(), any::<f32>(), any::<f32>()).prop_map(
        |((sample_rate, n_fft, win_length, hop_length), (window, framing, output), reference, amin)| SpectrogramArgs {
            sample_rate,
            n_fft,
            win_length,
            hop_length,
            window,
            framing,
            output,
            reference,
            amin,
        },
    )
}

/// Arguments with a meaning, and FFTs of up to 400 points.
fn args() -> impl Strategy<Value = SpectrogramArgs> {
    (2..400u32, 1..=100u32, 1..=100u32, choices()).prop_map(|(n_fft, win_percent, hop_percent, choices)| {
        let (window, framing, output) = choices;
        let win_length = (n_fft * win_percent / 100).max(2);
        SpectrogramArgs {
            n_fft,
            win_length: Some(win_length),
            hop_length: Some((win_length * hop_percent / 100).max(1)),
            window,
            framing,
            output,
            ..Default::default()
        }
    })
}

fn samples() -> impl Strategy<Value = Vec<i16>> {
    let sample = prop_oneof![any::<i16>(), Just(i16::MIN), Just(i16::MAX), Just(0)];
    proptest::collection::vec(sample, 0..3000)
}

fn block(args: &SpectrogramArgs, facts: &Facts) -> (Box<dyn DynBlock>, Buffer) {
    let mut block = DESCRIPTOR.create(&serde_json::to_value(args).unwrap()).unwrap();
    let buffer = block.infer(std::slice::from_ref(facts)).unwrap()[0].buffer();
    (block, buffer)
}

fn stream() -> Facts {
    Facts::new(ElementType::I16, [Axis::Stream])
}

/// The bits of the frames of one call.
fn frames(block: &mut dyn DynBlock, buffer: &mut Buffer, samples: impl Into<Tensor>) -> Vec<u32> {
    block.process(&[samples.into().view()], std::slice::from_mut(buffer)).unwrap();
    buffer.view().array::<f32>().unwrap().iter().map(|value| value.to_bits()).collect()
}

proptest! {
    #[test]
    fn any_arguments_are_taken_or_refused(args in any_args(), samples in samples()) {
        if let Ok(mut spectrogram) = Spectrogram::new(args) {
            let mut rest = &samples[..];
            while let Some(frame) = spectrogram.push(&mut rest) {
                prop_assert!(frame.iter().all(|value| value.is_finite()));
            }
            prop_assert!(rest.is_empty());
        }
    }

    #[test]
    fn a_cut_stream_is_the_clip(args in args(), samples in samples(), cuts in proptest::collection::vec(1..700usize, 1..6)) {
        let (mut whole, mut buffer) = block(&args, &stream());
        let expected = frames(&mut *whole, &mut buffer, samples.clone());
        let (mut cut, mut buffer) = block(&args, &stream());
        let (mut found, mut rest) = (Vec::new(), &samples[..]);
        for size in cuts.iter().cycle() {
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            found.extend(frames(&mut *cut, &mut buffer, chunk.to_vec()));
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
        let expected = frames(&mut *whole, &mut buffer, samples.clone());
        let (mut cut, mut buffer) = block(&args, &stream());
        let found: Vec<u32> = samples.iter().flat_map(|&sample| frames(&mut *cut, &mut buffer, vec![sample])).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn both_element_types_are_the_same_sound(args in args(), samples in samples()) {
        let (mut of_i16, mut buffer) = block(&args, &stream());
        let expected = frames(&mut *of_i16, &mut buffer, samples.clone());
        let (mut of_f32, mut buffer) = block(&args, &Facts::new(ElementType::F32, [Axis::Stream]));
        let scaled: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        prop_assert_eq!(frames(&mut *of_f32, &mut buffer, scaled), expected);
    }

    #[test]
    fn reset_is_a_fresh_block(args in args(), before in samples(), samples in samples()) {
        let (mut fresh, mut buffer) = block(&args, &stream());
        let expected = frames(&mut *fresh, &mut buffer, samples.clone());
        let (mut used, mut buffer) = block(&args, &stream());
        frames(&mut *used, &mut buffer, before);
        used.reset();
        prop_assert_eq!(frames(&mut *used, &mut buffer, samples), expected);
    }

    #[test]
    fn a_saved_stream_goes_on(args in args(), before in samples(), after in samples()) {
        let (mut first, mut buffer) = block(&args, &stream());
        frames(&mut *first, &mut buffer, before);
        let state = first.save();
        let expected = frames(&mut *first, &mut buffer, after.clone());
        let (mut second, mut buffer) = block(&args, &stream());
        second.restore(&state).unwrap();
        prop_assert_eq!(frames(&mut *second, &mut buffer, after), expected);
    }

    #[test]
    fn a_clip_has_the_frames_that_were_inferred(args in args(), samples in samples()) {
        let mut block = DESCRIPTOR.create(&serde_json::to_value(&args).unwrap()).unwrap();
        let size = if args.framing == Framing::Librosa { args.n_fft } else { args.win_length.unwrap() };
        match block.infer(&[Facts::of::<i16>([samples.len()])]) {
            Ok(facts) => {
                let mut buffer = [facts[0].buffer()];
                block.process(&[Tensor::from(samples).view()], &mut buffer).unwrap();
                prop_assert_eq!(facts[0].shape.fixed(), Some(buffer[0].view().shape().to_vec()));
            }
            Err(_) => prop_assert!(samples.len() < size as usize),
        }
    }

    #[test]
    fn damaged_state_is_refused_without_panic(args in args(), state in proptest::collection::vec(any::<u8>(), 0..64)) {
        let (mut block, _) = block(&args, &stream());
        prop_assert!(block.restore(&state).is_err());
    }

    /// Parseval: without a window, the power of all bins is that of the samples, bins other than the ends counted
    /// twice as they stand for their mirror images too.
    #[test]
    fn power_is_kept(half in 1..300u32, samples in proptest::collection::vec(-1f32..1.0, 600)) {
        let args = SpectrogramArgs { n_fft: 2 * half, window: Window::Boxcar, ..Default::default() };
        let mut spectrogram = Spectrogram::new(args).unwrap();
        let frame = spectrogram.push(&mut &samples[..]).unwrap();
        let both: f32 = frame.iter().sum::<f32>() * 2.0 - frame[0] - frame[half as usize];
        let expected: f32 = samples[..2 * half as usize].iter().map(|sample| sample * sample).sum();
        prop_assert!((both / (2 * half) as f32 - expected).abs() <= 1e-5 * expected, "{} of {}", both, expected);
    }
}
