//! `graph`: the pipeline as a drawing.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use runeblocks_io::file::write_atomically;

use crate::failure::{Exit, Failure};
use crate::pipeline::PipelineOptions;
use crate::terminal;

/// Draw a Runefile as a picture or for Graphviz, element types and shapes on the edges
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks graph Runefile.yml -o pipeline.svg
  runeblocks graph Runefile.yml | dot -Tpdf > pipeline.pdf")]
pub struct Graph {
    /// The Runefile
    runefile: PathBuf,
    /// What to draw: svg where the file ends in .svg, else dot
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

/// How a graph is drawn: in the language of Graphviz, or as a picture.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Dot,
    Svg,
}

impl Format {
    /// The one that the name of a file tells.
    fn of(out: Option<&Path>) -> Self {
        let ending = out.and_then(Path::extension);
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("svg")) { Format::Svg } else { Format::Dot }
    }
}

impl Graph {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let graph = self.pipeline.load(&self.runefile)?;
        let text = match self.format.unwrap_or(Format::of(self.out.as_deref())) {
            Format::Dot => graph.to_dot(),
            Format::Svg => graph.to_svg(),
        };
        match &self.out {
            None => terminal::print(text),
            Some(path) => write_atomically(path, |file| file.write_all(text.as_bytes()))
                .map_err(|error| Failure::file(Exit::Run, &error)),
        }
    }
}
