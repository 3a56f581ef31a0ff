//! DIV.

use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int32};
use runeblocks_tflite::schema;

use crate::arithmetic::{Multiplier, doubling_high_product, rounding_shift};
use crate::error::{Refusal, refuse};
use crate::fixed_point::reciprocal;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::binary::{binary, check, scales};
use crate::ops::number::Integer;
use crate::ops::operands::{Operands, common_shape};
use crate::ops::shared::{cast, cast_mut};

/// DIV. Integers are not divided by 0.
pub(super) fn div(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let kind = check(node, &[Int8, Int32, Float32])?;
    let options = node.options::<schema::DivOptions<'_>>();
    let activation = Activation::of(options.map_or(0, |options| options.fused_activation_function()))?;
    let [low, high] = activation.limits();
    match kind {
        Float32 => binary(node, move |a: f32, b: f32| (a / b).clamp(low, high)),
        Int32 => {
            let f = move |a: i32, b: i32| a.wrapping_div(b).clamp(low as i32, high as i32);
            Quotient::prepare(node, f, 0)
        }
        _ => {
            let ([a_scale, b_scale, scale], [a_zero, b_zero, zero]) = scales(node)?;
            let [low, high] = activation.quantized_limits(node.output(0)?)?;
            let factor = Multiplier::of(a_scale / (b_scale * scale));
            let f = move |a: i8, b: i8| {
                let quotient = quotient(i32::from(a) - a_zero, i32::from(b) - b_zero, factor);
                i8::saturated(quotient.saturating_add(zero).clamp(low, high))
            };
            Quotient::prepare(node, f, b_zero as i8)
        }
    }
}

/// a / b, times a factor.
fn quotient(a: i32, b: i32, factor: Multiplier) -> i32 {
    let (a, b) = if b < 0 { (-a, -b) } else { (a, b) };
    let (mantissa, shift) = reciprocal(b, 0);
    let headroom = (if a < 0 { !a } else { a }).leading_zeros() as i32 - 1;
    let unscaled = doubling_high_product(a << headroom, mantissa);
    let scaled = doubling_high_product(unscaled, factor.mantissa);
    let bits = factor.exponent - shift - headroom;
    match u32::try_from(bits) {
        Ok(bits) => scaled.saturating_mul(1 << bits.min(30)),
        Err(_) => rounding_shift(scaled, bits.unsigned_abs().min(31)),
    }
}

/// The quotient of two integers by a function that takes all divisors but `none`.
struct Quotient<T, F> {
    f: F,
    none: T,
    operands: Operands<2>,
    inputs: [usize; 2],
    output: usize,
    kind: PhantomData<fn(T) -> T>,
}

impl<T: Integer, F: Fn(T, T) -> T + Copy + Send + Sync + 'static> Quotient<T, F> {
    fn prepare(node: &Node<'_>, f: F, none: T) -> Result<Prepared, Refusal> {
        let (a, b) = (node.input(0)?, node.input(1)?);
        node.check_shape(0, &common_shape(&[&a.shape, &b.shape])?)?;
        let operands = Operands::new([&a.shape, &b.shape])?;
        let (inputs, output) = ([a.index, b.index], node.output(0)?.index);
        Prepared::run(Self { f, none, operands, inputs, output, kind: PhantomData })
    }
}

impl<T: Integer, F: Fn(T, T) -> T + Copy + Send + Sync> Op for Quotient<T, F> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([a, b], output, _) = memory.get(self.inputs, self.output);
        let (a, b) = (cast::<T>(a), cast::<T>(b));
        if b.contains(&self.none) {
            refuse!("it divides by 0");
        }
        self.operands.apply(a, b, cast_mut::<T>(output), self.f);
        Ok(())
    }
}
