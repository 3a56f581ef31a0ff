//! SHAPE and ZEROS_LIKE: outputs that do not depend on the values of inputs.

use alloc::vec::Vec;

use runeblocks_tflite::TensorType::{Float32, Int8, Int32, Int64};

use crate::error::Refusal;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::shared::{check_kind, only_output};
use crate::ops::transfer::check_type;

/// Writes the same bytes each time.
struct Constant {
    bytes: Vec<u8>,
    output: usize,
}

impl Op for Constant {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([], output, _) = memory.get([], self.output);
        output.copy_from_slice(&self.bytes);
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// SHAPE: the lengths of the axes.
pub(super) fn shape(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(1..=1, 1)?;
    let output = only_output(node, &[Int32, Int64])?;
    let shape = &node.input(0)?.shape;
    node.check_shape(0, &[shape.len()])?;
    let size = if output.kind == Int64 { 8 } else { 4 };
    let bytes = shape.iter().flat_map(|&length| (length as u64).to_le_bytes().into_iter().take(size)).collect();
    Prepared::run(Constant { bytes, output: output.index })
}

/// Writes one byte everywhere.
struct Fill {
    byte: u8,
    output: usize,
}

impl Op for Fill {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([], output, _) = memory.get([], self.output);
        output.fill(self.byte);
        Ok(())
    }
}

/// ZEROS_LIKE: the number 0, whatever the zero point.
pub(super) fn zeros_like(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(1..=1, 1)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input 0", input, &[Int8, Int32, Int64, Float32])?;
    check_type(output, input)?;
    node.check_shape(0, &input.shape)?;
    // What the file has as uint8 is held 128 lower.
    Prepared::run(Fill { byte: if output.was_unsigned { 0x80 } else { 0 }, output: output.index })
}
