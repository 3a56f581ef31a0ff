//! `calibrate`: a model trained anew on a few recordings.

use std::path::PathBuf;

use clap::Args;
use runeblocks_calibrate::{
    CalibrateError, CalibrateOptions, Calibrated, Claimed, Dataset, Evaluation, Folds, Saved, Share, counted, labels,
    pipeline_files,
};
use runeblocks_graph::Graph;
use runeblocks_io::output::Outputs;
use runeblocks_io::{FileError, file};
use serde_json::{Value, json};

use super::eval::fitted;
use crate::data::{DataOptions, notes};
use crate::failure::{Exit, Failure, Failures};
use crate::pipeline::PipelineOptions;
use crate::progress::Progress;
use crate::terminal::{self, Paint, columns, warn};

/// Train the last layer of a Runefile's model anew on a few recordings
#[derive(Debug, Args)]
#[command(after_help = "\
The recordings' labels are the model's words (for another room, voice, microphone or front end) or new
ones (for more words, or another language); ten recordings of each do well. Those that are too short get
silence at their end, the end of those that are too long is cut. The rest of the model stays as it is.
What is stored beside the model (MODEL.rehearsal.safetensors) keeps it from forgetting silence, other
words and its own. Labels that become new words are told before anything is trained.

The new model, what it rehearses next and a Runefile that runs it are written beside the old ones, which
stay. Accuracies are of the recordings themselves, each found by a model that was trained without it (or
without its speaker, where the speakers are known), or of those of `--held-out`.

Examples:
  runeblocks calibrate Runefile.yml recordings/
  runeblocks calibrate Runefile.yml estonian/ --replace --suffix et
  runeblocks calibrate Runefile.yml manifest.csv --split train --held-out val")]
pub struct Calibrate {
    /// The Runefile
    runefile: PathBuf,
    #[command(flatten)]
    data: DataOptions,
    /// Measure on this split of the manifest or the folder, which is not trained on
    #[arg(long, value_name = "NAME")]
    held_out: Option<String>,
    /// Let the recordings take the place of the model's words, as for another language: what is stored of these, and words
    /// without recordings, count as `unknown` from then on
    #[arg(long)]
    replace: bool,
    /// Train on this many variants of each recording beside it: shifted, faster or slower, louder or softer, with noise
    /// [default: at most 8]
    #[arg(long, value_name = "N")]
    variants: Option<usize>,
    /// Reject this share of words that were never heard; a greater one costs words that are meant
    /// [default: what the model rejects now, from 0.4 to 0.76]
    #[arg(long, value_name = "SHARE", value_parser = super::eval::share)]
    unknown_recall: Option<f64>,
    /// Draw by this number; the same one gives the same model
    #[arg(long, value_name = "N", default_value_t = CalibrateOptions::default().seed)]
    seed: u64,
    /// What the names of the new files end in
    #[arg(long, value_name = "TEXT", default_value = "calibrated", value_parser = suffix)]
    suffix: String,
    /// Replace files of these names
    #[arg(long)]
    overwrite: bool,
    /// Measure, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

/// A part of a file's name.
fn suffix(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && !text.contains(['/', '\\']);
    if is_name { Ok(text.to_owned()) } else { Err("expected a part of a file's name".to_owned()) }
}

impl Calibrate {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let graph = self.pipeline.load(&self.runefile)?;
        let mut dataset = self.data.open()?;
        let held_out = match &self.held_out {
            Some(split) => Some(self.data.open_split(split)?),
            None => None,
        };
        if let Some(held_out) = &held_out {
            dataset.set_apart(held_out)?;
        }
        let claimed = match self.dry_run {
            true => None,
            false => Some(self.claim(&graph, [Some(&dataset), held_out.as_ref()])?),
        };
        let options = CalibrateOptions {
            read: self.data.options(),
            replace: self.replace,
            variants: self.variants,
            unknown_recall: self.unknown_recall,
            seed: self.seed,
        };
        let new_words = runeblocks_calibrate::new_words(&graph, &dataset, &options)?;
        if !new_words.is_empty() {
            let paint = Paint::stderr();
            terminal::say(format_args!("{} new words: {}", paint.help("note:"), counted(&new_words)));
        }
        let progress = Progress::new(dataset.clips.len());
        let calibrated = runeblocks_calibrate::calibrate(&graph, &dataset, &options, || progress.advance())?;
        drop(progress);
        let mut failures = Failures::default();
        for (_, error) in &calibrated.failures {
            failures.add(&Failure::file(Exit::Input, error));
        }
        let measured = match &held_out {
            Some(held_out) => Some(self.measure(&graph, held_out, &calibrated)?),
            None => None,
        };
        for (_, error) in measured.iter().flat_map(|[before, _]| &before.failures) {
            failures.add(&Failure::file(Exit::Input, error));
        }
        let all = [&calibrated.before].into_iter().chain(measured.iter().flatten());
        if let Some(text) = all.filter_map(Evaluation::trained_on_warning).next() {
            warn(&text, "hold recordings out that it was not trained on, by `--held-out`");
        }
        if let Some(claimed) = &claimed {
            calibrated.save(&self.runefile, &graph, claimed)?;
        }
        let files = claimed.as_ref().map(|claimed| &claimed.files);
        if self.json {
            terminal::print_json(&to_json(&calibrated, measured.as_ref(), files))?;
        } else {
            terminal::print(to_text(&calibrated, measured.as_ref(), files))?;
        }
        failures.into_result()
    }

