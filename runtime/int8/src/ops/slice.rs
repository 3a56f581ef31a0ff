//! SLICE.

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::transfer::Transfers;
use crate::ops::view::View;

/// SLICE: along each axis, so many elements from a first on; all that follow where the number is −1.
pub(super) fn slice(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(3..=3, 1)?;
    let input = node.input(0)?;
    let (begins, sizes) = (node.integers(1)?, node.integers(2)?);
    let rank = input.shape.len();
    if begins.len() != rank || sizes.len() != rank {
        refuse!("it has {} begins and {} sizes for {rank} axes: expected one each", begins.len(), sizes.len());
    }
    let mut view = View::of(input)?;
    for (axis, (&begin, &size)) in begins.iter().zip(&sizes).enumerate() {
        let length = input.shape[axis];
        let begin = usize::try_from(begin).ok().filter(|&begin| begin <= length);
        let count = match (begin, size) {
            (Some(begin), -1) => Some(length - begin),
            (_, size) => usize::try_from(size).ok(),
        };
        let (Some(begin), Some(count)) = (begin, count) else {
            refuse!("it takes {sizes:?} elements from {begins:?} on, of the shape {:?}", input.shape);
        };
        view = view.slice(axis, begin, count, 1)?;
    }
    Transfers::one(input, &view, node.output(0)?)
}
