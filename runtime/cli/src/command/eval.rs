//! `eval`: a pipeline measured on recordings.

mod files;

use std::path::PathBuf;

use clap::Args;
use runeblocks_calibrate::{Det, Evaluation, Fitted, OperatingPoint, Report, counted, pipeline_files};
use runeblocks_io::output::Outputs;

use crate::data::{DataOptions, notes};
use crate::failure::{Exit, Failure, Failures};
use crate::pipeline::PipelineOptions;
use crate::progress::Progress;
use crate::terminal::{self, Paint, columns, warn};
use files::Files;

/// Measure a Runefile on labelled recordings
#[derive(Debug, Args)]
#[command(after_help = "\
Labels that are not among the pipeline's words count as `unknown`, and are told. Recordings that are too short get
silence at their end, the end of those that are too long is cut. One that can't be used, as one of
another sample rate without `--resample`, is reported, and the others are measured all the same.
Intervals are Wilson's of 95 %.

Examples:
  runeblocks eval Runefile.yml recordings/
  runeblocks eval Runefile.yml speech/manifest.csv --split val --report report.html
  runeblocks eval Runefile.yml recordings/ --labels up,down --json")]
pub struct Eval {
    /// The Runefile
    runefile: PathBuf,
    #[command(flatten)]
    data: DataOptions,
    /// Tell the threshold at which this share of the recordings without a word is taken for one
    #[arg(long, value_name = "SHARE", default_value = "0.01", value_parser = share)]
    false_accepts: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    files: Files,
    /// Replace files that are there
    #[arg(long, help_heading = "Files")]
    overwrite: bool,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

/// A share, from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

impl Eval {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let graph = self.pipeline.load(&self.runefile)?;
        let dataset = self.data.open()?;
        let mut outputs = Outputs::new(self.overwrite)
            .with_stdout(self.json.then_some("--json"))
            .reading(pipeline_files(&graph))
            .reading(dataset.files.iter().cloned());
        let files = self.files.claim(&mut outputs)?;
        let progress = Progress::new(dataset.clips.len());
        let evaluation = Evaluation::run(&graph, &dataset, self.data.options(), || progress.advance())?;
        drop(progress);
        let mut failures = Failures::default();
        for (_, error) in &evaluation.failures {
            failures.add(&Failure::file(Exit::Input, error));
        }
        if evaluation.clips.is_empty() {
            evaluation.notes.lines().iter().for_each(terminal::say);
        } else {
            let report = Report {
                graph: &graph,
                evaluation: &evaluation,
                runefile: &self.runefile,
                data: self.data.path(),
                split: self.data.split(),
                options: self.data.options(),
                false_accepts: self.false_accepts,
            };
            if let Some(text) = evaluation.trained_on_warning() {
                warn(&text, "measure it on recordings that it was not trained on");
            }
            files.write(&report, &mut failures)?;
            if self.json {
                terminal::print_json(&evaluation.to_json(self.false_accepts))?;
            } else {
                terminal::print_beside(&outputs, to_text(&evaluation, self.false_accepts))?;
            }
        }
        failures.into_result()
    }
}

/// What was found, in tables.
fn to_text(evaluation: &Evaluation, false_accepts: f64) -> String {
    let paint = Paint::stdout();
    let shares = [
        ("accuracy", evaluation.accuracy()),
        ("words found", evaluation.words()),
        ("others rejected", evaluation.rejection()),
    ];
    let rows: Vec<_> = shares.into_iter().filter(|(_, share)| share.of > 0).collect();
    let mut text =
        columns(&rows.iter().map(|(name, share)| vec![(*name).to_owned(), share.to_string()]).collect::<Vec<_>>());
    text += &format!("\n{}", confusion(evaluation, paint));
    let per_label = evaluation.labels.iter().zip(evaluation.per_label()).filter(|(_, of)| of.recall.of > 0);
    let mut rows = vec![["label", "recall", "precision"].map(str::to_owned).to_vec()];
    rows.extend(per_label.map(|(label, of)| vec![label.clone(), of.recall.to_string(), of.precision.to_string()]));
    text += &format!("\n{}", columns(&rows));
    if let Some(det) = evaluation.det() {
        text += &format!("\n{}", thresholds(&det, false_accepts));
    }
    if let Some(latency) = evaluation.latency() {
        let [median, p95, max] = [latency.median, latency.p95, latency.max];
        text += &format!("\na clip took {median:.1?}, 95 % of them at most {p95:.1?}, all at most {max:.1?}\n");
    }
    let others = evaluation.others();
    if !others.is_empty() {
        text += &paint.faint(&format!("no words of the pipeline, and counted as `unknown`: {}\n", counted(&others)));
    }
    text + &fitted(evaluation, paint) + &notes(&evaluation.notes, &evaluation.splits(), paint)
}

/// How many recordings were too short or too long, a line each.
pub fn fitted(evaluation: &Evaluation, paint: Paint) -> String {
    let line = |(how, done): (Fitted, &str)| {
        let count = evaluation.clips.iter().filter(|scored| scored.fitted == how).count();
        (count > 0).then(|| paint.faint(&format!("{done}: {count}\n")))
    };
    let ways = [
        (Fitted::Padded, "too short, and given silence at their end"),
        (Fitted::Cut, "too long, and cut at their end"),
    ];
    ways.into_iter().filter_map(line).collect()
}

/// The table of what was taken for what.
fn confusion(evaluation: &Evaluation, paint: Paint) -> String {
    let labels = &evaluation.labels;
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(12);
    let cell = |text: &str| format!("  {text:>6}");
    let mut text = format!("{:<width$}", "true \\ found");
    text.extend(labels.iter().map(|label| cell(&label.chars().take(6).collect::<String>())));
    text.push('\n');
    for (row, counts) in
        evaluation.confusion().iter().enumerate().filter(|(_, counts)| counts.iter().sum::<usize>() > 0)
    {
        text += &format!("{:<width$}", labels[row]);
        for (column, count) in counts.iter().enumerate() {
            let shown = cell(&count.to_string());
            text += &match (row == column, count) {
                (true, _) => paint.strong(&shown),
                (false, 0) => paint.faint(&shown),
                (false, _) => shown,
            };
        }
        text.push('\n');
    }
    text
}

/// What thresholds bring.
fn thresholds(det: &Det, asked: f64) -> String {
    let point = |name: String, point: OperatingPoint| {
        vec![name, format!("{:.4}", point.threshold), point.false_accepts.to_string(), point.false_rejects.to_string()]
    };
    let mut rows = vec![["threshold at", "", "false accepts", "words missed"].map(str::to_owned).to_vec()];
    rows.push(point("equal error".to_owned(), det.equal_error()));
    let name = format!("{} % false accepts", 100.0 * asked);
    rows.push(match det.at_false_accepts(asked) {
        Some(found) => point(name, found),
        None => vec![name, "none: a recording without a word has the greatest score of all".to_owned()],
    });
    columns(&rows)
}
