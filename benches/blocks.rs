//! Front ends made of blocks, by the executor of the graph: `blocks/spectrogram+mel-filterbank+mfcc`.
//! Times are for all frames of 20 s of speech-like sound.

use std::f64::consts::PI;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use runeblocks_benches::{SECONDS, preset, speech_like};
use runeblocks_core::{Number, Tensor, numeric};
use runeblocks_frontend::MicroFrontend;
use runeblocks_graph::{Environment, Executor, Graph, NoModels};
use runeblocks_mel_filterbank::{Filterbank, MelFilterbankArgs};
use runeblocks_micro::{Dialect, Level};

/// Each block with its arguments, and the one that it reads.
const BLOCKS: [[&str; 3]; 5] = [
    ["fft", "window_size: 30, window_step: 20, num_channels: 40", "audio"],
    ["noise-filtering", "", "fft"],
    ["spectrogram", "n_fft: 512, hop_length: 320", "audio"],
    ["mel-filterbank", "n_mels: 40", "spectrogram"],
    ["mfcc", "n_mfcc: 13", "mel-filterbank"],
];
const N_FFT: usize = 512;
const HOP: usize = 320;
const N_MELS: usize = 40;

/// The front end that ends with a block, and its name.
fn front_end(last: &str) -> (String, Executor) {
    let (mut stages, mut name, mut block) = (String::new(), String::new(), last);
    while let Some([_, args, from]) = BLOCKS.into_iter().find(|[found, ..]| *found == block) {
        stages = format!("  {block}: {{ block: {block}, from: {from}, args: {{ {args} }} }}\n{stages}");
        name = if name.is_empty() { block.to_owned() } else { format!("{block}+{name}") };
        block = from;
    }
    let input = format!("  audio: {{ input: sound, args: {{ sample_rate: 16000, duration_ms: {SECONDS}000 }} }}\n");
    let text = format!("version: 2\npipeline:\n{input}{stages}outputs: [{last}]\n");
    let registry = runeblocks_all::registry();
    let environment = Environment::new(&registry, &NoModels);
    let graph = Graph::from_text(last, &text, Path::new("."), &environment).expect("the Runefile is valid");
    (name, graph.into_executor(&[]).expect("there is no model to load"))
}

/// The output for a clip.
fn run(executor: &mut Executor, last: &str, clip: &Tensor) -> Vec<f64> {
    executor.run(&[("audio", clip.view())]).expect("the clip is as long as the Runefile says");
    let output = executor.output(last).expect("the Runefile has this output").numeric().expect("features are numbers");
    numeric!(output, values => values.iter().map(|&value| value.to_f64()).collect())
}

/// Holds the output of a block to the specification, or to what it has to be given that of the block before.
fn check(block: &str, found: &[f64], before: &[f64], samples: &[i16]) {
    let agree = |found: f64, expected: f64, tolerance: f64| {
        assert!((found - expected).abs() <= tolerance, "{block}: {found} instead of {expected}");
    };
    match block {
        "spectrogram" => {
            // Parseval's theorem.
            let window = |i: usize| 0.5 - 0.5 * (2.0 * PI * i as f64 / N_FFT as f64).cos();
            let frames = samples.windows(N_FFT).step_by(HOP);
            assert_eq!(found.len(), frames.len() * (N_FFT / 2 + 1));
            for (frame, power) in frames.zip(found.chunks(N_FFT / 2 + 1)) {
                let samples = frame.iter().enumerate().map(|(i, &x)| window(i) * f64::from(x) / 32768.0);
                let energy = N_FFT as f64 * samples.map(|x| x * x).sum::<f64>();
                let sum = 2.0 * power.iter().sum::<f64>() - power[0] - power[N_FFT / 2];
                agree(sum, energy, 1e-4 * energy);
            }
        }
        "mel-filterbank" => {
            let filterbank = Filterbank::new(&MelFilterbankArgs::default(), 16_000, N_FFT as u32).expect("valid");
            let mut mels = [0.0; N_MELS];
            assert_eq!(found.len() / N_MELS, before.len() / (N_FFT / 2 + 1));
            for (found, spectrum) in found.chunks(N_MELS).zip(before.chunks(N_FFT / 2 + 1)) {
                filterbank.apply(&spectrum.iter().map(|&value| value as f32).collect::<Vec<_>>(), &mut mels);
                found.iter().zip(mels).for_each(|(&db, mel)| agree(db, 10.0 * f64::from(mel).max(1e-10).log10(), 1e-3));
            }
        }
        "mfcc" => {
            assert_eq!(found.len() / 13, before.len() / N_MELS);
            for (coefficients, mels) in found.chunks(13).zip(before.chunks(N_MELS)) {
                agree(coefficients[0], mels.iter().sum::<f64>() / (N_MELS as f64).sqrt(), 1e-3);
            }
        }
        _ => {
            let front_end = MicroFrontend::with_level(&preset("micro_speech"), Dialect::Tf, Level::Plain);
            let mut expected = Vec::new();
            front_end.expect("the preset is valid").for_each_frame(samples, |taps| match block {
                "fft" => expected.extend(taps.filterbank.iter().map(|&value| f64::from(value))),
                _ => expected.extend(taps.output.iter().map(|&value| f64::from(value))),
            });
            assert!(found == expected, "{block} differs from the specification");
        }
    }
}

fn blocks(criterion: &mut Criterion) {
    let samples = speech_like();
    let clip = Tensor::from(samples.clone());
    let mut group = criterion.benchmark_group("blocks");
    let mut before = Vec::new();
    for [block, ..] in BLOCKS {
        let (name, mut executor) = front_end(block);
        let found = run(&mut executor, block, &clip);
        check(block, &found, &before, &samples);
        before = found;
        let inputs = [("audio", clip.view())];
        group.throughput(Throughput::Elements(u64::from(SECONDS * 50)));
        group.bench_function(name, |b| b.iter(|| executor.run(black_box(&inputs))));
    }
    group.finish();
}

criterion_group!(benches, blocks);
criterion_main!(benches);
