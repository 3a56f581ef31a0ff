//! Operators that make each output of one number of each of two inputs: ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM and
//! SQUARED_DIFFERENCE.

use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::{TensorType, schema};

use crate::Rounding;
use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::number::{Integer, Number};
use crate::ops::operands::{Operands, common_shape};
use crate::ops::scale::{FineScale, Scale};
use crate::ops::shared::{cast, cast_mut, check_kind};
use crate::ops::xnnpack;

/// A function of a number of each of two inputs.
struct Binary<A, B, O, F> {
    f: F,
    operands: Operands<2>,
    inputs: [usize; 2],
    output: usize,
    types: PhantomData<fn(A, B) -> O>,
}

impl<A: Number, B: Number, O: Number, F: Fn(A, B) -> O + Copy + Send + Sync> Op for Binary<A, B, O, F> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([a, b], output, _) = memory.get(self.inputs, self.output);
        self.operands.apply(cast::<A>(a), cast::<B>(b), cast_mut::<O>(output), self.f);
        Ok(())
    }
}

/// Prepares a function of a number of each of two inputs, which are broadcast. The types of all three have been checked.
pub(super) fn binary<A: Number, B: Number, O: Number>(
    node: &Node<'_>,
    f: impl Fn(A, B) -> O + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let (a, b) = (node.input(0)?, node.input(1)?);
    node.check_shape(0, &common_shape(&[&a.shape, &b.shape])?)?;
    let operands = Operands::new([&a.shape, &b.shape])?;
    let (inputs, output) = ([a.index, b.index], node.output(0)?.index);
    Prepared::run(Binary { f, operands, inputs, output, types: PhantomData })
}

/// Holds an operator to two inputs and an output of one of some types, and gives it.
pub(super) fn check(node: &Node<'_>, kinds: &[TensorType]) -> Result<TensorType, Refusal> {
    node.check_counts(2..=2, 1)?;
    let input = node.input(0)?;
    check_kind("input 0", input, kinds)?;
    check_kind("input 1", node.input(1)?, &[input.kind])?;
    check_kind("output", node.output(0)?, &[input.kind])?;
    Ok(input.kind)
}

/// The scales and zero points of both inputs and of the output.
pub(super) fn scales(node: &Node<'_>) -> Result<([f64; 3], [i32; 3]), Refusal> {
    let tensors = [node.input(0)?, node.input(1)?, node.output(0)?];
    let (mut scales, mut zero_points) = ([0.0; 3], [0; 3]);
    for ((tensor, scale), zero_point) in tensors.into_iter().zip(&mut scales).zip(&mut zero_points) {
        let found = tensor.quantization()?;
        (*scale, *zero_point) = (found.0.into(), found.1);
    }
    Ok((scales, zero_points))
}

/// ADD.
pub(super) fn add(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let kind = check(node, &[Int8, Int16, Int32, Int64, Float32])?;
    let options = node.options::<schema::AddOptions<'_>>();
    let activation = Activation::of(options.map_or(0, |options| options.fused_activation_function()))?;
    match kind {
        Int8 if node.rounding == Rounding::Xnnpack => xnnpack::sum(node, activation, 1),
        Int8 => sum::<i8, 20>(node, activation, i32::wrapping_add),
        Int16 => sum::<i16, 15>(node, activation, i32::wrapping_add),
        // TensorFlow Lite Micro leaves the activation out, and LiteRT does not.
        Int32 if activation != Activation::None => {
            refuse!("its sum of int32 has a fused activation: expected none")
        }
        Int32 => whole(node, activation, i32::wrapping_add),
        Int64 => whole_long(node, activation, i64::wrapping_add),
        _ => real(node, activation, |a, b| a + b),
    }
}

/// SUB.
pub(super) fn sub(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let kind = check(node, &[Int8, Int16, Int32, Int64, Float32])?;
    let options = node.options::<schema::SubOptions<'_>>();
    let activation = Activation::of(options.map_or(0, |options| options.fused_activation_function()))?;
    match kind {
        Int8 if node.rounding == Rounding::Xnnpack => xnnpack::sum(node, activation, -1),
        Int8 => sum::<i8, 20>(node, activation, i32::wrapping_sub),
        Int16 => sum::<i16, 15>(node, activation, i32::wrapping_sub),
        Int32 => whole(node, activation, i32::wrapping_sub),
        Int64 => whole_long(node, activation, i64::wrapping_sub),
        _ => real(node, activation, |a, b| a - b),
    }
}

/// MUL.
pub(super) fn mul(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let kind = check(node, &[Int8, Int16, Int32, Int64, Float32])?;
    let options = node.options::<schema::MulOptions<'_>>();
    let activation = Activation::of(options.map_or(0, |options| options.fused_activation_function()))?;
    match kind {
        Int8 if node.rounding == Rounding::Xnnpack => xnnpack::product(node, activation),
        Int8 => quantized_product::<i8>(node, activation),
        Int16 => quantized_product::<i16>(node, activation),
        Int32 => whole(node, activation, i32::wrapping_mul),
        Int64 => whole_long(node, activation, i64::wrapping_mul),
        _ => real(node, activation, |a, b| a * b),
    }
}

