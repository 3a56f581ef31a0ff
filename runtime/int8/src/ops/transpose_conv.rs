//! TRANSPOSE_CONV.

use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::schema;

use crate::Rounding;
use crate::error::{Refusal, refuse};
use crate::kernel::{Accumulator, Factors, Requantize};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::conv::requantize;
use crate::ops::float_conv::floats;
use crate::ops::number::{Integer, Number};
use crate::ops::shared::{cast, cast_mut, check_kind, check_rank, positive};
use crate::ops::transfer::check_type;
use crate::ops::window::{Padding, Window};

/// The numbers of a layer, and what becomes of them.
trait Arithmetic: Send + Sync {
    type Number: Number;
    type Weight: Number;
    type Sum: Number + Default;

    /// The sum with the product of an activation and a weight.
    fn add_product(&self, sum: Self::Sum, activation: Self::Number, weight: Self::Weight) -> Self::Sum;

    /// The output of a channel for its sum.
    fn output(&self, channel: usize, sum: Self::Sum) -> Self::Number;

    /// Bytes of the numbers that each channel has.
    fn bytes(&self) -> usize;
}

struct Float {
    /// None where there is no bias.
    bias: Vec<f32>,
    limits: [f32; 2],
}

impl Arithmetic for Float {
    type Number = f32;
    type Weight = f32;
    type Sum = f32;

    fn add_product(&self, sum: f32, activation: f32, weight: f32) -> f32 {
        sum + activation * weight
    }

    fn output(&self, channel: usize, sum: f32) -> f32 {
        self.bias.get(channel).map_or(sum, |bias| sum + bias).clamp(self.limits[0], self.limits[1])
    }

    fn bytes(&self) -> usize {
        size_of_val(self.bias.as_slice())
    }
}

/// With zero points: of the input, weights and output.
struct Quantized<T, A> {
    /// None where there is no bias.
    bias: Vec<A>,
    input_zero_point: i32,
    weights_zero_point: i32,
    requantize: Requantize,
    number: PhantomData<T>,
}

impl<T: Integer, A: Accumulator + Number> Arithmetic for Quantized<T, A> {
    type Number = T;
    type Weight = i8;
    type Sum = A;

    fn add_product(&self, sum: A, activation: T, weight: i8) -> A {
        sum.add_product(activation.widened() - self.input_zero_point, i32::from(weight) - self.weights_zero_point)
    }

    fn output(&self, channel: usize, sum: A) -> T {
        let sum = self.bias.get(channel).map_or(sum, |&bias| sum.add(bias));
        T::saturated(self.requantize.apply(channel, sum))
    }

    fn bytes(&self) -> usize {
        let factors = match &self.requantize.factors {
            Factors::Fixed(factors) => size_of_val(factors.as_slice()),
            Factors::Float(factors) => size_of_val(factors.as_slice()),
        };
        size_of_val(self.bias.as_slice()) + factors
    }
}

/// Rows, columns and channels of the images, and how a kernel is laid on them.
#[derive(Clone, Copy)]
struct Layer {
    batches: usize,
    input: [usize; 3],
    output: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Layer {
    /// The rows or columns of the input that reach one of the output, in their order, each with the tap by which it does.
    fn taps(&self, axis: usize, place: usize) -> impl Iterator<Item = (usize, usize)> {
        let Layer { input, kernel, stride, padding, .. } = *self;
        (0..kernel[axis]).rev().filter_map(move |tap| {
            let way = (place + padding[axis]).checked_sub(tap)?;
            let from = way / stride[axis];
            (way.is_multiple_of(stride[axis]) && from < input[axis]).then_some((from, tap))
        })
    }
}

/// A transposed convolution: each activation adds the kernel times itself to the output. Each output is summed in the
/// order of the input's rows, columns and channels, and takes the bias last.
struct TransposeConv<A: Arithmetic> {
    layer: Layer,
    /// By row and column of the kernel, input channel, and output channel.
    weights: Vec<A::Weight>,
    arithmetic: A,
    input: usize,
    output: usize,
}

impl<A: Arithmetic> Op for TransposeConv<A> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, scratch) = memory.get([self.input], self.output);
        let (input, sums) = (cast::<A::Number>(input), cast_mut::<A::Sum>(scratch));
        let Layer { batches, input: [height, width, depth], output: [rows, columns, channels], .. } = self.layer;
        let mut outputs = cast_mut::<A::Number>(output).chunks_exact_mut(channels);
        for batch in 0..batches {
            for row in 0..rows {
                for (column, output) in (0..columns).zip(&mut outputs) {
                    sums.fill(A::Sum::default());
                    for (y, tap_row) in self.layer.taps(0, row) {
                        for (x, tap_column) in self.layer.taps(1, column) {
                            let tap = (tap_row * self.layer.kernel[1] + tap_column) * depth * channels;
                            let weights = self.weights[tap..][..depth * channels].chunks_exact(channels);
                            let pixel = &input[((batch * height + y) * width + x) * depth..][..depth];
                            for (&activation, weights) in pixel.iter().zip(weights) {
                                for (sum, &weight) in sums.iter_mut().zip(weights) {
                                    *sum = self.arithmetic.add_product(*sum, activation, weight);
                                }
                            }
                        }
                    }
                    for (channel, (output, &sum)) in output.iter_mut().zip(&*sums).enumerate() {
                        *output = self.arithmetic.output(channel, sum);
                    }
                }
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        size_of_val(self.weights.as_slice()) + self.arithmetic.bytes()
    }
}

