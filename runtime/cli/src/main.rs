//! The `runeblocks` program.

#![forbid(unsafe_code)]

mod command;
mod data;
mod failure;
mod inputs;
mod models;
mod paths;
mod pipeline;
mod progress;
mod sound;
mod terminal;
mod usage;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use command::{
    blocks, calibrate, check, completions, eval, features, graph, inspect, model_info, parity, profile, rehearse, run,
    schema, version,
};
use failure::Failure;

/// Processing blocks for TinyML, and the runtime that wires them
#[derive(Debug, Parser)]
#[command(
    name = "runeblocks",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
Exit status:
  0  all is well
  1  the run failed, or its output could not be written
  2  wrong usage
  3  the Runefile or a model can't be read, or is not valid
  4  an input file can't be used

Results go to stdout, errors to stderr. Colours are used on a terminal only, and not where
NO_COLOR is set.

A file that is read may be `-`, standard input, and one that is written `-`, standard output: then
results go to stderr. Files that are there are replaced with --overwrite only, and those that the
command reads, or that its Runefile names, never."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Run>),
    Features(Box<features::Features>),
    Eval(eval::Eval),
    Calibrate(Box<calibrate::Calibrate>),
    Rehearse(rehearse::Rehearse),
    Parity(Box<parity::Parity>),
    Check(check::Check),
    Graph(graph::Graph),
    Inspect(inspect::Inspect),
    ModelInfo(model_info::ModelInfo),
    Profile(profile::Profile),
    Blocks(blocks::Blocks),
    Schema(schema::Schema),
    Version(version::Version),
    Completions(completions::Completions),
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Command::Run(command) => command.run(),
            Command::Features(command) => command.run(),
            Command::Eval(command) => command.run(),
            Command::Calibrate(command) => command.run(),
            Command::Rehearse(command) => command.run(),
            Command::Parity(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Graph(command) => command.run(),
            Command::Inspect(command) => command.run(),
            Command::ModelInfo(command) => command.run(),
            Command::Profile(command) => command.run(),
            Command::Blocks(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Version(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

fn main() -> ExitCode {
    let mut command = Cli::command();
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let (cli, matches) = parsed
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)))
        .unwrap_or_else(|error| usage::explain(error).exit());
    match paths::read_stdin(&command, &matches).and_then(|()| cli.command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
