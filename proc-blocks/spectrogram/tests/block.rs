//! The block on known sounds, its facts, and every message as text.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::f32::consts::TAU;

use allocation_counter::measure;
use runeblocks_core::{Axis, BlockErrors, Digest, ElementType, Facts, Framing, SampleRate, Tensor};
use runeblocks_spectrogram::{DESCRIPTOR, Output, Spectrogram, SpectrogramArgs};
use serde_json::{Value, json};

/// The frames of a sine of amplitude ½ at 1000 Hz, which is the 32nd of 257 bins.
fn sine(output: Output) -> Vec<Vec<f32>> {
    let samples: Vec<f32> = (0..1024u16).map(|n| 0.5 * (TAU * f32::from(n % 16) / 16.0).sin()).collect();
    let mut spectrogram = Spectrogram::new(SpectrogramArgs { output, ..Default::default() }).unwrap();
    let mut rest = &samples[..];
    std::iter::from_fn(|| spectrogram.push(&mut rest).map(<[f32]>::to_vec)).collect()
}

#[test]
fn a_sine_is_one_line() {
    // The Hann window's mean is ½: a line of amplitude a has the magnitude a·½·n_fft/2, and half of it beside.
    for (output, line, beside, least) in [
        (Output::Power, 4096.0, 1024.0, 1e-6),
        (Output::Magnitude, 64.0, 32.0, 1e-3),
        (Output::Db, 36.123_6, 30.103, -60.0),
    ] {
        let frames = sine(output);
        assert_eq!(frames.len(), 5);
        for frame in frames {
            assert!((frame[32] / line - 1.0).abs() < 1e-5, "{}", frame[32]);
            assert!((frame[31] / beside - 1.0).abs() < 1e-5 && (frame[33] / beside - 1.0).abs() < 1e-5);
            assert!(frame[..30].iter().chain(&frame[35..]).all(|&value| value < least));
        }
    }
}

fn digest(args: Value) -> Digest {
    let mut block = DESCRIPTOR.create(&args).unwrap();
    block.infer(&[Facts::new(ElementType::F32, [Axis::Stream])]).unwrap()[0].front_end.unwrap()
}

#[test]
fn facts_are_those_of_the_frames() {
    let mut block = DESCRIPTOR.create(&json!({"win_length": 400, "hop_length": 160})).unwrap();
    let facts = block.infer(&[Facts::of::<i16>([1, 16_000])]).unwrap().remove(0);
    assert_eq!((facts.element_type, facts.shape.fixed()), (ElementType::F32, Some(vec![97, 257])));
    assert_eq!(facts.sample_rate, Some(SampleRate(16_000)));
    assert_eq!((facts.framing, facts.fft_size), (Some(Framing { window: 512, hop: 160 }), Some(512)));

    let mut block = DESCRIPTOR.create(&json!({"win_length": 400, "hop_length": 160, "framing": "tf"})).unwrap();
    let facts = block.infer(&[Facts::of::<f32>([16_000])]).unwrap().remove(0);
    assert_eq!(facts.shape.fixed(), Some(vec![98, 257]));
    assert_eq!((facts.framing, facts.fft_size), (Some(Framing { window: 400, hop: 160 }), Some(512)));
}

#[test]
fn digests_tell_front_ends_apart() {
    let usual = digest(json!({}));
    for same in [json!({"win_length": 512, "hop_length": 128}), json!({"framing": "tf"}), json!({"amin": 1e-10})] {
        assert_eq!(digest(same.clone()), usual, "{same}");
    }
    let others = [
        json!({"sample_rate": 8000}),
        json!({"n_fft": 256}),
        json!({"win_length": 400}),
        json!({"win_length": 400, "framing": "tf"}),
        json!({"n_fft": 511, "hop_length": 128}),
        json!({"n_fft": 511, "hop_length": 128, "framing": "tf"}),
        json!({"hop_length": 160}),
        json!({"window": "hamming"}),
        json!({"output": "magnitude"}),
        json!({"output": "db"}),
        json!({"output": "db", "amin": 1e-5}),
        json!({"output": "db", "ref": 2.0}),
    ];
    let digests: Vec<Digest> = others.into_iter().map(digest).collect();
    for (i, digest) in digests.iter().enumerate() {
        assert!(*digest != usual && !digests[..i].contains(digest), "{i}");
    }
}

