//! Networks of `int8`: branches, values that are used several times, several inputs and outputs.

use runeblocks_tflite::TensorType::Int8;
use runeblocks_tflite::{operator, schema};

use super::{Case, Operator};
use crate::model::{Graph, Options, Tensor, options};
use crate::random::Random;

/// What this family makes.
pub const OPERATORS: &[Operator] = &[("network", network)];

/// The scales and zero points that values have: few, so that some have the same.
const QUANTIZATIONS: [(f32, i64); 3] = [(0.05, -128), (0.05, 3), (0.11, -7)];

/// A tensor of the network: its number, its shape, and which of [`QUANTIZATIONS`] it has.
#[derive(Debug, Clone, Copy)]
struct Value {
    tensor: usize,
    shape: [usize; 4],
    quantization: usize,
}

/// A network while it is made.
struct Network<'a> {
    random: &'a mut Random,
    graph: Graph,
    values: Vec<Value>,
}

fn network(random: &mut Random) -> Case {
    let mut network = Network { random, graph: Graph::default(), values: Vec::new() };
    for _ in 0..network.random.pick(&[1, 1, 2, 3]) {
        let shape = [1, network.random.size(1, 8), network.random.size(1, 8), network.random.length(4, 9)];
        let (tensor, quantization) = network.tensor(&shape, None);
        network.graph.inputs.push(tensor);
        network.values.push(Value { tensor, shape, quantization });
    }
    for _ in 0..network.random.range(2, 12) {
        network.grow();
    }
    for _ in 0..network.random.range(0, 2) {
        network.classify();
    }
    // What nothing else reads, or whatever chance has it.
    let last = network.values[network.values.len() - 1];
    network.graph.outputs.push(last.tensor);
    for value in network.values.clone() {
        if network.random.once_in(6) && !network.graph.outputs.contains(&value.tensor) {
            network.graph.outputs.push(value.tensor);
        }
    }
    Case::new(network.random, &network.graph)
}

