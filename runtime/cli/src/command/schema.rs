//! `schema`: JSON Schema for editors and other programs.

use clap::Args;
use runeblocks_graph::runefile::json_schema;

use super::blocks::find;
use crate::failure::Failure;
use crate::terminal;

/// Print the JSON Schema of Runefiles (version 2), or of a block's arguments
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks schema > runefile.schema.json
  runeblocks schema fft

An editor that reads YAML checks and completes a Runefile that begins with
  # yaml-language-server: $schema=runefile.schema.json")]
pub struct Schema {
    /// The block whose arguments are described
    block: Option<String>,
}

impl Schema {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let registry = runeblocks_all::registry();
        let schema = match &self.block {
            Some(name) => find(&registry, name)?.args_schema(),
            None => json_schema(&registry),
        };
        terminal::print_json(&schema)
    }
}
