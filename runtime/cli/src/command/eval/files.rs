//! The files that `eval` writes.

use clap::Args;
use runeblocks_calibrate::{Evaluation, Report};
use runeblocks_io::FileError;
use runeblocks_io::output::{Output, Outputs};
use serde_json::json;

use crate::failure::{Exit, Failure, Failures};
use crate::paths::Destination;

/// What is written beside the results on stdout.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub struct Files {
    /// Write a page to read in a browser, with pictures and the worst mistakes to listen to
    #[arg(long, value_name = "FILE.html")]
    report: Option<Destination>,
    /// Write what was taken for what; the ending tells the form
    #[arg(long, value_name = "FILE.csv|json|svg")]
    confusion: Option<Destination>,
    /// Write what every threshold trades (detection error trade-off); the ending tells the form
    #[arg(long, value_name = "FILE.csv|svg")]
    det: Option<Destination>,
    /// Write the scores of every recording
    #[arg(long, value_name = "FILE.csv")]
    clips: Option<Destination>,
}

/// The files, ready to be written.
#[derive(Debug)]
pub struct Claimed {
    report: Option<Output>,
    confusion: Option<Output>,
    det: Option<Output>,
    clips: Option<Output>,
}

impl Files {
    /// Takes the paths that were given for outputs.
    ///
    /// # Errors
    ///
    /// When one of them can't be written.
    pub fn claim(&self, outputs: &mut Outputs) -> Result<Claimed, FileError> {
        let mut claim = |path: &Option<Destination>, forms: &[&'static str]| {
            path.as_ref().map(|path| outputs.claim(path, forms)).transpose()
        };
        Ok(Claimed {
            report: claim(&self.report, &["html"])?,
            confusion: claim(&self.confusion, &["csv", "json", "svg"])?,
            det: claim(&self.det, &["csv", "svg"])?,
            clips: claim(&self.clips, &["csv"])?,
        })
    }
}

impl Claimed {
    /// Writes those that were asked for. One that can't be written does not keep the others from it.
    ///
    /// # Errors
    ///
    /// When the pipeline can't be run again for the report.
    pub fn write(&self, report: &Report<'_>, failures: &mut Failures) -> Result<(), Failure> {
        let evaluation = report.evaluation;
        if let Some(output) = &self.report {
            write(output, &report.to_html()?, failures);
        }
        if let Some(output) = &self.confusion {
            write(output, &confusion(evaluation, output.form()), failures);
        }
        match (&self.det, evaluation.det()) {
            (Some(output), Some(det)) if output.form() == "svg" => {
                write(output, &det.to_svg(report.false_accepts), failures);
            }
            (Some(output), Some(det)) => write(output, &det.to_csv(), failures),
            (Some(output), None) => failures.add(
                &Failure::new(
                    Exit::Input,
                    format!("{}: it is not written, as no threshold trades anything", output.path().display()),
                )
                .help("take recordings with a word and recordings without (of `silence`, `unknown` or other words)"),
            ),
            (None, _) => {}
        }
        if let Some(output) = &self.clips {
            write(output, &evaluation.clips_csv(), failures);
        }
        Ok(())
    }
}

/// What was taken for what, in one of its forms.
fn confusion(evaluation: &Evaluation, form: &str) -> String {
    match form {
        "svg" => evaluation.confusion_svg(),
        "json" => format!("{:#}\n", json!({ "labels": evaluation.labels, "confusion": evaluation.confusion() })),
        _ => evaluation.confusion_csv(),
    }
}

fn write(output: &Output, text: &str, failures: &mut Failures) {
    if let Err(error) = output.write(|file| file.write_all(text.as_bytes())) {
        failures.add(&error.into());
    }
}
