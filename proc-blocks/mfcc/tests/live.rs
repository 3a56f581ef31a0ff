//! The three blocks against librosa and `tf.signal` themselves: usual and random arguments, on speech.
//!
//! `RUNEBLOCKS_PYTHON=python3 cargo test --release -p runeblocks-mfcc --test live`
//!
//! | variable | meaning |
//! |---|---|
//! | `RUNEBLOCKS_PYTHON` | an interpreter with the packages of `reference/requirements.txt`; without it this test says that it is skipped |
//! | `RUNEBLOCKS_SHARED` | a folder with recordings of people in `speech/`, `../shared` beside the workspace if not set; where it is missing, synthetic speech and other signals are compared only |
//! | `RUNEBLOCKS_LIVE_CLIPS` | how many of those recordings, 150 if not set |
//! | `RUNEBLOCKS_LIVE_SEED` | what random arguments are made from, 1 if not set |

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/chain.rs"]
mod chain;
#[path = "support/compare.rs"]
mod compare;
#[path = "support/random.rs"]
mod random;
#[path = "support/server.rs"]
mod server;
#[path = "../../fft/tests/support/signal.rs"]
mod signal;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use chain::{Arguments, Chain, Frames};
use compare::{Worst, compare, greatest, units};
use random::Random;
use runeblocks_core::{Facts, SampleRate, Tensor};
use runeblocks_mel_filterbank::scale::Scale;
use runeblocks_mel_filterbank::{Filterbank, Log, MelFilterbankArgs, Norm, Triangles};
use runeblocks_mfcc::{MfccArgs, Norm as DctNorm};
use runeblocks_spectrogram::{Framing, Output, SpectrogramArgs};
use serde_json::json;
use server::Server;
use signal::Signal;

fn setting(name: &str, default: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, which is no number")),
        Err(_) => default,
    }
}

/// Sound at 16 kHz, and the file that the reference reads it from, where there is one.
struct Clip {
    name: String,
    samples: Vec<i16>,
    path: Option<PathBuf>,
}

