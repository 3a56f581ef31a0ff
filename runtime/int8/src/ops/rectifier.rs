//! RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU, PRELU, ELU and HARD_SWISH.

use runeblocks_tflite::TensorType::{Float32, Int8, Int16};
use runeblocks_tflite::schema;

use crate::Rounding;
use crate::arithmetic::{Multiplier, rounding_shift};
use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::activation::Activation;
use crate::ops::binary::binary;
use crate::ops::elementwise;
use crate::ops::number::Integer;
use crate::ops::quantize::round;
use crate::ops::shared::check_kind;
use crate::ops::xnnpack;
use crate::tensor::Tensor;

/// Holds an operator to one input, and one output of its shape and type, and gives both.
fn check<'a>(node: &Node<'a>, with_int16: bool) -> Result<[&'a Tensor; 2], Refusal> {
    elementwise::check(node)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input", input, if with_int16 { &[Int8, Int16, Float32] } else { &[Int8, Float32] })?;
    check_kind("output", output, &[input.kind])?;
    Ok([input, output])
}

/// The factor from one scale to another.
fn factor(from: f32, to: f32) -> Multiplier {
    Multiplier::of(f64::from(from) / f64::from(to))
}

/// RELU: what is below 0 is 0.
pub(super) fn relu(node: &Node<'_>) -> Result<Prepared, Refusal> {
    limited(node, Activation::Relu)
}

/// RELU_N1_TO_1: what is below −1 or above 1 is that.
pub(super) fn relu_n1_to_1(node: &Node<'_>) -> Result<Prepared, Refusal> {
    limited(node, Activation::ReluN1To1)
}

/// Brings numbers to the output's scale, and holds them to limits.
fn limited(node: &Node<'_>, activation: Activation) -> Result<Prepared, Refusal> {
    let [input, output] = check(node, true)?;
    if input.kind == Float32 {
        let [low, _] = activation.limits();
        let high = if activation == Activation::Relu { f32::INFINITY } else { activation.limits()[1] };
        return elementwise::map(node, move |x: f32| x.clamp(low, high));
    }
    let ((from, from_zero), (to, zero_point)) = (input.quantization()?, output.quantization()?);
    let factor = factor(from, to);
    let [low, high] = activation.quantized_limits(output)?;
    let f = move |x: i32| factor.apply(x - from_zero).wrapping_add(zero_point).clamp(low, high);
    match input.kind {
        Int8 => elementwise::table(node, |x| f(x.into()) as i8),
        _ => elementwise::map(node, move |x: i16| f(x.into()) as i16),
    }
}

/// RELU6: what is below 0 or above 6 is that.
///
/// Integers are held to what 0 and 6 are at the input's scale, and the output takes them as they are: they mean the same
/// where it has that scale and zero point. `uint8`, which TensorFlow Lite Micro does not take, is brought to the output's.
pub(super) fn relu6(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let [input, _] = check(node, true)?;
    match input.kind {
        Int8 if !input.was_unsigned => limited_as_it_is::<i8>(node),
        Int16 => limited_as_it_is::<i16>(node),
        _ => limited(node, Activation::Relu6),
    }
}

fn limited_as_it_is<T: Integer>(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (_, zero_point) = node.input(0)?.quantization()?;
    let [_, six] = Activation::Relu6.quantized_limits(node.input(0)?)?;
    elementwise::map(node, move |x: T| T::saturated(x.widened().clamp(zero_point, six)))
}

/// LEAKY_RELU: what is below 0 is multiplied by alpha.
pub(super) fn leaky_relu(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let [input, output] = check(node, true)?;
    let alpha = node.options::<schema::LeakyReluOptions<'_>>().map_or(0.0, |options| options.alpha());
    if !alpha.is_finite() {
        refuse!("its alpha is {alpha}: expected a finite one");
    }
    if input.kind == Float32 {
        return elementwise::map(node, move |x: f32| if x > 0.0 { x } else { x * alpha });
    }
    if node.rounding == Rounding::Xnnpack {
        return xnnpack::leaky_relu(node, alpha);
    }
    let ((from, from_zero), (to, zero_point)) = (input.quantization()?, output.quantization()?);
    let above = factor(from, to);
    let below = Multiplier::of(f64::from(from) * f64::from(alpha) / f64::from(to));
    let f = move |x: i32| {
        let x = x - from_zero;
        (if x >= 0 { above } else { below }).apply(x).wrapping_add(zero_point)
    };
    match input.kind {
        Int8 => elementwise::table(node, |x| i8::saturated(f(x.into()))),
        _ => elementwise::map(node, move |x: i16| i16::saturated(f(x.into()))),
    }
}

