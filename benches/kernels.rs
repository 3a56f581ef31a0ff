//! Each kernel of the front end, and the whole of it, on 20 s of speech-like sound. Times are for all frames.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use runeblocks_benches::{SAMPLE_RATE, checksum, speech_like};
use runeblocks_fft::{energy, filterbank::Filterbank, fixed_fft, sqrt, window};
use runeblocks_frontend::{Config, Features, MicroFrontend};
use runeblocks_micro::Dialect;
use runeblocks_noise_filtering::NoiseFilter;

const SECONDS: u32 = 20;

fn config() -> Config {
    Config { window_size: 30, window_step: 20, num_channels: 40, ..Config::default() }
}

/// What every stage is given, frame by frame.
#[derive(Default)]
struct Frames {
    shifts: Vec<u32>,
    windowed: Vec<Vec<i16>>,
    spectra: Vec<Vec<fixed_fft::Complex16>>,
    energies: Vec<Vec<u32>>,
    sums: Vec<Vec<u64>>,
    filterbank: Vec<Vec<u32>>,
    reduced: Vec<Vec<u32>>,
    normalized: Vec<Vec<u32>>,
    output: Vec<Vec<u16>>,
}

impl Frames {
    fn of(front_end: &mut MicroFrontend, samples: &[i16]) -> Self {
        let mut frames = Frames::default();
        front_end.for_each_frame(samples, |taps| {
            frames.shifts.push(taps.shift);
            frames.windowed.push(taps.window.to_vec());
            frames.spectra.push(taps.fft.to_vec());
            frames.energies.push(taps.energy.to_vec());
            frames.sums.push(taps.sums.to_vec());
            frames.filterbank.push(taps.filterbank.to_vec());
            frames.reduced.push(taps.noise.to_vec());
            frames.normalized.push(taps.pcan.to_vec());
            frames.output.push(taps.output.to_vec());
        });
        frames
    }
}

fn sum<T: Copy + Into<u64>>(rows: &[Vec<T>]) -> u64 {
    checksum(rows.iter().flatten().map(|x| (*x).into()))
}

fn kernels(criterion: &mut Criterion) {
    let samples = speech_like(SECONDS);
    let mut front_end = MicroFrontend::new(&config(), Dialect::Tf).expect("the configuration is valid");
    let frames = Frames::of(&mut front_end, &samples);
    let spectrogram = front_end.spectrogram();
    let (size, step, bins) = (spectrogram.window_size(), spectrogram.window_step(), spectrogram.spectrum().len());
    let mut group = criterion.benchmark_group("kernel/scalar");
    group.throughput(Throughput::Elements(frames.output.len() as u64));

    let coefficients = spectrogram.coefficients();
    let mut windowed = vec![0; size];
    let mut window = |i: usize| window::apply(&samples[i * step..i * step + size], coefficients, &mut windowed);
    assert_eq!(window(3).unsigned_abs().leading_zeros() - 1, frames.shifts[3]);
    group.bench_function("window", |b| {
        b.iter(|| (0..frames.output.len()).map(|i| i32::from(black_box(window(i)))).sum::<i32>());
    });

    let fft = fixed_fft::RealFft::new(spectrogram.fft_size() as usize).expect("the size is valid");
    let padded: Vec<Vec<i16>> =
        frames.windowed.iter().map(|w| [&w[..], &vec![0; fft.fft_size() - size]].concat()).collect();
    let (mut work, mut spectrum) = (vec![Default::default(); bins - 1], vec![Default::default(); bins]);
    let mut transform = |i: usize| {
        fft.forward(&padded[i], frames.shifts[i], &mut work, &mut spectrum);
        black_box(&spectrum)[1]
    };
    assert_eq!(transform(3), frames.spectra[3][1]);
    group.bench_function("fft", |b| {
        b.iter(|| (0..frames.output.len()).map(|i| i32::from(transform(i).re)).sum::<i32>());
    });

    let filterbank: &Filterbank = spectrogram.filterbank();
    let range = filterbank.start_index()..filterbank.end_index();
    let mut energies = vec![0; bins];
    let mut energy = |i: usize| {
        energy::energy(&frames.spectra[i][range.clone()], &mut energies[range.clone()]);
        black_box(&energies)[range.start]
    };
    assert_eq!(energy(3), frames.energies[3][range.start]);
    group.bench_function("energy", |b| b.iter(|| (0..frames.output.len()).map(|i| u64::from(energy(i))).sum::<u64>()));

    let mut sums = vec![0; config().num_channels as usize + 1];
    filterbank.accumulate(&frames.energies[3], &mut sums);
    assert_eq!(sums, frames.sums[3]);
    group.bench_function("filterbank", |b| {
        b.iter(|| frames.energies.iter().for_each(|energies| filterbank.accumulate(energies, black_box(&mut sums))));
    });

    let roots = |sums: &[u64]| sums[1..].iter().map(|x| u64::from(sqrt::sqrt(*x))).sum::<u64>();
    let expected: u64 = frames.filterbank[3].iter().map(|x| u64::from(*x)).sum();
    assert!(roots(&frames.sums[3]) >> frames.shifts[3] >= expected);
    group.bench_function("sqrt", |b| b.iter(|| frames.sums.iter().map(|sums| roots(black_box(sums))).sum::<u64>()));

    let filter = || {
        let args = config().noise_filtering();
        NoiseFilter::new(args, spectrogram.fft_size(), spectrogram.num_channels()).expect("the configuration is valid")
    };
    let (mut signal, mut output) = (vec![0; 40], vec![0; 40]);
    let mut reducing = filter();
    group.bench_function("noise_reduction", |b| {
        b.iter(|| {
            reducing.reset();
            for frame in &frames.filterbank {
                signal.copy_from_slice(frame);
                reducing.reduce(black_box(&mut signal));
            }
        });
    });
    assert_eq!(Some(&signal), frames.reduced.last());
    group.bench_function("pcan", |b| {
        b.iter(|| {
            for frame in &frames.reduced {
                signal.copy_from_slice(frame);
                reducing.normalize(black_box(&mut signal));
            }
        });
    });
    assert_eq!(Some(&signal), frames.normalized.last());
    group.bench_function("log", |b| {
        b.iter(|| frames.normalized.iter().for_each(|frame| reducing.scale(frame, black_box(&mut output))));
    });
    assert_eq!(Some(&output), frames.output.last());
    group.finish();
}

fn front_end(criterion: &mut Criterion) {
    let samples = speech_like(SECONDS);
    let mut group = criterion.benchmark_group("front_end/scalar");
    group.throughput(Throughput::Elements(u64::from(SECONDS * SAMPLE_RATE)));
    let presets = [("op", (25, 10, 32)), ("micro_speech", (30, 20, 40)), ("micro_wake_word", (30, 10, 40))];
    for (preset, (window_size, window_step, num_channels)) in presets {
        let config = Config { window_size, window_step, num_channels, ..Config::default() };
        let mut front_end = MicroFrontend::new(&config, Dialect::Tf).expect("the configuration is valid");
        let frames = Frames::of(&mut front_end, &samples);
        front_end.reset();
        let Features::Uint16(features) = front_end.process_clip(&samples) else {
            unreachable!("the op's default type")
        };
        assert_eq!(checksum(features.iter().map(|x| u64::from(*x))), sum(&frames.output), "{preset}");
        group.bench_function(preset, |b| b.iter(|| front_end.process_clip(black_box(&samples))));
    }
    group.finish();
}

criterion_group!(benches, kernels, front_end);
criterion_main!(benches);
