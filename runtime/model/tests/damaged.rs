//! Damaged files: any bytes give a model or an error.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::golden;
use proptest::prelude::*;
use runeblocks_model::{ModelFile, fuzz_model};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(golden(name)).unwrap()
}

fn message(bytes: Vec<u8>) -> String {
    ModelFile::from_bytes(bytes).map(|_| ()).unwrap_err().to_string()
}

/// Where `pattern` stands in `bytes`; it must stand there once.
fn place(bytes: &[u8], pattern: &[u8]) -> usize {
    let found: Vec<usize> =
        bytes.windows(pattern.len()).enumerate().filter(|(_, window)| *window == pattern).map(|(at, _)| at).collect();
    assert_eq!(found.len(), 1, "{pattern:?} stands at {found:?}");
    found[0]
}

fn words(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn every_prefix_of_a_file_is_an_error() {
    let whole = bytes("float.tflite");
    for length in (0..whole.len()).step_by(61) {
        let error = message(whole[..length].to_vec());
        assert!(error.starts_with("not a sound TensorFlow Lite model: "), "{error}");
    }
    assert!(message(Vec::new()).contains("(the file has 0 bytes)"));
}

#[test]
fn absurd_shapes_are_refused() {
    // The vector of four axes is the only place where these lengths stand in a row.
    let whole = bytes("float.tflite");
    let at = whole.windows(16).rposition(|window| window == words(&[1, 13, 10, 1])).unwrap();
    let with = |shape: [i32; 4]| {
        let mut damaged = whole.clone();
        damaged[at..at + 16].copy_from_slice(&words(&shape));
        message(damaged)
    };
    let part = "not a sound TensorFlow Lite model: subgraph 0, tensor 0 \"serving_default_keras_tensor:0\": ";
    assert_eq!(
        with([i32::MAX; 4]),
        format!("{part}its shape [2147483647, 2147483647, 2147483647, 2147483647] of float32 exceeds 1073741824 bytes")
    );
    assert_eq!(with([1, -13, 10, 1]), format!("{part}an axis of its shape has the length -13, expected 0 or more"));
}

#[test]
fn constants_must_fit_their_shapes() {
    let whole = bytes("float.tflite");
    let at = place(&whole, &words(&[4, 4, 3, 1]));
    let mut damaged = whole;
    damaged[at..at + 4].copy_from_slice(&5_i32.to_le_bytes());
    let error = message(damaged);
    assert!(
        error.ends_with("its constant has 192 bytes, expected 240 for the shape [5, 4, 3, 1] of float32"),
        "{error}"
    );
}

fn damage(whole: &[u8], flips: &[(usize, u8)], cut: usize) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, value) in flips {
        let at = at % bytes.len();
        bytes[at] ^= value;
    }
    // Most cases keep the whole file, so that damage reaches beyond the verifier.
    bytes.truncate(if cut.is_multiple_of(4) { cut % whole.len() } else { whole.len() });
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        name in prop::sample::select(vec!["flat.tflite", "mean.tflite", "int8.tflite"]),
        flips in prop::collection::vec((any::<usize>(), 1..=u8::MAX), 1..4),
        cut in any::<usize>(),
    ) {
        fuzz_model(&damage(&bytes(name), &flips, cut));
    }

    #[test]
    fn bytes_behind_the_identifier_never_panic(tail in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut bytes = vec![0x10, 0, 0, 0];
        bytes.extend(b"TFL3");
        bytes.extend(tail);
        fuzz_model(&bytes);
    }
}
