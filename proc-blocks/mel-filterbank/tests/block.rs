//! Facts, digests and allocations of the block, and every message as text.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use allocation_counter::measure;
use ndarray::Array2;
use runeblocks_core::{Axis, BlockErrors, Digest, ElementType, Facts, Framing, SampleRate, Tensor};
use runeblocks_mel_filterbank::{DESCRIPTOR, Filterbank, Log, MelFilterbankArgs};
use serde_json::{Value, json};

/// What `spectrogram` says of its output.
fn spectrogram() -> Facts {
    Facts {
        sample_rate: Some(SampleRate(16_000)),
        framing: Some(Framing { window: 512, hop: 128 }),
        fft_size: Some(512),
        front_end: Some(Digest([7; 32])),
        ..Facts::new(ElementType::F32, [Axis::Stream, Axis::Fixed(257)])
    }
}

fn infer(args: &Value, facts: Facts) -> Result<Facts, BlockErrors> {
    let mut block = DESCRIPTOR.create(args)?;
    Ok(block.infer(&[facts])?.remove(0))
}

#[test]
fn facts_go_on() {
    let facts = infer(&json!({}), spectrogram()).unwrap();
    assert_eq!(facts.shape.axes(), [Axis::Stream, Axis::Fixed(40)]);
    let expected = Facts { front_end: facts.front_end, shape: facts.shape.clone(), ..spectrogram() };
    assert_eq!(facts, expected);
}

#[test]
fn a_spectrogram_from_elsewhere_needs_its_rate_only() {
    let facts = infer(&json!({"sample_rate": 8000, "n_mels": 10}), Facts::of::<f32>([5, 129])).unwrap();
    assert_eq!((facts.sample_rate, facts.fft_size), (Some(SampleRate(8000)), Some(256)));
    assert_eq!((facts.shape.fixed(), facts.front_end), (Some(vec![5, 10]), None));
}

#[test]
fn digests_tell_front_ends_apart() {
    let digest = |args: Value| infer(&args, spectrogram()).unwrap().front_end.unwrap();
    let usual = digest(json!({}));
    for spelled_out in [json!({"sample_rate": 16_000}), json!({"fmax": 8000.0}), json!({"fmin": -0.0})] {
        assert_eq!(digest(spelled_out), usual);
    }
    let other = Facts { front_end: Some(Digest([8; 32])), ..spectrogram() };
    let mut digests = vec![usual, infer(&json!({}), other).unwrap().front_end.unwrap()];
    for other in [
        json!({"n_mels": 41}),
        json!({"fmin": 20.0}),
        json!({"fmax": 7600.0}),
        json!({"htk": true}),
        json!({"norm": "none"}),
        json!({"triangles": "mel"}),
        json!({"log": "none"}),
        json!({"log": "natural"}),
        json!({"log": "log10"}),
        json!({"log_offset": 1e-6}),
        json!({"amin": 1e-5}),
        json!({"ref": 2.0}),
    ] {
        let digest = digest(other.clone());
        assert!(!digests.contains(&digest), "{other}");
        digests.push(digest);
    }
}

#[test]
fn frames_do_not_allocate() {
    for log in ["db", "natural", "log10", "none"] {
        let mut block = DESCRIPTOR.create(&json!({"log": log})).unwrap();
        let mut buffer = [block.infer(&[spectrogram()]).unwrap()[0].buffer()];
        let frames = Tensor::from(Array2::<f32>::ones((10, 257)));
        block.process(&[frames.view()], &mut buffer).unwrap();
        let count = measure(|| block.process(&[frames.view()], &mut buffer).unwrap());
        assert_eq!(count.count_total, 0, "{log}");
    }
}

fn of(change: impl FnOnce(&mut MelFilterbankArgs)) -> String {
    let mut args = MelFilterbankArgs::default();
    change(&mut args);
    BlockErrors::from(Filterbank::new(&args, 16_000, 512).unwrap_err()).to_string()
}

