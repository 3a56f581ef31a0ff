//! BROADCAST_TO and FILL: elements many times over.

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::transfer::Transfers;
use crate::ops::view::View;
use crate::tensor::Tensor;

/// BROADCAST_TO: the input repeated along axes of length 1.
pub(super) fn broadcast_to(node: &Node<'_>) -> Result<Prepared, Refusal> {
    repeat(node, node.input(0)?, 1)
}

/// FILL: one value everywhere.
pub(super) fn fill(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let value = node.input(1)?;
    if value.elements() != 1 {
        refuse!("its value has the shape {:?}: expected one value", value.shape);
    }
    repeat(node, value, 0)
}

/// Repeats a tensor to the shape that a constant input gives.
fn repeat(node: &Node<'_>, from: &Tensor, shape: usize) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let shape = node.integers(shape)?;
    let output = node.output(0)?;
    if !shape.iter().copied().eq(output.shape.iter().map(|&length| length as i64)) {
        refuse!("its output has the shape {:?} in the file: expected {shape:?}", output.shape);
    }
    Transfers::one(from, &View::of(from)?.broadcast(&output.shape)?, output)
}
