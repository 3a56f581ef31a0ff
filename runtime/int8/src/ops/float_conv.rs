//! Convolutions and matrix products of `float32`.

use alloc::vec;
use alloc::vec::Vec;

use runeblocks_micro::Level;
use runeblocks_tflite::TensorType::{Float32, Int8};

use crate::error::{Refusal, refuse};
use crate::kernel::{Geometry, Kind};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::shared::{cast, cast_mut, check_kind};
use crate::tensor::Tensor;

/// A convolution of `float32`. Each output is summed in the order of the kernel's rows, columns and channels, and takes
/// the bias last.
pub(super) struct FloatConv {
    geometry: Geometry,
    /// Input channels that an output sees.
    depth: usize,
    /// Output channels that see the same input channels.
    group: usize,
    weights: Weights,
    /// From the weights of a place to those of the next.
    strides: Strides,
    bias: Option<usize>,
    limits: [f32; 2],
    input: usize,
    output: usize,
}

/// Where weights are.
enum Weights {
    /// A tensor.
    Tensor(usize),
    /// Here, the outputs of a group innermost.
    Held(Vec<f32>),
}

/// From a weight to the next, along what they belong to.
#[derive(Clone, Copy)]
struct Strides {
    group: usize,
    tap: usize,
    channel: usize,
    output: usize,
}

impl FloatConv {
    /// Prepares a convolution whose weights are `float32`, or `int8` with scales: these are made `float32`. Weights of
    /// `float32` are read where they are if the file does not hold them, or at [`Level::Plain`].
    pub(super) fn prepare(
        node: &Node<'_>,
        kind: Kind,
        geometry: Geometry,
        activation: Activation,
    ) -> Result<Prepared, Refusal> {
        let tensor = node.input(1)?;
        check_kind("input 1", tensor, &[Float32, Int8])?;
        let ([_, _, inputs], [_, _, outputs]) = (geometry.input, geometry.output);
        let taps = geometry.kernel[0] * geometry.kernel[1];
        let depth = match kind {
            Kind::Conv => tensor.elements().checked_div(outputs * taps).unwrap_or(0),
            Kind::Depthwise => 1,
        };
        let group = outputs.checked_div(inputs.checked_div(depth).unwrap_or(1)).unwrap_or(0);
        let in_file = match kind {
            Kind::Conv => Strides { group: group * taps * depth, tap: depth, channel: 1, output: taps * depth },
            Kind::Depthwise => Strides { group, tap: outputs, channel: 0, output: 1 },
        };
        let stays = node.level == Level::Plain || !tensor.is_constant;
        let (weights, strides) = if tensor.kind == Float32 && stays {
            (Weights::Tensor(tensor.index), in_file)
        } else {
            let stored = node.constant(1)?;
            let stored = if tensor.kind == Float32 { floats(stored) } else { dequantized(tensor, stored)? };
            let held = Strides { group: taps * depth * group, tap: depth * group, channel: group, output: 1 };
            let mut weights = vec![0.0; stored.len()];
            for output in 0..outputs {
                let (of, at) = (output / group, output % group);
                for (tap, channel) in (0..taps).flat_map(|tap| (0..depth).map(move |channel| (tap, channel))) {
                    weights[held.place(of, tap, channel) + at] =
                        stored[in_file.place(of, tap, channel) + at * in_file.output];
                }
            }
            (Weights::Held(weights), held)
        };
        let bias = node.optional(2)?;
        if let Some(bias) = bias {
            check_kind("bias", bias, &[Float32])?;
        }
        let (input, output) = (node.input(0)?.index, node.output(0)?.index);
        let bias = bias.map(|bias| bias.index);
        let limits = activation.limits();
        let conv = FloatConv { geometry, depth, group, weights, strides, bias, limits, input, output };
        Prepared::with_scratch(conv, 4 * group)
    }

    /// The sums of a group of outputs at one place.
    fn sum(&self, input: &[f32], weights: &[f32], [batch, y, x, group]: [usize; 4], sums: &mut [f32]) {
        let Geometry { input: [height, width, channels], kernel: [rows, columns], .. } = self.geometry;
        sums.fill(0.0);
        for row in 0..rows {
            let Some(y) = self.tap(0, y, row).filter(|&y| y < height) else { continue };
            for column in 0..columns {
                let Some(x) = self.tap(1, x, column).filter(|&x| x < width) else { continue };
                let from = ((batch * height + y) * width + x) * channels + group * self.depth;
                for (channel, value) in input[from..from + self.depth].iter().enumerate() {
                    let weights = &weights[self.strides.place(group, row * columns + column, channel)..];
                    if self.strides.output == 1 {
                        add_products(sums, *value, weights.iter());
                    } else {
                        add_products(sums, *value, weights.iter().step_by(self.strides.output));
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

impl Strides {
    /// Where the weights of the first output of a group are.
    fn place(self, group: usize, tap: usize, channel: usize) -> usize {
        group * self.group + tap * self.tap + channel * self.channel
    }
}

/// Adds the product with a weight to each sum.
fn add_products<'a>(sums: &mut [f32], value: f32, weights: impl Iterator<Item = &'a f32>) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += value * weight;
    }
}

impl Op for FloatConv {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        // What is not there is not read.
        let weights = if let Weights::Tensor(weights) = self.weights { weights } else { self.input };
        let indices = [self.input, weights, self.bias.unwrap_or(self.input)];
        let ([input, weights, bias], output, scratch) = memory.get(indices, self.output);
        let (input, output, sums) = (cast::<f32>(input), cast_mut::<f32>(output), cast_mut::<f32>(scratch));
        let weights = if let Weights::Held(weights) = &self.weights { weights } else { cast(weights) };
        let bias = if self.bias.is_some() { cast(bias) } else { &[] };
        let [height, width, channels] = self.geometry.output;
        let groups = channels.checked_div(self.group).unwrap_or(0);
        let mut outputs = output.chunks_exact_mut(self.group.max(1));
        for batch in 0..self.geometry.batches {
            for y in 0..height {
                for x in 0..width {
                    for (group, output) in (0..groups).zip(&mut outputs) {
                        self.sum(input, weights, [batch, y, x, group], sums);
                        for (at, (output, sum)) in output.iter_mut().zip(&*sums).enumerate() {
                            let bias = bias.get(group * self.group + at).copied().unwrap_or(0.0);
                            *output = (sum + bias).clamp(self.limits[0], self.limits[1]);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        if let Weights::Held(weights) = &self.weights { size_of_val(&**weights) } else { 0 }
    }
}

/// Weights of `int8` as the numbers that they stand for.
fn dequantized(tensor: &Tensor, stored: &[u8]) -> Result<Vec<f32>, Refusal> {
    if tensor.scales.is_empty() {
        refuse!("its weights {:?} are int8 without a scale: expected one, or float32", tensor.name);
    }
    let stride: usize = tensor.shape.iter().skip(tensor.axis + 1).product();
    let length = tensor.shape.get(tensor.axis).copied().unwrap_or(1);
    let flip = if tensor.was_unsigned { 0x80 } else { 0 };
    let number = |(place, &byte): (usize, &u8)| {
        let channel = if tensor.scales.len() == 1 { 0 } else { place / stride.max(1) % length };
        let value = i32::from((byte ^ flip) as i8).wrapping_sub(tensor.zero_points[channel]);
        tensor.scales[channel] * value as f32
    };
    Ok(stored.iter().enumerate().map(number).collect())
}

/// Numbers of the file.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}
