//! MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_ALL and REDUCE_ANY.

use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Bool, Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::{TensorType, schema};

use crate::Rounding;
use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::number::{Integer, Number};
use crate::ops::operands::Operands;
use crate::ops::shared::{axis_of, cast, cast_mut, check_kind};
use crate::ops::xnnpack;

/// A function of all numbers along some axes, taken in by one after the other.
struct Reduce<I, A, O, F, G> {
    /// What is there before the first.
    initial: A,
    /// Takes in a number.
    take: F,
    /// Makes an output.
    finish: G,
    /// The input, and along it the outputs.
    along: Operands<2>,
    input: usize,
    output: usize,
    types: PhantomData<fn(I) -> O>,
}

impl<I, A, O, F, G> Op for Reduce<I, A, O, F, G>
where
    I: Number,
    A: Number,
    O: Number,
    F: Fn(A, I) -> A + Send + Sync,
    G: Fn(A) -> O + Send + Sync,
{
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, scratch) = memory.get([self.input], self.output);
        let totals = cast_mut::<A>(scratch);
        totals.fill(self.initial);
        let mut runs = cast::<I>(input).chunks_exact(self.along.length.max(1));
        self.along.runs(|[_, place]| {
            let Some(run) = runs.next() else { return };
            if self.along.steps[1] == 0 {
                totals[place] = run.iter().fold(totals[place], |total, &value| (self.take)(total, value));
            } else {
                let pairs = totals[place..].iter_mut().zip(run);
                pairs.for_each(|(total, &value)| *total = (self.take)(*total, value));
            }
        });
        let pairs = cast_mut::<O>(output).iter_mut().zip(totals);
        pairs.for_each(|(output, total)| *output = (self.finish)(*total));
        Ok(())
    }
}

/// The axes of a reduction.
struct Axes {
    /// The shape of the input with 1 for each axis that is reduced.
    kept: Vec<usize>,
    /// How many numbers make an output.
    count: usize,
}

impl Axes {
    /// The axes that input 1 names; the output is held to the shape that follows.
    fn of(node: &Node<'_>, kinds: &[TensorType]) -> Result<Self, Refusal> {
        node.check_counts(2..=2, 1)?;
        let input = node.input(0)?;
        check_kind("input 0", input, kinds)?;
        check_kind("output", node.output(0)?, &[input.kind])?;
        let rank = input.shape.len();
        let mut reduced = vec![false; rank];
        for axis in node.integers(1)? {
            reduced[axis_of(axis, rank)?] = true;
        }
        let (mut kept, mut squeezed, mut count) = (Vec::new(), Vec::new(), 1);
        for (&length, reduced) in input.shape.iter().zip(reduced) {
            kept.push(if reduced { 1 } else { length });
            if reduced {
                count *= length;
            } else {
                squeezed.push(length);
            }
        }
        let keep = node.options::<schema::ReducerOptions<'_>>().is_some_and(|options| options.keep_dims());
        node.check_shape(0, if keep { &kept } else { &squeezed })?;
        Ok(Self { kept, count })
    }

    /// Prepares a reduction.
    fn prepare<I: Number, A: Number, O: Number>(
        &self,
        node: &Node<'_>,
        initial: A,
        take: impl Fn(A, I) -> A + Send + Sync + 'static,
        finish: impl Fn(A) -> O + Send + Sync + 'static,
    ) -> Result<Prepared, Refusal> {
        let (input, output) = (node.input(0)?, node.output(0)?);
        let along = Operands::new([&input.shape, &self.kept])?;
        let Some(scratch) = output.elements().checked_mul(size_of::<A>()) else {
            refuse!("its output has the shape {:?}: expected a smaller one", output.shape);
        };
        let (input, output) = (input.index, output.index);
        Prepared::with_scratch(Reduce { initial, take, finish, along, input, output, types: PhantomData }, scratch)
    }
}

/// MEAN.
pub(super) fn mean(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let axes = Axes::of(node, &[Int8, Int16, Float32])?;
    if axes.count == 0 {
        refuse!("its input has the shape {:?}: expected numbers along the axes", node.input(0)?.shape);
    }
    match node.input(0)?.kind {
        Int8 if node.rounding == Rounding::Xnnpack => rounded_once(node, &axes, axes.count),
        Int8 => quantized_mean::<i8>(node, &axes),
        Int16 => quantized_mean::<i16>(node, &axes),
        _ => {
            let count = axes.count as f32;
            axes.prepare(node, 0.0_f32, |total, value: f32| total + value, move |total| total / count)
        }
    }
}

/// The mean of quantised numbers: their sum, times the factor between the scales divided by the count.
fn quantized_mean<T: Integer>(node: &Node<'_>, axes: &Axes) -> Result<Prepared, Refusal> {
    let factor = scale_factor(node)?;
    let count = axes.count as i64;
    // The quotient's mantissa gets as many bits more as it can have.
    let bits = (63 - count.leading_zeros() as i32).min(32).min(31 + factor.exponent).max(0);
    let mantissa = ((i64::from(factor.mantissa) << bits) / count) as i32;
    rescaled_sum::<T>(node, axes, Multiplier { mantissa, exponent: factor.exponent - bits })
}

