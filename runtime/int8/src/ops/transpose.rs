//! TRANSPOSE and REVERSE_V2.

use alloc::vec::Vec;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::shared::axis_of;
use crate::ops::transfer::Transfers;
use crate::ops::view::View;

/// TRANSPOSE: the axes in another order.
pub(super) fn transpose(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let input = node.input(0)?;
    let rank = input.shape.len();
    let order: Vec<usize> =
        node.integers(1)?.into_iter().map(|axis| axis_of(axis, rank)).collect::<Result<_, Refusal>>()?;
    Transfers::one(input, &View::of(input)?.permute(&order)?, node.output(0)?)
}

/// REVERSE_V2: some axes back to front.
pub(super) fn reverse(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let input = node.input(0)?;
    let mut view = View::of(input)?;
    let mut reversed = Vec::new();
    for axis in node.integers(1)? {
        let axis = axis_of(axis, input.shape.len())?;
        if reversed.contains(&axis) {
            refuse!("it reverses axis {axis} twice: expected each once");
        }
        reversed.push(axis);
        let length = input.shape[axis];
        view = view.slice(axis, length.saturating_sub(1), length, -1)?;
    }
    Transfers::one(input, &view, node.output(0)?)
}
