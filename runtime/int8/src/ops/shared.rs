//! What operators share.

use runeblocks_tflite::TensorType;

use crate::error::{Refusal, refuse};
use crate::op::Node;
use crate::tensor::Tensor;

/// Numbers of a type, little-endian in memory that is aligned for it.
pub(crate) fn cast<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> &[T] {
    bytemuck::cast_slice(bytes)
}

/// Numbers of a type to be written.
pub(crate) fn cast_mut<T: bytemuck::NoUninit + bytemuck::AnyBitPattern>(bytes: &mut [u8]) -> &mut [T] {
    bytemuck::cast_slice_mut(bytes)
}

/// Holds a tensor to an element type.
pub(crate) fn check_kind(what: &str, tensor: &Tensor, expected: &[TensorType]) -> Result<(), Refusal> {
    if !expected.contains(&tensor.kind) {
        let names: alloc::vec::Vec<_> = expected.iter().map(|kind| alloc::format!("{kind}")).collect();
        refuse!("its {what} is {}: expected {}", tensor.describe(), names.join(" or "));
    }
    Ok(())
}

/// Holds a tensor to a rank, and gives its shape.
pub(crate) fn check_rank<const N: usize>(what: &str, tensor: &Tensor) -> Result<[usize; N], Refusal> {
    match tensor.shape.as_slice().try_into() {
        Ok(shape) => Ok(shape),
        Err(_) => refuse!("its {what} has the shape {:?}: expected {N} axes", tensor.shape),
    }
}

/// A number of the options that has to be above 0.
pub(crate) fn positive(what: &str, value: i32) -> Result<usize, Refusal> {
    match usize::try_from(value) {
        Ok(value) if value > 0 => Ok(value),
        _ => refuse!("its {what} is {value}: expected 1 or more"),
    }
}

/// The only output and the type of its elements, held to be one of `kinds`.
pub(crate) fn only_output<'a>(node: &Node<'a>, kinds: &[TensorType]) -> Result<&'a Tensor, Refusal> {
    let output = node.output(0)?;
    check_kind("output", output, kinds)?;
    Ok(output)
}

/// The axis that a number of the file stands for: one of `rank`, from the end where it is below 0.
pub(crate) fn axis_of(number: i64, rank: usize) -> Result<usize, Refusal> {
    let axis = if number < 0 { number.saturating_add(rank as i64) } else { number };
    match usize::try_from(axis) {
        Ok(axis) if axis < rank => Ok(axis),
        _ => refuse!("its axis is {number}: expected one of {rank}"),
    }
}

/// Holds an output to the only scale and zero point that its operator gives.
pub(crate) fn check_output_scale(output: &Tensor, scale: f32, zero_point: i32) -> Result<(), Refusal> {
    let found = output.quantization()?;
    if found != (scale, zero_point) {
        let raised = if output.was_unsigned { 128 } else { 0 };
        let [found_point, zero_point] = [found.1, zero_point].map(|point| point + raised);
        refuse!(
            "its output has the scale {} and the zero point {found_point}: expected {scale} and {zero_point}",
            found.0
        );
    }
    Ok(())
}
