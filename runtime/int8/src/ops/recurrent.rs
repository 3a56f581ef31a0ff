//! What operators with a state share.

use alloc::boxed::Box;
use alloc::vec::Vec;

use runeblocks_tflite::TensorType;

use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::kernel::Accumulator;
use crate::op::Node;
use crate::ops::number::Integer;
use crate::tensor::Tensor;

/// Sums of 64 bits are scaled by less than this.
const WIDE_LIMIT: f64 = 32768.0;

/// Rows of activations times a matrix of weights of `int8` without a zero point, scaled.
pub(super) struct Product<S> {
    /// What the sum of each row of weights begins with.
    begins: Box<[S]>,
    factor: Multiplier,
}

impl<S: Accumulator> Product<S> {
    /// Prepares input `number`, of rank 2 and in the file. Sums begin with those of `begins`, and are of activations with
    /// the zero point; they are scaled by `factor` times the scale of the weights.
    pub(super) fn new(
        node: &Node<'_>,
        number: usize,
        mut begins: Vec<S>,
        zero_point: i32,
        factor: f64,
    ) -> Result<Self, Refusal> {
        let weights = node.input(number)?;
        let row_length = weights.shape.get(1).copied().unwrap_or(0).max(1);
        for (begin, row) in begins.iter_mut().zip(node.constant(number)?.chunks(row_length)) {
            let sum = row.iter().fold(0_i32, |sum, &weight| sum.wrapping_add((weight as i8).into()));
            *begin = begin.add_product(zero_point.wrapping_neg(), sum);
        }
        let factor = factor * f64::from(symmetric_scale(weights)?);
        if size_of::<S>() == 8 && factor >= WIDE_LIMIT {
            refuse!("its scales make the factor {factor} for input {number}: expected one below {WIDE_LIMIT}");
        }
        Ok(Self { begins: begins.into(), factor: multiplier(factor)? })
    }

    /// The product with a row of weights.
    #[inline]
    pub(super) fn of<A: Integer>(&self, row: usize, activations: &[A], weights: &[i8]) -> i32 {
        let pairs = activations.iter().zip(weights);
        let sum = pairs.fold(self.begins[row], |sum, (&a, &w)| sum.add_product(a.widened(), w.into()));
        sum.times(self.factor)
    }

    /// Size of what was prepared, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.begins)
    }
}

/// A factor that scales of the file make.
pub(super) fn multiplier(factor: f64) -> Result<Multiplier, Refusal> {
    if !factor.is_finite() {
        refuse!("its scales make the factor {factor}: expected a finite one");
    }
    Ok(Multiplier::of(factor))
}

/// The scale of a tensor whose zero point is 0.
pub(super) fn symmetric_scale(tensor: &Tensor) -> Result<f32, Refusal> {
    match tensor.quantization()? {
        (scale, 0) => Ok(scale),
        (_, zero_point) => refuse!("its tensor {:?} has the zero point {zero_point}: expected 0", tensor.name),
    }
}

/// The numbers of an input that the file holds as `float32`.
pub(super) fn floats(node: &Node<'_>, number: usize) -> Result<Box<[f32]>, Refusal> {
    Ok(node.constant(number)?.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect())
}

/// Holds an input to a type and a shape.
pub(super) fn check_input<'a>(
    node: &Node<'a>,
    number: usize,
    kind: TensorType,
    shape: &[usize],
) -> Result<&'a Tensor, Refusal> {
    let tensor = node.input(number)?;
    if tensor.kind != kind || tensor.was_unsigned || tensor.shape != shape {
        refuse!("its input {number} ({:?}) is {}: expected {kind} {shape:?}", tensor.name, tensor.describe());
    }
    Ok(tensor)
}

/// Holds an input to a constant of a type and a shape.
pub(super) fn check_constant<'a>(
    node: &Node<'a>,
    number: usize,
    kind: TensorType,
    shape: &[usize],
) -> Result<&'a Tensor, Refusal> {
    let tensor = check_input(node, number, kind, shape)?;
    node.constant(number)?;
    Ok(tensor)
}

/// Holds an input to a variable of a type and a shape.
pub(super) fn check_state<'a>(
    node: &Node<'a>,
    number: usize,
    kind: TensorType,
    shape: &[usize],
) -> Result<&'a Tensor, Refusal> {
    let tensor = check_input(node, number, kind, shape)?;
    if !tensor.is_variable || tensor.is_constant {
        refuse!("its input {number} ({:?}) is no variable: expected one, which holds its state", tensor.name);
    }
    Ok(tensor)
}
