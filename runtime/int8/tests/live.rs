//! Random models against TensorFlow Lite Micro itself, or LiteRT where XNNPACK's rounding is followed, at every level that
//! the machine has. Models with quantised `uint8`, which the former does not take, are held to LiteRT's reference kernels.
//!
//! `RUNEBLOCKS_PYTHON=python3 cargo test --release -p runeblocks-int8 --test live -- CONV_2D`
//!
//! Names on the command line choose the operators whose names contain one of them; one that begins with `=` chooses the
//! operator of that name.
//!
//! | variable | meaning |
//! |---|---|
//! | `RUNEBLOCKS_PYTHON` | an interpreter with the packages of `reference/requirements.txt`; without it these tests say that they are ignored |
//! | `RUNEBLOCKS_LIVE_MODELS` | models for each operator, 500 if not set |
//! | `RUNEBLOCKS_LIVE_SEED` | the seed of the first of them, 1 if not set |
//! | `RUNEBLOCKS_LIVE_ROUNDING` | `tflm` or `xnnpack`, `tflm` if not set |

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/compare.rs"]
mod compare;
#[path = "support/generate/mod.rs"]
mod generate;
#[path = "support/model.rs"]
mod model;
#[path = "support/random.rs"]
mod random;
#[path = "support/run.rs"]
mod run;
#[path = "support/server.rs"]
#[expect(dead_code, reason = "the reference is asked anew, not reset")]
mod server;

use std::path::PathBuf;

use generate::{Case, Operator};
use random::Random;
use runeblocks_int8::{Level, Rounding};
use runeblocks_tflite::ModelFile;
use server::{Refusal, Runtime, Server};

fn setting<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{name} is {text:?}: {error}")),
        Err(_) => default,
    }
}

/// A test without the usual harness, which would hide that it was skipped.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let names: Vec<&str> = arguments.iter().filter(|name| !name.starts_with('-')).map(String::as_str).collect();
    let wanted = |operator: &str| {
        let chosen = |name: &&str| name.strip_prefix('=').map_or(operator.contains(*name), |name| operator == name);
        names.is_empty() || names.iter().any(chosen)
    };
    // LiteRT leaves variables undefined that have no first value.
    let rounding = setting("RUNEBLOCKS_LIVE_ROUNDING", Rounding::Tflm);
    let compared = |name: &str| rounding == Rounding::Tflm || !matches!(name, "variables" | "rings");
    let operators: Vec<Operator> = generate::operators().filter(|&(name, _)| wanted(name) && compared(name)).collect();
    print!("test random_models ... ");
    if operators.is_empty() {
        println!("filtered out: nothing was compared");
        return;
    }
    let Some(mut server) = Server::start() else { return };
    println!("at {}", Level::available().map(Level::name).collect::<Vec<_>>().join(", "));
    let mut failures = Vec::new();
    for operator in operators {
        let tally = compare(&mut server, rounding, operator);
        println!("{tally}");
        failures.extend(tally.failures.into_iter().next());
    }
    assert!(failures.is_empty(), "{} operators differ:\n{}", failures.len(), failures.join("\n"));
    println!("test random_models ... ok");
}

/// What came of an operator's models.
struct Tally {
    name: &'static str,
    models: u64,
    /// Models that the reference refuses, with what it said of the first.
    refused: u64,
    refusal: Option<String>,
    /// Models that can't follow XNNPACK's rounding, where it is followed.
    declined: u64,
    failures: Vec<String>,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, models, refused, refusal, declined, failures } = self;
        write!(f, "{name}: {} models, {} failures", models - refused - declined, failures.len())?;
        if *declined > 0 {
            write!(f, "; {declined} more can't follow the rounding")?;
        }
        if let Some(refusal) = refusal {
            write!(f, "; the reference refuses {refused} more, the first {refusal}")?;
        }
        Ok(())
    }
}

/// Compares models with one operator.
fn compare(server: &mut Server, rounding: Rounding, (name, make): Operator) -> Tally {
    let (first, models): (u64, u64) = (setting("RUNEBLOCKS_LIVE_SEED", 1), setting("RUNEBLOCKS_LIVE_MODELS", 500));
    let mut tally = Tally { name, models, refused: 0, refusal: None, declined: 0, failures: Vec::new() };
    for seed in first..first.saturating_add(models) {
        let case = make(&mut Random::of(name, seed));
        if rounding == Rounding::Xnnpack && declines(&case) {
            tally.declined += 1;
            continue;
        }
        let runtime = Runtime::of(&case.model, rounding);
        if rounding == Rounding::Tflm {
            tally.failures.extend(device(server, &case).err().map(|error| format!("{name}, seed {seed}: {error}")));
        }
        match server.run(runtime, &case.model, &case.invocations) {
            Ok(answer) => {
                for level in Level::available() {
                    if let Err(difference) = check(&case, level, rounding, &answer.outputs) {
                        let kept = keep(name, seed, &case.model);
                        tally
                            .failures
                            .push(format!("{name}, seed {seed} at {level} ({}): {difference}", kept.display()));
                        break;
                    }
                }
            }
            Err(Refusal::Refused(why) | Refusal::Crashed(why)) => {
                tally.refused += 1;
                tally.refusal.get_or_insert_with(|| {
                    let kept = keep(name, seed, &case.model);
                    format!("with seed {seed} ({}): {}", kept.display(), why.replace('\n', " / "))
                });
            }
        }
    }
    assert!(tally.refused < tally.models || rounding == Rounding::Xnnpack, "{tally}: nothing was compared");
    tally
}

/// Holds what is told of a device against what TensorFlow Lite Micro runs.
fn device(server: &mut Server, case: &Case) -> Result<(), String> {
    let told = runeblocks_tflite::device::reasons(&ModelFile::from_bytes(case.model.clone()).unwrap());
    match server.run(Runtime::Tflm, &case.model, &case.invocations) {
        Ok(_) if told.is_empty() => Ok(()),
        Ok(_) => Err(format!("it runs on a device, and this is told: {told:?}")),
        Err(_) if !told.is_empty() => Ok(()),
        Err(why) => Err(format!("it does not run on a device, and nothing is told: {why:?}")),
    }
}

/// Whether an operator can't follow XNNPACK's rounding, and says so.
fn declines(case: &Case) -> bool {
    run::program(&case.model, Level::Plain, Rounding::Xnnpack).is_err_and(|error| error.contains("XNNPACK's rounding"))
}

/// Runs a case, and again after a reset.
fn check(case: &Case, level: Level, rounding: Rounding, expected: &[Vec<Vec<u8>>]) -> Result<(), String> {
    let program = run::program(&case.model, level, rounding)?;
    let mut interpreter = run::interpreter(&program);
    for time in ["", "after a reset, "] {
        let found = run::outputs(&mut interpreter, &case.invocations)?;
        compare::outputs(program.outputs(), expected, &found, case.tolerance)
            .map_err(|difference| format!("{time}{difference}"))?;
        interpreter.reset();
    }
    Ok(())
}

/// Writes a model down, to look at it.
fn keep(name: &str, seed: u64, model: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seed}.tflite"));
    std::fs::write(&path, model).unwrap();
    path
}
