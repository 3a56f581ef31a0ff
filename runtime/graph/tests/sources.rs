//! What is known of the data that comes in.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use runeblocks_graph::runefile::{PixelFormat, StageKind, parse};

/// The facts of the one source of a Runefile, or the codes of what is wrong.
fn facts(text: &str) -> Result<String, Vec<&'static str>> {
    let parsed = parse("Runefile.yml", text);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics.items().iter().map(|d| d.code).collect());
    }
    match &parsed.runefile.unwrap().stages[0].kind {
        StageKind::Source(source) => Ok(source.facts.as_ref().unwrap().to_string()),
        other => panic!("{other:?}"),
    }
}

fn v2(source: &str) -> Result<String, Vec<&'static str>> {
    facts(&format!("version: 2\npipeline: {{ a: {{ {source} }} }}\noutputs: [a]\n"))
}

fn v1(source: &str) -> Result<String, Vec<&'static str>> {
    facts(&format!("version: 1\npipeline:\n  a: {{ {source} }}\n  serial: {{ out: serial, inputs: [a] }}\n"))
}

#[test]
fn version_2_infers_from_arguments() {
    for (source, expected) in [
        ("input: sound, args: { sample_rate: 8000 }", "i16 [stream] at 8000 Hz"),
        ("input: sound, args: { sample_rate: 16000, duration_ms: 62.5 }", "i16 [1000] at 16000 Hz"),
        ("input: sound, args: { sample_rate: 11025, duration_ms: 29.932 }", "i16 [330] at 11025 Hz"),
        ("input: accelerometer", "f32 [stream, 3]"),
        ("input: accelerometer, args: { samples: 128, sample_rate: 50 }", "f32 [128, 3] at 50 Hz"),
        ("input: image, args: { width: 4, height: 3 }", "u8 [1, 3, 4, 3]"),
        ("input: image, args: { width: 4, height: 3, pixel_format: grayscale }", "u8 [1, 3, 4, 1]"),
        ("input: raw", "u8 [stream]"),
        ("input: raw, args: { element_type: f32, shape: [1, 2], length: 8 }", "f32 [1, 2]"),
        ("input: random, args: { element_type: I32, length: 8 }", "i32 [2]"),
    ] {
        assert_eq!(v2(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn version_1_infers_from_declarations_too() {
    for (source, expected) in [
        ("capability: Sound, args: { HZ: '8000', sample_duration: 1s }", "i16 [8000] at 8000 Hz"),
        ("capability: SOUND, args: { hz: 16000, sample-duration-ms: 500 }", "i16 [8000] at 16000 Hz"),
        (
            "capability: SOUND, args: { hz: 16000 }, outputs: [{ type: I16, dimensions: [1, 99] }]",
            "i16 [1, 99] at 16000 Hz",
        ),
        (
            "capability: accel, args: { n: 128 }, outputs: { type: F32, dimensions: [1, 128, 3, 1] }",
            "f32 [1, 128, 3, 1]",
        ),
        ("capability: ACCEL, outputs: [{ dimensions: [5, 3] }]", "f32 [5, 3]"),
        ("capability: IMAGE, args: { width: 4, height: 3, pixel_format: '@PixelFormat::BGR' }", "u8 [1, 3, 4, 3]"),
        ("capability: RAW, args: { length: 4 }, outputs: [{ type: F32, dimensions: [1, 1] }]", "f32 [1, 1]"),
        ("capability: RAW, args: { length: 4 }", "u8 [4]"),
        ("capability: RAND, outputs: [{ type: F64, dimensions: [7] }]", "f64 [7]"),
    ] {
        assert_eq!(v1(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn contradictions_are_found() {
    for (source, code) in [
        ("capability: SOUND, args: { hz: 16000 }", "missing-argument"),
        ("capability: SOUND, args: { hz: 16000 }, outputs: [{ type: F32, dimensions: [9] }]", "type-mismatch"),
        ("capability: ACCEL, args: { n: 5 }, outputs: [{ type: F32, dimensions: [5] }]", "shape-mismatch"),
        ("capability: IMAGE, args: { width: 2, height: 2 }, outputs: [{ dimensions: [1, 2, 2, 1] }]", "shape-mismatch"),
        ("capability: RAW, args: { length: 5 }, outputs: [{ type: F32, dimensions: [1, 1] }]", "shape-mismatch"),
    ] {
        assert_eq!(v1(source), Err(vec![code]), "{source}");
    }
    for (source, code) in [
        ("input: sound, args: { sample_rate: 0 }", "argument"),
        ("input: sound, args: { sample_rate: '16000' }", "argument"),
        ("input: sound, args: { sample_rate: $rate }", "argument"),
        ("input: sound, args: { sample_rate: 16000, duration_ms: -1 }", "argument"),
        ("input: image, args: { width: 4, height: 3, pixel_format: yuv }", "argument"),
        ("input: raw, args: { element_type: utf8 }", "argument"),
        ("input: raw, args: { element_type: f32, length: 5 }", "shape-mismatch"),
        ("input: random, args: { shape: [4], length: 5 }", "shape-mismatch"),
        ("input: raw, args: { shape: [9223372036854775807] }", "argument"),
    ] {
        assert_eq!(v2(source), Err(vec![code]), "{source}");
    }
}

#[test]
fn the_pixel_format_tells_the_channels() {
    assert_eq!([PixelFormat::Grayscale, PixelFormat::Rgb, PixelFormat::Bgr].map(PixelFormat::channels), [1, 3, 3]);
}