/// The factor from the input's scale to the output's.
fn scale_factor(node: &Node<'_>) -> Result<Multiplier, Refusal> {
    let ((from, _), (to, _)) = (node.input(0)?.quantization()?, node.output(0)?.quantization()?);
    Ok(Multiplier::of(f64::from(from) / f64::from(to)))
}

/// The sum of differences from the zero point, times a factor.
fn rescaled_sum<T: Integer>(node: &Node<'_>, axes: &Axes, factor: Multiplier) -> Result<Prepared, Refusal> {
    let ((_, from), (_, to)) = (node.input(0)?.quantization()?, node.output(0)?.quantization()?);
    let offset = (axes.count as i32).wrapping_mul(from);
    axes.prepare(
        node,
        0_i32,
        |total, value: T| total.wrapping_add(value.widened()),
        move |total| T::saturated(factor.apply(total.wrapping_sub(offset)).wrapping_add(to)),
    )
}

/// The sum of 8-bit numbers divided by `divisor`, as XNNPACK has it: the zero points are part of the number that is rounded.
fn rounded_once(node: &Node<'_>, axes: &Axes, divisor: usize) -> Result<Prepared, Refusal> {
    let ((from, input_zero), (to, zero)) = (node.input(0)?.quantization()?, node.output(0)?.quantization()?);
    let (input_lowered, lowered) = (xnnpack::lowered(node.input(0)?), xnnpack::lowered(node.output(0)?));
    let factor = from / to * (1.0 / divisor as f32);
    let offset = (zero + lowered) as f32 - (input_zero + input_lowered) as f32 * axes.count as f32 * factor;
    let limits = [-128, 127].map(|limit| limit + lowered);
    axes.prepare(
        node,
        0_i32,
        move |total, value: i8| total.wrapping_add(i32::from(value) + input_lowered),
        move |total| i8::saturated(xnnpack::nearest(total as f32 * factor + offset, 0, limits) - lowered),
    )
}

/// SUM.
pub(super) fn sum(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let axes = Axes::of(node, &[Int8, Int16, Int32, Int64, Float32])?;
    match node.input(0)?.kind {
        Int8 if node.rounding == Rounding::Xnnpack => rounded_once(node, &axes, 1),
        Int8 => rescaled_sum::<i8>(node, &axes, scale_factor(node)?),
        Int16 => rescaled_sum::<i16>(node, &axes, scale_factor(node)?),
        Int32 => axes.prepare(node, 0_i32, i32::wrapping_add, |total| total),
        Int64 => axes.prepare(node, 0_i64, i64::wrapping_add, |total| total),
        _ => axes.prepare(node, 0.0_f32, |total, value: f32| total + value, |total| total),
    }
}

/// REDUCE_MAX.
pub(super) fn reduce_max(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let axes = Axes::of(node, &[Int8, Int16, Int32, Int64, Float32])?;
    check_same_scale(node)?;
    match node.input(0)?.kind {
        Int8 => axes.prepare(node, i8::MIN, i8::max, |total| total),
        Int16 => axes.prepare(node, i16::MIN, i16::max, |total| total),
        Int32 => axes.prepare(node, i32::MIN, i32::max, |total| total),
        Int64 => axes.prepare(node, i64::MIN, i64::max, |total| total),
        _ => axes.prepare(node, f32::MIN, |a: f32, b: f32| if b > a { b } else { a }, |total| total),
    }
}

/// REDUCE_MIN.
pub(super) fn reduce_min(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let axes = Axes::of(node, &[Int8, Int16, Int32, Int64, Float32])?;
    check_same_scale(node)?;
    match node.input(0)?.kind {
        Int8 => axes.prepare(node, i8::MAX, i8::min, |total| total),
        Int16 => axes.prepare(node, i16::MAX, i16::min, |total| total),
        Int32 => axes.prepare(node, i32::MAX, i32::min, |total| total),
        Int64 => axes.prepare(node, i64::MAX, i64::min, |total| total),
        _ => axes.prepare(node, f32::MAX, |a: f32, b: f32| if b < a { b } else { a }, |total| total),
    }
}

/// REDUCE_ALL: whether all are true.
pub(super) fn reduce_all(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let axes = Axes::of(node, &[Bool])?;
    axes.prepare(node, 1_u8, |all, value: u8| all & u8::from(value != 0), |all| all)
}

/// REDUCE_ANY: whether one is true.
pub(super) fn reduce_any(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let axes = Axes::of(node, &[Bool])?;
    axes.prepare(node, 0_u8, |any, value: u8| any | u8::from(value != 0), |any| any)
}

/// Holds an output to the quantisation of the input, if it has one.
fn check_same_scale(node: &Node<'_>) -> Result<(), Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    if (&input.scales, &input.zero_points) != (&output.scales, &output.zero_points) {
        refuse!("its output {:?} has another scale or zero point than its input: expected the same", output.name);
    }
    Ok(())
}
