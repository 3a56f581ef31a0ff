//! What librosa and `tf.signal` gave (`reference/make_goldens.py`), without Python.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/chain.rs"]
mod chain;
#[path = "support/compare.rs"]
mod compare;
#[path = "../../fft/tests/support/signal.rs"]
mod signal;

use chain::{Arguments, Chain};
use compare::{compare, greatest, units};
use runeblocks_core::{Facts, Tensor};
use serde_json::Value;
use signal::Signal;

/// The values that are kept of a frame.
fn kept(row: &[f32]) -> Vec<f32> {
    row.iter().copied().step_by(row.len().div_ceil(16)).collect()
}

#[test]
fn agrees_with_librosa_and_tensorflow() {
    let lines = include_str!("golden/chain.txt").lines().filter(|line| !line.starts_with('#'));
    let mut compared = [0; 3];
    for line in lines {
        let case: Value = serde_json::from_str(line).unwrap();
        let number = |name: &str| case["signal"][name].as_u64().unwrap();
        let signal = Signal {
            kind: case["signal"]["kind"].as_str().unwrap().to_owned(),
            length: number("length") as usize,
            amplitude: number("amplitude") as i64,
            seed: number("seed") as u32,
        };
        let arguments = Arguments {
            spectrogram: serde_json::from_value(case["spectrogram"].clone()).unwrap(),
            mel: serde_json::from_value(case["mel-filterbank"].clone()).unwrap(),
            mfcc: serde_json::from_value(case["mfcc"].clone()).unwrap(),
        };
        let samples = signal.samples(&[4096]);
        let mut chain = Chain::new(&arguments, Facts::of::<i16>([samples.len()]));
        let found = chain.run(&Tensor::from(samples));
        for ((found, unit), compared) in found.iter().zip(units(&arguments)).zip(&mut compared) {
            assert_eq!(
                found.rows().len() as u64,
                case["frames"].as_u64().unwrap(),
                "frames of {signal:?}, {arguments:?}"
            );
            let of = greatest(unit, found);
            for (at, expected) in case["values"][&found.name].as_object().unwrap() {
                let at: usize = at.parse().unwrap();
                let expected: Vec<f32> = serde_json::from_value(expected.clone()).unwrap();
                let worst = compare(unit, &kept(found.row(at)), &expected, of[at], &[]);
                assert!(worst.share <= 1.0, "{} {at} of {signal:?}, {arguments:#?}: {worst:?}", found.name);
                *compared += expected.len();
            }
        }
    }
    assert!(compared.iter().all(|compared| *compared > 500), "{compared:?}");
}
