//! SPLIT, SPLIT_V and UNPACK.

use alloc::vec;
use alloc::vec::Vec;

use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::shared::axis_of;
use crate::ops::transfer::{Transfer, Transfers, check_type};
use crate::ops::view::View;
use crate::tensor::Tensor;

/// The axis that a constant input of one number names.
pub(super) fn axis_input(node: &Node<'_>, number: usize, rank: usize) -> Result<usize, Refusal> {
    match node.integers(number)?.as_slice() {
        &[axis] => axis_of(axis, rank),
        numbers => refuse!("its input {number} has {} numbers: expected one axis", numbers.len()),
    }
}

/// SPLIT: parts of the same length along an axis.
pub(super) fn split(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, node.output_count())?;
    let input = node.input(1)?;
    let axis = axis_input(node, 0, input.shape.len())?;
    let (length, outputs) = (input.shape[axis], node.output_count());
    if outputs == 0 || !length.is_multiple_of(outputs) {
        refuse!("its axis {axis} has the length {length}: expected a multiple of its {outputs} outputs");
    }
    parts(node, input, axis, &vec![length / outputs; outputs])
}

/// SPLIT_V: parts of given lengths along an axis; one of them may be −1, for what is left.
pub(super) fn split_v(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(3..=3, node.output_count())?;
    let input = node.input(0)?;
    let axis = axis_input(node, 2, input.shape.len())?;
    let sizes = node.integers(1)?;
    let length = input.shape[axis];
    let given = sizes.iter().filter(|&&size| size != -1).try_fold(0_usize, |sum, &size| {
        let size = usize::try_from(size).ok()?;
        sum.checked_add(size).filter(|&sum| sum <= length)
    });
    let open = sizes.iter().filter(|&&size| size == -1).count();
    let left = match (given, open) {
        (Some(given), 0) if given == length => 0,
        (Some(given), 1) => length - given,
        _ => refuse!("its parts have the lengths {sizes:?}: expected {length} together, and −1 at most once"),
    };
    if sizes.len() != node.output_count() {
        refuse!("it has {} outputs for {} lengths: expected one each", node.output_count(), sizes.len());
    }
    let lengths: Vec<usize> = sizes.iter().map(|&size| if size == -1 { left } else { size as usize }).collect();
    parts(node, input, axis, &lengths)
}

/// Writes to each output a part of the input.
fn parts(node: &Node<'_>, input: &Tensor, axis: usize, lengths: &[usize]) -> Result<Prepared, Refusal> {
    let mut transfers = Transfers::default();
    let mut begin = 0;
    for (number, &length) in lengths.iter().enumerate() {
        let output = node.output(number)?;
        let part = View::of(input)?.slice(axis, begin, length, 1)?;
        check_type(output, input)?;
        node.check_shape(number, &part.shape())?;
        transfers.add([input, output], Transfer::new(&part, &View::of(output)?)?);
        begin += length;
    }
    Prepared::run(transfers)
}

/// UNPACK: for each index of an axis, the elements that have it.
pub(super) fn unpack(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(1..=1, node.output_count())?;
    let Some(options) = node.options::<schema::UnpackOptions<'_>>() else {
        refuse!("it has no options: expected those of UNPACK");
    };
    let input = node.input(0)?;
    let axis = axis_of(options.axis().into(), input.shape.len())?;
    if input.shape[axis] != node.output_count() {
        refuse!("it has {} outputs: expected {}, the length of axis {axis}", node.output_count(), input.shape[axis]);
    }
    let mut transfers = Transfers::default();
    for number in 0..node.output_count() {
        let output = node.output(number)?;
        let part = View::of(input)?.select(axis, number)?;
        check_type(output, input)?;
        node.check_shape(number, &part.shape())?;
        transfers.add([input, output], Transfer::new(&part, &View::of(output)?)?);
    }
    Prepared::run(transfers)
}
