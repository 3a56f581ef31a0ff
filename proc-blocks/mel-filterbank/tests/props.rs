//! Properties of the block over random arguments and spectrograms.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use ndarray::Array2;
use proptest::prelude::*;
use runeblocks_core::{Axis, BlockError, ElementType, Facts, SampleRate, Tensor};
use runeblocks_mel_filterbank::{DESCRIPTOR, Filterbank, Log, MelFilterbankArgs, Norm, Triangles};

fn choices() -> impl Strategy<Value = (bool, Norm, Triangles, Log)> {
    (
        any::<bool>(),
        prop_oneof![Just(Norm::Slaney), Just(Norm::None)],
        prop_oneof![Just(Triangles::Hz), Just(Triangles::Mel)],
        prop_oneof![Just(Log::Db), Just(Log::Natural), Just(Log::Log10), Just(Log::None)],
    )
}

/// Any arguments at all, most of them without meaning.
fn any_args() -> impl Strategy<Value = MelFilterbankArgs> {
    let number = || prop_oneof![any::<f32>(), 0f32..8000.0, Just(0.0)];
    let counts = (proptest::option::of(any::<u32>()), prop_oneof![any::<u32>(), 0..100u32]);
    (counts, choices(), number(), proptest::option::of(number()), number(), number(), number()).prop_map(
        |((sample_rate, n_mels), (htk, norm, triangles, log), fmin, fmax, amin, log_offset, reference)| {
            MelFilterbankArgs {
                sample_rate,
                n_mels,
                fmin,
                fmax,
                htk,
                norm,
                triangles,
                log,
                amin,
                log_offset,
                reference,
            }
        },
    )
}

/// Arguments with a meaning at 16 kHz.
fn args() -> impl Strategy<Value = MelFilterbankArgs> {
    (1..60u32, choices(), 0f32..3000.0, 100f32..5000.0).prop_map(|(n_mels, choices, fmin, width)| {
        let (htk, norm, triangles, log) = choices;
        let fmax = Some(fmin + width);
        MelFilterbankArgs { n_mels, fmin, fmax, htk, norm, triangles, log, ..Default::default() }
    })
}

/// Spectra of 33 bins.
fn spectrogram() -> impl Strategy<Value = Array2<f32>> {
    let value = prop_oneof![0f32..1000.0, Just(0.0), Just(1e-30), Just(1e30)];
    proptest::collection::vec(value, 33..330).prop_map(|mut values| {
        values.truncate(values.len() / 33 * 33);
        Array2::from_shape_vec((values.len() / 33, 33), values).unwrap()
    })
}

fn run(args: &MelFilterbankArgs, frames: &Array2<f32>) -> Result<Vec<f32>, BlockError> {
    let mut block = DESCRIPTOR.create(&serde_json::to_value(args).unwrap()).unwrap();
    let facts = Facts::new(ElementType::F32, [Axis::Stream, Axis::Fixed(frames.ncols())]);
    let mut buffer = [block.infer(&[Facts { sample_rate: Some(SampleRate(16_000)), ..facts }])?[0].buffer()];
    block.process(&[Tensor::from(frames.clone()).view()], &mut buffer)?;
    Ok(buffer[0].view().array::<f32>().unwrap().iter().copied().collect())
}

proptest! {
    #[test]
    fn any_arguments_are_taken_or_refused(args in any_args(), rate in 0..100_000u32, n_fft in prop_oneof![any::<u32>(), 0..3000u32]) {
        if let Ok(bank) = Filterbank::new(&args, rate, n_fft) {
            for mel in 0..bank.n_mels() {
                let (start, weights) = bank.filter(mel);
                prop_assert!(start + weights.len() <= bank.bins());
                prop_assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
            }
        }
    }

    #[test]
    fn any_arguments_make_a_block_or_an_error(args in any_args(), frames in spectrogram()) {
        if let Ok(mut block) = DESCRIPTOR.create(&serde_json::to_value(&args).unwrap()) {
            let input = Facts::of::<f32>([frames.nrows(), frames.ncols()]);
            if let Ok(facts) = block.infer(&[input]) {
                let mut buffer = [facts[0].buffer()];
                block.process(&[Tensor::from(frames).view()], &mut buffer).unwrap();
            }
        }
    }

    #[test]
    fn each_frame_is_on_its_own(args in args(), frames in spectrogram()) {
        let expected = run(&args, &frames).unwrap();
        prop_assert!(expected.iter().all(|value| value.is_finite()));
        let found: Vec<f32> = frames.rows().into_iter().flat_map(|row| run(&args, &row.to_owned().insert_axis(ndarray::Axis(0))).unwrap()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn logarithms_are_of_the_energies(args in args(), frames in spectrogram()) {
        let energies = run(&MelFilterbankArgs { log: Log::None, ..args }, &frames).unwrap();
        let found = run(&args, &frames).unwrap();
        for (energy, found) in energies.into_iter().zip(found) {
            let floored = energy.max(1e-10);
            let expected = match args.log {
                Log::None => energy,
                Log::Natural => floored.ln(),
                Log::Log10 => floored.log10(),
                Log::Db => 10.0 * floored.log10(),
            };
            prop_assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{} for {}", found, expected);
        }
    }

    #[test]
    fn what_is_no_energy_is_refused(args in args(), frames in spectrogram(), bad in prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(-1f32)], at in any::<prop::sample::Index>()) {
        let mut frames = frames;
        let (frame, bin) = (at.index(frames.nrows()), at.index(33));
        frames[[frame, bin]] = bad;
        let error = run(&args, &frames).unwrap_err().to_string();
        let start = format!("found {bad} in bin {bin} of frame {frame}:");
        prop_assert!(error.starts_with(&start), "{}", error);
    }
}
