//! What is written to the terminal, a pipe or a file.

use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Effects, Style};
use runeblocks_io::output::Outputs;
use serde_json::Value;

use crate::failure::Failure;

/// Writes a text to stdout.
///
/// # Errors
///
/// When stdout can't be written, or nobody reads it any more.
pub fn print(text: impl Display) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    write!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(())
}

/// Writes results to stdout, or to stderr where a file is written to stdout.
///
/// # Errors
///
/// As [`print()`].
pub fn print_beside(outputs: &Outputs, text: impl Display) -> Result<(), Failure> {
    if outputs.use_stdout() {
        let _ = write!(io::stderr(), "{text}");
        return Ok(());
    }
    print(text)
}

/// Writes a text and a line break to stdout.
///
/// # Errors
///
/// As [`print()`].
pub fn print_line(text: impl Display) -> Result<(), Failure> {
    print(format_args!("{text}\n"))
}

/// Writes a text and a line break to stderr. Where that can't be written there is nobody to tell.
pub fn say(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a warning and what to do to stderr.
pub fn warn(text: &str, help: &str) {
    let paint = Paint::stderr();
    say(format_args!("{} {text}\n{} {help}", paint.warning("warning:"), paint.help("help:")));
}

/// Writes JSON over several lines.
///
/// # Errors
///
/// As [`print()`].
pub fn print_json(value: &Value) -> Result<(), Failure> {
    print_line(format_args!("{value:#}"))
}

/// Colours for one stream: none unless it is a terminal and `NO_COLOR` is not set.
#[derive(Clone, Copy, Debug)]
pub struct Paint(bool);

impl Paint {
    /// The colours of stdout.
    pub fn stdout() -> Self {
        Paint::of(&io::stdout())
    }

    /// The colours of stderr.
    pub fn stderr() -> Self {
        Paint::of(&io::stderr())
    }

    fn of(stream: &impl IsTerminal) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint(stream.is_terminal() && !refused)
    }

    /// Whether there are colours.
    pub fn colour(self) -> bool {
        self.0
    }

    /// The word before an error.
    pub fn error(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
    }

    /// The word before a warning.
    pub fn warning(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default().effects(Effects::BOLD), text)
    }

    /// The word before what to do.
    pub fn help(self, text: &str) -> String {
        self.with(AnsiColor::Cyan.on_default().effects(Effects::BOLD), text)
    }

    /// What matters most.
    pub fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What matters least.
    pub fn faint(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Rows of texts as columns, two spaces apart; the last column is not padded.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