#[test]
fn messages_of_arguments() {
    let messages = [
        of(|args| args.n_mels = 0),
        of(|args| args.fmin = f32::NAN),
        of(|args| args.fmin = 8000.0),
        of(|args| args.fmax = Some(8000.5)),
        of(|args| args.fmax = Some(f32::NAN)),
        of(|args| (args.fmin, args.fmax) = (300.0, Some(200.0))),
        of(|args| args.amin = 0.0),
        of(|args| args.log_offset = -1.0),
        of(|args| (args.log, args.amin) = (Log::None, 1e-5)),
        of(|args| (args.log, args.reference) = (Log::Natural, 2.0)),
        of(|args| (args.amin, args.log_offset, args.reference) = (0.0, 1.0, 0.0)),
        BlockErrors::from(Filterbank::new(&MelFilterbankArgs::default(), 16_000, 1).unwrap_err()).to_string(),
    ];
    let expected = [
        "the argument `n_mels` is 0: expected 1 to 4096 (40 are usual for speech)",
        "the argument `fmin` is NaN Hz: expected a finite frequency of at least 0 Hz (leave it out for 0)",
        "the argument `fmin` is 8000 Hz: expected below the upper end of the band, 8000 Hz (lower it)",
        "the argument `fmax` is 8000.5 Hz: expected at most half the sample rate, 8000 Hz (lower it, or leave it out for that)",
        "the argument `fmax` is NaN Hz: expected at most half the sample rate, 8000 Hz (lower it, or leave it out for that)",
        "the argument `fmin` is 300 Hz: expected below the upper end of the band, 200 Hz (lower it, or raise fmax)",
        "the argument `amin` is 0: expected a number above 0 where log_offset is 0 (raise one of the two: nothing has no logarithm)",
        "the argument `log_offset` is -1: expected a finite number of at least 0 (leave it out for the usual one)",
        "the argument `amin` is 0.00001: expected 1e-10, as log is none (set log to db, or leave it out)",
        "the argument `reference` is 2: expected 1.0, as log is natural (set log to db, or leave it out)",
        "the argument `reference` is 0: expected a number above 0 where amin is 0 (raise one of the two)",
        "the argument `n_fft` is 1: expected 2 to 65536 (take the frames from the block `spectrogram`)",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn messages_of_inputs() {
    let message = |args: Value, facts: Facts| infer(&args, facts).unwrap_err().to_string();
    let with = |shape: [Axis; 2]| Facts { shape: shape.into(), ..spectrogram() };
    let messages = [
        message(json!({}), with([Axis::Fixed(1), Axis::Stream])),
        message(json!({}), with([Axis::Stream, Axis::Fixed(1)])),
        message(json!({}), with([Axis::Stream, Axis::Fixed(256)])),
        message(json!({}), Facts { sample_rate: None, ..spectrogram() }),
        message(json!({"sample_rate": 8000}), spectrogram()),
    ];
    let expected = [
        "the input `spectrogram` is f32 [1, stream] at 16000 Hz: expected frames of a known number of bins, 2 to 32769 (connect the output of the block `spectrogram`)",
        "the input `spectrogram` is f32 [stream, 1] at 16000 Hz: expected frames of a known number of bins, 2 to 32769 (connect the output of the block `spectrogram`)",
        "the input `spectrogram` is frames of 256 bins: expected 257, as its FFT has 512 points (connect the output of the block `spectrogram`)",
        "the input `spectrogram` is a spectrogram of which the sample rate is not known: expected one of a known sample rate (set sample_rate, or connect the output of the block `spectrogram`)",
        "the input `spectrogram` is of sound at 16000 Hz: expected 8000 Hz, the argument sample_rate (leave sample_rate out, or resample the sound)",
    ];
    assert_eq!(messages, expected);

    let mut block = DESCRIPTOR.create(&Value::Null).unwrap();
    let mut buffer = [block.infer(&[spectrogram()]).unwrap()[0].buffer()];
    let mut fault = |frames: Array2<f32>| {
        BlockErrors::from(block.process(&[Tensor::from(frames).view()], &mut buffer).unwrap_err()).to_string()
    };
    assert_eq!(fault(Array2::zeros((2, 5))), "found frames of 5 bins: expected 257, as inferred");
    assert_eq!(
        fault(Array2::from_elem((1, 257), -80.0)),
        "found -80 in bin 0 of frame 0: expected power or magnitude: finite numbers of at least 0 (let `spectrogram` have the output power or magnitude, of samples from -1 to 1)"
    );
}
