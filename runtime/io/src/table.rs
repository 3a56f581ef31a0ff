//! Tables of numbers, from CSV.

use std::path::Path;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;
use runeblocks_core::{Element, Tensor};

use crate::{FileError, file};

/// A number that a table may hold: `f32` or `f64`.
pub trait Number: sealed::Sealed + Element + Copy + FromStr {
    /// Whether it is neither infinite nor "not a number".
    #[must_use]
    fn is_finite(self) -> bool;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Number for f32 {
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
}

impl Number for f64 {
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
}

/// Numbers in rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T> {
    header: Option<Vec<String>>,
    values: Array2<T>,
}

impl<T: Number> Table<T> {
    /// Reads a CSV file, as [`Table::parse`] does.
    ///
    /// # Errors
    /// Those of [`file::read`] and [`Table::parse`], and [`FileError::NotText`] for a file that is not UTF-8; with the path.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = file::read(path)?;
        std::str::from_utf8(&bytes)
            .map_err(|e| FileError::NotText { offset: e.valid_up_to() })
            .and_then(Self::parse)
            .map_err(|e| e.in_file(path))
    }

    /// Reads the text of a CSV file: a row a line, fields separated by commas, in quotes or not, spaces around them ignored.
    ///
    /// The first line may be the names of the columns, when none of its fields is a number and one has a letter. Empty lines and a byte order mark
    /// are skipped. Each number is the `T` nearest to what is written (`1`, `-0.5`, `6.02e23`).
    ///
    /// # Errors
    /// [`FileError::NotANumber`] where a field is anything but a finite number of type `T`, [`FileError::Ragged`] where a row has
    /// another number of columns than the first, [`FileError::NoRows`] when there are no numbers.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let (mut header, mut columns, mut values) = (None, None, Vec::new());
        while reader.read_record(&mut record).map_err(|e| FileError::Read(e.into()))? {
            let line = line_of(&record, text);
            let expected = *columns.get_or_insert(record.len());
            if record.len() != expected {
                return Err(FileError::Ragged { line, found: record.len(), expected });
            }
            if header.is_none() && values.is_empty() && is_header::<T>(&record) {
                header = Some(record.iter().map(str::to_owned).collect());
                continue;
            }
            for (column, field) in record.iter().enumerate() {
                let number = field.parse().ok().filter(|v: &T| v.is_finite());
                values.push(number.ok_or_else(|| FileError::NotANumber {
                    line,
                    column: column + 1,
                    found: shorten(field),
                })?);
            }
        }
        let columns = columns.filter(|_| !values.is_empty()).ok_or(FileError::NoRows)?;
        let rows = values.len() / columns;
        let values = Array2::from_shape_vec((rows, columns), values).map_err(|_| FileError::NoRows)?;
        Ok(Self { header, values })
    }
}

impl<T> Table<T> {
    /// The names of the columns, if the first line gives them.
    #[must_use]
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// The numbers, `[rows, columns]`.
    #[must_use]
    pub fn values(&self) -> &Array2<T> {
        &self.values
    }

    /// The numbers, `[rows, columns]`.
    #[must_use]
    pub fn into_values(self) -> Array2<T> {
        self.values
    }
}

impl<T: Number> From<Table<T>> for Tensor {
    /// `[rows, columns]`.
    fn from(table: Table<T>) -> Self {
        table.values.into()
    }
}

fn is_header<T: Number>(record: &StringRecord) -> bool {
    record.iter().all(|field| field.parse::<T>().is_err())
        && record.iter().any(|field| field.contains(char::is_alphabetic))
}

/// The line on which a record begins, counted from 1: its position is that of the empty lines before it.
fn line_of(record: &StringRecord, text: &str) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let rest = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
    let empty = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    position.line() + empty.filter(|b| **b == b'\n').count() as u64
}

/// A field as a message shows it.
fn shorten(field: &str) -> String {
    const SHOWN: usize = 40;
    match field.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &field[..end]),
        None => field.to_owned(),
    }
}
