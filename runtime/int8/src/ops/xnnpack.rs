//! The arithmetic of XNNPACK on quantised numbers of 8 bits, where it is not that of TensorFlow Lite Micro.
//!
//! The definitions were found by experiment with LiteRT on x86-64, at several levels of that processor. What they have in
//! common: real factors are of 32-bit floating point, quotients of scales are rounded before they are multiplied further,
//! and a result is rounded once.

use core::ops::Range;

use runeblocks_tflite::TensorType::Int8;
use runeblocks_tflite::operator as code;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::activation::Activation;
use crate::ops::binary::binary;
use crate::ops::elementwise;
use crate::ops::number::Integer;
use crate::tensor::Tensor;

/// Operators that give the same bits with both roundings, for each type that they take: they move, convert or compare
/// numbers.
const EXACT: &[i32] = &[
    code::ARG_MAX,
    code::ARG_MIN,
    code::ASSIGN_VARIABLE,
    code::BATCH_TO_SPACE_ND,
    code::BROADCAST_TO,
    code::CALL_ONCE,
    code::CAST,
    code::CONCATENATION,
    code::DEPTH_TO_SPACE,
    code::DEQUANTIZE,
    code::EQUAL,
    code::EXPAND_DIMS,
    code::FILL,
    code::GATHER,
    code::GATHER_ND,
    code::GREATER,
    code::GREATER_EQUAL,
    code::LESS,
    code::LESS_EQUAL,
    code::LOGICAL_AND,
    code::LOGICAL_NOT,
    code::LOGICAL_OR,
    code::MIRROR_PAD,
    code::NOT_EQUAL,
    code::PACK,
    code::PAD,
    code::READ_VARIABLE,
    code::REDUCE_ALL,
    code::REDUCE_ANY,
    code::RESHAPE,
    code::RESIZE_NEAREST_NEIGHBOR,
    code::REVERSE_V2,
    code::SELECT_V2,
    code::SHAPE,
    code::SLICE,
    code::SPACE_TO_DEPTH,
    code::SPLIT,
    code::SPLIT_V,
    code::SQUEEZE,
    code::STRIDED_SLICE,
    code::TRANSPOSE,
    code::UNPACK,
    code::VAR_HANDLE,
    code::ZEROS_LIKE,
];

/// Operators whose outputs of 8 bits are XNNPACK's, or the same with both roundings.
const INT8: &[i32] = &[
    code::ABS,
    code::ADD,
    code::AVERAGE_POOL_2D,
    code::CONV_2D,
    code::DEPTHWISE_CONV_2D,
    code::DIV,
    code::ELU,
    code::FULLY_CONNECTED,
    code::HARD_SWISH,
    code::LEAKY_RELU,
    code::LOGISTIC,
    code::MAXIMUM,
    code::MAX_POOL_2D,
    code::MEAN,
    code::MINIMUM,
    code::MUL,
    code::PADV2,
    code::PRELU,
    code::QUANTIZE,
    code::REDUCE_MAX,
    code::REDUCE_MIN,
    code::RELU,
    code::RELU_N1_TO_1,
    code::RESIZE_BILINEAR,
    code::SOFTMAX,
    code::SQUARED_DIFFERENCE,
    code::SUB,
    code::SUM,
    code::TANH,
    code::TRANSPOSE_CONV,
];

/// Holds an operator to those that can follow XNNPACK's rounding.
pub(super) fn check(node: &Node<'_>) -> Result<(), Refusal> {
    let code = node.operator().code;
    if EXACT.contains(&code) {
        return Ok(());
    }
    if !INT8.contains(&code) {
        refuse!("it can't follow XNNPACK's rounding: choose TensorFlow Lite Micro's");
    }
    let output = node.output(0)?;
    if output.kind != Int8 {
        refuse!("it follows XNNPACK's rounding for int8 and uint8, and its output is {}", output.kind);
    }
    Ok(())
}

/// A factor that scales make, held to those that XNNPACK takes.
pub(super) fn factor(factor: f32, taken: Range<f32>) -> Result<f32, Refusal> {
    if !taken.contains(&factor) {
        refuse!(
            "its scales make the factor {factor}, and XNNPACK's rounding takes {} up to but not {}",
            taken.start,
            taken.end
        );
    }
    Ok(factor)
}

/// The nearest integer, ties to even, as the difference from a zero point of a number within limits; for a NaN the greatest.
pub(super) fn nearest(real: f32, zero_point: i32, limits: [i32; 2]) -> i32 {
    let [low, high] = limits.map(|limit| (limit - zero_point) as f32);
    libm::rintf(real.min(high).max(low)) as i32 + zero_point
}

