//! The constants of a model.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use runeblocks_tflite::Bytes;

use crate::tensor::Tensor;

/// Where the bytes of a constant are.
#[derive(Clone, Debug)]
pub(crate) enum Constant {
    /// In the file.
    File(Range<usize>),
    /// Among those that are not used as the file has them: its number and its bytes.
    Held(usize, usize),
}

/// The constants of a model.
pub(crate) struct Constants {
    file: Bytes,
    held: Vec<Box<[u64]>>,
}

impl Constants {
    pub(crate) fn new(file: Bytes) -> Self {
        Self { file, held: Vec::new() }
    }

    pub(crate) fn get(&self, constant: &Constant) -> &[u8] {
        match constant {
            Constant::File(range) => &self.file[range.clone()],
            Constant::Held(index, bytes) => &bytemuck::cast_slice(&self.held[*index])[..*bytes],
        }
    }

    /// Takes in the constant of a tensor that stands in `range` of the file: where it lies if its elements can be read
    /// there, else as an aligned copy.
    pub(crate) fn add(&mut self, tensor: &Tensor, range: Range<usize>) -> Constant {
        let alignment = tensor.kind.bytes(1).unwrap_or(1).min(8);
        if !tensor.was_unsigned && (self.file.as_ptr() as usize + range.start).is_multiple_of(alignment) {
            return Constant::File(range);
        }
        let bytes = &self.file[range];
        let mut held = vec![0_u64; bytes.len().div_ceil(8)].into_boxed_slice();
        let copy = &mut bytemuck::cast_slice_mut(&mut held)[..bytes.len()];
        copy.copy_from_slice(bytes);
        if tensor.was_unsigned {
            turn_sign(copy);
        }
        self.held.push(held);
        Constant::Held(self.held.len() - 1, bytes.len())
    }

    /// Bytes of the copies.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.iter().map(|held| 8 * held.len()).sum()
    }
}

/// Makes quantised `uint8` of the file the `int8` that is 128 lower, and the other way round.
pub(crate) fn turn_sign(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte ^= 0x80);
}
