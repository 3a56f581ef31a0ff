//! Sequences, and what else has state.

use runeblocks_tflite::TensorType::{self, Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::{operator, schema};

use super::{Case, Operator};
use crate::model::{Graph, Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] = &[("SVDF", svdf), ("UNIDIRECTIONAL_SEQUENCE_LSTM", lstm)];

/// A constant of random numbers; `float32` of the size that weights have.
fn constant(random: &mut Random, kind: TensorType, shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    let content = match kind {
        Float32 => (0..count).flat_map(|_| random.float(-1.0, 1.0).to_le_bytes()).collect(),
        _ => random.content(kind, count),
    };
    Tensor::new(kind, shape).constant(content)
}

/// With a scale and a zero point, where the tensor is of integers.
fn quantized(tensor: Tensor, scale: f32, zero_point: i64) -> Tensor {
    if tensor.kind == Float32 { tensor } else { tensor.quantized(scale, zero_point) }
}

fn svdf(random: &mut Random) -> Case {
    let [kind, state] = random.pick(&[[Int8, Int16], [Int8, Int8], [Float32, Float32]]);
    let [batches, units, rank] = [random.size(1, 3), random.length(9, 40), random.size(1, 4)];
    let [inputs, memory] = [random.length(20, 90), random.length(10, 20)];
    let filters = units * rank;
    let [input_scale, feature_scale, output_scale] = [random.scale(), random.power(-10.0, -5.0), random.scale()];
    let [time_scale, state_scale] = if state == Int16 {
        [random.power(-16.0, -12.0), random.power(-14.0, -7.0)]
    } else {
        [random.power(-9.0, -5.0), random.power(-8.0, -1.0)]
    };
    let [input_zero_point, output_zero_point] = [random.zero_point(kind), random.zero_point(kind)];
    let mut graph = Graph::default();
    let input = graph.input(quantized(Tensor::new(kind, &[batches, inputs]), input_scale, input_zero_point));
    let features = constant(random, kind, &[filters, inputs]);
    let features = graph.add(quantized(features, feature_scale, 0));
    let time = constant(random, state, &[filters, memory]);
    let time = graph.add(quantized(time, time_scale, 0));
    let bias = constant(random, if kind == Int8 { Int32 } else { Float32 }, &[units]);
    let bias = graph.add(quantized(bias, time_scale * state_scale, 0));
    let state = Tensor::new(state, &[batches, filters * memory]).variable();
    let state = graph.add(quantized(state, state_scale, 0));
    let output = graph.output(quantized(Tensor::new(kind, &[batches, units]), output_scale, output_zero_point));
    let args = schema::SvdfOptionsArgs {
        rank: rank as i32,
        fused_activation_function: random.activation(),
        ..Default::default()
    };
    let inputs = [input, features, time, bias, state].map(Some);
    graph.operator(operator::SVDF, &inputs, &[output], options(schema::SvdfOptions::create, args));
    Case::new(random, &graph)
}

fn lstm(random: &mut Random) -> Case {
    let (kind, bias, cell) = random.pick(&[(Int8, Int32, Int16), (Int16, Int64, Int16), (Float32, Float32, Float32)]);
    let weight = if kind == Float32 { Float32 } else { Int8 };
    let [batches, steps] = [random.size(1, 3), random.size(1, 6)];
    let [inputs, units] = [random.length(16, 70), random.length(16, 40)];
    let time_major = random.once_in(2);
    let [first, second] = if time_major { [steps, batches] } else { [batches, steps] };
    let input_scale = if kind == Int16 { random.power(-16.0, -10.0) } else { random.scale() };
    let input_zero_point = random.zero_point(kind);
    let (hidden_scale, hidden_zero_point) = match kind {
        Int8 if random.once_in(2) => (1.0 / 128.0, 0),
        Int8 => (random.power(-10.0, -5.0), random.zero_point(kind)),
        _ if random.once_in(2) => (1.0 / 32768.0, 0),
        _ => (random.power(-17.0, -13.0), 0),
    };
    let least = if random.once_in(3) { 0 } else { 9 };
    let cell_scale = (-(random.size(least, 15) as f32)).exp2();

    let mut graph = Graph::default();
    let input = Tensor::new(kind, &[first, second, inputs]);
    let mut operands = vec![Some(graph.input(quantized(input, input_scale, input_zero_point)))];
    let mut input_products = Vec::new();
    for gate in 0..8 {
        let scale = random.power(-11.0, -4.0);
        let weights = constant(random, weight, &[units, if gate < 4 { inputs } else { units }]);
        operands.push(Some(graph.add(quantized(weights, scale, 0))));
        input_products.push(scale * input_scale);
    }
    operands.extend([None; 3]);
    for scale in &input_products[..4] {
        let bias = constant(random, bias, &[units]);
        operands.push(Some(graph.add(quantized(bias, *scale, 0))));
    }
    operands.extend([None; 2]);
    let hidden = Tensor::new(kind, &[batches, units]).variable();
    operands.push(Some(graph.add(quantized(hidden, hidden_scale, hidden_zero_point))));
    let cell = Tensor::new(cell, &[batches, units]).variable();
    operands.push(Some(graph.add(quantized(cell, cell_scale, 0))));
    operands.extend([None; 4]);
    let output = Tensor::new(kind, &[first, second, units]);
    let output = graph.output(quantized(output, hidden_scale, hidden_zero_point));
    let args = schema::UnidirectionalSequenceLstmOptionsArgs {
        fused_activation_function: 4,
        cell_clip: if random.once_in(3) { random.power(-4.0, 4.0) } else { 0.0 },
        time_major,
        ..Default::default()
    };
    let options = options(schema::UnidirectionalSequenceLstmOptions::create, args);
    graph.operator(operator::UNIDIRECTIONAL_SEQUENCE_LSTM, &operands, &[output], options);
    Case::new(random, &graph)
}
