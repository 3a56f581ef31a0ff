//! SOFTMAX.

use alloc::boxed::Box;
use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16};
use runeblocks_tflite::schema;

use crate::Rounding;
use crate::arithmetic::{Multiplier, doubling_high_product, rounding_shift};
use crate::error::{Refusal, refuse};
use crate::fixed_point;
use crate::math;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::elementwise;
use crate::ops::number::Integer;
use crate::ops::shared::{cast, cast_mut, check_kind, check_output_scale};
use crate::ops::softmax_rounded::RoundedSoftmax;
use crate::ops::softmax16::Softmax16;

/// SOFTMAX: e^(beta·x) along the last axis, divided by the sum.
pub(super) fn softmax(node: &Node<'_>) -> Result<Prepared, Refusal> {
    elementwise::check(node)?;
    let beta = node.options::<schema::SoftmaxOptions<'_>>().map_or(0.0, |options| options.beta());
    if !(beta > 0.0 && beta.is_finite()) {
        refuse!("its beta is {beta}: expected a finite one above 0");
    }
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input", input, &[Int8, Int16, Float32])?;
    let Some(&depth) = input.shape.last() else {
        refuse!("its input is a scalar: expected an axis");
    };
    match (input.kind, output.kind) {
        (Int8, Int8) => {
            check_output_scale(output, 1.0 / 256.0, -128)?;
            if node.rounding == Rounding::Xnnpack {
                return RoundedSoftmax::prepare(node, beta, depth);
            }
            Softmax8::<i8>::prepare(node, beta, depth)
        }
        (Int8, Int16) => {
            check_output_scale(output, 1.0 / 65536.0, -32768)?;
            Softmax8::<i16>::prepare(node, beta, depth)
        }
        (Int16, _) => {
            check_kind("output", output, &[Int16])?;
            check_output_scale(output, 1.0 / 32768.0, 0)?;
            Softmax16::prepare(node, beta, depth)
        }
        _ => {
            check_kind("output", output, &[input.kind])?;
            Prepared::run(FloatSoftmax { beta, depth, input: input.index, output: output.index })
        }
    }
}

/// The scaling of differences from a row's greatest value, and of which on their exponential is above 0.
pub(super) struct Differences {
    /// From the input's integers to Q5.26.
    multiplier: Multiplier,
    /// The greatest that counts.
    pub(super) limit: i32,
}

impl Differences {
    /// Differences times `factor`.
    pub(super) fn new(factor: f64) -> Self {
        let factor = (factor * f64::from(1 << 26)).min(f64::from(i32::MAX));
        let limit = 31.0 * libm::scalbn(1.0, 26 - libm::frexp(factor).1);
        Self { multiplier: Multiplier::of(factor), limit: limit as i32 }
    }

    /// A difference of 0 or less, in Q5.26.
    pub(super) fn scale(&self, difference: i32) -> i32 {
        self.multiplier.apply(difference)
    }

    /// The exponential in Q0.31 for each difference between 8-bit numbers.
    pub(super) fn exponentials(&self) -> Box<[i32; 256]> {
        let exponential = |difference: usize| {
            let difference = difference as i32;
            if difference > self.limit { 0 } else { fixed_point::exp(self.scale(-difference), 26) }
        };
        Box::new(core::array::from_fn(exponential))
    }
}

/// Rows of `int8`. Exponentials are in Q0.31, sums in Q12.19.
struct Softmax8<O> {
    /// By difference from the row's greatest.
    exponentials: Box<[i32; 256]>,
    depth: usize,
    input: usize,
    output: usize,
    kind: PhantomData<fn() -> O>,
}

impl<O: Integer> Softmax8<O> {
    fn prepare(node: &Node<'_>, beta: f32, depth: usize) -> Result<Prepared, Refusal> {
        let (scale, _) = node.input(0)?.quantization()?;
        let exponentials = Differences::new(f64::from(beta) * f64::from(scale)).exponentials();
        let (input, output) = (node.input(0)?.index, node.output(0)?.index);
        Prepared::run(Self { exponentials, depth, input, output, kind: PhantomData })
    }
}

impl<O: Integer> Op for Softmax8<O> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let rows = cast::<i8>(input).chunks_exact(self.depth.max(1));
        for (row, output) in rows.zip(cast_mut::<O>(output).chunks_exact_mut(self.depth.max(1))) {
            let greatest = row.iter().copied().max().unwrap_or(0);
            let exponential = |value: &i8| self.exponentials[usize::from(greatest.abs_diff(*value))];
            let sum = row.iter().fold(0_i32, |sum, value| sum.saturating_add(rounding_shift(exponential(value), 12)));
            let (mantissa, shift) = fixed_point::reciprocal(sum, 19);
            let bits = 8 * size_of::<O>() as i32;
            let shift = (shift + 31 - bits) as u32;
            for (output, value) in output.iter_mut().zip(row) {
                let share = doubling_high_product(mantissa, exponential(value));
                let share = if shift < 32 { rounding_shift(share, shift) } else { 0 };
                *output = O::saturated(share.saturating_add(O::LEAST));
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        size_of::<[i32; 256]>()
    }
}

/// Rows of `float32`.
struct FloatSoftmax {
    beta: f32,
    depth: usize,
    input: usize,
    output: usize,
}

impl Op for FloatSoftmax {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let rows = cast::<f32>(input).chunks_exact(self.depth.max(1));
        for (row, output) in rows.zip(cast_mut::<f32>(output).chunks_exact_mut(self.depth.max(1))) {
            let greatest = row.iter().copied().fold(f32::MIN, f32::max);
            let mut sum = 0.0;
            for (output, value) in output.iter_mut().zip(row) {
                *output = math::expf((value - greatest) * self.beta);
                sum += *output;
            }
            output.iter_mut().for_each(|output| *output /= sum);
        }
        Ok(())
    }
}
