//! What the references gave (`runtime/frontend/reference/make_goldens.py`), without Python.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/signal.rs"]
mod signal;

use golden::{Words, hash, joined, lines};
use runeblocks_fft::{FftArgs, Spectrogram};
use runeblocks_micro::{Dialect, Level};
use signal::Signal;

/// A spectrogram for each level of this machine, and their input, from the columns that both files begin with.
fn read(words: &mut Words<'_>) -> (Vec<Spectrogram>, Vec<i16>) {
    let dialect: Dialect = words.text().parse().unwrap();
    let args = FftArgs {
        sample_rate: words.number(),
        window_size: words.number(),
        window_step: words.number(),
        num_channels: words.number(),
        lower_band_limit: words.float(),
        upper_band_limit: words.float(),
        dialect,
    };
    let signal = Signal {
        kind: words.text().to_owned(),
        length: words.number(),
        amplitude: words.number(),
        seed: words.number(),
    };
    let levels = Level::available().map(|level| Spectrogram::with_level(args.clone(), level).unwrap());
    let spectrograms: Vec<Spectrogram> = levels.collect();
    let samples = signal.samples(spectrograms[0].coefficients());
    (spectrograms, samples)
}

/// What the stages made of all frames.
#[derive(Default)]
struct Stages {
    window: Vec<i16>,
    shift: Vec<i32>,
    fft: Vec<i16>,
    energy: Vec<u32>,
    sums: Vec<u64>,
    filterbank: Vec<u32>,
}

fn run(spectrogram: &mut Spectrogram, mut samples: &[i16]) -> Stages {
    let mut stages = Stages::default();
    while let Some(frame) = spectrogram.push(&mut samples) {
        stages.filterbank.extend(frame);
        let of_frame = spectrogram.stages();
        stages.window.extend(spectrogram.windowed());
        stages.shift.push(spectrogram.shift() as i32);
        stages.fft.extend(of_frame.spectrum.iter().flat_map(|bin| [bin.re, bin.im]));
        stages.energy.extend(of_frame.energy);
        stages.sums.extend(of_frame.sums);
    }
    stages
}

/// Little-endian bytes.
macro_rules! bytes {
    ($($values:expr),+) => {{
        let mut bytes = Vec::new();
        $(bytes.extend($values.iter().flat_map(|value| value.to_le_bytes()));)+
        bytes
    }};
}

#[test]
fn by_hash() {
    let mut count = 0;
    for line in lines(include_str!("golden/spectra.txt")) {
        let mut words = Words::of(line);
        let (spectrograms, samples) = read(&mut words);
        let expected =
            ["tables", "window", "shift", "fft", "energy", "sums", "filterbank"].map(|name| (name, words.text()));
        for mut spectrogram in spectrograms {
            let stages = run(&mut spectrogram, &samples);
            let bank = spectrogram.filterbank();
            let range = [bank.start_index() as i32, bank.end_index() as i32];
            let tables = bytes!(
                spectrogram.coefficients(),
                range,
                bank.freq_starts(),
                bank.weight_starts(),
                bank.widths(),
                bank.weights(),
                bank.unweights()
            );
            let found = [
                tables,
                bytes!(stages.window),
                bytes!(stages.shift),
                bytes!(stages.fft),
                bytes!(stages.energy),
                bytes!(stages.sums),
                bytes!(stages.filterbank),
            ];
            for ((name, expected), found) in expected.into_iter().zip(found) {
                assert_eq!(hash(&found), expected, "{name} at {} of {line}", spectrogram.level());
            }
        }
        count += 1;
    }
    assert_eq!(count, 2200);
}

#[test]
fn in_full() {
    let mut expected = lines(include_str!("golden/spectra_full.txt"));
    let mut count = 0;
    while let Some(line) = expected.next() {
        let (spectrograms, samples) = read(&mut Words::of(line));
        let expected: [&str; 13] = std::array::from_fn(|_| expected.next().unwrap());
        for mut spectrogram in spectrograms {
            let stages = run(&mut spectrogram, &samples);
            let bank = spectrogram.filterbank();
            let found = [
                joined("coefficients", spectrogram.coefficients()),
                joined("range", [bank.start_index(), bank.end_index()]),
                joined("freq_starts", bank.freq_starts()),
                joined("weight_starts", bank.weight_starts()),
                joined("widths", bank.widths()),
                joined("weights", bank.weights()),
                joined("unweights", bank.unweights()),
                joined("window", stages.window),
                joined("shift", stages.shift),
                joined("fft", stages.fft),
                joined("energy", stages.energy),
                joined("sums", stages.sums),
                joined("filterbank", stages.filterbank),
            ];
            assert_eq!(found, expected, "at {} of {line}", spectrogram.level());
        }
        count += 1;
    }
    assert_eq!(count, 20);
}
