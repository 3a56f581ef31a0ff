//! `model-info`: what a model file says of itself.

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;
use crate::models;

/// Describe a TensorFlow Lite model: inputs, outputs, quantisation, operators, and whether it can be run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks model-info model.tflite
  runeblocks model-info model.tflite --json | jq .macs")]
pub struct ModelInfo {
    /// The model
    #[arg(value_name = "MODEL.tflite")]
    model: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ModelInfo {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        models::describe(&self.model, self.json)
    }
}