/// MAXIMUM.
pub(super) fn maximum(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match check(node, &[Int8, Int16, Int32, Int64, Float32])? {
        Int8 => binary(node, i8::max),
        Int16 => binary(node, i16::max),
        Int32 => binary(node, i32::max),
        Int64 => binary(node, i64::max),
        _ => binary(node, |a: f32, b: f32| if a > b { a } else { b }),
    }
}

/// MINIMUM.
pub(super) fn minimum(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match check(node, &[Int8, Int16, Int32, Int64, Float32])? {
        Int8 => binary(node, i8::min),
        Int16 => binary(node, i16::min),
        Int32 => binary(node, i32::min),
        Int64 => binary(node, i64::min),
        _ => binary(node, |a: f32, b: f32| if a < b { a } else { b }),
    }
}

/// SQUARED_DIFFERENCE.
pub(super) fn squared_difference(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match check(node, &[Int8, Int16, Int32, Float32])? {
        Int8 => quantized_square::<i8>(node, 7),
        Int16 => quantized_square::<i16>(node, 0),
        Int32 => binary(node, |a: i32, b: i32| a.wrapping_sub(b).wrapping_mul(a.wrapping_sub(b))),
        _ => binary(node, |a: f32, b: f32| (a - b) * (a - b)),
    }
}

/// Prepares a function of `float32` with an activation.
fn real(
    node: &Node<'_>,
    activation: Activation,
    f: impl Fn(f32, f32) -> f32 + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let [low, high] = activation.limits();
    binary(node, move |a, b| f(a, b).clamp(low, high))
}

/// Prepares a function of `int32` with an activation.
fn whole(
    node: &Node<'_>,
    activation: Activation,
    f: impl Fn(i32, i32) -> i32 + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let [low, high] = activation.limits().map(|limit| limit as i32);
    binary(node, move |a, b| f(a, b).clamp(low, high))
}

/// Prepares a function of `int64` with an activation.
fn whole_long(
    node: &Node<'_>,
    activation: Activation,
    f: impl Fn(i64, i64) -> i64 + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let [low, high] = activation.limits().map(|limit| limit as i64);
    binary(node, move |a, b| f(a, b).clamp(low, high))
}

/// Prepares the sum or difference of quantised numbers: both are brought to twice the greater scale with `BITS` more bits,
/// and the result to the output's.
fn sum<T: Integer, const BITS: u32>(
    node: &Node<'_>,
    activation: Activation,
    f: impl Fn(i32, i32) -> i32 + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let ([a_scale, b_scale, scale], [a_zero, b_zero, zero]) = scales(node)?;
    let [low, high] = activation.quantized_limits(node.output(0)?)?;
    let common = 2.0 * a_scale.max(b_scale);
    let (a_factor, b_factor) = (FineScale::<BITS>::of(a_scale / common), FineScale::<BITS>::of(b_scale / common));
    let factor = Scale::of(common / (f64::from(1 << BITS) * scale));
    binary(node, move |a: T, b: T| {
        let (a, b) = (a_factor.apply(a.widened() - a_zero), b_factor.apply(b.widened() - b_zero));
        T::saturated(factor.apply(f(a, b)).wrapping_add(zero).clamp(low, high))
    })
}

/// Prepares the product of quantised numbers.
fn quantized_product<T: Integer>(node: &Node<'_>, activation: Activation) -> Result<Prepared, Refusal> {
    let ([a_scale, b_scale, scale], [a_zero, b_zero, zero]) = scales(node)?;
    let [low, high] = activation.quantized_limits(node.output(0)?)?;
    let factor = Scale::of(a_scale * b_scale / scale);
    binary(node, move |a: T, b: T| {
        let product = (a.widened() - a_zero).wrapping_mul(b.widened() - b_zero);
        T::saturated(factor.apply(product).wrapping_add(zero).clamp(low, high))
    })
}

/// Prepares the square of the difference of quantised numbers: both are brought to twice the greater scale with `bits` more
/// bits.
fn quantized_square<T: Integer>(node: &Node<'_>, bits: u32) -> Result<Prepared, Refusal> {
    let ([a_scale, b_scale, scale], [a_zero, b_zero, zero]) = scales(node)?;
    let common = 2.0 * a_scale.max(b_scale);
    let (a_factor, b_factor) = (Scale::of(a_scale / common), Scale::of(b_scale / common));
    let factor = Scale::of(common * common / (f64::from(1 << (2 * bits)) * scale));
    binary(node, move |a: T, b: T| {
        let a = a_factor.apply((a.widened() - a_zero) << bits);
        let b = b_factor.apply((b.widened() - b_zero) << bits);
        let difference = a.wrapping_sub(b);
        T::saturated(factor.apply(difference.wrapping_mul(difference)).wrapping_add(zero))
    })
}
