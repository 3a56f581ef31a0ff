//! Properties of the block over random arguments and frames, its facts, and every message as text.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use ndarray::Array2;
use proptest::prelude::*;
use runeblocks_core::{Axis, BlockError, BlockErrors, Digest, ElementType, Facts, SampleRate, Tensor};
use runeblocks_mfcc::{DESCRIPTOR, Dct, MfccArgs, Norm};
use serde_json::{Value, json};

fn norm() -> impl Strategy<Value = Norm> {
    prop_oneof![Just(Norm::Ortho), Just(Norm::Htk)]
}

/// Frames of 1 to 40 mels.
fn frames() -> impl Strategy<Value = Array2<f32>> {
    (1..40usize, 1..6usize).prop_flat_map(|(n_mels, count)| {
        proptest::collection::vec(-120f32..40.0, n_mels * count)
            .prop_map(move |values| Array2::from_shape_vec((count, n_mels), values).unwrap())
    })
}

fn run(args: &MfccArgs, frames: &Array2<f32>) -> Result<Vec<f32>, BlockErrors> {
    let mut block = DESCRIPTOR.create(&json!(args))?;
    let facts = Facts::new(ElementType::F32, [Axis::Stream, Axis::Fixed(frames.ncols())]);
    let mut buffer = [block.infer(&[facts])?[0].buffer()];
    block.process(&[Tensor::from(frames.clone()).view()], &mut buffer)?;
    Ok(buffer[0].view().array::<f32>().unwrap().iter().copied().collect())
}

proptest! {
    #[test]
    fn any_arguments_are_taken_or_refused(n_mfcc in prop_oneof![any::<u32>(), 0..50u32], norm in norm(), lifter in any::<f32>(), frames in frames()) {
        if let Ok(dct) = Dct::new(&MfccArgs { n_mfcc, norm, lifter }, frames.ncols()) {
            let mut coefficients = vec![f32::NAN; n_mfcc as usize];
            dct.apply(&frames.row(0).to_vec(), &mut coefficients);
            prop_assert!(coefficients.iter().all(|value| value.is_finite()));
        }
    }

    /// An orthonormal transform keeps the sum of squares.
    #[test]
    fn all_coefficients_are_the_frame_turned(frames in frames()) {
        let args = MfccArgs { n_mfcc: frames.ncols() as u32, ..Default::default() };
        let found = run(&args, &frames).unwrap();
        for (row, coefficients) in frames.rows().into_iter().zip(found.chunks_exact(frames.ncols())) {
            let [before, after] = [row.to_vec(), coefficients.to_vec()].map(|x| x.iter().map(|x| x * x).sum::<f32>());
            prop_assert!((before - after).abs() <= 1e-5 * before, "{} and {}", before, after);
        }
    }

    #[test]
    fn a_flat_frame_is_its_first_coefficient(n_mels in 1..100usize, level in -100f32..100.0, norm in norm()) {
        let args = MfccArgs { n_mfcc: n_mels as u32, norm, lifter: 0.0 };
        let found = run(&args, &Array2::from_elem((1, n_mels), level)).unwrap();
        let gain = if norm == Norm::Ortho { 1.0 } else { 2f32.sqrt() };
        let expected = gain * level * (n_mels as f32).sqrt();
        prop_assert!((found[0] - expected).abs() <= 1e-6 * expected.abs(), "{} for {}", found[0], expected);
        prop_assert!(found[1..].iter().all(|value| value.abs() <= 1e-6 * expected.abs()));
    }

    #[test]
    fn a_lifter_scales_each_coefficient(frames in frames(), lifter in 1f32..40.0) {
        let args = MfccArgs { n_mfcc: frames.ncols() as u32, ..Default::default() };
        let plain = run(&args, &frames).unwrap();
        let lifted = run(&MfccArgs { lifter, ..args }, &frames).unwrap();
        for (i, (plain, lifted)) in plain.into_iter().zip(lifted).enumerate() {
            let n = (i % frames.ncols() + 1) as f32;
            let expected = plain * (1.0 + lifter / 2.0 * (std::f32::consts::PI * n / lifter).sin());
            prop_assert!((lifted - expected).abs() <= 1e-4 * plain.abs().max(1.0) * (1.0 + lifter), "{} for {}", lifted, expected);
        }
    }

    #[test]
    fn each_frame_is_on_its_own(frames in frames(), norm in norm(), lifter in 0f32..40.0) {
        let args = MfccArgs { n_mfcc: (frames.ncols() as u32).min(13), norm, lifter };
        let expected = run(&args, &frames).unwrap();
        let one = |row: ndarray::ArrayView1<'_, f32>| run(&args, &row.to_owned().insert_axis(ndarray::Axis(0))).unwrap();
        prop_assert_eq!(frames.rows().into_iter().flat_map(one).collect::<Vec<f32>>(), expected);
    }
}

