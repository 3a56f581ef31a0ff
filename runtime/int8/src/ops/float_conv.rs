//! Convolutions and matrix products of `float32`.

use alloc::vec;
use alloc::vec::Vec;

use runeblocks_tflite::TensorType::{Float32, Int8};

use crate::error::{Refusal, refuse};
use crate::kernel::{Geometry, Kind};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::shared::{cast, cast_mut, check_kind};

/// A convolution of `float32`. Each output is summed in the order of the kernel's rows, columns and channels, and takes
/// the bias last.
pub(super) struct FloatConv {
    geometry: Geometry,
    /// Input channels that an output sees.
    depth: usize,
    /// Output channels that see the same input channels.
    group: usize,
    /// By group of outputs, tap, input channel of the group, and output of the group.
    weights: Vec<f32>,
    bias: Vec<f32>,
    limits: [f32; 2],
    input: usize,
    output: usize,
}

impl FloatConv {
    /// Prepares a convolution whose weights are `float32`, or `int8` with scales: these are made `float32`.
    pub(super) fn prepare(
        node: &Node<'_>,
        kind: Kind,
        geometry: Geometry,
        activation: Activation,
    ) -> Result<Prepared, Refusal> {
        let tensor = node.input(1)?;
        check_kind("input 1", tensor, &[Float32, Int8])?;
        let bytes = node.constant(1)?;
        let stored: Vec<f32> = if tensor.kind == Float32 {
            floats(bytes)
        } else {
            let axis_stride: usize = tensor.shape.iter().skip(tensor.axis + 1).product();
            let axis_length = tensor.shape.get(tensor.axis).copied().unwrap_or(1);
            if tensor.scales.is_empty() {
                refuse!("its weights {:?} are int8 without a scale: expected one, or float32", tensor.name);
            }
            let flip = if tensor.was_unsigned { 0x80 } else { 0 };
            let scaled = |(place, &byte): (usize, &u8)| {
                let channel = if tensor.scales.len() == 1 { 0 } else { place / axis_stride.max(1) % axis_length };
                let value = i32::from((byte ^ flip) as i8) - tensor.zero_points[channel];
                tensor.scales[channel] * value as f32
            };
            bytes.iter().enumerate().map(scaled).collect()
        };
        let ([_, _, inputs], [_, _, outputs]) = (geometry.input, geometry.output);
        let taps = geometry.kernel[0] * geometry.kernel[1];
        let depth = match kind {
            Kind::Conv => stored.len().checked_div(outputs * taps).unwrap_or(0),
            Kind::Depthwise => 1,
        };
        let group = outputs.checked_div(inputs.checked_div(depth).unwrap_or(1)).unwrap_or(0);
        let mut weights = vec![0.0; stored.len()];
        for output in 0..outputs {
            for tap in 0..taps {
                for channel in 0..depth {
                    let from = match kind {
                        Kind::Conv => (output * taps + tap) * depth + channel,
                        Kind::Depthwise => tap * outputs + output,
                    };
                    let to = ((output / group * taps + tap) * depth + channel) * group + output % group;
                    weights[to] = stored[from];
                }
            }
        }
        let bias = match node.optional(2)? {
            Some(bias) => {
                check_kind("bias", bias, &[Float32])?;
                floats(node.constant(2)?)
            }
            None => vec![0.0; outputs],
        };
        let (input, output) = (node.input(0)?.index, node.output(0)?.index);
        let scratch = 4 * group;
        let conv = FloatConv { geometry, depth, group, weights, bias, limits: activation.limits(), input, output };
        Prepared::with_scratch(conv, scratch)
    }

    /// The sums of a group of outputs at one place.
    fn sum(&self, input: &[f32], [batch, y, x, group]: [usize; 4], sums: &mut [f32]) {
        let Geometry { input: [height, width, channels], kernel: [rows, columns], .. } = self.geometry;
        sums.fill(0.0);
        for row in 0..rows {
            let Some(y) = self.tap(0, y, row).filter(|&y| y < height) else { continue };
            for column in 0..columns {
                let Some(x) = self.tap(1, x, column).filter(|&x| x < width) else { continue };
                let from = ((batch * height + y) * width + x) * channels + group * self.depth;
                let tap = (group * rows + row) * columns + column;
                let weights = self.weights[tap * self.depth * self.group..].chunks_exact(self.group);
                for (value, weights) in input[from..from + self.depth].iter().zip(weights) {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                }
            }
        }
    }

    /// The row or column of the input under a tap; `None` before the first.
    fn tap(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        let Geometry { stride, dilation, padding, .. } = &self.geometry;
        (output * stride[axis] + tap * dilation[axis]).checked_sub(padding[axis])
    }
}

impl Op for FloatConv {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, scratch) = memory.get([self.input], self.output);
        let (input, output, sums) = (cast::<f32>(input), cast_mut::<f32>(output), cast_mut::<f32>(scratch));
        let [height, width, _] = self.geometry.output;
        let groups = self.bias.len().checked_div(self.group).unwrap_or(0);
        let mut outputs = output.chunks_exact_mut(self.group.max(1));
        for batch in 0..self.geometry.batches {
            for y in 0..height {
                for x in 0..width {
                    for (group, output) in (0..groups).zip(&mut outputs) {
                        self.sum(input, [batch, y, x, group], sums);
                        let bias = &self.bias[group * self.group..];
                        for ((output, sum), bias) in output.iter_mut().zip(&*sums).zip(bias) {
                            *output = (sum + bias).max(self.limits[0]).min(self.limits[1]);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        4 * (self.weights.len() + self.bias.len())
    }
}

/// Numbers of the file.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}
