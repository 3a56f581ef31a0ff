//! `blocks`: the proc blocks of this build.

use clap::Args;
use runeblocks_core::{Descriptor, Registry, RegistryError};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::terminal::{self, Paint};

/// List the proc blocks, or describe one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks blocks
  runeblocks blocks fft
  runeblocks blocks noise-filtering --json")]
pub struct Blocks {
    /// The block to describe: ports, arguments, defaults, bounds
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Blocks {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let registry = runeblocks_all::registry();
        if let Some(name) = &self.name {
            let block = find(&registry, name)?;
            return if self.json {
                terminal::print_json(&block.to_json())
            } else {
                terminal::print(block.to_markdown())
            };
        }
        if self.json {
            return terminal::print_json(&registry.iter().map(Descriptor::to_json).collect::<Value>());
        }
        let rows: Vec<_> = registry.iter().map(|b| vec![b.name().to_owned(), b.info().summary.to_owned()]).collect();
        terminal::print(terminal::columns(&rows))?;
        let hint = Paint::stdout().faint("`runeblocks blocks NAME` describes one of them.");
        terminal::print_line(format_args!("\n{hint}"))
    }
}

/// The block of that name.
pub fn find(registry: &Registry, name: &str) -> Result<&'static Descriptor, Failure> {
    registry.get(name).map_err(|error| {
        let failure = Failure::new(Exit::Usage, error.to_string());
        match error {
            RegistryError::Unknown { help, .. } => failure.help(help),
            _ => failure,
        }
    })
}