fn mels() -> Facts {
    Facts {
        sample_rate: Some(SampleRate(16_000)),
        fft_size: Some(512),
        front_end: Some(Digest([7; 32])),
        ..Facts::new(ElementType::F32, [Axis::Stream, Axis::Fixed(40)])
    }
}

fn infer(args: Value, facts: Facts) -> Result<Facts, BlockErrors> {
    Ok(DESCRIPTOR.create(&args)?.infer(&[facts])?.remove(0))
}

#[test]
fn facts_go_on_and_digests_tell_front_ends_apart() {
    let facts = infer(json!({}), mels()).unwrap();
    let shape = [Axis::Stream, Axis::Fixed(13)];
    assert_eq!(facts, Facts { front_end: facts.front_end, shape: shape.into(), ..mels() });

    let digest = |args| infer(args, mels()).unwrap().front_end.unwrap();
    let other = Facts { front_end: Some(Digest([8; 32])), ..mels() };
    let digests = [
        facts.front_end.unwrap(),
        infer(json!({}), other).unwrap().front_end.unwrap(),
        digest(json!({"n_mfcc": 14})),
        digest(json!({"norm": "htk"})),
        digest(json!({"lifter": 22})),
    ];
    for (i, digest) in digests.iter().enumerate() {
        assert!(!digests[..i].contains(digest), "{i}");
    }
    assert_eq!(infer(json!({}), Facts { front_end: None, ..mels() }).unwrap().front_end, None);
}

#[test]
fn messages() {
    let of = |n_mfcc, lifter| {
        let args = MfccArgs { n_mfcc, lifter, ..Default::default() };
        BlockErrors::from(Dct::new(&args, 40).unwrap_err()).to_string()
    };
    let shaped = |axes: [Axis; 2]| infer(json!({}), Facts { shape: axes.into(), ..mels() }).unwrap_err().to_string();
    let messages = [
        of(0, 0.0),
        of(513, 0.0),
        of(41, 0.0),
        of(13, f32::NAN),
        shaped([Axis::Fixed(1), Axis::Stream]),
        shaped([Axis::Stream, Axis::Fixed(4097)]),
        shaped([Axis::Stream, Axis::Fixed(12)]),
    ];
    let expected = [
        "the argument `n_mfcc` is 0: expected 1 to 512 (13 are usual for speech)",
        "the argument `n_mfcc` is 513: expected 1 to 512 (13 are usual for speech)",
        "the argument `n_mfcc` is 41: expected at most the mels of the input, 40 (lower it, or raise n_mels of `mel-filterbank`)",
        "the argument `lifter` is NaN: expected a finite number of at least 0 (22 is usual, 0 is none)",
        "the input `mels` is f32 [1, stream] at 16000 Hz: expected frames of a known number of mels, 1 to 4096 (connect the output of the block `mel-filterbank`)",
        "the input `mels` is f32 [stream, 4097] at 16000 Hz: expected frames of a known number of mels, 1 to 4096 (connect the output of the block `mel-filterbank`)",
        "the argument `n_mfcc` is 13: expected at most the mels of the input, 12 (lower it, or raise n_mels of `mel-filterbank`)",
    ];
    assert_eq!(messages, expected);

    let mut block = DESCRIPTOR.create(&Value::Null).unwrap();
    let mut buffer = [block.infer(&[mels()]).unwrap()[0].buffer()];
    let mut fault =
        |frames: Array2<f32>| -> BlockError { block.process(&[Tensor::from(frames).view()], &mut buffer).unwrap_err() };
    assert_eq!(fault(Array2::zeros((2, 5))).to_string(), "found frames of 5 mels: expected 40, as inferred");
    let mut frames = Array2::zeros((2, 40));
    frames[[1, 3]] = f32::NEG_INFINITY;
    assert_eq!(fault(frames).to_string(), "found -inf in mel 3 of frame 1: expected finite numbers");
}
