//! ABS, NEG, SQUARE, SQRT, RSQRT, EXP, LOG, FLOOR, CEIL, ROUND, SIN and COS.

use core::marker::PhantomData;

use runeblocks_tflite::TensorType;
use runeblocks_tflite::TensorType::{Float32, Int8, Int16};

use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::fixed_point::inverse_square_root;
use crate::math;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::elementwise;
use crate::ops::number::Integer;
use crate::ops::shared::{cast, cast_mut, check_kind};

/// Holds an operator to one input of one of some types, and one output of its shape and type.
fn check(node: &Node<'_>, kinds: &[TensorType]) -> Result<TensorType, Refusal> {
    elementwise::check(node)?;
    let kind = node.input(0)?.kind;
    check_kind("input", node.input(0)?, kinds)?;
    check_kind("output", node.output(0)?, &[kind])?;
    Ok(kind)
}

/// Prepares a function of `float32`.
pub(super) fn float(node: &Node<'_>, f: fn(f32) -> f32) -> Result<Prepared, Refusal> {
    check(node, &[Float32])?;
    elementwise::map(node, f)
}

/// NEG.
pub(super) fn neg(node: &Node<'_>) -> Result<Prepared, Refusal> {
    float(node, |x| -x)
}

/// SQUARE.
pub(super) fn square(node: &Node<'_>) -> Result<Prepared, Refusal> {
    float(node, |x| x * x)
}

/// ROUND: to the nearest whole number, ties to even.
pub(super) fn round(node: &Node<'_>) -> Result<Prepared, Refusal> {
    float(node, |x| {
        let whole = libm::rintf(x);
        // What is no zero does not become a negative one.
        if whole == 0.0 && x != 0.0 { 0.0 } else { whole }
    })
}

/// EXP.
pub(super) fn exp(node: &Node<'_>) -> Result<Prepared, Refusal> {
    float(node, math::expf)
}

/// ABS.
pub(super) fn abs(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let kind = check(node, &[Int8, Int16, Float32])?;
    if kind == Float32 {
        return elementwise::map(node, f32::abs);
    }
    let ((from, from_zero), (to, zero_point)) = (node.input(0)?.quantization()?, node.output(0)?.quantization()?);
    let factor = Multiplier::of(f64::from(from) / f64::from(to));
    let f = move |x: i32| factor.apply((x - from_zero).abs()).wrapping_add(zero_point);
    match kind {
        Int8 => elementwise::table(node, |x| i8::saturated(f(x.into()))),
        _ => elementwise::map(node, move |x: i16| i16::saturated(f(x.into()))),
    }
}

/// RSQRT: 1 / √x. Integers may not stand for what is below 0, and 0 gives the greatest.
pub(super) fn rsqrt(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match check(node, &[Int8, Int16, Float32])? {
        Int8 => InverseRoot::<i8>::prepare(node),
        Int16 => InverseRoot::<i16>::prepare(node),
        _ => elementwise::map(node, |x: f32| 1.0 / libm::sqrtf(x)),
    }
}

/// The inverse square root of quantised numbers.
struct InverseRoot<T> {
    /// From the inverse root of the input's integers to the output's.
    factor: Multiplier,
    input_zero_point: i32,
    zero_point: i32,
    input: usize,
    output: usize,
    kind: PhantomData<fn(T) -> T>,
}

/// Bits of fraction of an inverse root.
const FRACTION_BITS: i32 = 20;

impl<T: Integer> InverseRoot<T> {
    fn prepare(node: &Node<'_>) -> Result<Prepared, Refusal> {
        let ((from, input_zero_point), (to, zero_point)) =
            (node.input(0)?.quantization()?, node.output(0)?.quantization()?);
        let factor = Multiplier::of(1.0 / (libm::sqrt(f64::from(from)) * f64::from(to))).times_power(-FRACTION_BITS);
        let (input, output) = (node.input(0)?.index, node.output(0)?.index);
        Prepared::run(Self { factor, input_zero_point, zero_point, input, output, kind: PhantomData })
    }
}

impl<T: Integer> Op for InverseRoot<T> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        for (output, value) in cast_mut::<T>(output).iter_mut().zip(cast::<T>(input)) {
            let x = value.widened() - self.input_zero_point;
            if x < 0 {
                refuse!("it takes the square root of a number below 0");
            }
            *output = if x == 0 {
                T::saturated(T::GREATEST)
            } else {
                let mut root = inverse_square_root(x);
                root.exponent += FRACTION_BITS;
                T::saturated(self.factor.apply(root.apply(1)).wrapping_add(self.zero_point))
            };
        }
        Ok(())
    }
}