/// Recordings of people, evenly spread over the manifests; none where there is no such folder.
fn speech(root: &Path) -> Vec<Clip> {
    let shared = env::var_os("RUNEBLOCKS_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let mut paths = Vec::new();
    for language in ["english", "arabic"] {
        let folder = shared.join("speech").join(language);
        let Ok(manifest) = fs::read_to_string(folder.join("manifest.csv")) else { continue };
        let clips: Vec<&str> = manifest.lines().skip(1).filter(|line| !line.starts_with('_')).collect();
        let count = setting("RUNEBLOCKS_LIVE_CLIPS", 150) as usize / 2;
        paths.extend(clips.iter().step_by(clips.len() / count.max(1)).map(|line| {
            let path = line.split(',').next().unwrap();
            folder.join(path)
        }));
    }
    let read = |path: PathBuf| {
        let mut reader = claxon::FlacReader::open(&path).unwrap();
        assert_eq!((reader.streaminfo().sample_rate, reader.streaminfo().channels), (16_000, 1), "{}", path.display());
        let samples = reader.samples().map(|sample| i16::try_from(sample.unwrap()).unwrap()).collect();
        Clip { name: path.display().to_string(), samples, path: Some(path) }
    };
    let clips: Vec<Clip> = paths.into_iter().map(read).collect();
    if clips.is_empty() {
        eprintln!("SKIP the recordings of people of this test: no speech in {}", shared.display());
    }
    clips.into_iter().filter(|clip| clip.samples.len() >= 4096).collect()
}

/// The demo clips, and signals made of integers.
fn synthetic(root: &Path) -> Vec<Clip> {
    let words = ["up", "down", "left", "right"].map(|word| {
        let path = root.join(format!("examples/clips/{word}.wav"));
        let samples = hound::WavReader::open(&path).unwrap().samples::<i16>().map(|sample| sample.unwrap()).collect();
        Clip { name: path.display().to_string(), samples, path: Some(path) }
    });
    let kinds = ["silence", "noise", "square", "triangle", "impulses", "lowest", "ramp"];
    let signals = kinds.map(|kind| {
        let signal = Signal { kind: kind.to_owned(), length: 8000, amplitude: 20_000, seed: 0x0567_89ab };
        Clip { name: kind.to_owned(), samples: signal.samples(&[4096]), path: None }
    });
    words.into_iter().chain(signals).collect()
}

/// What people arrive with.
fn usual() -> [Arguments; 3] {
    let spectrogram = SpectrogramArgs { win_length: Some(400), hop_length: Some(160), ..Default::default() };
    [
        Arguments::default(),
        Arguments {
            spectrogram: SpectrogramArgs { output: Output::Db, ..spectrogram.clone() },
            // Takes no decibels, so `one` gives it a spectrogram of power.
            mel: MelFilterbankArgs { n_mels: 80, log: Log::Log10, ..Default::default() },
            mfcc: MfccArgs { n_mfcc: 20, lifter: 22.0, ..Default::default() },
        },
        Arguments {
            spectrogram: SpectrogramArgs { framing: Framing::Tf, output: Output::Magnitude, ..spectrogram },
            mel: MelFilterbankArgs {
                fmin: 80.0,
                fmax: Some(7600.0),
                htk: true,
                norm: Norm::None,
                triangles: Triangles::Mel,
                log: Log::Natural,
                amin: 0.0,
                log_offset: 1e-6,
                ..Default::default()
            },
            mfcc: MfccArgs { norm: DctNorm::Htk, ..Default::default() },
        },
    ]
}

/// What the blocks make of a clip. A spectrogram of decibels goes nowhere: what follows is made of its power, as the
/// reference does.
fn blocks(arguments: &Arguments, samples: &[i16]) -> [Frames; 3] {
    let sound = || Facts { sample_rate: Some(SampleRate(16_000)), ..Facts::of::<i16>([samples.len()]) };
    let tensor = Tensor::from(samples.to_vec());
    if arguments.spectrogram.output != Output::Db {
        return Chain::new(arguments, sound()).run(&tensor);
    }
    let mut block = runeblocks_spectrogram::DESCRIPTOR.create(&json!(arguments.spectrogram)).unwrap();
    let mut buffers = [block.infer(&[sound()]).unwrap()[0].buffer()];
    block.process(&[tensor.view()], &mut buffers).unwrap();
    let view = buffers[0].view().array::<f32>().unwrap();
    let power = SpectrogramArgs { output: Output::Power, ..arguments.spectrogram.clone() };
    let [mut spectrogram, mels, mfcc] =
        Chain::new(&Arguments { spectrogram: power, ..arguments.clone() }, sound()).run(&tensor);
    spectrogram.values = view.iter().copied().collect();
    [spectrogram, mels, mfcc]
}

/// How far off the sums of filters may be beside what is usual: by what each bin may be off, which counts where the
/// loudest of a frame lies outside the band; and by the filters of `tf.signal`, made in single precision: four roundings
/// of a mel number below 4096, by the mels from one corner of a filter to the next, for each bin of it and beside it.
fn filter_slack(arguments: &Arguments) -> impl Fn(&[f32]) -> Vec<f64> {
    let mel = &arguments.mel;
    let bank = Filterbank::new(mel, 16_000, arguments.spectrogram.n_fft).unwrap();
    let mels = |hz: f32| Scale::Htk.mel(hz.into());
    let step = (mels(mel.fmax.unwrap_or(8000.0)) - mels(mel.fmin)) / f64::from(mel.n_mels + 1);
    let weight =
        if mel.triangles == Triangles::Mel { 4.0 * 4096.0 * f64::from(f32::EPSILON / 2.0) / step } else { 0.0 };
    let decibels = arguments.spectrogram.output == Output::Db;
    let energy = move |bin: &f32| if decibels { 10f64.powf(f64::from(*bin) / 10.0) } else { f64::from(*bin) };
    move |spectrum| {
        let spectrum: Vec<f64> = spectrum.iter().map(energy).collect();
        let bin = 1e-6 * spectrum.iter().copied().fold(0.0, f64::max);
        let slack = |filter| {
            let (start, weights) = bank.filter(filter);
            let bins = start.saturating_sub(1)..(start + weights.len() + 1).min(spectrum.len());
            let weights: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
            bin * weights + weight * spectrum[bins].iter().sum::<f64>()
        };
        (0..bank.n_mels()).map(slack).collect()
    }
}

/// What the differences between mels, which were found to agree, may come to in each coefficient.
fn transform_slack(arguments: &Arguments, found: &[f32], expected: &[f32]) -> Vec<f64> {
    let differences: f64 = found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs())).sum();
    let weight = (2.0 / found.len() as f64).sqrt() * (1.0 + f64::from(arguments.mfcc.lifter) / 2.0);
    vec![weight * differences; arguments.mfcc.n_mfcc as usize]
}

