//! Random configurations and hostile signals against the references themselves: every table, every stage, streams cut
//! at random, and TensorFlow's op; at every level that the machine has.
//!
//! `RUNEBLOCKS_PYTHON=python3 cargo test --release -p runeblocks-frontend --test live`
//!
//! | variable | meaning |
//! |---|---|
//! | `RUNEBLOCKS_PYTHON` | an interpreter with the packages of `reference/reference.py`; without it these tests say that they are ignored |
//! | `RUNEBLOCKS_LIVE_CONFIGS` | configurations for each dialect, 1000 if not set |
//! | `RUNEBLOCKS_LIVE_SEED` | what they are made from, 1 if not set |
//! | `RUNEBLOCKS_LIVE_DIALECTS` | `tf,tflm` if not set |

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/config.rs"]
mod config;
#[path = "../../../proc-blocks/fft/tests/support/random.rs"]
mod random;
#[path = "support/server.rs"]
mod server;
#[path = "../../../proc-blocks/fft/tests/support/signal.rs"]
mod signal;
#[path = "support/stages.rs"]
mod stages;

use std::collections::BTreeSet;

use random::Random;
use runeblocks_frontend::{Config, Dialect, Features, Level, MicroFrontend};
use serde_json::json;
use server::Server;

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, which is no number")),
        Err(_) => default,
    }
}

/// A front end for each level of the machine; `None` where the configuration is invalid.
fn at_every_level(config: &Config, dialect: Dialect) -> Option<Vec<MicroFrontend>> {
    Level::available().map(|level| MicroFrontend::with_level(config, dialect, level).ok()).collect()
}

/// The rows of a stream that is cut at random.
fn streamed(frontend: &mut MicroFrontend, mut samples: &[i16], chunks: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sizes = chunks.iter().cycle();
    while !samples.is_empty() {
        let (chunk, rest) = samples.split_at(samples.len().min(*sizes.next().unwrap()));
        let Features::Uint16(values) = frontend.push(chunk) else { panic!("expected whole numbers") };
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        samples = rest;
    }
    bytes
}

/// The names of the levels that the machine has.
fn levels() -> String {
    Level::available().map(Level::name).collect::<Vec<_>>().join(", ")
}

/// A comparison with the references, by name.
type Test = (&'static str, fn(Server));

/// A test without the usual harness, which would hide that it was skipped.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let wanted = |name: &str| arguments.iter().all(|argument| argument.starts_with('-') || name.contains(&**argument));
    let tests: [Test; 2] = [
        ("stages_and_tables", stages_and_tables),
        ("op_with_context_stride_and_scale", op_with_context_stride_and_scale),
    ];
    for (name, test) in tests {
        if !wanted(name) {
            println!("test {name} ... filtered out: nothing was compared");
            continue;
        }
        match std::env::var_os("RUNEBLOCKS_PYTHON") {
            Some(python) => {
                test(Server::start(&python));
                println!("test {name} ... ok");
            }
            None => println!("test {name} ... ignored, RUNEBLOCKS_PYTHON names no interpreter: nothing was compared"),
        }
    }
}

fn stages_and_tables(mut server: Server) {
    let count: usize = setting("RUNEBLOCKS_LIVE_CONFIGS", 1000);
    let wanted = setting("RUNEBLOCKS_LIVE_DIALECTS", "tf,tflm".to_owned());
    for name in wanted.split(',') {
        assert!(
            server.dialects.iter().any(|known| known == name),
            "the reference of {name} is not installed beside {:?}",
            std::env::var("RUNEBLOCKS_PYTHON")
        );
        let dialect: Dialect = name.parse().unwrap();
        let mut random = Random(setting("RUNEBLOCKS_LIVE_SEED", 1));
        let (mut done, mut refused, mut frames, mut differences) = (0, 0, 0, Vec::new());
        while done < count {
            let config = config::config(&mut random);
            let Some(front_ends) = at_every_level(&config, dialect) else {
                refused += 1;
                continue;
            };
            let spectrogram = front_ends[0].spectrogram();
            let signal = random.signal(spectrogram.window_size());
            let samples = signal.samples(spectrogram.coefficients());
            frames += spectrogram.frames_of(samples.len());
            let most = if random.once_in(4) { 3 } else { samples.len() as u32 };
            let chunks: Vec<usize> = (0..5).map(|_| random.range(1, most) as usize).collect();
            let expected = server
                .ask(json!({"dialect": name, "config": config, "chunks": chunks}), &samples)
                .unwrap_or_else(|| panic!("the reference of {name} refuses what Runeblocks accepts: {config:?}"));
            for mut frontend in front_ends {
                let mut found = stages::tables(&frontend);
                found.extend(stages::stages(&mut frontend, &samples));
                frontend.reset();
                found.insert("streamed".to_owned(), streamed(&mut frontend, &samples, &chunks));
                let differing: BTreeSet<&String> =
                    expected.keys().chain(found.keys()).filter(|key| expected.get(*key) != found.get(*key)).collect();
                if !differing.is_empty() {
                    let level = frontend.level();
                    differences.push(format!("{differing:?} at {level} of {config:?} with {signal:?}"));
                }
            }
            done += 1;
        }
        println!(
            "{name}: {done} configurations ({refused} more were invalid), {frames} frames, at {}: {} differences",
            levels(),
            differences.len()
        );
        assert!(frames > 0, "{name}: RUNEBLOCKS_LIVE_CONFIGS is {count}, so nothing was compared");
        assert!(
            differences.is_empty(),
            "{name}: {} differences in {done} configurations, the first in {}",
            differences.len(),
            differences[0]
        );
    }
}

fn op_with_context_stride_and_scale(mut server: Server) {
    assert!(server.dialects.iter().any(|known| known == "tf"), "tensorflow-cpu is not installed");
    let mut random = Random(setting("RUNEBLOCKS_LIVE_SEED", 1) + 1_000_000);
    let count = 100;
    let mut done = 0;
    while done < count {
        let config = config::config_of_rows(&mut random);
        let Some(front_ends) = at_every_level(&config, Dialect::Tf) else { continue };
        let spectrogram = front_ends[0].spectrogram();
        let signal = random.signal(spectrogram.window_size());
        let mut samples = signal.samples(spectrogram.coefficients());
        if random.once_in(10) {
            samples.truncate(spectrogram.window_size() - 1);
        }
        let expected = server.ask(json!({"op": config}), &samples).unwrap();
        for mut frontend in front_ends {
            let level = frontend.level();
            let found: Vec<u8> = match frontend.process_clip(&samples) {
                Features::Uint16(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
                Features::Float(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            };
            let shape = [frontend.rows_of(samples.len()), frontend.row_len()];
            let shape: Vec<u8> = shape.iter().flat_map(|&axis| (axis as i32).to_le_bytes()).collect();
            assert_eq!(expected["shape"], shape, "shape at {level} of {config:?}");
            assert!(expected["features"] == found, "features at {level} of {config:?} with {signal:?}");
        }
        done += 1;
    }
    println!("op: {done} configurations, at {}: 0 differences", levels());
}
