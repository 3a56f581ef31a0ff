//! CONV_2D and DEPTHWISE_CONV_2D.

use alloc::format;
use alloc::vec::Vec;
use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::{TensorType, operator, schema};

use crate::Rounding;
use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::kernel::{self, Accumulator, Conv, DirectConv, Factors, Geometry, Kind, Layer, Requantize};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::float_conv::FloatConv;
use crate::ops::number::Number;
use crate::ops::shared::{cast, cast_mut, check_kind, check_rank, positive};
use crate::ops::window::{Padding, Window};
use crate::ops::xnnpack;
use crate::tensor::Tensor;

/// A convolution of `int8`.
struct Int8Conv {
    conv: Conv,
    input: usize,
    weights: usize,
    output: usize,
}

impl Op for Int8Conv {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input, weights], output, scratch) = memory.get([self.input, self.weights], self.output);
        self.conv.run(cast(weights), cast(input), cast_mut(output), scratch);
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.conv.held_bytes()
    }
}

/// A convolution of `X` with weights of `int8` that are read where they are.
struct InPlaceConv<X, A> {
    conv: DirectConv<A>,
    input: usize,
    weights: usize,
    output: usize,
    kind: PhantomData<fn() -> X>,
}

impl<X: kernel::Activation + Number, A: Accumulator + Send + Sync> Op for InPlaceConv<X, A> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input, weights], output, _) = memory.get([self.input, self.weights], self.output);
        self.conv.run::<X>(cast(weights), cast(input), cast_mut(output));
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.conv.held_bytes()
    }
}

/// CONV_2D.
pub(super) fn conv_2d(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let Some(options) = node.options::<schema::Conv2DOptions<'_>>() else {
        refuse!("it has no options: expected those of CONV_2D");
    };
    let weights = node.input(1)?;
    let [outputs, rows, columns, depth] = check_rank("input 1", weights)?;
    let [.., channels] = check_rank::<4>("input 0", node.input(0)?)?;
    if depth == 0 || channels == 0 || !channels.is_multiple_of(depth) || !outputs.is_multiple_of(channels / depth) {
        refuse!(
            "its weights have the shape {:?} for an input of {channels} channels: \
             expected as many input channels, or groups of them",
            weights.shape
        );
    }
    let windows = [
        window(rows, options.stride_h(), options.dilation_h_factor())?,
        window(columns, options.stride_w(), options.dilation_w_factor())?,
    ];
    let activation = Activation::of(options.fused_activation_function())?;
    convolution(node, Kind::Conv, outputs, windows, Padding::of(options.padding())?, activation)
}

/// DEPTHWISE_CONV_2D.
pub(super) fn depthwise_conv_2d(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let Some(options) = node.options::<schema::DepthwiseConv2DOptions<'_>>() else {
        refuse!("it has no options: expected those of DEPTHWISE_CONV_2D");
    };
    let weights = node.input(1)?;
    let [one, rows, columns, outputs] = check_rank("input 1", weights)?;
    let [.., channels] = check_rank::<4>("input 0", node.input(0)?)?;
    if one != 1 || channels == 0 || !outputs.is_multiple_of(channels) {
        refuse!(
            "its weights have the shape {:?} for an input of {channels} channels: expected [1, rows, columns, a multiple of {channels}]",
            weights.shape
        );
    }
    let windows = [
        window(rows, options.stride_h(), options.dilation_h_factor())?,
        window(columns, options.stride_w(), options.dilation_w_factor())?,
    ];
    let activation = Activation::of(options.fused_activation_function())?;
    convolution(node, Kind::Depthwise, outputs, windows, Padding::of(options.padding())?, activation)
}

/// A window of a kernel, from the numbers of the options.
fn window(size: usize, stride: i32, dilation: i32) -> Result<Window, Refusal> {
    Ok(Window { size, stride: positive("stride", stride)?, dilation: positive("dilation", dilation)? })
}

fn convolution(
    node: &Node<'_>,
    kind: Kind,
    outputs: usize,
    windows: [Window; 2],
    padding: Padding,
    activation: Activation,
) -> Result<Prepared, Refusal> {
    node.check_counts(2..=3, 1)?;
    let input = check_rank::<4>("input 0", node.input(0)?)?;
    let [batches, height, width, _] = input;
    let (rows, top) = padding.over(height, windows[0]);
    let (columns, left) = padding.over(width, windows[1]);
    node.check_shape(0, &[batches, rows, columns, outputs])?;
    let geometry = Geometry {
        batches,
        input: [input[1], input[2], input[3]],
        output: [rows, columns, outputs],
        kernel: windows.map(|window| window.size),
        stride: windows.map(|window| window.stride),
        dilation: windows.map(|window| window.dilation),
        padding: [top, left],
    };
    layer(node, kind, geometry, outputs, activation)
}