#[test]
fn a_stream_in_equal_pieces_does_not_allocate() {
    // FFTs by each of the algorithms: powers of two, small factors, and a prime.
    for n_fft in [512, 400, 321, 509] {
        for size in [1, 160, 1000] {
            let mut block = DESCRIPTOR.create(&json!({"n_fft": n_fft})).unwrap();
            let mut buffer = [block.infer(&[Facts::new(ElementType::I16, [Axis::Stream])]).unwrap()[0].buffer()];
            let piece = Tensor::from(vec![1000i16; size]);
            (0..2000 / size + 2).for_each(|_| block.process(&[piece.view()], &mut buffer).unwrap());
            let mut frames = 0;
            let count = measure(|| {
                for _ in 0..4000 / size {
                    block.process(&[piece.view()], &mut buffer).unwrap();
                    frames += buffer[0].view().shape()[0];
                }
            });
            assert!(frames > 20);
            assert_eq!(count.count_total, 0, "{count:?} in pieces of {size}, {n_fft} points");
        }
    }
    assert!(measure(|| drop(std::hint::black_box(vec![1u8; 10]))).count_total > 0, "the counter counts");
}

fn of(change: impl FnOnce(&mut SpectrogramArgs)) -> String {
    let mut args = SpectrogramArgs::default();
    change(&mut args);
    BlockErrors::from(Spectrogram::new(args).unwrap_err()).to_string()
}

#[test]
fn messages_of_arguments() {
    let messages = [
        of(|args| args.sample_rate = 0),
        of(|args| args.n_fft = 1),
        of(|args| args.n_fft = 65_537),
        of(|args| args.win_length = Some(1)),
        of(|args| args.win_length = Some(513)),
        of(|args| args.hop_length = Some(0)),
        of(|args| args.hop_length = Some(513)),
        of(|args| args.amin = 1e-5),
        of(|args| args.reference = 2.0),
        of(|args| (args.output, args.amin) = (Output::Db, 0.0)),
        of(|args| (args.output, args.reference) = (Output::Db, f32::INFINITY)),
    ];
    let expected = [
        "the argument `sample_rate` is 0 Hz: expected 1 to 2147483647 Hz (give the rate of the recording, such as 16000)",
        "the argument `n_fft` is 1: expected 2 to 65536 (512 points are usual for speech at 16000 Hz)",
        "the argument `n_fft` is 65537: expected 2 to 65536 (512 points are usual for speech at 16000 Hz)",
        "the argument `win_length` is 1: expected 2 to n_fft, 512 (change it, or raise n_fft)",
        "the argument `win_length` is 513: expected 2 to n_fft, 512 (change it, or raise n_fft)",
        "the argument `hop_length` is 0: expected 1 to 512, the samples of a frame (change it: samples beyond a frame would never be looked at)",
        "the argument `hop_length` is 513: expected 1 to 512, the samples of a frame (change it: samples beyond a frame would never be looked at)",
        "the argument `amin` is 0.00001: expected 1e-10, as output is power (set output to db, or leave it out)",
        "the argument `reference` is 2: expected 1.0, as output is power (set output to db, or leave it out)",
        "the argument `amin` is 0: expected a finite number above 0 (leave it out for the usual one)",
        "the argument `reference` is inf: expected a finite number of at least 0 (leave it out for the usual one)",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn messages_of_inputs() {
    let mut block = DESCRIPTOR.create(&Value::Null).unwrap();
    let mut fault = |facts: Facts| BlockErrors::from(block.infer(&[facts]).unwrap_err()).to_string();
    assert_eq!(
        fault(Facts { sample_rate: Some(SampleRate(8000)), ..Facts::of::<i16>([8000]) }),
        "the input `audio` is sound at 8000 Hz: expected 16000 Hz, the argument sample_rate (resample the sound, or set sample_rate to 8000)"
    );
    assert_eq!(
        fault(Facts::of::<f32>([511])),
        "the input `audio` is 511 samples: expected at least one frame, 512 (give a longer clip, or lower n_fft)"
    );
    assert_eq!(fault(Facts::of::<u8>([512])), "the input `audio` is u8 [512]: expected i16 or f32 with 1 axis");
    let mut buffer = [block.infer(&[Facts::of::<f32>([512])]).unwrap()[0].buffer()];
    let mut samples = vec![0f32; 512];
    samples[7] = f32::NAN;
    let error = block.process(&[Tensor::from(samples).view()], &mut buffer).unwrap_err();
    assert_eq!(
        BlockErrors::from(error).to_string(),
        "found NaN at sample 7: expected numbers of magnitude up to 1e14 (repair the recording: samples of f32 go from -1 to 1)"
    );
}
