//! `graph`: the pipeline as a drawing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use runeblocks_calibrate::pipeline_files;
use runeblocks_io::output::Outputs;

use crate::failure::Failure;
use crate::paths::Destination;
use crate::pipeline::PipelineOptions;
use crate::terminal;

/// Draw a Runefile as a picture or for Graphviz, element types and shapes on the edges
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks graph Runefile.yml -o pipeline.svg
  runeblocks graph Runefile.yml | dot -Tpdf > pipeline.pdf
  runeblocks graph Runefile.yml --format svg -o - > pipeline.svg")]
pub struct Graph {
    /// The Runefile
    runefile: PathBuf,
    /// What to draw: by default what the ending of the file tells, else dot
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE.svg|dot|gv")]
    out: Option<Destination>,
    /// Replace a file that is there
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

/// How a graph is drawn: in the language of Graphviz, or as a picture.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Dot,
    Svg,
}

impl Graph {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let graph = self.pipeline.load(&self.runefile)?;
        let mut outputs = Outputs::new(self.overwrite).with_stdout(None).reading(pipeline_files(&graph));
        let forms: &[_] = match self.format {
            Some(Format::Dot) => &["dot", "gv"],
            Some(Format::Svg) => &["svg"],
            None => &["dot", "gv", "svg"],
        };
        let picture = |form| if form == "svg" { graph.to_svg() } else { graph.to_dot() };
        let Some(path) = &self.out else { return terminal::print(picture(forms[0])) };
        let output = outputs.claim(path, forms)?;
        Ok(output.write(|file| file.write_all(picture(output.form()).as_bytes()))?)
    }
}
