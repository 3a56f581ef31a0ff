//! CUMSUM.

use runeblocks_tflite::TensorType::{Float32, Int32, Int64};
use runeblocks_tflite::schema;

use crate::error::Refusal;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::number::Number;
use crate::ops::shared::{cast, cast_mut, check_kind};
use crate::ops::split::axis_input;
use crate::ops::transfer::check_type;

/// Sums along an axis, of all elements up to each.
struct Cumsum<T> {
    add: fn(T, T) -> T,
    outer: usize,
    length: usize,
    inner: usize,
    /// Each sum is without its own element.
    exclusive: bool,
    /// From the last element on.
    reverse: bool,
    input: usize,
    output: usize,
}

impl<T: Number + Default> Op for Cumsum<T> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let (input, output) = (cast::<T>(input), cast_mut::<T>(output));
        let Self { length, inner, .. } = *self;
        let place = |step: usize| if self.reverse { length - 1 - step } else { step };
        for outer in 0..self.outer {
            for step in 0..length {
                let row = |step: usize| (outer * length + place(step)) * inner;
                for index in 0..inner {
                    let before = if step == 0 { T::default() } else { output[row(step - 1) + index] };
                    let element = match (self.exclusive, step) {
                        (true, 0) => T::default(),
                        (true, _) => input[row(step - 1) + index],
                        (false, _) => input[row(step) + index],
                    };
                    output[row(step) + index] = (self.add)(before, element);
                }
            }
        }
        Ok(())
    }
}

/// CUMSUM of `float32`, `int32` and `int64`; integers wrap.
pub(super) fn cumsum(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    check_kind("input 0", node.input(0)?, &[Float32, Int32, Int64])?;
    check_type(node.output(0)?, node.input(0)?)?;
    node.check_shape(0, &node.input(0)?.shape)?;
    match node.input(0)?.kind {
        Float32 => with::<f32>(node, |a, b| a + b),
        Int32 => with(node, i32::wrapping_add),
        _ => with(node, i64::wrapping_add),
    }
}

fn with<T: Number + Default + 'static>(node: &Node<'_>, add: fn(T, T) -> T) -> Result<Prepared, Refusal> {
    let input = node.input(0)?;
    let axis = axis_input(node, 1, input.shape.len())?;
    let options = node.options::<schema::CumsumOptions<'_>>();
    Prepared::run(Cumsum {
        add,
        outer: input.shape[..axis].iter().product(),
        length: input.shape[axis],
        inner: input.shape[axis + 1..].iter().product(),
        exclusive: options.is_some_and(|options| options.exclusive()),
        reverse: options.is_some_and(|options| options.reverse()),
        input: input.index,
        output: node.output(0)?.index,
    })
}
