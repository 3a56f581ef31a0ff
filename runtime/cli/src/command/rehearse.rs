//! `rehearse`: what a model is calibrated with, so that it does not forget.

use std::path::PathBuf;

use clap::Args;
use runeblocks_calibrate::{Kept, Model, Rehearsal, splits};
use runeblocks_io::FileError;
use runeblocks_io::output::Outputs;

use crate::data::{DataOptions, notes};
use crate::failure::Failure;
use crate::pipeline::PipelineOptions;
use crate::terminal::{self, Paint};

/// Store what a model knows beside it, of the recordings that it was made with
#[derive(Debug, Args)]
#[command(after_help = "\
Writes MODEL.rehearsal.safetensors: what the model makes of some of the recordings before its last layer.
`calibrate` trains on that too.

Example:
  runeblocks rehearse Runefile.yml speech/manifest.csv --split train")]
pub struct Rehearse {
    /// The Runefile
    runefile: PathBuf,
    #[command(flatten)]
    data: DataOptions,
    /// Keep this many recordings of each word of the model, and of silence
    #[arg(long, value_name = "N", default_value_t = Kept::default().per_word)]
    per_word: usize,
    /// Keep this many recordings of all other words together
    #[arg(long, value_name = "N", default_value_t = Kept::default().unknown)]
    unknown: usize,
    /// Draw by this number
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Replace what is stored already
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

impl Rehearse {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let graph = self.pipeline.load(&self.runefile)?;
        let dataset = self.data.open()?;
        let kept = Kept { per_word: self.per_word, unknown: self.unknown };
        let path = Rehearsal::path(Model::of(&graph)?.path);
        let mut outputs =
            Outputs::new(self.overwrite).reading(graph.files().iter().cloned()).reading(dataset.files.iter().cloned());
        let output = outputs.claim(&path, &[]).map_err(|error| match error.cause() {
            FileError::Exists => Failure::from(error).help("replace it by `--overwrite`"),
            _ => error.into(),
        })?;
        let (model, rehearsal) =
            runeblocks_calibrate::rehearse(&graph, &dataset, kept, self.data.options(), self.seed)?;
        let bytes = rehearsal.to_bytes(&model)?;
        output.write(|file| file.write_all(&bytes))?;
        let (count, words) = (rehearsal.embeddings.len(), rehearsal.labels.len());
        let splits = splits(dataset.clips.iter());
        terminal::print(format_args!(
            "{}: {count} recordings of {words} words, {} bytes\n{}",
            path.display(),
            bytes.len(),
            notes(&dataset.notes, &splits, Paint::stdout())
        ))
    }
}