/// TRANSPOSE_CONV: the shape of the output, weights, input and bias.
pub(super) fn transpose_conv(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(3..=4, 1)?;
    let Some(options) = node.options::<schema::TransposeConvOptions<'_>>() else {
        refuse!("it has no options: expected those of TRANSPOSE_CONV");
    };
    let (input, output) = (node.input(2)?, node.output(0)?);
    check_kind("input 2", input, &[Int8, Int16, Float32])?;
    check_type(output, input)?;
    let [batches, height, width, depth] = check_rank("input 2", input)?;
    let [channels, kernel_rows, kernel_columns, weights_depth] = check_rank("input 1", node.input(1)?)?;
    let [output_batches, rows, columns, output_channels] = check_rank("output", output)?;
    if (output_batches, output_channels, weights_depth) != (batches, channels, depth) {
        refuse!(
            "it makes the shape {:?} of {:?} by weights {:?}: expected the same batches and channels",
            output.shape,
            input.shape,
            node.input(1)?.shape
        );
    }
    if node.input(0)?.is_constant && !node.integers(0)?.into_iter().eq(output.shape.iter().map(|&n| n as i64)) {
        refuse!("its output has the shape {:?} in the file: expected {:?}", output.shape, node.integers(0)?);
    }
    if let Some(bias) = node.optional(3)?
        && bias.elements() != channels
    {
        refuse!("its bias has the shape {:?}: expected {channels} values", bias.shape);
    }
    let padding = Padding::of(options.padding())?;
    let stride = [positive("stride", options.stride_h())?, positive("stride", options.stride_w())?];
    let kernel = [kernel_rows, kernel_columns];
    let before =
        |axis: usize, length| padding.over(length, Window { size: kernel[axis], stride: stride[axis], dilation: 1 }).1;
    let layer = Layer {
        batches,
        input: [height, width, depth],
        output: [rows, columns, channels],
        kernel,
        stride,
        padding: [before(0, rows), before(1, columns)],
    };
    let activation = Activation::of(options.fused_activation_function())?;
    if output.elements() == 0 {
        return Ok(Prepared::Nothing);
    }
    match input.kind {
        Float32 => {
            check_kind("input 1", node.input(1)?, &[Float32])?;
            let bias = match node.optional(3)? {
                Some(bias) => {
                    check_kind("bias", bias, &[Float32])?;
                    floats(node.constant(3)?)
                }
                None => Vec::new(),
            };
            with(node, layer, &floats(node.constant(1)?), Float { bias, limits: activation.limits() })
        }
        Int16 => {
            if let Some(bias) = node.optional(3)? {
                check_kind("bias", bias, &[Int64])?;
            }
            let bias = node.optional(3)?.map(|_| node.integers(3)).transpose()?.unwrap_or_default();
            quantized::<i16, i64>(node, layer, bias, activation)
        }
        _ => {
            if let Some(bias) = node.optional(3)? {
                check_kind("bias", bias, &[Int32])?;
            }
            let bias = node.optional(3)?.map(|_| node.integers(3)).transpose()?.unwrap_or_default();
            quantized::<i8, i32>(node, layer, bias.into_iter().map(|value| value as i32).collect(), activation)
        }
    }
}

fn quantized<T: Integer + 'static, A: Accumulator + Number + 'static>(
    node: &Node<'_>,
    layer: Layer,
    bias: Vec<A>,
    activation: Activation,
) -> Result<Prepared, Refusal> {
    let (weights, input) = (node.input(1)?, node.input(2)?);
    check_kind("input 1", weights, &[Int8])?;
    let (_, input_zero_point) = input.quantization()?;
    let weights_zero_point = match weights.zero_points.as_slice() {
        &[zero_point] if weights.was_unsigned && (-128..=127).contains(&zero_point) => zero_point,
        zero_points if !weights.was_unsigned && zero_points.iter().all(|&zero_point| zero_point == 0) => 0,
        zero_points => refuse!("its weights have the zero points {zero_points:?}: expected 0 for int8, one for uint8"),
    };
    if node.rounding == Rounding::Xnnpack && (0..2).any(|axis| layer.kernel[axis] < layer.stride[axis]) {
        refuse!(
            "its kernel is {:?} and its stride {:?}: XNNPACK's rounding takes none that is longer than the kernel",
            layer.kernel,
            layer.stride
        );
    }
    let requantize = requantize(node, input, layer.output[2], activation)?;
    // What the file has as uint8 is held 128 lower.
    let flip = if weights.was_unsigned { 0x80 } else { 0 };
    let held: Vec<i8> = node.constant(1)?.iter().map(|&weight| (weight ^ flip) as i8).collect();
    let arithmetic = Quantized::<T, A> { bias, input_zero_point, weights_zero_point, requantize, number: PhantomData };
    with(node, layer, &held, arithmetic)
}

/// A layer with its weights by output channel, row, column and input channel.
fn with<A: Arithmetic + 'static>(
    node: &Node<'_>,
    layer: Layer,
    stored: &[A::Weight],
    arithmetic: A,
) -> Result<Prepared, Refusal> {
    let channels = layer.output[2];
    let inner = stored.len() / channels;
    let mut weights = vec![bytemuck::Zeroable::zeroed(); stored.len()];
    for (place, &weight) in stored.iter().enumerate() {
        weights[place % inner * channels + place / inner] = weight;
    }
    let (input, output) = (node.input(2)?.index, node.output(0)?.index);
    let scratch = size_of::<A::Sum>() * channels;
    Prepared::with_scratch(TransposeConv { layer, weights, arithmetic, input, output }, scratch)
}
