//! Tensors as operators see them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use runeblocks_tflite::{TensorInfo, TensorType};

use crate::error::{Refusal, refuse};

/// A tensor of a subgraph.
///
/// Quantised `uint8` is kept as `int8` 128 lower, with a zero point 128 lower: the real numbers are the same, and so are the
/// results of all integer arithmetic on differences from the zero point.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    /// Its number in the subgraph.
    pub(crate) index: usize,
    /// Its name.
    pub(crate) name: String,
    /// Type of the elements.
    pub(crate) kind: TensorType,
    /// Whether the file has it as quantised `uint8`.
    pub(crate) was_unsigned: bool,
    /// Shape; empty for a scalar.
    pub(crate) shape: Vec<usize>,
    /// One scale, or one for each index of `axis`; none where the tensor is not quantised.
    pub(crate) scales: Vec<f32>,
    /// One zero point for each scale.
    pub(crate) zero_points: Vec<i32>,
    /// The axis of several scales.
    pub(crate) axis: usize,
    /// Whether the file holds its content.
    pub(crate) is_constant: bool,
    /// Whether it keeps its content from one invocation to the next.
    pub(crate) is_variable: bool,
}

impl Tensor {
    /// The tensor that a file describes.
    pub(crate) fn new(index: usize, info: &TensorInfo) -> Result<Self, Refusal> {
        let name = info.name.clone();
        if info.is_sparse {
            refuse!("its tensor {name:?} is stored in a sparse format: expected a dense one");
        }
        let (mut scales, mut zero_points, mut axis) = (Vec::new(), Vec::new(), 0);
        let was_unsigned = info.element_type == TensorType::Uint8 && info.quantization.is_some();
        if let Some(quantization) = &info.quantization {
            axis = quantization.axis;
            let lowered = if was_unsigned { 128 } else { 0 };
            for (&scale, &zero_point) in quantization.scales.iter().zip(&quantization.zero_points) {
                let Ok(zero_point) = i32::try_from(zero_point) else {
                    refuse!("its tensor {name:?} has the zero point {zero_point}: expected one of 32 bits");
                };
                scales.push(scale);
                zero_points.push(zero_point.wrapping_sub(lowered));
            }
        }
        Ok(Self {
            index,
            name,
            kind: if was_unsigned { TensorType::Int8 } else { info.element_type },
            was_unsigned,
            shape: info.shape.clone(),
            scales,
            zero_points,
            axis,
            is_constant: info.constant.is_some(),
            is_variable: info.is_variable,
        })
    }

    /// Number of elements.
    pub(crate) fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.kind.bytes(self.elements()).unwrap_or(0)
    }

    /// Type and shape, as messages write them.
    pub(crate) fn describe(&self) -> String {
        format!("{} {:?}", if self.was_unsigned { TensorType::Uint8 } else { self.kind }, self.shape)
    }

    /// The scale and zero point of a tensor that has one of each: a finite scale above 0, and a zero point that the
    /// element type can hold.
    pub(crate) fn quantization(&self) -> Result<(f32, i32), Refusal> {
        let (&[scale], &[zero_point]) = (self.scales.as_slice(), self.zero_points.as_slice()) else {
            refuse!(
                "its tensor {:?} has {} scales: expected one",
                self.name,
                if self.scales.is_empty() { "no".into() } else { format!("{}", self.scales.len()) }
            );
        };
        if !(scale > 0.0 && scale.is_finite()) {
            refuse!("its tensor {:?} has the scale {scale}: expected a finite one above 0", self.name);
        }
        let range = match self.kind {
            TensorType::Int8 => i32::from(i8::MIN)..=i32::from(i8::MAX),
            TensorType::Int16 => i32::from(i16::MIN)..=i32::from(i16::MAX),
            _ => i32::MIN..=i32::MAX,
        };
        if !range.contains(&zero_point) {
            refuse!(
                "its tensor {:?} has the zero point {zero_point}: expected {} to {}",
                self.name,
                range.start(),
                range.end()
            );
        }
        Ok((scale, zero_point))
    }
}
