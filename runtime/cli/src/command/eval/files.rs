//! The files that `eval` writes.

use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_calibrate::{Evaluation, Report};
use runeblocks_io::file;
use serde_json::json;

use crate::failure::{Exit, Failure, Failures};

/// What is written beside the results on stdout.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub struct Files {
    /// Write a page to read in a browser, with pictures and the worst mistakes to listen to
    #[arg(long, value_name = "FILE.html", value_parser = |name: &str| named(name, &["html"]))]
    report: Option<PathBuf>,
    /// Write what was taken for what; the ending tells the form
    #[arg(long, value_name = "FILE.csv|json|svg", value_parser = |name: &str| named(name, &["csv", "json", "svg"]))]
    confusion: Option<PathBuf>,
    /// Write what every threshold trades (detection error trade-off); the ending tells the form
    #[arg(long, value_name = "FILE.csv|svg", value_parser = |name: &str| named(name, &["csv", "svg"]))]
    det: Option<PathBuf>,
    /// Write the scores of every recording
    #[arg(long, value_name = "FILE.csv", value_parser = |name: &str| named(name, &["csv"]))]
    clips: Option<PathBuf>,
}

/// A name with one of these endings.
fn named(name: &str, endings: &[&str]) -> Result<PathBuf, String> {
    let path = PathBuf::from(name);
    if endings.contains(&ending(&path).as_str()) {
        return Ok(path);
    }
    let endings: Vec<_> = endings.iter().map(|ending| format!(".{ending}")).collect();
    Err(match endings.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("expected a name that ends in {} or {last}", rest.join(", ")),
        _ => format!("expected a name that ends in {}", endings.concat()),
    })
}

fn ending(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
}

impl Files {
    /// Writes those that were asked for. One that can't be written does not keep the others from it.
    ///
    /// # Errors
    ///
    /// When the pipeline can't be run again for the report.
    pub fn write(&self, report: &Report<'_>, failures: &mut Failures) -> Result<(), Failure> {
        let evaluation = report.evaluation;
        if let Some(path) = &self.report {
            write(path, &report.to_html()?, failures);
        }
        if let Some(path) = &self.confusion {
            write(path, &confusion(evaluation, &ending(path)), failures);
        }
        match (&self.det, evaluation.det()) {
            (Some(path), Some(det)) if ending(path) == "svg" => {
                write(path, &det.to_svg(report.false_accepts), failures);
            }
            (Some(path), Some(det)) => write(path, &det.to_csv(), failures),
            (Some(path), None) => failures.add(
                &Failure::new(
                    Exit::Input,
                    format!("{}: it is not written, as no threshold trades anything", path.display()),
                )
                .help("take recordings with a word and recordings without (of `silence`, `unknown` or other words)"),
            ),
            (None, _) => {}
        }
        if let Some(path) = &self.clips {
            write(path, &evaluation.clips_csv(), failures);
        }
        Ok(())
    }
}

/// What was taken for what, in the form of that ending.
fn confusion(evaluation: &Evaluation, ending: &str) -> String {
    match ending {
        "svg" => evaluation.confusion_svg(),
        "json" => format!("{:#}\n", json!({ "labels": evaluation.labels, "confusion": evaluation.confusion() })),
        _ => evaluation.confusion_csv(),
    }
}

fn write(path: &Path, text: &str, failures: &mut Failures) {
    if let Err(error) = file::write_atomically(path, |file| file.write_all(text.as_bytes())) {
        failures.add(&Failure::file(Exit::Run, &error));
    }
}
