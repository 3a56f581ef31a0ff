//! GATHER and GATHER_ND.

use alloc::vec::Vec;

use runeblocks_tflite::TensorType::{Int32, Int64};
use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::shared::{axis_of, cast, check_kind};
use crate::ops::transfer::check_type;
use crate::ops::view::View;
use crate::tensor::Tensor;

/// Indices, as the file has them.
#[derive(Clone, Copy)]
enum Indices<'a> {
    Narrow(&'a [i32]),
    Wide(&'a [i64]),
}

impl<'a> Indices<'a> {
    fn of(bytes: &'a [u8], wide: bool) -> Self {
        if wide { Indices::Wide(cast(bytes)) } else { Indices::Narrow(cast(bytes)) }
    }

    /// The index at a place, held to a length.
    fn get(self, place: usize, length: usize) -> Result<usize, Refusal> {
        let index = match self {
            Indices::Narrow(indices) => indices[place].into(),
            Indices::Wide(indices) => indices[place],
        };
        match usize::try_from(index) {
            Ok(index) if index < length => Ok(index),
            _ => refuse!("its index number {place} is {index}: expected one of {length}"),
        }
    }
}

/// The indices of an operator, and whether they have 64 bits.
fn indices<'a>(node: &Node<'a>) -> Result<(&'a Tensor, bool), Refusal> {
    let indices = node.input(1)?;
    check_kind("input 1", indices, &[Int32, Int64])?;
    Ok((indices, indices.kind == Int64))
}

/// Takes runs of bytes by indices of one axis.
struct Gather {
    /// Parts of the input that have indices of their own.
    batches: usize,
    /// Parts of each that have the same indices.
    outer: usize,
    /// The length of the axis.
    length: usize,
    /// Indices of each batch.
    count: usize,
    /// Bytes of a run.
    run: usize,
    wide: bool,
    input: usize,
    indices: usize,
    output: usize,
}

impl Op for Gather {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input, indices], output, _) = memory.get([self.input, self.indices], self.output);
        let indices = Indices::of(indices, self.wide);
        let mut at = 0;
        for batch in 0..self.batches {
            for outer in 0..self.outer {
                let first = (batch * self.outer + outer) * self.length;
                for place in batch * self.count..(batch + 1) * self.count {
                    let from = (first + indices.get(place, self.length)?) * self.run;
                    output[at..][..self.run].copy_from_slice(&input[from..][..self.run]);
                    at += self.run;
                }
            }
        }
        Ok(())
    }
}

/// GATHER: for each index, the elements that have it along an axis. An index that is out of bounds fails the invocation.
pub(super) fn gather(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let (axis, batch_axes) = match node.options::<schema::GatherOptions<'_>>() {
        Some(options) => (options.axis(), options.batch_dims()),
        None => (0, 0),
    };
    let (input, output) = (node.input(0)?, node.output(0)?);
    let (indices, wide) = indices(node)?;
    let axis = axis_of(axis.into(), input.shape.len())?;
    let from_end = if batch_axes < 0 { indices.shape.len() as i32 } else { 0 };
    let named = batch_axes + from_end;
    let Some(batch_axes) = usize::try_from(named).ok().filter(|&count| {
        count <= axis && count <= indices.shape.len() && input.shape[..count] == indices.shape[..count]
    }) else {
        refuse!(
            "it takes the axes before number {named} of {:?} and of its indices {:?} for batches: expected the same \
             ones of both, and none after axis {axis}",
            input.shape,
            indices.shape
        );
    };
    check_type(output, input)?;
    let shape = [&input.shape[..axis], &indices.shape[batch_axes..], &input.shape[axis + 1..]].concat();
    node.check_shape(0, &shape)?;
    Prepared::run(Gather {
        batches: input.shape[..batch_axes].iter().product(),
        outer: input.shape[batch_axes..axis].iter().product(),
        length: input.shape[axis],
        count: indices.shape[batch_axes..].iter().product(),
        run: View::of(input)?.element * input.shape[axis + 1..].iter().product::<usize>(),
        wide,
        input: input.index,
        indices: indices.index,
        output: output.index,
    })
}

/// Takes runs of bytes by indices of several axes.
struct GatherNd {
    /// Runs that are taken.
    count: usize,
    /// The lengths of the axes that are indexed, and the bytes from one index to the next.
    axes: Vec<(usize, usize)>,
    /// Bytes of a run.
    run: usize,
    wide: bool,
    input: usize,
    indices: usize,
    output: usize,
}

impl Op for GatherNd {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input, indices], output, _) = memory.get([self.input, self.indices], self.output);
        let indices = Indices::of(indices, self.wide);
        for number in 0..self.count {
            let mut from = 0;
            for (place, &(length, stride)) in (number * self.axes.len()..).zip(&self.axes) {
                from += indices.get(place, length)? * stride;
            }
            output[number * self.run..][..self.run].copy_from_slice(&input[from..][..self.run]);
        }
        Ok(())
    }
}

/// GATHER_ND: for each row of indices, the elements that have them along the first axes. An index that is out of bounds
/// fails the invocation.
pub(super) fn gather_nd(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    let (indices, wide) = indices(node)?;
    let Some((&indexed, rows)) = indices.shape.split_last().filter(|&(&count, _)| count <= input.shape.len()) else {
        refuse!(
            "its indices have the shape {:?} for {:?}: expected rows of as many as axes",
            indices.shape,
            input.shape
        );
    };
    check_type(output, input)?;
    node.check_shape(0, &[rows, &input.shape[indexed..]].concat())?;
    let view = View::of(input)?;
    let axes = view.axes[..indexed].iter().map(|axis| (axis.length, axis.stride.unsigned_abs())).collect();
    Prepared::run(GatherNd {
        count: rows.iter().product(),
        axes,
        run: view.element * input.shape[indexed..].iter().product::<usize>(),
        wide,
        input: input.index,
        indices: indices.index,
        output: output.index,
    })
}
