//! Operators that make each output of the one input at the same place.

use alloc::boxed::Box;
use core::marker::PhantomData;

use crate::error::Refusal;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::number::Number;
use crate::ops::shared::{cast, cast_mut};

/// A function of each number of an input.
struct Map<I, O, F> {
    f: F,
    input: usize,
    output: usize,
    types: PhantomData<fn(I) -> O>,
}

impl<I: Number, O: Number, F: Fn(I) -> O + Copy + Send + Sync> Op for Map<I, O, F> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        // Constants of a copy on the stack can be kept in registers.
        let f = self.f;
        let pairs = cast_mut::<O>(output).iter_mut().zip(cast::<I>(input));
        pairs.for_each(|(output, &input)| *output = f(input));
        Ok(())
    }
}

/// The output for each of the 256 values of an input.
struct Table<O> {
    values: Box<[O; 256]>,
    input: usize,
    output: usize,
}

impl<O: Number> Op for Table<O> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let pairs = cast_mut::<O>(output).iter_mut().zip(input);
        pairs.for_each(|(output, &input)| *output = self.values[usize::from(input)]);
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        size_of::<[O; 256]>()
    }
}

/// Holds an operator to one input, and one output of its shape.
pub(super) fn check(node: &Node<'_>) -> Result<(), Refusal> {
    node.check_counts(1..=1, 1)?;
    node.check_shape(0, &node.input(0)?.shape)
}

/// Prepares a function of each number of input 0.
pub(super) fn map<I: Number, O: Number>(
    node: &Node<'_>,
    f: impl Fn(I) -> O + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?.index, node.output(0)?.index);
    Prepared::run(Map { f, input, output, types: PhantomData })
}

/// Prepares a function of each number of input 0 of 8 bits, as a table.
pub(super) fn table<O: Number>(node: &Node<'_>, f: impl Fn(i8) -> O) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?.index, node.output(0)?.index);
    let values = Box::new(core::array::from_fn(|value| f(value as u8 as i8)));
    Prepared::run(Table { values, input, output })
}
