//! NumPy's `.npy`: one tensor a file ("NEP 1 — A Simple File Format for NumPy Arrays"; written as version 1.0, read as 1.0, 2.0 and 3.0).

mod header;

use std::io::{self, Write};
use std::path::Path;

use ndarray::ArrayViewD;
use runeblocks_core::{Tensor, TensorView, Text};

use crate::bytes::{LittleEndian, tensor};
use crate::raw::byte_count;
use crate::{FileError, file};
use header::Header;

/// Writes a tensor as `.npy`, little-endian, in row-major order.
///
/// Text is written in NumPy's fixed-width form (`<U`, four bytes a character, as wide as the longest), which drops NUL characters at the end
/// of an element.
///
/// # Errors
/// When `writer` fails, and [`io::ErrorKind::InvalidInput`] for a tensor of so many axes that their lengths do not fit a header.
pub fn encode(tensor: &TensorView<'_>, writer: &mut dyn Write) -> io::Result<()> {
    match tensor {
        TensorView::U8(array) => encode_numbers(array, writer),
        TensorView::I8(array) => encode_numbers(array, writer),
        TensorView::U16(array) => encode_numbers(array, writer),
        TensorView::I16(array) => encode_numbers(array, writer),
        TensorView::U32(array) => encode_numbers(array, writer),
        TensorView::I32(array) => encode_numbers(array, writer),
        TensorView::U64(array) => encode_numbers(array, writer),
        TensorView::I64(array) => encode_numbers(array, writer),
        TensorView::F32(array) => encode_numbers(array, writer),
        TensorView::F64(array) => encode_numbers(array, writer),
        TensorView::Utf8(array) => encode_text(array, writer),
    }
}

fn encode_numbers<T: LittleEndian>(array: &ArrayViewD<'_, T>, writer: &mut dyn Write) -> io::Result<()> {
    header::write(writer, T::DESCR, array.shape())?;
    array.iter().try_for_each(|number| writer.write_all(number.bytes().as_ref()))
}

fn encode_text(array: &ArrayViewD<'_, Text>, writer: &mut dyn Write) -> io::Result<()> {
    let width = array.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    header::write(writer, &format!("<U{width}"), array.shape())?;
    for text in array {
        let characters = text.chars().chain(std::iter::repeat('\0')).take(width);
        for character in characters {
            writer.write_all(&u32::from(character).to_le_bytes())?;
        }
    }
    Ok(())
}

/// Reads a `.npy` file, as [`parse`] does.
///
/// # Errors
/// Those of [`file::read`] and [`parse`], with the path.
pub fn read(path: &Path) -> Result<Tensor, FileError> {
    parse(&file::read(path)?).map_err(|e| e.in_file(path))
}

/// Reads the bytes of a `.npy` file: little-endian numbers of every element type, and text (`<U`). An array in column-major order
/// is brought into row-major order.
///
/// # Errors
/// [`FileError::NpyType`] for elements of another type, [`FileError::Npy`] for a file that is damaged or no `.npy`.
pub fn parse(bytes: &[u8]) -> Result<Tensor, FileError> {
    let (header, data) = header::parse(bytes)?;
    match header.descr.as_str() {
        u8::DESCR => numbers::<u8>(&header, data),
        i8::DESCR => numbers::<i8>(&header, data),
        u16::DESCR => numbers::<u16>(&header, data),
        i16::DESCR => numbers::<i16>(&header, data),
        u32::DESCR => numbers::<u32>(&header, data),
        i32::DESCR => numbers::<i32>(&header, data),
        u64::DESCR => numbers::<u64>(&header, data),
        i64::DESCR => numbers::<i64>(&header, data),
        f32::DESCR => numbers::<f32>(&header, data),
        f64::DESCR => numbers::<f64>(&header, data),
        other => match other.strip_prefix("<U").and_then(|width| width.parse().ok()) {
            Some(width) if width > 0 => text(&header, data, width),
            _ => Err(FileError::NpyType { found: other.to_owned() }),
        },
    }
}

fn numbers<T: LittleEndian>(header: &Header, data: &[u8]) -> Result<Tensor, FileError> {
    check_length(header, data, size_of::<T>())?;
    build(T::numbers(data), header)
}

fn text(header: &Header, data: &[u8], width: usize) -> Result<Tensor, FileError> {
    let size = width.checked_mul(4).ok_or_else(|| FileError::NpyType { found: header.descr.clone() })?;
    check_length(header, data, size)?;
    let texts = data.chunks_exact(size).enumerate().map(|(index, element)| {
        let (characters, _) = element.as_chunks();
        let text: Option<String> = characters.iter().map(|c| char::from_u32(u32::from_le_bytes(*c))).collect();
        text.map(|text| Text::from(text.trim_end_matches('\0'))).ok_or_else(|| FileError::Npy {
            reason: format!("element {index} (counted from 0) has a code that is no Unicode character"),
        })
    });
    build(texts.collect::<Result<Vec<_>, _>>()?, header)
}

fn check_length(header: &Header, data: &[u8], size: usize) -> Result<(), FileError> {
    let expected = byte_count(&header.shape, size);
    if expected == Some(data.len()) {
        return Ok(());
    }
    let needed = match expected {
        Some(n) => format!("{n} bytes"),
        None => "more bytes than any file has".to_owned(),
    };
    Err(FileError::Npy {
        reason: format!(
            "{} bytes follow its header, and \"{}\" elements of shape {:?} take {needed}",
            data.len(),
            header.descr,
            header.shape
        ),
    })
}

fn build<T: runeblocks_core::Element>(values: Vec<T>, header: &Header) -> Result<Tensor, FileError> {
    tensor(values, &header.shape, header.fortran_order)
        .ok_or_else(|| FileError::Npy { reason: format!("its shape {:?} is too large", header.shape) })
}
