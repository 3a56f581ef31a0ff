//! ARG_MAX and ARG_MIN.

use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int32, Int64};

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::number::Number;
use crate::ops::shared::{axis_of, cast, cast_mut, check_kind};

/// The index along an axis of the first number that none of the others is before.
struct Arg<I, O> {
    /// Whether a number is before another.
    before: fn(I, I) -> bool,
    /// Length of the axis.
    length: usize,
    /// Numbers from one index of the axis to the next.
    stride: usize,
    input: usize,
    output: usize,
    types: PhantomData<fn(I) -> O>,
}

impl<I: Number, O: Number + TryFrom<usize>> Op for Arg<I, O> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let blocks = cast::<I>(input).chunks_exact((self.length * self.stride).max(1));
        for (block, output) in blocks.zip(cast_mut::<O>(output).chunks_exact_mut(self.stride.max(1))) {
            for (start, output) in output.iter_mut().enumerate() {
                let mut found = (0, block[start]);
                for (index, &number) in block[start..].iter().step_by(self.stride).enumerate() {
                    if (self.before)(number, found.1) {
                        found = (index, number);
                    }
                }
                if let Ok(index) = O::try_from(found.0) {
                    *output = index;
                }
            }
        }
        Ok(())
    }
}

/// ARG_MAX.
pub(super) fn arg_max(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match check(node)? {
        Int8 => prepare::<i8>(node, |a, b| a > b),
        Int32 => prepare::<i32>(node, |a, b| a > b),
        _ => prepare::<f32>(node, |a, b| a > b),
    }
}

/// ARG_MIN.
pub(super) fn arg_min(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match check(node)? {
        Int8 => prepare::<i8>(node, |a, b| a < b),
        Int32 => prepare::<i32>(node, |a, b| a < b),
        _ => prepare::<f32>(node, |a, b| a < b),
    }
}

fn check(node: &Node<'_>) -> Result<runeblocks_tflite::TensorType, Refusal> {
    node.check_counts(2..=2, 1)?;
    check_kind("input 0", node.input(0)?, &[Int8, Int32, Float32])?;
    check_kind("output", node.output(0)?, &[Int32, Int64])?;
    Ok(node.input(0)?.kind)
}

fn prepare<I: Number>(node: &Node<'_>, before: fn(I, I) -> bool) -> Result<Prepared, Refusal> {
    let (tensor, output) = (node.input(0)?, node.output(0)?);
    let &[axis] = node.integers(1)?.as_slice() else {
        refuse!("its input 1 has the shape {:?}: expected one axis", node.input(1)?.shape);
    };
    let axis = axis_of(axis, tensor.shape.len())?;
    let mut shape = tensor.shape.clone();
    let length = shape.remove(axis);
    node.check_shape(0, &shape)?;
    if length == 0 && output.elements() > 0 {
        refuse!("its input has the shape {:?}: expected numbers along the axis", tensor.shape);
    }
    let stride = tensor.shape[axis + 1..].iter().product();
    let (input, kind, output) = (tensor.index, output.kind, output.index);
    if kind == Int32 {
        Prepared::run(Arg::<I, i32> { before, length, stride, input, output, types: PhantomData })
    } else {
        Prepared::run(Arg::<I, i64> { before, length, stride, input, output, types: PhantomData })
    }
}