/// PRELU: what is below 0 is multiplied by input 1, which is broadcast.
pub(super) fn prelu(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let (input, alpha, output) = (node.input(0)?, node.input(1)?, node.output(0)?);
    check_kind("input 0", input, &[Int8, Float32])?;
    check_kind("input 1", alpha, &[input.kind])?;
    check_kind("output", output, &[input.kind])?;
    if input.kind == Float32 {
        return binary(node, |x: f32, alpha: f32| if x >= 0.0 { x } else { x * alpha });
    }
    let ((from, from_zero), (to, zero_point)) = (input.quantization()?, output.quantization()?);
    let (alpha_scale, alpha_zero) = alpha.quantization()?;
    let above = factor(from, to);
    let below = Multiplier::of(f64::from(from) * f64::from(alpha_scale) / f64::from(to));
    binary(node, move |x: i8, alpha: i8| {
        let x = i32::from(x) - from_zero;
        let value = if x >= 0 { above.apply(x) } else { below.apply(x * (i32::from(alpha) - alpha_zero)) };
        i8::saturated(value.wrapping_add(zero_point))
    })
}

/// ELU: what is below 0 is e^x − 1.
pub(super) fn elu(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let [input, output] = check(node, false)?;
    let elu = |x: f32| if x < 0.0 { libm::expm1f(x) } else { x };
    if input.kind == Float32 {
        return elementwise::map(node, elu);
    }
    let ((from, from_zero), (to, zero_point)) = (input.quantization()?, output.quantization()?);
    let inverse = 1.0 / to;
    elementwise::table(node, |x| {
        let x = from * (i32::from(x) - from_zero) as f32;
        i8::saturated(round(elu(x) * inverse) + zero_point)
    })
}

/// HARD_SWISH: x times a gate, (x + 3) / 6 between 0 and 1.
pub(super) fn hard_swish(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let [input, output] = check(node, false)?;
    if input.kind == Float32 {
        return elementwise::map(node, |x: f32| x * (x + 3.0).clamp(0.0, 6.0) / 6.0);
    }
    let ((from, from_zero), (to, zero_point)) = (input.quantization()?, output.quantization()?);
    // Inputs have 7 more bits. For the gate, 32768 is 3.
    let scale = f64::from(from) / 128.0;
    let (output_factor, gate_factor) =
        (Factor16::of(scale / f64::from(to)), Factor16::of(scale / f64::from(3.0_f32 / 32768.0)));
    elementwise::table(node, |x| {
        let x = (i32::from(x) - from_zero) << 7;
        let gate = (gate_factor.apply(x) + 32768) >> 1;
        // The product is cut towards 0; then comes what is left of the factor to the output.
        let product = gate * high_product(x, output_factor.mantissa) / 32768;
        i8::saturated(shift16(product, output_factor.exponent).saturating_add(zero_point))
    })
}

/// A positive factor with a mantissa of 16 bits: `mantissa · 2^(exponent − 15)`.
struct Factor16 {
    mantissa: i32,
    exponent: i32,
}

impl Factor16 {
    fn of(factor: f64) -> Self {
        let Multiplier { mantissa, exponent } = Multiplier::of(factor);
        let mantissa = (mantissa.saturating_add(1 << 15) >> 16).min(0x7fff);
        Self { mantissa, exponent }
    }

    /// The product with a number of 16 bits, saturating. All bits but one that come in from the right do so before it is
    /// multiplied.
    fn apply(&self, x: i32) -> i32 {
        let early = (self.exponent - 1).max(0);
        let product = high_product(shift16(x, early), self.mantissa);
        shift16(product, self.exponent - early)
    }
}

/// The doubled high half of a product of 16-bit numbers, rounded to nearest.
fn high_product(a: i32, b: i32) -> i32 {
    ((a * b + (1 << 14)) >> 15).min(0x7fff)
}

/// A number of 16 bits times 2^`bits`, rounded to nearest, ties away from zero, saturating.
fn shift16(x: i32, bits: i32) -> i32 {
    if bits > 0 {
        x.saturating_mul(1 << bits.min(16)).clamp(-32768, 32767)
    } else {
        rounding_shift(x, bits.unsigned_abs())
    }
}
