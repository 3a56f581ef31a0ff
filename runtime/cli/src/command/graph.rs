//! `graph`: the pipeline as a drawing.

use std::path::PathBuf;

use clap::Args;
use runeblocks_io::file::write_atomically;

use crate::failure::{Exit, Failure};
use crate::pipeline::PipelineOptions;
use crate::terminal;

/// Draw a Runefile for Graphviz, element types and shapes on the edges
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks graph Runefile.yml | dot -Tsvg > pipeline.svg
  runeblocks graph Runefile.yml -o pipeline.dot")]
pub struct Graph {
    /// The Runefile
    runefile: PathBuf,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

impl Graph {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let dot = self.pipeline.load(&self.runefile)?.to_dot();
        match &self.out {
            None => terminal::print(dot),
            Some(path) => write_atomically(path, |file| file.write_all(dot.as_bytes()))
                .map_err(|error| Failure::file(Exit::Run, &error)),
        }
    }
}
