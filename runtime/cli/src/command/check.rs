//! `check`: everything that is wrong with Runefiles, at once.

use std::path::PathBuf;

use clap::Args;
use runeblocks_graph::Severity;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::pipeline::PipelineOptions;
use crate::terminal::{self, Paint};

/// Check Runefiles: every error and warning at once, with its line and the way to put it right
#[derive(Debug, Args)]
#[command(after_help = "\
The models and resources that a Runefile names are read and checked too. The exit status is 3
where there are errors.

Examples:
  runeblocks check Runefile.yml
  runeblocks check models/*/Runefile.yml --json")]
pub struct Check {
    /// Runefiles
    #[arg(required = true, value_name = "RUNEFILE")]
    runefiles: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

impl Check {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let mut reports = Vec::new();
        let mut failed = false;
        for path in &self.runefiles {
            let diagnostics = self.pipeline.check(path)?;
            failed |= diagnostics.has_errors();
            if self.json {
                reports.push(json!({
                    "file": path.to_string_lossy(), "valid": !diagnostics.has_errors(), "diagnostics": diagnostics.to_json(),
                }));
                continue;
            }
            if !diagnostics.is_empty() {
                terminal::say(diagnostics.render(Paint::stderr().colour()) + "\n");
            }
            let count = |severity| diagnostics.items().iter().filter(|item| item.severity == severity).count();
            let counts = [("error", count(Severity::Error)), ("warning", count(Severity::Warning))];
            let counts: Vec<_> = counts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| plural(*n, what)).collect();
            let verdict = if counts.is_empty() { "valid".to_owned() } else { counts.join(", ") };
            terminal::print_line(format_args!("{}: {verdict}", path.display()))?;
        }
        if self.json {
            terminal::print_json(&Value::from(reports))?;
        }
        if failed { Err(Failure::Said(Exit::Invalid)) } else { Ok(()) }
    }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
