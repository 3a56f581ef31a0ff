//! The header of a `.npy` file: a magic string, a version, a length, and a Python dictionary in ASCII.

use std::io::{self, Write};

use crate::FileError;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The data begin at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// The longest dictionary that is read, as long as version 1.0 allows: longer ones are those of structured arrays.
const MAX_LENGTH: usize = u16::MAX as usize;

/// What the dictionary says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The element type.
    pub(super) descr: String,
    /// Whether the first axis varies fastest.
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

/// Writes the header of version 1.0.
pub(super) fn write(writer: &mut dyn Write, descr: &str, shape: &[usize]) -> io::Result<()> {
    let mut lengths: String = shape.iter().map(|length| format!("{length}, ")).collect();
    if shape.len() > 1 {
        lengths.truncate(lengths.len() - 2);
    }
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", lengths.trim_end());
    let before = MAGIC.len() + 4;
    let whole = (before + text.len() + 1).next_multiple_of(ALIGNMENT);
    let padding = whole - before - text.len() - 1;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let length = u16::try_from(text.len()).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidInput, "the tensor has more axes than a `.npy` header holds")
    })?;
    writer.write_all(MAGIC)?;
    writer.write_all(&[1, 0])?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(text.as_bytes())
}

/// Reads the header; gives it and the bytes that follow it.
pub(super) fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), FileError> {
    let wrong = |reason: &str| FileError::Npy { reason: reason.to_owned() };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| wrong("it does not begin with \"\\x93NUMPY\""))?;
    let cut_short = || wrong("it ends within its header");
    let (length, rest) = match rest {
        [1, 0, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
        [2 | 3, 0, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        [1..=3, 0, ..] | [1..=3] | [] => return Err(cut_short()),
        [major, ..] => {
            let minor = rest.get(1).copied().unwrap_or_default();
            return Err(wrong(&format!("its version is {major}.{minor}, and 1.0, 2.0 and 3.0 are read")));
        }
    };
    if length > MAX_LENGTH {
        return Err(wrong(&format!("its header takes {length} bytes, and at most {MAX_LENGTH} are read")));
    }
    let (text, data) = rest.split_at_checked(length).ok_or_else(cut_short)?;
    let text = std::str::from_utf8(text).map_err(|_| wrong("its header is not text"))?;
    Ok((dictionary(text)?, data))
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order.
fn dictionary(text: &str) -> Result<Header, FileError> {
    let mut parser = Parser { rest: text };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    parser.expect('{')?;
    while !parser.take('}') {
        let key = parser.string()?;
        parser.expect(':')?;
        match key {
            "descr" => descr = Some(parser.descr()?),
            "fortran_order" => fortran_order = Some(parser.truth()?),
            "shape" => shape = Some(parser.tuple()?),
            _ => return Err(parser.wrong(&format!("the key \"{}\" is not known", key.escape_debug()))),
        }
        if !parser.take(',') {
            parser.expect('}')?;
            break;
        }
    }
    match (descr, fortran_order, shape) {
        (Some(descr), Some(fortran_order), Some(shape)) => Ok(Header { descr, fortran_order, shape }),
        _ => Err(parser.wrong("it lacks one of \"descr\", \"fortran_order\" and \"shape\"")),
    }
}

/// As much of Python's literals as headers use.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn wrong(&self, what: &str) -> FileError {
        FileError::Npy { reason: format!("in its header, {what}, before \"{}\"", self.shown()) }
    }

    /// What comes next, as a message shows it.
    fn shown(&self) -> String {
        self.rest.chars().take(20).flat_map(char::escape_debug).collect()
    }

    fn take(&mut self, c: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, c: char) -> Result<(), FileError> {
        if self.take(c) { Ok(()) } else { Err(self.wrong(&format!("\"{c}\" is expected"))) }
    }

    fn string(&mut self) -> Result<&'a str, FileError> {
        let quote = if self.take('\'') {
            '\''
        } else if self.take('"') {
            '"'
        } else {
            return Err(self.wrong("a string is expected"));
        };
        let (string, rest) = self.rest.split_once(quote).ok_or_else(|| self.wrong("a string does not end"))?;
        self.rest = rest;
        Ok(string)
    }

    /// The element type; one that is no string is that of a structured array, which no tensor is.
    fn descr(&mut self) -> Result<String, FileError> {
        match self.string() {
            Ok(descr) => Ok(descr.to_owned()),
            Err(_) if self.rest.starts_with('[') => Err(FileError::NpyType { found: self.shown() }),
            Err(e) => Err(e),
        }
    }

    fn truth(&mut self) -> Result<bool, FileError> {
        self.rest = self.rest.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err(self.wrong("True or False is expected"))
    }

    fn tuple(&mut self) -> Result<Vec<usize>, FileError> {
        self.expect('(')?;
        let mut lengths = Vec::new();
        while !self.take(')') {
            let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let (digits, rest) = self.rest.split_at(end);
            lengths.push(digits.parse().map_err(|_| self.wrong("the length of an axis is expected"))?);
            self.rest = rest;
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(lengths)
    }
}
