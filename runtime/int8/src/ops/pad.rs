//! PAD and PADV2.

use alloc::vec::Vec;

use runeblocks_tflite::TensorType::Int8;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::transfer::{Transfer, Transfers, check_type};
use crate::ops::view::View;

/// Elements before and after along each axis of the input, from a constant input of two columns. They make the shape of
/// the output.
pub(super) fn paddings(node: &Node<'_>) -> Result<Vec<[usize; 2]>, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let numbers = node.integers(1)?;
    let (pairs, rest) = numbers.as_chunks();
    if pairs.len() != input.shape.len() || !rest.is_empty() {
        refuse!("its paddings are {numbers:?}: expected two for each axis of {:?}", input.shape);
    }
    let mut paddings = Vec::new();
    let mut padded = Vec::new();
    for (&length, &[before, after]) in input.shape.iter().zip(pairs) {
        let (Ok(before), Ok(after)) = (usize::try_from(before), usize::try_from(after)) else {
            refuse!("its paddings are {numbers:?}: expected none below 0");
        };
        paddings.push([before, after]);
        padded.push(length.saturating_add(before).saturating_add(after));
    }
    check_type(output, input)?;
    node.check_shape(0, &padded)?;
    Ok(paddings)
}

/// The input's place in the output.
fn inside(node: &Node<'_>) -> Result<Transfer, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let mut inside = View::of(output)?;
    for (axis, ([before, _], &length)) in paddings(node)?.into_iter().zip(&input.shape).enumerate() {
        inside = inside.slice(axis, before, length, 1)?;
    }
    Transfer::new(&View::of(input)?, &inside)
}

/// Puts bytes of one value around the input.
struct Pad {
    value: u8,
    input: usize,
    output: usize,
    inside: Transfer,
}

impl Op for Pad {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        output.fill(self.value);
        self.inside.run(input, output);
        Ok(())
    }
}

/// PAD: with the zero point of an output of `int8`, else with 0.
pub(super) fn pad(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    let value = if output.kind == Int8 && !output.scales.is_empty() { output.quantization()?.1 as u8 } else { 0 };
    Prepared::run(Pad { value, input: input.index, output: output.index, inside: inside(node)? })
}

/// PADV2: with a value of an input.
pub(super) fn pad_v2(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(3..=3, 1)?;
    let (input, value, output) = (node.input(0)?, node.input(2)?, node.output(0)?);
    check_type(output, value)?;
    if value.elements() != 1 {
        refuse!("its value has the shape {:?}: expected one value", value.shape);
    }
    if value.scales != output.scales || value.zero_points != output.zero_points {
        refuse!("its value is quantised unlike its output: expected the same scale and zero point");
    }
    let mut everywhere = View::of(value)?;
    everywhere.axes.clear();
    let mut transfers = Transfers::default();
    transfers.add([value, output], Transfer::new(&everywhere.broadcast(&output.shape)?, &View::of(output)?)?);
    transfers.add([input, output], inside(node)?);
    Prepared::run(transfers)
}
