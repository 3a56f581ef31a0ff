//! Numbers without a header: their type and shape are the caller's to know.

use std::path::Path;

use runeblocks_core::{ElementType, Tensor};

use crate::bytes::{LittleEndian, tensor};
use crate::{FileError, file};

/// Reads a file of little-endian numbers, as [`parse`] does.
///
/// # Errors
/// Those of [`file::read`] and [`parse`], with the path.
pub fn read(path: &Path, element_type: ElementType, shape: &[usize]) -> Result<Tensor, FileError> {
    parse(&file::read(path)?, element_type, shape).map_err(|e| e.in_file(path))
}

/// Takes bytes for little-endian numbers in row-major order.
///
/// Floats are taken as they are, infinities and "not a number" included.
///
/// # Errors
/// [`FileError::RawLength`] when there are not exactly as many bytes as the shape needs, [`FileError::RawType`] for text.
pub fn parse(bytes: &[u8], element_type: ElementType, shape: &[usize]) -> Result<Tensor, FileError> {
    match element_type {
        ElementType::U8 => numbers::<u8>(bytes, shape),
        ElementType::I8 => numbers::<i8>(bytes, shape),
        ElementType::U16 => numbers::<u16>(bytes, shape),
        ElementType::I16 => numbers::<i16>(bytes, shape),
        ElementType::U32 => numbers::<u32>(bytes, shape),
        ElementType::I32 => numbers::<i32>(bytes, shape),
        ElementType::U64 => numbers::<u64>(bytes, shape),
        ElementType::I64 => numbers::<i64>(bytes, shape),
        ElementType::F32 => numbers::<f32>(bytes, shape),
        ElementType::F64 => numbers::<f64>(bytes, shape),
        ElementType::Utf8 => Err(FileError::RawType { element_type }),
    }
}

fn numbers<T: LittleEndian>(bytes: &[u8], shape: &[usize]) -> Result<Tensor, FileError> {
    let expected = byte_count(shape, size_of::<T>());
    let wrong = || FileError::RawLength { found: bytes.len(), element_type: T::TYPE, shape: shape.to_vec(), expected };
    if expected != Some(bytes.len()) {
        return Err(wrong());
    }
    tensor(T::numbers(bytes), shape, false).ok_or_else(wrong)
}

/// The bytes that elements of `size` bytes take in this shape, if they can be counted.
pub(crate) fn byte_count(shape: &[usize], size: usize) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(size, |n, &length| n.checked_mul(length))
}
