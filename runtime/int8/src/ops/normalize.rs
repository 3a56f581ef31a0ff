//! LOG_SOFTMAX and L2_NORMALIZATION: functions of the rows along the last axis.

use runeblocks_tflite::TensorType::{Float32, Int8};

use crate::arithmetic::rounding_shift;
use crate::error::{Refusal, refuse};
use crate::fixed_point::inverse_square_root;
use crate::math;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::elementwise;
use crate::ops::number::Number;
use crate::ops::shared::{cast, cast_mut, check_kind, check_output_scale};
use crate::ops::softmax::Differences;
use crate::tensor::Tensor;

/// A function of rows.
struct Rows<T, F> {
    f: F,
    depth: usize,
    input: usize,
    output: usize,
    kind: core::marker::PhantomData<fn(T) -> T>,
}

impl<T: Number, F: Fn(&[T], &mut [T]) + Send + Sync> Op for Rows<T, F> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let outputs = cast_mut::<T>(output).chunks_exact_mut(self.depth.max(1));
        cast::<T>(input).chunks_exact(self.depth.max(1)).zip(outputs).for_each(|(row, output)| (self.f)(row, output));
        Ok(())
    }
}

fn rows<T: Number>(
    [input, output]: [&Tensor; 2],
    f: impl Fn(&[T], &mut [T]) + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    let Some(&depth) = input.shape.last() else {
        refuse!("its input is a scalar: expected an axis");
    };
    Prepared::run(Rows { f, depth, input: input.index, output: output.index, kind: core::marker::PhantomData })
}

/// Holds an operator to one input, and one output of its shape and type, and gives both.
fn check<'a>(node: &Node<'a>) -> Result<[&'a Tensor; 2], Refusal> {
    elementwise::check(node)?;
    let tensors = [node.input(0)?, node.output(0)?];
    check_kind("input", tensors[0], &[Int8, Float32])?;
    check_kind("output", tensors[1], &[tensors[0].kind])?;
    Ok(tensors)
}

/// LOG_SOFTMAX: each number less the logarithm of the sum of the exponentials.
pub(super) fn log_softmax(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let tensors = check(node)?;
    if tensors[0].kind == Float32 {
        return rows(tensors, float_log_softmax);
    }
    check_output_scale(tensors[1], 1.0 / 16.0, 127)?;
    let differences = Differences::new(tensors[0].quantization()?.0.into());
    let exponentials = differences.exponentials();
    rows(tensors, move |row, output| fixed_log_softmax(&differences, &exponentials, row, output))
}

/// Exponentials are in Q0.31, sums in Q12.19, differences and logarithms in Q5.26. The logarithm is the nearest, where TensorFlow
/// Lite Micro has an approximation: one output in some millions differs by 1.
fn fixed_log_softmax(differences: &Differences, exponentials: &[i32; 256], row: &[i8], output: &mut [i8]) {
    let greatest = row.iter().copied().max().unwrap_or(0);
    let exponential = |value: &i8| rounding_shift(exponentials[usize::from(greatest.abs_diff(*value))], 12);
    let sum = row.iter().fold(0_i32, |sum, value| sum.saturating_add(exponential(value)));
    let logarithm = libm::log(f64::from(sum) / f64::from(1 << 19));
    let logarithm = libm::round(logarithm * f64::from(1 << 26)) as i32;
    for (output, &value) in output.iter_mut().zip(row) {
        let difference = i32::from(value) - i32::from(greatest);
        *output = if difference < -differences.limit {
            i8::MIN
        } else {
            let result = differences.scale(difference).saturating_sub(logarithm);
            (rounding_shift(result, 22) + 127).clamp(-128, 127) as i8
        };
    }
}

fn float_log_softmax(row: &[f32], output: &mut [f32]) {
    let greatest = row.iter().copied().fold(f32::MIN, f32::max);
    let sum = row.iter().fold(0.0, |sum, value| sum + math::expf(value - greatest));
    let logarithm = libm::logf(sum);
    output.iter_mut().zip(row).for_each(|(output, value)| *output = value - greatest - logarithm);
}

/// L2_NORMALIZATION: each number divided by the square root of the sum of the squares.
pub(super) fn l2_normalization(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let tensors = check(node)?;
    if tensors[0].kind == Float32 {
        return rows(tensors, |row: &[f32], output: &mut [f32]| {
            let sum = row.iter().fold(0.0, |sum, value| sum + value * value);
            let length = libm::sqrtf(sum).max(1e-6);
            output.iter_mut().zip(row).for_each(|(output, value)| *output = value / length);
        });
    }
    check_output_scale(tensors[1], 1.0 / 128.0, 0)?;
    let (_, zero_point) = tensors[0].quantization()?;
    rows(tensors, move |row: &[i8], output: &mut [i8]| {
        let difference = |value: &i8| i32::from(*value) - zero_point;
        let sum = row.iter().map(difference).fold(0_i32, |sum, value| sum.saturating_add(value * value));
        // The output has 7 bits of fraction.
        let mut factor = inverse_square_root(sum);
        factor.exponent += 7;
        for (output, value) in output.iter_mut().zip(row) {
            *output = factor.apply(difference(value)).clamp(-128, 127) as i8;
        }
    })
}
