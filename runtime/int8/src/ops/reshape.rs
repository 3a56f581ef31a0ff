//! RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements in another shape.

use core::ops::RangeInclusive;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::transfer::{Transfer, Transfers, check_type};
use crate::ops::view::View;

/// RESHAPE, whose new shape is the one that the file gives the output.
pub(super) fn reshape(node: &Node<'_>) -> Result<Prepared, Refusal> {
    in_another_shape(node, 1..=2)
}

/// SQUEEZE, likewise.
pub(super) fn squeeze(node: &Node<'_>) -> Result<Prepared, Refusal> {
    in_another_shape(node, 1..=1)
}

/// EXPAND_DIMS, likewise.
pub(super) fn expand_dims(node: &Node<'_>) -> Result<Prepared, Refusal> {
    in_another_shape(node, 2..=2)
}

fn in_another_shape(node: &Node<'_>, inputs: RangeInclusive<usize>) -> Result<Prepared, Refusal> {
    node.check_counts(inputs, 1)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_type(output, input)?;
    if input.elements() != output.elements() {
        refuse!("its output has the shape {:?} in the file: expected the elements of {:?}", output.shape, input.shape);
    }
    if !input.is_variable && !output.is_variable {
        return Ok(Prepared::Alias);
    }
    let from = View { axes: View::of(output)?.axes, ..View::of(input)? };
    let mut transfers = Transfers::default();
    transfers.add([input, output], Transfer::new(&from, &View::of(output)?)?);
    Prepared::run(transfers)
}