/// The sum of two numbers of 8 bits, or with a `sign` of −1 their difference. Each is multiplied with a whole number, the
/// greater of which has 21 bits, and the sum of the products is divided by a power of two: to the nearest, ties up.
pub(super) fn sum(node: &Node<'_>, activation: Activation, sign: i32) -> Result<Prepared, Refusal> {
    let (scales, [a_zero, b_zero, zero]) = operands(node)?;
    let [low, high] = activation.quantized_limits(node.output(0)?)?;
    let taken = 1.0 / 1024.0..256.0;
    let ratios = [factor(scales[0] / scales[2], taken.clone())?, factor(scales[1] / scales[2], taken)?];
    let (_, exponent) = libm::frexpf(ratios[0].max(ratios[1]));
    let bits = 21 - exponent;
    let [a_factor, b_factor] = ratios.map(|ratio| libm::rint(libm::scalbn(f64::from(ratio), bits)) as i32);
    let b_factor = sign * b_factor;
    binary(node, move |a: i8, b: i8| {
        let sum = (i32::from(a) - a_zero) * a_factor + (i32::from(b) - b_zero) * b_factor;
        i8::saturated((((sum + (1 << (bits - 1))) >> bits) + zero).clamp(low, high))
    })
}

/// The product of two numbers of 8 bits.
pub(super) fn product(node: &Node<'_>, activation: Activation) -> Result<Prepared, Refusal> {
    let ([a_scale, b_scale, scale], [a_zero, b_zero, zero]) = operands(node)?;
    let limits = activation.quantized_limits(node.output(0)?)?;
    let factor = factor(a_scale * b_scale / scale, 1.0 / 65536.0..256.0)?;
    binary(node, move |a: i8, b: i8| {
        let product = (i32::from(a) - a_zero) * (i32::from(b) - b_zero);
        i8::saturated(nearest(product as f32 * factor, zero, limits))
    })
}

/// The scales and zero points of both inputs and of the output.
fn operands(node: &Node<'_>) -> Result<([f32; 3], [i32; 3]), Refusal> {
    let (a_scale, a_zero) = node.input(0)?.quantization()?;
    let (b_scale, b_zero) = node.input(1)?.quantization()?;
    let (scale, zero) = node.output(0)?.quantization()?;
    Ok(([a_scale, b_scale, scale], [a_zero, b_zero, zero]))
}

/// Numbers of `float32` as integers of 8 bits: times the reciprocal of the scale. A NaN is the greatest integer.
pub(super) fn from_float(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (scale, zero) = node.output(0)?.quantization()?;
    let reciprocal = 1.0 / scale;
    elementwise::map(node, move |x: f32| i8::saturated(nearest(x * reciprocal, zero, [-128, 127])))
}

/// Numbers of 8 bits as those of another scale: times a factor in 256ths, to the nearest, ties up.
pub(super) fn rescale(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let ((from, input_zero), (to, zero)) = (input.quantization()?, output.quantization()?);
    if input.was_unsigned != output.was_unsigned && from != to {
        refuse!("it brings int8 or uint8 to the other with another scale, and can't follow XNNPACK's rounding there");
    }
    let factor = libm::rintf(factor(from / to, 1.0 / 256.0..128.0)? * 256.0) as i32;
    elementwise::table(node, |x| i8::saturated((((i32::from(x) - input_zero) * factor + 128) >> 8) + zero))
}

/// LEAKY_RELU of 8-bit numbers: as [`rescale`], with another factor for what is below 0.
pub(super) fn leaky_relu(node: &Node<'_>, alpha: f32) -> Result<Prepared, Refusal> {
    let ((from, input_zero), (to, zero)) = (node.input(0)?.quantization()?, node.output(0)?.quantization()?);
    let in_256ths = |real: f32| libm::rintf(real * 256.0) as i32;
    let ratio = factor(from / to, 1.0 / 256.0..128.0)?;
    let above = in_256ths(ratio);
    let magnitude = factor((ratio * alpha).abs(), 1.0 / 256.0..128.0)?;
    let below = in_256ths(magnitude.copysign(alpha));
    elementwise::table(node, |x| {
        let x = i32::from(x) - input_zero;
        i8::saturated(((x * if x < 0 { below } else { above } + 128) >> 8) + zero)
    })
}

/// A function of 8-bit numbers to ones whose scale is a power of two. The zero point is part of the number that is rounded.
pub(super) fn function(node: &Node<'_>, f: impl Fn(f32) -> f32) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let ((from, input_zero), (to, zero)) = (input.quantization()?, output.quantization()?);
    let lowered = lowered(output);
    let limits = [-128, 127].map(|limit| limit + lowered);
    elementwise::table(node, |x| {
        let real = f((i32::from(x) - input_zero) as f32 * from);
        i8::saturated(nearest(real / to + (zero + lowered) as f32, 0, limits) - lowered)
    })
}

/// How much lower the numbers of a tensor are held than they are in the file.
pub(super) fn lowered(tensor: &Tensor) -> i32 {
    if tensor.was_unsigned { 128 } else { 0 }
}
