//! QUANTIZE and DEQUANTIZE.

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32};

use crate::Rounding;
use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::elementwise;
use crate::ops::number::Integer;
use crate::ops::shared::check_kind;
use crate::ops::xnnpack;

/// QUANTIZE: real numbers, or those that integers of another scale stand for, as integers of the output's scale.
///
/// Numbers of `float32` are divided by the scale and rounded to nearest, ties away from zero. What is out of the output's
/// range is its nearest end, infinities too, and a NaN is the zero point.
pub(super) fn quantize(node: &Node<'_>) -> Result<Prepared, Refusal> {
    elementwise::check(node)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input", input, &[Float32, Int8, Int16, Int32])?;
    check_kind("output", output, &[Int8, Int16, Int32])?;
    match (input.kind, output.kind) {
        (Float32, Int8) if node.rounding == Rounding::Xnnpack => xnnpack::from_float(node),
        (Float32, Int8) => from_float::<i8>(node),
        (Float32, Int16) => from_float::<i16>(node),
        (Float32 | Int32, Int32) => refuse!("its input is {} and its output int32: expected int8 or int16", input.kind),
        (Int8, Int8) if node.rounding == Rounding::Xnnpack => xnnpack::rescale(node),
        (Int8, Int8) => rescale::<i8, i8>(node),
        (Int8, Int16) => rescale::<i8, i16>(node),
        (Int8, _) => rescale::<i8, i32>(node),
        (Int16, Int8) => rescale::<i16, i8>(node),
        (Int16, Int16) => rescale::<i16, i16>(node),
        (Int16, _) => rescale::<i16, i32>(node),
        (_, Int8) => rescale::<i32, i8>(node),
        _ => rescale::<i32, i16>(node),
    }
}

fn from_float<O: Integer>(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (scale, zero_point) = node.output(0)?.quantization()?;
    elementwise::map(node, move |x: f32| O::saturated(round(x / scale) + zero_point))
}

/// The nearest integer, ties away from zero; ±2³⁰ beyond that, and 0 for a NaN.
#[inline]
pub(super) fn round(x: f32) -> i32 {
    const LIMIT: f32 = (1 << 30) as f32;
    let x = x.clamp(-LIMIT, LIMIT);
    let whole = x as i32;
    let rest = x - whole as f32;
    whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)
}

fn rescale<I: Integer, O: Integer>(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let (input_scale, input_zero_point) = input.quantization()?;
    let (scale, zero_point) = output.quantization()?;
    let same = I::KIND == O::KIND && (input_scale, input_zero_point) == (scale, zero_point);
    if same && !input.is_variable && !output.is_variable {
        return Ok(Prepared::Alias);
    }
    let factor = Multiplier::of(f64::from(input_scale) / f64::from(scale));
    let f = move |x: i32| O::saturated(factor.apply(x.wrapping_sub(input_zero_point)).saturating_add(zero_point));
    if I::KIND == Int8 {
        elementwise::table(node, |x| f(x.into()))
    } else {
        elementwise::map(node, move |x: I| f(x.widened()))
    }
}

/// DEQUANTIZE: the real numbers that integers stand for.
pub(super) fn dequantize(node: &Node<'_>) -> Result<Prepared, Refusal> {
    elementwise::check(node)?;
    let input = node.input(0)?;
    check_kind("input", input, &[Int8, Int16])?;
    check_kind("output", node.output(0)?, &[Float32])?;
    let (scale, zero_point) = input.quantization()?;
    let f = move |x: i32| scale * (x - zero_point) as f32;
    match input.kind {
        Int8 => elementwise::table(node, |x| f(x.into())),
        _ => elementwise::map(node, move |x: i16| f(x.into())),
    }
}
