//! Why a command ends before its time, and the exit status that tells a script.

use std::io;
use std::process::ExitCode;

use runeblocks_graph::Diagnostics;
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

    /// A file that can't be used, or written: that is `exit`.
    pub fn file(exit: Exit, error: &FileError) -> Self {
        if let FileError::InFile { path, cause } = error
            && let FileError::Write(cause) = &**cause
            && let (io::ErrorKind::NotFound, Some(folder)) = (cause.kind(), path.parent())
        {
            return Failure::new(exit, format!("{}: there is no folder {}", path.display(), folder.display()))
                .help("make the folder first");
        }
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

    /// Says what is wrong on stderr, and gives the status.
    pub fn report(&self) -> ExitCode {
        let paint = Paint::stderr();
        let exit = match self {
            Failure::Error { exit, message, help } => {
                say(format_args!("{} {message}", paint.error("error:")));
                if let Some(help) = help {
                    say(format_args!("{} {help}", paint.help("help:")));
                }
                *exit
            }
            Failure::Diagnostics(diagnostics) => {
                say(diagnostics.render(paint.colour()));
                Exit::Invalid
            }
            Failure::Said(exit) => *exit,
            Failure::ClosedPipe => return ExitCode::SUCCESS,
        };
        ExitCode::from(exit as u8)
    }
}

/// An input that can't be used.
impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Failure::file(Exit::Input, &error)
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