impl Network<'_> {
    /// A new tensor with a quantisation, or one of any.
    fn tensor(&mut self, shape: &[usize], quantization: Option<usize>) -> (usize, usize) {
        let quantization = quantization.unwrap_or_else(|| self.random.size(0, QUANTIZATIONS.len() - 1));
        let (scale, zero_point) = QUANTIZATIONS[quantization];
        (self.graph.add(Tensor::new(Int8, shape).quantized(scale, zero_point)), quantization)
    }

    /// Any value, the later ones more often.
    fn any(&mut self) -> Value {
        let count = self.values.len();
        let index = self.random.size(0, count - 1).max(self.random.size(0, count - 1));
        self.values[index]
    }

    /// A value that an operator makes.
    fn push(
        &mut self,
        (code, inputs): (i32, &[Option<usize>]),
        shape: [usize; 4],
        quantization: Option<usize>,
        options: Option<Options>,
    ) {
        let (tensor, quantization) = self.tensor(&shape, quantization);
        self.graph.operator(code, inputs, &[tensor], options);
        self.values.push(Value { tensor, shape, quantization });
    }

    /// One more operator.
    fn grow(&mut self) {
        let value = self.any();
        match self.random.range(0, 9) {
            0 | 1 => self.conv(value),
            2 => self.depthwise(value),
            3 => self.pool(value),
            4 | 5 => self.add(value),
            6 => self.concatenate(value),
            7 => self.pad(value),
            8 => self.reshape(value),
            _ => self.push((operator::RELU, &[Some(value.tensor)]), value.shape, Some(value.quantization), None),
        }
    }

    /// Weights and a bias for sums of `taps` products that fill the output's range.
    fn weights(&mut self, shape: &[usize], axis: usize, input: usize, taps: usize) -> [Option<usize>; 2] {
        let outputs = shape[axis];
        let scales: Vec<f32> =
            (0..outputs).map(|_| self.random.power(-1.0, 1.0) / 73.0 / (taps as f32).sqrt()).collect();
        let weights = Tensor::new(Int8, shape)
            .constant(self.random.content(Int8, shape.iter().product()))
            .quantized_along(axis, scales.clone(), vec![0; outputs]);
        let (scale, _) = QUANTIZATIONS[input];
        let bias = Tensor::int32(&[outputs], (0..outputs).map(|_| self.random.between(-9999, 9999) as i32))
            .quantized_along(0, scales.iter().map(|weight| weight * scale).collect(), vec![0; outputs]);
        [weights, bias].map(|tensor| Some(self.graph.add(tensor)))
    }

    fn conv(&mut self, value: Value) {
        let [batch, height, width, channels] = value.shape;
        let outputs = self.random.length(6, 20);
        let kernel = self.random.pick(&[1, 3]);
        let stride = self.random.pick(&[1, 1, 2]);
        let [weights, bias] =
            self.weights(&[outputs, kernel, kernel, channels], 0, value.quantization, kernel * kernel * channels);
        let args = schema::Conv2DOptionsArgs {
            stride_h: stride as i32,
            stride_w: stride as i32,
            fused_activation_function: self.random.activation(),
            ..Default::default()
        };
        let shape = [batch, height.div_ceil(stride), width.div_ceil(stride), outputs];
        let options = options(schema::Conv2DOptions::create, args);
        self.push((operator::CONV_2D, &[Some(value.tensor), weights, bias]), shape, None, options);
    }

    fn depthwise(&mut self, value: Value) {
        let [batch, height, width, channels] = value.shape;
        let multiplier = self.random.pick(&[1, 1, 1, 2]);
        let outputs = channels * multiplier;
        let [weights, bias] = self.weights(&[1, 3, 3, outputs], 3, value.quantization, 9);
        let args = schema::DepthwiseConv2DOptionsArgs {
            stride_h: 1,
            stride_w: 1,
            depth_multiplier: multiplier as i32,
            fused_activation_function: self.random.activation(),
            ..Default::default()
        };
        let options = options(schema::DepthwiseConv2DOptions::create, args);
        let inputs = [Some(value.tensor), weights, bias];
        self.push((operator::DEPTHWISE_CONV_2D, &inputs), [batch, height, width, outputs], None, options);
    }

    fn pool(&mut self, value: Value) {
        let [batch, height, width, channels] = value.shape;
        let stride = self.random.pick(&[1, 2]);
        let args = schema::Pool2DOptionsArgs {
            stride_h: stride as i32,
            stride_w: stride as i32,
            filter_height: 2,
            filter_width: 2,
            ..Default::default()
        };
        let code = self.random.pick(&[operator::MAX_POOL_2D, operator::AVERAGE_POOL_2D]);
        let shape = [batch, height.div_ceil(stride), width.div_ceil(stride), channels];
        let options = options(schema::Pool2DOptions::create, args);
        self.push((code, &[Some(value.tensor)]), shape, Some(value.quantization), options);
    }

    fn add(&mut self, value: Value) {
        let same: Vec<Value> = self.values.iter().filter(|other| other.shape == value.shape).copied().collect();
        let other = self.random.pick(&same);
        let args = schema::AddOptionsArgs { fused_activation_function: self.random.activation(), ..Default::default() };
        let inputs = [Some(value.tensor), Some(other.tensor)];
        self.push((operator::ADD, &inputs), value.shape, None, options(schema::AddOptions::create, args));
    }

    fn concatenate(&mut self, value: Value) {
        let axis = self.random.size(1, 3);
        let fits = |other: &&Value| {
            other.quantization == value.quantization
                && (0..4).all(|index| index == axis || other.shape[index] == value.shape[index])
        };
        let fitting: Vec<Value> = self.values.iter().filter(fits).copied().collect();
        let parts: Vec<Value> = (0..self.random.range(2, 3)).map(|_| self.random.pick(&fitting)).collect();
        let mut shape = value.shape;
        shape[axis] = parts.iter().map(|part| part.shape[axis]).sum();
        let args = schema::ConcatenationOptionsArgs { axis: axis as i32, ..Default::default() };
        let inputs: Vec<_> = parts.iter().map(|part| Some(part.tensor)).collect();
        let options = options(schema::ConcatenationOptions::create, args);
        self.push((operator::CONCATENATION, &inputs), shape, Some(value.quantization), options);
    }

    fn pad(&mut self, value: Value) {
        let mut padding = [0; 8];
        padding[2..6].fill_with(|| self.random.range(0, 2) as i32);
        let [batch, height, width, channels] = value.shape;
        let added = |axis: usize| (padding[2 * axis] + padding[2 * axis + 1]) as usize;
        let shape = [batch, height + added(1), width + added(2), channels];
        let padding = self.graph.add(Tensor::int32(&[4, 2], padding));
        self.push((operator::PAD, &[Some(value.tensor), Some(padding)]), shape, Some(value.quantization), None);
    }

    fn reshape(&mut self, value: Value) {
        let [batch, height, width, channels] = value.shape;
        let shape = self.random.pick(&[
            [batch, width, height, channels],
            [batch, 1, height * width, channels],
            [batch, height * width * channels, 1, 1],
            [batch, height, 1, width * channels],
        ]);
        let new = self.graph.add(Tensor::int32(&[4], shape.map(|length| length as i32)));
        self.push((operator::RESHAPE, &[Some(value.tensor), Some(new)]), shape, Some(value.quantization), None);
    }

    /// FULLY_CONNECTED, then SOFTMAX, to an output of the network.
    fn classify(&mut self) {
        let value = self.any();
        let inputs: usize = value.shape.iter().product();
        let outputs = self.random.size(2, 12);
        let flat = self.graph.add(Tensor { shape: vec![1, inputs], ..self.graph.tensors[value.tensor].clone() });
        let new = self.graph.add(Tensor::int32(&[2], [-1, inputs as i32]));
        self.graph.operator(operator::RESHAPE, &[Some(value.tensor), Some(new)], &[flat], None);
        let [weights, bias] = self.weights(&[outputs, inputs], 0, value.quantization, inputs);
        let (logits, _) = self.tensor(&[1, outputs], None);
        let args = schema::FullyConnectedOptionsArgs::default();
        let options_of_layer = options(schema::FullyConnectedOptions::create, args);
        self.graph.operator(operator::FULLY_CONNECTED, &[Some(flat), weights, bias], &[logits], options_of_layer);
        let output = self.graph.output(Tensor::new(Int8, &[1, outputs]).quantized(1.0 / 256.0, -128));
        let args = schema::SoftmaxOptionsArgs { beta: 1.0, ..Default::default() };
        let options_of_softmax = options(schema::SoftmaxOptions::create, args);
        self.graph.operator(operator::SOFTMAX, &[Some(logits)], &[output], options_of_softmax);
        if self.random.once_in(3) {
            self.graph.outputs.push(logits);
        }
    }
}
