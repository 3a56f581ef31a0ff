//! `run`: a pipeline on files.

mod notes;
mod report;
mod scores;

use std::path::PathBuf;

use clap::Args;
use runeblocks_calibrate::Words;
use runeblocks_graph::Executor;
use serde_json::json;

use crate::failure::{Failure, Failures};
use crate::inputs::{Fitted, InputOptions, Inputs};
use crate::pipeline::PipelineOptions;
use crate::progress::Progress;
use crate::terminal::{self, Paint};
use crate::values;
use notes::Notes;
use report::{Timings, scores_table, top};

/// Run a Runefile on recordings, images or numbers
#[derive(Debug, Args)]
#[command(
    override_usage = "runeblocks run [OPTIONS] <RUNEFILE> --sound <[NAME=]CLIP.wav>...",
    after_help = "\
Each input of the Runefile is fed by the option for its kind: a file alone for the only input of
that kind, NAME=FILE for the input of that name. The Runefile comes first, as these options take
any number of files.

Where the pipeline ends in most-confident-indices and label, the score of every word is printed
too. With several files there is a line for each; one that can't be used is reported, and the
others are run all the same.

Examples:
  runeblocks run Runefile.yml --sound clip.wav
  runeblocks run Runefile.yml --sound clips/*.wav --fit=loudest
  runeblocks run Runefile.yml --sound clip-44100.wav --resample --mixdown --json
  runeblocks run Runefile.yml --image face.png --resize --timings
  runeblocks run Runefile.yml --random 7"
)]
pub struct Run {
    /// The Runefile
    runefile: PathBuf,
    /// Print JSON: an object, or one a line where there are several files
    #[arg(long)]
    json: bool,
    /// Print how long each stage took
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    inputs: InputOptions,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

impl Run {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let graph = self.pipeline.load(&self.runefile)?;
        let inputs = self.inputs.bind(&graph)?;
        let words = Words::find(&graph);
        let keep: Vec<_> = words.iter().map(|words| words.scores.as_str()).collect();
        let mut executor = graph.into_executor(&keep).map_err(|error| Failure::executor(&error))?;
        let progress = Progress::new(inputs.runs());
        let (mut failures, mut notes) = (Failures::default(), Notes::default());
        for run in 0..inputs.runs() {
            match execute(run, &inputs, &mut executor) {
                Ok(fitted) => {
                    let text = self.result(run, &inputs, &executor, words.as_ref(), &fitted)?;
                    progress.aside(|| {
                        notes.add(fitted.iter().map(|(_, fitted)| fitted));
                        terminal::print_line(text)
                    })?;
                }
                Err(failure) => progress.aside(|| failures.add(&failure)),
            }
            progress.advance();
        }
        drop(progress);
        notes.finish();
        if self.timings && !self.json && failures.count() < inputs.runs() {
            terminal::print(format_args!("\n{}", Timings::mean(&executor)))?;
        }
        failures.into_result()
    }

    /// What a run has given: several lines, or one where there are several runs.
    fn result(
        &self,
        run: usize,
        inputs: &Inputs<'_>,
        executor: &Executor,
        words: Option<&Words>,
        fitted: &[(String, Fitted)],
    ) -> Result<String, Failure> {
        let scores = match words {
            Some(words) => {
                Some(scores::read(words, executor.output(&words.scores).map_err(|error| Failure::executor(&error))?))
            }
            None => None,
        };
        if self.json {
            let outputs: serde_json::Map<_, _> =
                executor.outputs().map(|(name, view)| (name.to_owned(), values::to_json(&view))).collect();
            let object = json!({
                "inputs": inputs.to_json(run),
                "fitted": fitted.iter().map(|(input, fitted)| (input.clone(), fitted.to_json())).collect::<serde_json::Map<_, _>>(),
                "outputs": outputs,
                "scores": scores.as_deref().map(scores::to_json),
                "timings": Timings::last(executor).to_json(),
            });
            return Ok(if inputs.runs() > 1 { object.to_string() } else { format!("{object:#}") });
        }
        let paint = Paint::stdout();
        let outputs: Vec<_> = executor.outputs().collect();
        let texts: Vec<_> = outputs
            .iter()
            .map(|(name, view)| match &outputs[..] {
                [_] => paint.strong(&values::to_text(view)),
                _ => format!("{name}: {}", paint.strong(&values::to_text(view))),
            })
            .collect();
        Ok(if inputs.runs() > 1 {
            let best = scores.as_deref().and_then(top).map(|best| format!("  {best}")).unwrap_or_default();
            format!("{}: {}{best}", inputs.title(run), texts.join(", "))
        } else {
            let table = scores.as_deref().map(scores_table).unwrap_or_default();
            format!("{}{table}", texts.join("\n"))
        })
    }
}

/// One run, from the files to the outputs; what was done to the length of inputs.
fn execute(run: usize, inputs: &Inputs<'_>, executor: &mut Executor) -> Result<Vec<(String, Fitted)>, Failure> {
    let read = inputs.read(run, executor.graph())?;
    let views: Vec<_> = read.iter().map(|read| (read.input.as_str(), read.tensor.view())).collect();
    executor.run(&views).map_err(|error| {
        let failure = Failure::executor(&error);
        if inputs.runs() > 1 { failure.about(&inputs.title(run)) } else { failure }
    })?;
    Ok(read.into_iter().filter_map(|read| Some((read.input, read.fitted?))).collect())
}
