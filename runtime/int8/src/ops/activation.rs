//! Activations that are fused into other operators.

use runeblocks_tflite::TensorType;

use crate::error::{Refusal, refuse};
use crate::tensor::Tensor;

/// A fused activation, as the file numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    None,
    Relu,
    ReluN1To1,
    Relu6,
}

impl Activation {
    /// The activation that a number of the file stands for.
    pub(crate) fn of(number: i8) -> Result<Self, Refusal> {
        Ok(match number {
            0 => Activation::None,
            1 => Activation::Relu,
            2 => Activation::ReluN1To1,
            3 => Activation::Relu6,
            number => refuse!("its fused activation is number {number}: expected none, RELU, RELU_N1_TO_1 or RELU6"),
        })
    }

    /// The least and the greatest number.
    pub(crate) fn limits(self) -> [f32; 2] {
        match self {
            Activation::None => [f32::MIN, f32::MAX],
            Activation::Relu => [0.0, f32::MAX],
            Activation::ReluN1To1 => [-1.0, 1.0],
            Activation::Relu6 => [0.0, 6.0],
        }
    }

    /// The least and the greatest integer of an output of `int8` or `int16`.
    pub(crate) fn quantized_limits(self, output: &Tensor) -> Result<[i32; 2], Refusal> {
        let (scale, zero_point) = output.quantization()?;
        let [least, greatest] = match output.kind {
            TensorType::Int16 => [i16::MIN.into(), i16::MAX.into()],
            _ => [i8::MIN.into(), i8::MAX.into()],
        };
        let [low, high] = self.limits();
        let quantize = |real: f32| zero_point.saturating_add(libm::roundf(real / scale) as i32);
        let low = if self == Activation::None { least } else { quantize(low).max(least) };
        let high = match self {
            Activation::None | Activation::Relu => greatest,
            Activation::ReluN1To1 | Activation::Relu6 => quantize(high).min(greatest),
        };
        Ok([low, high])
    }
}