/// A convolution, or a matrix product in the form of one, over the element types that the tensors have: input 0, weights 1,
/// bias 2.
pub(super) fn layer(
    node: &Node<'_>,
    kind: Kind,
    geometry: Geometry,
    outputs: usize,
    activation: Activation,
) -> Result<Prepared, Refusal> {
    let (input, weights, output) = (node.input(0)?, node.input(1)?, node.output(0)?);
    check_kind("output", output, &[input.kind])?;
    check_kind("input 0", input, &[Int8, Int16, Float32])?;
    let bias = node.optional(2)?;
    if let Some(bias) = bias
        && bias.elements() != outputs
    {
        refuse!("its bias has the shape {:?}: expected {outputs} values", bias.shape);
    }
    if input.kind == Float32 {
        return FloatConv::prepare(node, kind, geometry, activation);
    }
    check_kind("input 1", weights, &[Int8])?;
    let (_, input_zero_point) = input.quantization()?;
    let weights_zero_point = weights_zero_point(node, weights)?;
    let requantize = requantize(node, input, outputs, activation)?;
    if input.kind == Int16 {
        let bias = biases(node, Int64, |bias| bias)?;
        let bias = bias.as_deref();
        let layer = Layer { kind, geometry, weights: &[], weights_zero_point, bias, input_zero_point, requantize };
        return in_place::<i16, i64>(node, layer);
    }
    let bias = biases(node, Int32, |bias| bias as i32)?;
    let bias = bias.as_deref();
    let layer = Layer { kind, geometry, weights: &[], weights_zero_point, bias, input_zero_point, requantize };
    if !weights.is_constant {
        if node.rounding == Rounding::Xnnpack {
            refuse!("its weights {:?} are not in the file: XNNPACK's rounding takes constants", weights.name);
        }
        return in_place::<i8, i32>(node, layer);
    }
    // What the file has as uint8 is held 128 lower, and weights are packed once.
    let held: Vec<i8> =
        node.constant(1)?.iter().map(|&w| if weights.was_unsigned { w ^ 0x80 } else { w } as i8).collect();
    let layer = Layer { weights: &held, ..layer };
    let conv = Conv::new(node.level, layer).map_err(|error| Refusal(format!("{error}")))?;
    let scratch = conv.scratch_bytes();
    let (input, weights, output) = (input.index, weights.index, output.index);
    Prepared::with_scratch(Int8Conv { conv, input, weights, output }, scratch)
}

/// Prepares a layer whose weights are read where they are.
fn in_place<X: kernel::Activation + Number, A: Accumulator + Send + Sync + 'static>(
    node: &Node<'_>,
    layer: Layer<'_, A>,
) -> Result<Prepared, Refusal> {
    let (input, weights, output) = (node.input(0)?, node.input(1)?, node.output(0)?);
    let conv = DirectConv::with_weights(weights.elements(), layer);
    let (input, weights, output) = (input.index, weights.index, output.index);
    Prepared::run(InPlaceConv::<X, A> { conv, input, weights, output, kind: PhantomData })
}

/// The bias, which the file holds, if there is one.
fn biases<A>(node: &Node<'_>, kind: TensorType, of: fn(i64) -> A) -> Result<Option<Vec<A>>, Refusal> {
    let Some(bias) = node.optional(2)? else { return Ok(None) };
    check_kind("bias", bias, &[kind])?;
    Ok(Some(node.integers(2)?.into_iter().map(of).collect()))
}

/// The one zero point of weights. It is 0 where `int8` weights have a scale for each output, and in convolutions.
fn weights_zero_point(node: &Node<'_>, weights: &Tensor) -> Result<i32, Refusal> {
    let one_scale = node.operator().code == operator::FULLY_CONNECTED && weights.scales.len() == 1;
    let is_symmetric = !weights.was_unsigned && !one_scale;
    let Some(&first) = weights.zero_points.first() else {
        refuse!("its weights {:?} have no scale: expected one, or one for each output channel", weights.name);
    };
    if node.rounding == Rounding::Xnnpack && !weights.was_unsigned && first != 0 {
        refuse!("its weights {:?} are int8 with the zero point {first}: XNNPACK's rounding takes 0", weights.name);
    }
    if is_symmetric && let Some(zero_point) = weights.zero_points.iter().find(|&&zero_point| zero_point != 0) {
        refuse!("its weights {:?} are int8 with the zero point {zero_point}: expected 0", weights.name);
    }
    if let Some(other) = weights.zero_points.iter().find(|&&zero_point| zero_point != first) {
        refuse!("its weights {:?} have the zero points {first} and {other}: expected one for all", weights.name);
    }
    if !(-128..=127).contains(&first) {
        refuse!("its weights {:?} have the zero point {first}: expected one of 8 bits", weights.name);
    }
    Ok(first)
}

/// What makes outputs of sums: the scale of the input times those of the weights by that of the output.
pub(super) fn requantize(
    node: &Node<'_>,
    input: &Tensor,
    outputs: usize,
    activation: Activation,
) -> Result<Requantize, Refusal> {
    let (weights, output) = (node.input(1)?, node.output(0)?);
    let (input_scale, _) = input.quantization()?;
    let (output_scale, zero_point) = output.quantization()?;
    let [min, max] = activation.quantized_limits(output)?;
    if weights.scales.len() != 1 && weights.scales.len() != outputs {
        refuse!("its weights have {} scales: expected 1 or {outputs}", weights.scales.len());
    }
    let factors: Vec<f64> = weights
        .scales
        .iter()
        .map(|&scale| f64::from(input_scale) * f64::from(scale) / f64::from(output_scale))
        .collect();
    if let Some(factor) = factors.iter().find(|factor| !factor.is_finite()) {
        refuse!("its scales make the factor {factor}: expected a finite one");
    }
    let factors = match node.rounding {
        Rounding::Tflm => Factors::Fixed(factors.into_iter().map(Multiplier::of).collect()),
        Rounding::Xnnpack => {
            let factor = |&scale: &f32| xnnpack::factor(input_scale * scale / output_scale, 0.0..256.0);
            Factors::Float(weights.scales.iter().map(factor).collect::<Result<_, _>>()?)
        }
    };
    Ok(Requantize { factors, zero_point, min, max })
}
