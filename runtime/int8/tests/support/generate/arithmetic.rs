//! Operators of two or more inputs that are broadcast.

use runeblocks_tflite::TensorType::{self, Bool, Float32, Int8, Int16, Int32, Int64, Uint8};
use runeblocks_tflite::{operator, schema};

use super::{Case, Operator};
use crate::model::{Graph, Options, Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] = &[
    ("ADD", add),
    ("SUB", sub),
    ("MUL", mul),
    ("DIV", div),
    ("MAXIMUM", maximum),
    ("MINIMUM", minimum),
    ("SQUARED_DIFFERENCE", squared_difference),
    ("EQUAL", equal),
    ("NOT_EQUAL", not_equal),
    ("GREATER", greater),
    ("GREATER_EQUAL", greater_equal),
    ("LESS", less),
    ("LESS_EQUAL", less_equal),
    ("LOGICAL_AND", logical_and),
    ("LOGICAL_OR", logical_or),
    ("PRELU", prelu),
    ("SELECT_V2", select_v2),
];

/// A tensor with a scale and a zero point, where the type has them.
pub(super) fn tensor(random: &mut Random, kind: TensorType, shape: &[usize]) -> Tensor {
    let tensor = Tensor::new(kind, shape);
    if matches!(kind, Int8 | Uint8 | Int16) {
        tensor.quantized(random.scale(), random.zero_point(kind))
    } else {
        tensor
    }
}

/// A tensor of the scale of another, times a factor around 1.
pub(super) fn near(random: &mut Random, like: &Tensor, kind: TensorType, shape: &[usize], factor: f32) -> Tensor {
    let tensor = Tensor::new(kind, shape);
    match like.scales.first() {
        Some(scale) => tensor.quantized(scale * factor * random.power(-2.0, 2.0), random.zero_point(kind)),
        None => tensor,
    }
}

/// A shape of up to four axes.
pub(super) fn shape(random: &mut Random) -> Vec<usize> {
    let (rank, longest) = (random.size(1, 4), random.length(5, 12));
    random.shape(rank, longest)
}

/// A model with one operator of one input and one output.
pub(super) fn unary(random: &mut Random, code: i32, input: Tensor, output: Tensor, options: Option<Options>) -> Case {
    let mut graph = Graph::default();
    let (input, output) = (graph.input(input), graph.output(output));
    graph.operator(code, &[Some(input)], &[output], options);
    Case::new(random, &graph)
}

/// Two shapes, and the one that they have together.
fn shapes(random: &mut Random) -> [Vec<usize>; 3] {
    let common = shape(random);
    let mut shapes = [common.clone(), common.clone(), common];
    match random.range(0, 5) {
        0 | 1 => {}
        2 => shapes[random.size(0, 1)] = vec![1; random.size(0, 1)],
        3 => {
            let which = random.size(0, 1);
            let from = random.size(0, shapes[2].len());
            shapes[which].drain(..from);
        }
        _ => {
            // Of one or the other, some axes are 1.
            let [a, b, _] = &mut shapes;
            for (a, b) in a.iter_mut().zip(b) {
                if random.once_in(2) {
                    *(if random.once_in(2) { a } else { b }) = 1;
                }
            }
        }
    }
    shapes
}

/// A model with one operator of two inputs and one output.
fn binary(random: &mut Random, code: i32, [a, b, output]: [Tensor; 3], options: Option<Options>) -> Case {
    let mut graph = Graph::default();
    let constant = random.range(0, 5);
    let mut inputs = Vec::new();
    for (number, tensor) in [a, b].into_iter().enumerate() {
        inputs.push(Some(if constant == number as u32 {
            let content = random.content(tensor.kind, tensor.elements());
            graph.add(tensor.constant(content))
        } else {
            graph.input(tensor)
        }));
    }
    let output = graph.output(output);
    graph.operator(code, &inputs, &[output], options);
    Case::new(random, &graph)
}

fn add(random: &mut Random) -> Case {
    let kind = random.pick(SUMMED);
    let fused_activation_function = if kind == Int32 { 0 } else { random.activation() };
    let args = schema::AddOptionsArgs { fused_activation_function, ..Default::default() };
    sums(random, operator::ADD, kind, options(schema::AddOptions::create, args))
}

fn sub(random: &mut Random) -> Case {
    let args = schema::SubOptionsArgs { fused_activation_function: random.activation(), ..Default::default() };
    let kind = random.pick(SUMMED);
    sums(random, operator::SUB, kind, options(schema::SubOptions::create, args))
}

/// The types of sums and products.
const SUMMED: &[TensorType] = &[Int8, Int8, Int8, Int16, Float32, Int32];

fn sums(random: &mut Random, code: i32, kind: TensorType, options: Option<Options>) -> Case {
    let [a_shape, b_shape, shape] = shapes(random);
    let a = tensor(random, kind, &a_shape);
    let b = near(random, &a, kind, &b_shape, 1.0);
    let output = near(random, &a, kind, &shape, 1.5);
    binary(random, code, [a, b, output], options)
}

fn mul(random: &mut Random) -> Case {
    let kind = random.pick(SUMMED);
    let args = schema::MulOptionsArgs { fused_activation_function: random.activation(), ..Default::default() };
    let [a_shape, b_shape, shape] = shapes(random);
    let (a, b) = (tensor(random, kind, &a_shape), tensor(random, kind, &b_shape));
    let factor = b.scales.first().map_or(1.0, |scale| scale * if kind == Int8 { 40.0 } else { 10000.0 });
    let output = near(random, &a, kind, &shape, factor);
    binary(random, operator::MUL, [a, b, output], options(schema::MulOptions::create, args))
}

