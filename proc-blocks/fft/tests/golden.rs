//! What the references gave (`runtime/frontend/reference/make_goldens.py`), without Python.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/signal.rs"]
mod signal;

use golden::{Words, hash, joined, lines};
use runeblocks_fft::{FftArgs, Spectrogram};
use runeblocks_micro::Dialect;
use signal::Signal;

/// A spectrogram and its input, from the columns that both files begin with.
fn read(words: &mut Words<'_>) -> (Spectrogram, Vec<i16>) {
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
    let spectrogram = Spectrogram::new(args).unwrap();
    let samples = signal.samples(spectrogram.coefficients());
    (spectrogram, samples)
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
        let (mut spectrogram, samples) = read(&mut words);
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
            ("tables", tables),
            ("window", bytes!(stages.window)),
            ("shift", bytes!(stages.shift)),
            ("fft", bytes!(stages.fft)),
            ("energy", bytes!(stages.energy)),
            ("sums", bytes!(stages.sums)),
            ("filterbank", bytes!(stages.filterbank)),
        ];
        for (name, bytes) in found {
            assert_eq!(hash(&bytes), words.text(), "{name} of {line}");
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
        let (mut spectrogram, samples) = read(&mut Words::of(line));
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
        for found in found {
            assert_eq!(expected.next(), Some(&found[..]), "of {line}");
        }
        count += 1;
    }
    assert_eq!(count, 20);
}
