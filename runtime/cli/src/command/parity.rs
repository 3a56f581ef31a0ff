//! `parity`: two front ends compared, bit by bit.

mod text;

use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_calibrate::{Change, Dataset, Effect, FrontEnd, Other, ParityError, Share, splits};
use runeblocks_io::npy;
use serde_json::{Value, json};

use crate::data::{Selection, notes};
use crate::failure::{Exit, Failure, Failures};
use crate::pipeline::PipelineOptions;
use crate::progress::Progress;
use crate::terminal::{self, Paint};

/// Compare two front ends: the first stage, frame and channel that differ, and what that does to a model
#[derive(Debug, Args)]
#[command(after_help = "\
B is another Runefile; the same one with other arguments (--set, B left out); or a .npy file with
features of the same recordings in their order, made by anything: [clips, frames, channels], or
[frames, channels] of one recording. Recorded features are compared with the last stage of their
element type, u16 with the whole numbers behind a last `noise-filtering`. The front end of B is what
stands before its first model, which is not read.

Differences are of the numbers that values stand for, and in steps of A's quantisation. The model is
A's, fed with the features of both; those of B are requantised if their type or quantisation is
another.

Exit status, beside 2 to 4 for what fails:
  0  the bits of all stages are the same
  1  they differ

Examples:
  runeblocks parity Runefile.yml --data clip.wav --set fft.dialect=tflm
  runeblocks parity Runefile.yml other.yml --data speech/manifest.csv --split val
  runeblocks parity Runefile.yml features.npy --data recordings/ --json")]
pub struct Parity {
    /// The Runefile
    a: PathBuf,
    /// Another Runefile, or recorded features
    #[arg(required_unless_present = "set")]
    b: Option<PathBuf>,
    /// Sound files, or a folder or a manifest as `eval` takes it
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Change an argument of a block in B
    #[arg(long, value_name = "STAGE.ARGUMENT=VALUE")]
    set: Vec<Change>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

/// The names of the two sides.
const SIDES: [&str; 2] = ["A", "B"];

impl Parity {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let (parity, dataset, sides) = self.compare().map_err(not_a_difference)?;
        let mut failures = Failures::default();
        for (_, error) in &parity.failures {
            failures.add(&Failure::file(Exit::Input, error));
        }
        if parity.clips > 0 {
            let names = dataset.clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>();
            if self.json {
                terminal::print_json(&to_json(&parity, &sides, &names))?;
            } else {
                terminal::print(text::write(&parity, &sides, &names))?;
                terminal::print(notes(&parity.notes, &splits(dataset.clips.iter()), Paint::stdout()))?;
            }
        }
        failures.into_result()?;
        if parity.is_same() { Ok(()) } else { Err(Failure::Said(Exit::Run)) }
    }

    fn compare(&self) -> Result<(runeblocks_calibrate::Parity, Dataset, [String; 2]), Failure> {
        let graph = self.pipeline.load(&self.a)?;
        let dataset = self.selection.open_any(&self.data)?;
        let (a, b) = match &self.b {
            Some(path) if is_npy(path) && !self.set.is_empty() => {
                return Err(Failure::new(
                    Exit::Usage,
                    format!("{}: recorded features have no arguments", path.display()),
                )
                .help("leave out `--set`, or give a Runefile"));
            }
            Some(path) if is_npy(path) => {
                let recorded = npy::read(path)?;
                let a =
                    self.pipeline.environment(|environment| FrontEnd::read_for(&self.a, &recorded, environment))??;
                (a, Other::Recorded(recorded))
            }
            other => {
                let read = |path: &Path, set: &[Change]| {
                    self.pipeline.environment(|environment| FrontEnd::read(path, set, environment))
                };
                let b = read(other.as_ref().unwrap_or(&self.a), &self.set)??;
                (read(&self.a, &[])??, Other::FrontEnd(b))
            }
        };
        let progress = Progress::new(dataset.clips.len());
        let (options, each) = (self.selection.options(), || progress.advance());
        let parity = runeblocks_calibrate::Parity::run(&graph, &a, &b, &dataset, options, each)?;
        let named = |path: &Path, changes: &[Change]| {
            changes.iter().fold(path.display().to_string(), |name, change| format!("{name}, {change}"))
        };
        let sides = [named(&self.a, a.changes()), named(self.b.as_ref().unwrap_or(&self.a), &self.set)];
        Ok((parity, dataset, sides))
    }
}

fn is_npy(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"))
}

/// A value as it is written in a Runefile.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A run that failed has another status than bits that differ.
fn not_a_difference(failure: Failure) -> Failure {
    match failure {
        Failure::Error { exit: Exit::Run, message, help } => Failure::Error { exit: Exit::Invalid, message, help },
        other => other,
    }
}

fn to_json(parity: &runeblocks_calibrate::Parity, sides: &[String; 2], clips: &[&str]) -> Value {
    let share = |share: &Share| json!({ "value": share.value(), "interval": share.interval(), "count": share.count, "of": share.of });
    let effect = |effect: &Effect| {
        json!({
            "decisions": share(&effect.decisions),
            "score_change": { "greatest": effect.greatest, "mean": effect.mean },
            "accuracy": effect.accuracy.as_ref().map(|shares| shares.each_ref().map(share)),
            "requantised": effect.requantised,
        })
    };
    let stages = parity.stages.iter().map(|stage| {
        let mut json = json!(stage);
        json["same"] = stage.is_same().into();
        if let Some(first) = stage.difference.as_ref().and_then(|difference| difference.first.as_ref()) {
            json["difference"]["first"]["clip"] = clips[first.clip].into();
        }
        json
    });
    let [left_out, joined] = parity.notes.to_json();
    json!({
        "same": parity.is_same(),
        "compared": sides,
        "front_ends": parity.front_ends,
        "arguments": parity.arguments,
        "unmatched": parity.unmatched,
        "clips": parity.clips,
        "left_out": left_out,
        "joined": joined,
        "first": parity.first().map(|stage| &stage.names[0]),
        "stages": stages.collect::<Vec<_>>(),
        "effect": parity.effect.as_ref().ok().map(effect),
        "no_effect": parity.effect.as_ref().err(),
        "failures": parity.failures.iter().map(|(clip, error)| json!({ "path": clip.path.to_string_lossy(), "error": error.to_string() })).collect::<Vec<_>>(),
    })
}

impl From<ParityError> for Failure {
    fn from(error: ParityError) -> Self {
        match error {
            ParityError::Spotter(error) => error.into(),
            ParityError::Runefile(diagnostics) => Failure::Diagnostics(diagnostics),
            ParityError::File(error) => Failure::file(Exit::Invalid, &error),
            ParityError::NoBlock { .. } => Failure::new(Exit::Usage, error.to_string())
                .help("write `--set STAGE.ARGUMENT=VALUE`; `runeblocks blocks NAME` lists the arguments of a block"),
            ParityError::Recorded { .. } => Failure::new(Exit::Input, error.to_string())
                .help("record the features of the same recordings, in the order of the data"),
            error => Failure::new(Exit::Invalid, error.to_string()),
        }
    }
}