fn maximum(random: &mut Random) -> Case {
    extremes(random, operator::MAXIMUM)
}

fn minimum(random: &mut Random) -> Case {
    extremes(random, operator::MINIMUM)
}

fn extremes(random: &mut Random, code: i32) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32, Int32, Int64]);
    let [a_shape, b_shape, shape] = shapes(random);
    let a = tensor(random, kind, &a_shape);
    let [b, output] = [b_shape, shape].map(|shape| Tensor { shape, ..a.clone() });
    binary(random, code, [a, b, output], None)
}

fn squared_difference(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32, Int32]);
    let [a_shape, b_shape, shape] = shapes(random);
    let a = tensor(random, kind, &a_shape);
    let b = near(random, &a, kind, &b_shape, 1.0);
    let factor = a.scales.first().map_or(1.0, |scale| scale * if kind == Int8 { 80.0 } else { 20000.0 });
    let output = near(random, &a, kind, &shape, factor);
    binary(random, operator::SQUARED_DIFFERENCE, [a, b, output], None)
}

fn div(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Float32, Int32]);
    let args = schema::DivOptionsArgs { fused_activation_function: random.activation(), ..Default::default() };
    let [a_shape, b_shape, shape] = shapes(random);
    let (a, b) = (tensor(random, kind, &a_shape), tensor(random, kind, &b_shape));
    // Quotients of 0 and of small numbers are not defined in the reference unless the output's scale is small.
    let factor = b.scales.first().map_or(1.0, |scale| 1.0 / (512.0 * scale));
    let output = near(random, &a, kind, &shape, factor);
    let zero = b.zero_points.first().map_or(0, |&zero| zero as u8);
    // A divisor that is never 0, and −1 neither, by which the least int32 can't be divided.
    let mut divisor = random.content(kind, b.elements());
    for bytes in divisor.chunks_mut(kind.bytes(1).unwrap_or(1)) {
        if kind == Int8 && bytes[0] == zero {
            bytes[0] ^= 1;
        } else if kind == Int32 && (bytes == [0; 4] || bytes == [255; 4]) {
            bytes[0] = 3;
        }
    }
    let mut graph = Graph::default();
    let (a, b) = (graph.input(a), graph.add(b.constant(divisor)));
    let output = graph.output(output);
    graph.operator(operator::DIV, &[Some(a), Some(b)], &[output], options(schema::DivOptions::create, args));
    Case::new(random, &graph)
}

fn comparison(random: &mut Random, code: i32, kinds: &[TensorType]) -> Case {
    let kind = random.pick(kinds);
    let [a_shape, b_shape, shape] = shapes(random);
    // Scales of 1 and more end the reference.
    let scaled = |random: &mut Random, shape: &[usize]| match kind {
        Int8 => Tensor::new(kind, shape).quantized(random.scale().min(0.9), random.zero_point(kind)),
        _ => Tensor::new(kind, shape),
    };
    let a = scaled(random, &a_shape);
    let b = if random.once_in(2) { Tensor { shape: b_shape, ..a.clone() } } else { scaled(random, &b_shape) };
    binary(random, code, [a, b, Tensor::new(Bool, &shape)], None)
}

/// The types that can be equal.
const EQUATED: &[TensorType] = &[Int8, Int8, Float32, Int32, Int64, Bool];

/// The types that have an order.
const ORDERED: &[TensorType] = &[Int8, Int8, Float32, Int32, Int64];

fn equal(random: &mut Random) -> Case {
    comparison(random, operator::EQUAL, EQUATED)
}

fn not_equal(random: &mut Random) -> Case {
    comparison(random, operator::NOT_EQUAL, EQUATED)
}

fn greater(random: &mut Random) -> Case {
    comparison(random, operator::GREATER, ORDERED)
}

fn greater_equal(random: &mut Random) -> Case {
    comparison(random, operator::GREATER_EQUAL, ORDERED)
}

fn less(random: &mut Random) -> Case {
    comparison(random, operator::LESS, ORDERED)
}

fn less_equal(random: &mut Random) -> Case {
    comparison(random, operator::LESS_EQUAL, ORDERED)
}

fn logical_and(random: &mut Random) -> Case {
    comparison(random, operator::LOGICAL_AND, &[Bool])
}

fn logical_or(random: &mut Random) -> Case {
    comparison(random, operator::LOGICAL_OR, &[Bool])
}

fn prelu(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Float32]);
    let shape = random.shape(4, 6);
    let alpha_shape = match random.range(0, 2) {
        0 => shape[1..].to_vec(),
        1 => vec![1, 1, shape[3]],
        _ => vec![1, shape[1], 1, shape[3]],
    };
    let (input, alpha) = (tensor(random, kind, &shape), tensor(random, kind, &alpha_shape));
    let output = near(random, &input, kind, &shape, 1.0);
    binary(random, operator::PRELU, [input, alpha, output], None)
}

fn select_v2(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int16, Float32]);
    let [condition_shape, yes_shape, shape] = shapes(random);
    let no_shape = if random.once_in(2) { shape.clone() } else { vec![1; random.size(0, shape.len())] };
    let yes = tensor(random, kind, &yes_shape);
    let [no, output] = [no_shape, shape].map(|shape| Tensor { shape, ..yes.clone() });
    let mut graph = Graph::default();
    let inputs = [Tensor::new(Bool, &condition_shape), yes, no].map(|tensor| Some(graph.input(tensor)));
    let output = graph.output(output);
    graph.operator(operator::SELECT_V2, &inputs, &[output], None);
    Case::new(random, &graph)
}
