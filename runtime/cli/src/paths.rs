//! Paths on the command line: those that are written, and `-` for standard input.

use std::ffi::{OsStr, OsString};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::{ArgMatches, Command};
use runeblocks_io::file;

use crate::failure::{Exit, Failure};

/// A path that is written. Those that are read are `PathBuf`s and `OsString`s.
#[derive(Clone, Debug)]
pub struct Destination(PathBuf);

impl From<OsString> for Destination {
    fn from(path: OsString) -> Self {
        Destination(path.into())
    }
}

impl Deref for Destination {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

/// Reads standard input where a path of the command is `-`.
///
/// # Errors
///
/// When it can't be read, or is given twice.
pub fn read_stdin(command: &Command, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((command, matches)) =
        matches.subcommand().and_then(|(name, matches)| Some((command.find_subcommand(name)?, matches)))
    else {
        return Ok(());
    };
    let mut readers = Vec::new();
    for arg in command.get_arguments() {
        let kind = arg.get_value_parser().type_id();
        let reads_named =
            kind == ValueParser::os_string().type_id() && arg.get_id() != "random" || arg.get_id() == "resource";
        if !reads_named && kind != ValueParser::path_buf().type_id() {
            continue;
        }
        let given = matches.try_get_raw(arg.get_id().as_str()).ok().flatten().into_iter().flatten();
        let is_stdin = |value: &&OsStr| {
            *value == "-" || reads_named && value.as_encoded_bytes().ends_with(b"=-") && !Path::new(value).exists()
        };
        readers.extend(given.filter(is_stdin).map(|_| arg.to_string()));
    }
    match &readers[..] {
        [] => Ok(()),
        [_] => Ok(file::read_stdin()?),
        _ => Err(Failure::new(Exit::Usage, format!("standard input is given to {}", readers.join(" and to ")))
            .help("one of them can read it; give files to the others (`./-` is one of that name)")),
    }
}