    /// Takes the files beside the Runefile for outputs.
    fn claim(&self, graph: &Graph, datasets: [Option<&Dataset>; 2]) -> Result<Claimed, Failure> {
        if file::stdin(&self.runefile).is_some() {
            return Err(Failure::new(
                Exit::Usage,
                "the Runefile is standard input, beside which nothing can be written",
            )
            .help("give it as a file, or measure alone by `--dry-run`"));
        }
        let read = datasets.into_iter().flatten().flat_map(|dataset| dataset.files.iter().cloned());
        let mut outputs = Outputs::new(self.overwrite).reading(pipeline_files(graph)).reading(read);
        let saved = Saved::beside(&self.runefile, graph, &self.suffix)?;
        saved.claim(&mut outputs).map_err(|error| match error.cause() {
            FileError::Exists => {
                Failure::from(error).help("choose another name by `--suffix`, or replace it by `--overwrite`")
            }
            FileError::WasRead { .. } => Failure::from(error).help("choose another name by `--suffix`"),
            _ => error.into(),
        })
    }

    /// The old and the new pipeline on recordings that were not trained on.
    fn measure(&self, graph: &Graph, held_out: &Dataset, calibrated: &Calibrated) -> Result<[Evaluation; 2], Failure> {
        let progress = Progress::new(2 * held_out.clips.len());
        Ok(calibrated.measure(graph, held_out, self.data.options(), || progress.advance())?)
    }
}

/// The shares of two evaluations, by what they are shares of.
fn shares(before: &Evaluation, after: &Evaluation) -> Vec<(&'static str, [Share; 2])> {
    let shares = [
        ("accuracy", [before.accuracy(), after.accuracy()]),
        ("words found", [before.words(), after.words()]),
        ("others rejected", [before.rejection(), after.rejection()]),
    ];
    shares.into_iter().filter(|(_, [_, after])| after.of > 0).collect()
}

