//! Convolutions and matrix products.

use runeblocks_tflite::TensorType::{self, Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::{operator, schema};

use super::{Case, Operator};
use crate::model::{Graph, Options, Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] =
    &[("CONV_2D", conv_2d), ("DEPTHWISE_CONV_2D", depthwise_conv_2d), ("FULLY_CONNECTED", fully_connected)];

/// What a layer computes: its weights with the axis of the output channels, and the shapes around it.
struct Layer {
    code: i32,
    input: Vec<usize>,
    weights: Vec<usize>,
    axis: usize,
    output: Vec<usize>,
    options: Option<Options>,
}

/// A window over one axis that fits its length.
struct Window {
    size: usize,
    stride: usize,
    dilation: usize,
}

impl Window {
    fn new(random: &mut Random, length: usize, padding: i8) -> Self {
        let stride = if random.once_in(3) { random.size(1, 4) } else { 1 };
        let dilation = if random.once_in(4) { random.size(1, 3) } else { 1 };
        let longest = if padding == SAME { length + 2 } else { (length - 1) / dilation + 1 };
        Self { size: random.size(1, longest.min(5)), stride, dilation }
    }

    /// How many windows there are.
    fn count(&self, length: usize, padding: i8) -> usize {
        let covered = if padding == SAME { 0 } else { (self.size - 1) * self.dilation };
        (length - covered).div_ceil(self.stride)
    }
}

const SAME: i8 = 0;

fn conv_2d(random: &mut Random) -> Case {
    let (padding, groups) = (random.pick(&[0, 1]), if random.once_in(5) { random.size(2, 3) } else { 1 });
    let [height, width] = [random.size(1, 9), random.size(1, 9)];
    let depth = random.length(9, 40);
    let outputs = groups * random.length(9, 24);
    let [rows, columns] = [height, width].map(|length| Window::new(random, length, padding));
    let batches = if random.once_in(4) { 2 } else { 1 };
    let args = schema::Conv2DOptionsArgs {
        padding,
        stride_h: rows.stride as i32,
        stride_w: columns.stride as i32,
        dilation_h_factor: rows.dilation as i32,
        dilation_w_factor: columns.dilation as i32,
        fused_activation_function: random.activation(),
        ..Default::default()
    };
    let layer = Layer {
        code: operator::CONV_2D,
        input: vec![batches, height, width, groups * depth],
        weights: vec![outputs, rows.size, columns.size, depth],
        axis: 0,
        output: vec![batches, rows.count(height, padding), columns.count(width, padding), outputs],
        options: options(schema::Conv2DOptions::create, args),
    };
    layer.case(random)
}

fn depthwise_conv_2d(random: &mut Random) -> Case {
    let padding = random.pick(&[0, 1]);
    let [height, width] = [random.size(1, 9), random.size(1, 9)];
    let channels = random.length(9, 40);
    let multiplier = if random.once_in(3) { random.size(2, 8) } else { 1 };
    let [rows, columns] = [height, width].map(|length| Window::new(random, length, padding));
    let batches = if random.once_in(4) { 2 } else { 1 };
    let args = schema::DepthwiseConv2DOptionsArgs {
        padding,
        stride_h: rows.stride as i32,
        stride_w: columns.stride as i32,
        dilation_h_factor: rows.dilation as i32,
        dilation_w_factor: columns.dilation as i32,
        depth_multiplier: multiplier as i32,
        fused_activation_function: random.activation(),
        ..Default::default()
    };
    let outputs = channels * multiplier;
    let layer = Layer {
        code: operator::DEPTHWISE_CONV_2D,
        input: vec![batches, height, width, channels],
        weights: vec![1, rows.size, columns.size, outputs],
        axis: 3,
        output: vec![batches, rows.count(height, padding), columns.count(width, padding), outputs],
        options: options(schema::DepthwiseConv2DOptions::create, args),
    };
    layer.case(random)
}

fn fully_connected(random: &mut Random) -> Case {
    let (inputs, outputs) = (random.length(40, 300), random.size(1, 40));
    let keep_num_dims = random.once_in(3);
    let rank = if keep_num_dims { random.size(2, 4) } else { random.size(1, 4) };
    let mut input = random.shape(rank - 1, 4);
    let mut output = if keep_num_dims { input.clone() } else { vec![input.iter().product()] };
    output.push(outputs);
    if rank > 1 && !keep_num_dims && random.once_in(2) {
        // Rows that take up several axes.
        input.insert(0, inputs);
    } else {
        input.push(inputs);
    }
    let args = schema::FullyConnectedOptionsArgs {
        keep_num_dims,
        fused_activation_function: random.activation(),
        ..Default::default()
    };
    let layer = Layer {
        code: operator::FULLY_CONNECTED,
        input,
        weights: vec![outputs, inputs],
        axis: 0,
        output,
        options: options(schema::FullyConnectedOptions::create, args),
    };
    layer.case(random)
}

impl Layer {
    /// A model of the layer with a type of activations.
    fn case(self, random: &mut Random) -> Case {
        let kind = random.pick(&[Int8, Int8, Int8, Int8, Int16, Float32]);
        if kind == Float32 { self.float(random) } else { self.quantized(random, kind) }
    }

    fn float(self, random: &mut Random) -> Case {
        let mut constant =
            |shape: &[usize]| Tensor::new(Float32, shape).constant(random.content(Float32, shape.iter().product()));
        let (weights, bias) = (constant(&self.weights), constant(&[self.weights[self.axis]]));
        let (input, output) = (Tensor::new(Float32, &self.input), Tensor::new(Float32, &self.output));
        self.model(random, [input, weights, bias, output])
    }

    fn quantized(self, random: &mut Random, kind: TensorType) -> Case {
        let outputs = self.weights[self.axis];
        let (input_scale, input_zero_point) = (random.scale(), random.zero_point(kind));
        let per_channel = random.once_in(2);
        let extreme = random.once_in(10);
        let mean = random.power(-12.0, -2.0);
        let scales: Vec<f32> = (0..if per_channel { outputs } else { 1 })
            .map(|_| mean * if extreme { random.power(-20.0, 10.0) } else { random.power(-2.0, 2.0) })
            .collect();
        let taps = self.weights.iter().product::<usize>() / outputs;
        let is_symmetric = self.code != operator::FULLY_CONNECTED || per_channel;
        let weights_zero_point = if !is_symmetric && random.once_in(4) { random.between(-128, 127) } else { 0 };
        // A factor that spreads sums of random products over the range of the output.
        let sum = 0.5 * (taps as f32).sqrt() * if kind == Int8 { 73.0 * 73.0 / 127.0 } else { 73.0 };
        let spread = if random.once_in(12) { random.power(-12.0, 20.0) } else { random.power(-2.0, 2.0) };
        let output_scale = input_scale * mean * sum * spread;
        let weights = Tensor::new(Int8, &self.weights)
            .constant(random.content(Int8, self.weights.iter().product()))
            .quantized_along(
                if per_channel { self.axis } else { 0 },
                scales.clone(),
                vec![weights_zero_point; scales.len()],
            );
        let bias_kind = if kind == Int8 { Int32 } else { Int64 };
        let limit = (sum * 200.0) as i64;
        let bias: Vec<u8> = (0..outputs)
            .flat_map(|_| random.between(-limit, limit).to_le_bytes().into_iter().take(bias_kind.bytes(1).unwrap_or(8)))
            .collect();
        let bias = Tensor::new(bias_kind, &[outputs]).constant(bias).quantized_along(
            0,
            scales.iter().map(|scale| scale * input_scale).collect(),
            vec![0; scales.len()],
        );
        let input = Tensor::new(kind, &self.input).quantized(input_scale, input_zero_point);
        let output = Tensor::new(kind, &self.output).quantized(output_scale, random.zero_point(kind));
        self.model(random, [input, weights, bias, output])
    }

    fn model(self, random: &mut Random, [input, weights, bias, output]: [Tensor; 4]) -> Case {
        let mut graph = Graph::default();
        let input = graph.input(input);
        let weights =
            if random.once_in(12) { graph.input(Tensor { constant: None, ..weights }) } else { graph.add(weights) };
        let mut inputs = vec![Some(input), Some(weights)];
        match random.range(0, 11) {
            // TensorFlow Lite Micro crashes where the bias of DEPTHWISE_CONV_2D is left out so.
            0 if self.code != operator::DEPTHWISE_CONV_2D => inputs.push(None),
            1 => {}
            _ => inputs.push(Some(graph.add(bias))),
        }
        let output = graph.output(output);
        graph.operator(self.code, &inputs, &[output], self.options);
        Case::new(random, &graph)
    }
}
