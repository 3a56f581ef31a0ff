//! What the references gave (`runtime/frontend/reference/make_goldens.py`), without Python.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "../../fft/tests/support/golden.rs"]
mod golden;
#[expect(dead_code, reason = "frames are made of its mix alone")]
#[path = "../../fft/tests/support/signal.rs"]
mod signal;

use golden::{Words, hash, joined, lines};
use runeblocks_micro::Level;
use runeblocks_noise_filtering::{NoiseFilter, NoiseFilteringArgs};
use signal::mix;

/// The arguments of a filter, its FFT size and its input frames, from the columns that both files begin with.
fn read(words: &mut Words<'_>) -> (NoiseFilteringArgs, u32, Vec<Vec<u32>>) {
    // Both dialects give the same here, and both references are asked.
    assert!(["tf", "tflm"].contains(&words.text()));
    let (fft_size, channels) = (words.number(), words.number());
    let args = NoiseFilteringArgs {
        smoothing_bits: words.number(),
        even_smoothing: words.float(),
        odd_smoothing: words.float(),
        min_signal_remaining: words.float(),
        enable_pcan: words.number::<u8>() == 1,
        pcan_strength: words.float(),
        pcan_offset: words.float(),
        gain_bits: words.number(),
        enable_log: words.number::<u8>() == 1,
        scale_shift: words.number(),
        ..NoiseFilteringArgs::default()
    };
    let (frames, seed) = (words.number(), words.number());
    (args, fft_size, frames_of(frames, channels, seed))
}

/// Frames of `u32`, each of another number of bits.
fn frames_of(count: u32, channels: usize, seed: u32) -> Vec<Vec<u32>> {
    let channels = channels as u32;
    let bits = |frame| 1 + mix(frame, seed ^ 0x5555_5555) % 32;
    (0..count)
        .map(|frame| (0..channels).map(|channel| mix(frame * channels + channel, seed) >> (32 - bits(frame))).collect())
        .collect()
}

/// What the stages made of all frames.
#[derive(Default)]
struct Stages {
    noise: Vec<u32>,
    estimate: Vec<u32>,
    pcan: Vec<u32>,
    output: Vec<u16>,
}

fn run(filter: &mut NoiseFilter, frames: &[Vec<u32>]) -> Stages {
    let mut stages = Stages::default();
    for frame in frames {
        let mut frame = frame.clone();
        let mut features = vec![0; frame.len()];
        filter.reduce(&mut frame);
        stages.noise.extend(&frame);
        stages.estimate.extend(filter.noise_reduction().estimate());
        filter.normalize(&mut frame);
        stages.pcan.extend(&frame);
        filter.scale(&frame, &mut features);
        stages.output.extend(features);
    }
    stages
}

/// Estimates and features of the stages in one.
fn run_whole(filter: &mut NoiseFilter, frames: &[Vec<u32>]) -> (Vec<u32>, Vec<u16>) {
    let (mut estimate, mut output) = (Vec::new(), Vec::new());
    for frame in frames {
        let mut features = vec![0; frame.len()];
        filter.apply(frame, &mut features);
        estimate.extend(filter.noise_reduction().estimate());
        output.extend(features);
    }
    (estimate, output)
}

/// Filters of every level that this machine has.
fn at_levels(args: &NoiseFilteringArgs, fft_size: u32, frames: &[Vec<u32>]) -> impl Iterator<Item = NoiseFilter> {
    Level::available()
        .map(move |level| NoiseFilter::with_level(args.clone(), fft_size, frames[0].len(), level).unwrap())
}

/// Little-endian bytes.
macro_rules! bytes {
    ($values:expr) => {
        $values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()
    };
}

#[test]
fn by_hash() {
    let mut count = 0;
    for line in lines(include_str!("golden/features.txt")) {
        let mut words = Words::of(line);
        let (args, fft_size, frames) = read(&mut words);
        let mut filter = NoiseFilter::new(args.clone(), fft_size, frames[0].len()).unwrap();
        let stages = run(&mut filter, &frames);
        let mut tables = bytes!(filter.noise_reduction().coefficients());
        if let Some(pcan) = filter.pcan() {
            tables.extend(bytes!(pcan.gains()));
            tables.extend((pcan.snr_shift() as i32).to_le_bytes());
        }
        let found = [
            ("tables", tables),
            ("noise", bytes!(stages.noise)),
            ("estimate", bytes!(stages.estimate)),
            ("pcan", bytes!(stages.pcan)),
            ("output", bytes!(stages.output)),
        ];
        let expected = found.each_ref().map(|_| words.text());
        for ((name, bytes), expected) in found.iter().zip(expected) {
            assert_eq!(hash(bytes), expected, "{name} of {line}");
        }
        for mut filter in at_levels(&args, fft_size, &frames) {
            let (estimate, output) = run_whole(&mut filter, &frames);
            let found = [hash(&bytes!(estimate)), hash(&bytes!(output))];
            assert_eq!(found, [expected[2], expected[4]], "estimate and output of {line} at {}", filter.level());
        }
        count += 1;
    }
    assert_eq!(count, 2200);
}

#[test]
fn in_full() {
    let mut expected = lines(include_str!("golden/features_full.txt"));
    let mut count = 0;
    while let Some(line) = expected.next() {
        let (args, fft_size, frames) = read(&mut Words::of(line));
        let mut filter = NoiseFilter::new(args, fft_size, frames[0].len()).unwrap();
        let stages = run(&mut filter, &frames);
        let mut found = vec![joined("smoothing", filter.noise_reduction().coefficients())];
        if let Some(pcan) = filter.pcan() {
            found.push(joined("gains", pcan.gains()));
            found.push(joined("snr_shift", [pcan.snr_shift()]));
        }
        found.push(joined("noise", stages.noise));
        found.push(joined("estimate", stages.estimate));
        found.push(joined("pcan", stages.pcan));
        found.push(joined("output", stages.output));
        for found in found {
            assert_eq!(expected.next(), Some(&found[..]), "of {line}");
        }
        count += 1;
    }
    assert_eq!(count, 20);
}