fn to_text(calibrated: &Calibrated, held_out: Option<&[Evaluation; 2]>, files: Option<&Saved>) -> String {
    let paint = Paint::stdout();
    let row = |(name, [before, after]): &(&str, [Share; 2])| {
        vec![(*name).to_owned(), before.to_string(), paint.strong(&after.to_string())]
    };
    let Calibrated { before, after, rejection, words, folds, .. } = calibrated;
    let how = match folds {
        Folds::Speakers(count) => format!("in {count} parts with speakers of their own"),
        Folds::Recordings(count) => format!("in {count} parts"),
    };
    let mut rows = vec![[format!("recordings, {how}"), "before".to_owned(), "after".to_owned()].to_vec()];
    rows.extend(shares(before, after).iter().map(row));
    if rejection[0].of > 0 {
        rows.push(row(&("stored other words rejected", *rejection)));
    }
    if let Some([before, after]) = held_out {
        rows.push(vec![String::new()]);
        rows.push(["held-out recordings", "before", "after"].map(str::to_owned).to_vec());
        rows.extend(shares(before, after).iter().map(row));
    }
    let mut text = format!("words: {}\n\n{}{}", words.join(", "), columns(&rows), fitted(after, paint));
    text += &notes(&calibrated.notes, &before.splits(), paint);
    if let Some(files) = files {
        text += &format!(
            "\nwritten: {}\n         {}\n         {}\n",
            files.model.display(),
            files.rehearsal.display(),
            files.runefile.display()
        );
    }
    text
}

fn to_json(calibrated: &Calibrated, held_out: Option<&[Evaluation; 2]>, files: Option<&Saved>) -> Value {
    let share = |share: &Share| json!({ "value": share.value(), "interval": share.interval(), "count": share.count, "of": share.of });
    let both = |before: &Evaluation, after: &Evaluation| {
        let shares = shares(before, after);
        let of = |at: usize| -> Value {
            shares
                .iter()
                .map(|(name, shares)| ((*name).replace(' ', "_"), share(&shares[at])))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!({ "before": of(0), "after": of(1) })
    };
    let Calibrated { before, after, rejection: [rejected_before, rejected_after], words, folds, .. } = calibrated;
    let failures = calibrated.failures.iter().chain(held_out.iter().flat_map(|[before, _]| &before.failures));
    let failures =
        failures.map(|(clip, error)| json!({ "path": clip.path.to_string_lossy(), "error": error.to_string() }));
    let (kind, count) = match folds {
        Folds::Speakers(count) => ("speakers", count),
        Folds::Recordings(count) => ("recordings", count),
    };
    let new_words = calibrated.new_words.iter().map(|(word, count)| (word.clone(), (*count).into()));
    let [left_out, joined] = calibrated.notes.to_json();
    json!({
        "words": words,
        "new_words": new_words.collect::<serde_json::Map<_, _>>(),
        "splits": before.splits(),
        "left_out": left_out,
        "joined": joined,
        "folds": { "by": kind, "count": count },
        "recordings": both(before, after),
        "stored_rejection": { "before": share(rejected_before), "after": share(rejected_after) },
        "held_out": held_out.map(|[before, after]| both(before, after)),
        "failures": failures.collect::<Vec<_>>(),
        "files": files.map(|Saved { model, rehearsal, runefile }| {
            let [model, rehearsal, runefile] = [model, rehearsal, runefile].map(|path| path.to_string_lossy());
            json!({ "model": model, "rehearsal": rehearsal, "runefile": runefile })
        }),
    })
}

impl From<CalibrateError> for Failure {
    fn from(error: CalibrateError) -> Self {
        match error {
            CalibrateError::Spotter(error) => error.into(),
            CalibrateError::File(error) => error.into(),
            CalibrateError::NoRecordings { ref word } => {
                let help = match labels::is_word(word) {
                    true => "add some, or drop the words without recordings by `--replace`".to_owned(),
                    false => format!("add some, in a folder `{word}`; or put the model's rehearsal beside it"),
                };
                Failure::new(Exit::Input, error.to_string()).help(help)
            }
            CalibrateError::Clash { .. }
            | CalibrateError::OneWord { .. }
            | CalibrateError::TooFew { .. }
            | CalibrateError::NothingKept
            | CalibrateError::Unusable { .. } => Failure::new(Exit::Input, error.to_string()),
            error => Failure::new(Exit::Invalid, error.to_string()),
        }
    }
}
