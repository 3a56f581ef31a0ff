//! Why a command ends before its time, and the exit status that tells a script.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use runeblocks_core::BlockError;
use runeblocks_graph::{Diagnostics, ExecError};
use runeblocks_io::FileError;

use crate::terminal::{Paint, say};

/// The exit statuses beside 0; they do not change from version to version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The run failed.
    Run = 1,
    /// The command is not used as it should be; clap's own status.
    Usage = 2,
    /// The Runefile or a model can't be read, or is not valid.
    Invalid = 3,
    /// An input file can't be used.
    Input = 4,
}

/// Why a command ends before its time.
#[derive(Debug)]
pub enum Failure {
    /// A message, and what to do about it.
    Error {
        /// The status.
        exit: Exit,
        /// What was found and what was expected.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// What is wrong with a Runefile.
    Diagnostics(Box<Diagnostics>),
    /// Everything that there is to say has been said.
    Said(Exit),
    /// Nobody reads the output any more.
    ClosedPipe,
}

impl Failure {
    /// A failure with a message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure::Error { exit, message: message.into(), help: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        match self {
            Failure::Error { exit, message, .. } => Failure::Error { exit, message, help: Some(text.into()) },
            other => other,
        }
    }

    /// Says which of several things the message is about.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        match self {
            Failure::Error { exit, message, help } => {
                Failure::Error { exit, message: format!("{what}: {message}"), help }
            }
            other => other,
        }
    }

    /// What a block, or the front end, says.
    pub fn block(exit: Exit, error: &BlockError) -> Self {
        let failure = Failure::new(exit, error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }

    /// What the executor says. What the inputs are has been checked when they were read.
    pub fn executor(error: &ExecError) -> Self {
        match error {
            // The Runefile's own warnings have told the reason already.
            ExecError::Obstacle { stage, .. } => {
                Failure::new(Exit::Run, format!("the model of the stage `{stage}` cannot be run here"))
                    .help("the warning above says why; `runeblocks model-info` describes the model")
            }
            ExecError::Input { .. } => Failure::new(Exit::Input, error.to_string()),
            ExecError::Stage { source, .. } => {
                let failure = Failure::new(Exit::Run, error.to_string());
                match source.help() {
                    Some(help) => failure.help(help),
                    None => failure,
                }
            }
            _ => Failure::new(Exit::Run, error.to_string()),
        }
    }

    /// A file that can't be used: that is `exit`.
    pub fn file(exit: Exit, error: &FileError) -> Self {
        // What to do stands behind the last semicolon of a file's error.
        let (prefix, cause) = match error {
            FileError::InFile { path, cause } => (format!("{}: ", path.display()), cause.to_string()),
            other => (String::new(), other.to_string()),
        };
        match cause.rsplit_once("; ") {
            Some((message, help)) => Failure::new(exit, format!("{prefix}{message}")).help(help),
            None => Failure::new(exit, format!("{prefix}{cause}")),
        }
    }

    /// Says what is wrong on stderr, and gives the status; none where nobody reads the output any more.
    pub fn say(&self) -> Option<Exit> {
        let paint = Paint::stderr();
        match self {
            Failure::Error { exit, message, help } => {
                say(format_args!("{} {message}", paint.error("error:")));
                if let Some(help) = help {
                    say(format_args!("{} {help}", paint.help("help:")));
                }
                Some(*exit)
            }
            Failure::Diagnostics(diagnostics) => {
                say(diagnostics.render(paint.colour()));
                Some(Exit::Invalid)
            }
            Failure::Said(exit) => Some(*exit),
            Failure::ClosedPipe => None,
        }
    }

    /// Says what is wrong on stderr, and gives the status for the shell.
    pub fn report(&self) -> ExitCode {
        self.say().map_or(ExitCode::SUCCESS, |exit| ExitCode::from(exit as u8))
    }
}

/// What went wrong with some of several files, while the others were gone on with.
#[derive(Debug, Default)]
pub struct Failures {
    first: Option<Exit>,
    count: usize,
}

impl Failures {
    /// Says what is wrong with one of them.
    pub fn add(&mut self, failure: &Failure) {
        self.first = self.first.or(failure.say());
        self.count += 1;
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The status of the command is that of the first one.
    ///
    /// # Errors
    ///
    /// When there is one.
    pub fn into_result(self) -> Result<(), Failure> {
        self.first.map_or(Ok(()), |exit| Err(Failure::Said(exit)))
    }
}

/// An input that can't be used, or an output that can't be written.
impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let exit = match error.cause() {
            FileError::Write(cause) if cause.kind() == io::ErrorKind::BrokenPipe => return Failure::ClosedPipe,
            FileError::Write(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                if let FileError::InFile { path, .. } = &error {
                    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
                    let (path, folder) = (path.display(), folder.display());
                    return Failure::new(
                        Exit::Run,
                        format!("{path}: it cannot be written: permission denied in {folder}"),
                    )
                    .help("write into a folder of your own, or change the permissions of this one");
                }
                Exit::Run
            }
            FileError::Write(_)
            | FileError::Exists
            | FileError::IsFolder
            | FileError::NoFolder { .. }
            | FileError::NotAFolder { .. } => Exit::Run,
            FileError::WasRead { .. }
            | FileError::OutputTwice
            | FileError::Ending { .. }
            | FileError::StdoutTaken { .. } => Exit::Usage,
            _ => Exit::Input,
        };
        Failure::file(exit, &error)
    }
}

/// Output that can't be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::ClosedPipe
        } else {
            Failure::new(Exit::Run, format!("the output can't be written: {error}"))
        }
    }
}