/// Compares one clip.
fn one(server: &mut Server, arguments: &Arguments, clip: &Clip) -> [Worst; 3] {
    let Arguments { spectrogram, mel, mfcc } = arguments;
    let mut request = json!({ "spectrogram": spectrogram, "mel-filterbank": mel, "mfcc": mfcc });
    if let Some(path) = &clip.path {
        request["path"] = json!(path);
    }
    let expected = server.ask(request, clip.path.is_none().then_some(&clip.samples[..]));
    let found = blocks(arguments, &clip.samples);
    let of_filters = filter_slack(arguments);
    let mut worst = [Worst::default(); 3];
    for (stage, (found_stage, expected_stage)) in found.iter().zip(&expected).enumerate() {
        let name = &found_stage.name[..];
        assert_eq!((name, found_stage.width), (&expected_stage.name[..], expected_stage.width));
        assert_eq!(found_stage.rows().len(), expected_stage.rows().len(), "frames of {name} of {}", clip.name);
        let unit = units(arguments)[stage];
        let of = greatest(unit, expected_stage);
        for (at, (row, expected_row)) in found_stage.rows().zip(expected_stage.rows()).enumerate() {
            let slack = match name {
                "mels" => of_filters(expected[0].row(at)),
                "mfcc" => transform_slack(arguments, found[1].row(at), expected[1].row(at)),
                _ => Vec::new(),
            };
            worst[stage].join(compare(unit, row, expected_row, of[at], &slack));
        }
        let worst = worst[stage];
        assert!(worst.share <= 1.0, "{name} of {} with {arguments:#?}: {worst:?}", clip.name);
    }
    worst
}

/// What was compared, and how it went.
#[derive(Default)]
struct Count {
    comparisons: usize,
    worst: [Worst; 3],
}

fn main() {
    if env::args().any(|argument| argument == "--list") {
        return;
    }
    let Some(python) = env::var_os("RUNEBLOCKS_PYTHON") else {
        eprintln!("SKIP agreement with librosa and tf.signal: RUNEBLOCKS_PYTHON names no interpreter");
        return;
    };
    let mut server = Server::start(&python);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (name, clips) in [("people", speech(&root)), ("synthetic", synthetic(&root))] {
        let mut random = Random(setting("RUNEBLOCKS_LIVE_SEED", 1));
        let mut rows: [(Framing, &str, Count); 4] = [
            (Framing::Librosa, "usual", Count::default()),
            (Framing::Librosa, "random", Count::default()),
            (Framing::Tf, "usual", Count::default()),
            (Framing::Tf, "random", Count::default()),
        ];
        for clip in &clips {
            let usual = usual().map(|arguments| ("usual", arguments));
            let random = [random.of_librosa(), random.of_tensorflow()].map(|arguments| ("random", arguments));
            for (which, arguments) in usual.into_iter().chain(random) {
                let of = one(&mut server, &arguments, clip);
                let row = rows.iter_mut().find(|row| (row.0, row.1) == (arguments.spectrogram.framing, which));
                let (.., count) = row.unwrap();
                count.comparisons += 1;
                count.worst.iter_mut().zip(of).for_each(|(worst, of)| worst.join(of));
            }
        }
        println!("{name}, {} clips: the greatest share of the tolerance, and relative difference", clips.len());
        for (framing, which, Count { comparisons, worst }) in rows {
            let [spectrogram, mels, mfcc] =
                worst.map(|Worst { share, difference }| format!("{share:.3}, {difference:.1e}"));
            println!(
                "  {framing}, {which} arguments, {comparisons} comparisons: spectrogram {spectrogram}; mels {mels}; mfcc {mfcc}"
            );
        }
    }
}
