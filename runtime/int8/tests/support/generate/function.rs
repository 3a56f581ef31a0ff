//! Operators that make each output of the one input at the same place, or of its row.

use runeblocks_tflite::TensorType::{self, Bool, Float32, Int8, Int16, Int32, Uint8};
use runeblocks_tflite::{operator, schema};

use super::arithmetic::{near, shape, tensor, unary};
use super::{Case, Operator};
use crate::model::{Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] = &[
    ("SOFTMAX", softmax),
    ("LOG_SOFTMAX", log_softmax),
    ("L2_NORMALIZATION", l2_normalization),
    ("LOGISTIC", logistic),
    ("TANH", tanh),
    ("RELU", relu),
    ("RELU6", relu6),
    ("LEAKY_RELU", leaky_relu),
    ("ELU", elu),
    ("HARD_SWISH", hard_swish),
    ("ABS", abs),
    ("RSQRT", rsqrt),
    ("FLOAT32 FUNCTIONS", float),
    ("LOGICAL_NOT", logical_not),
    ("QUANTIZE", quantize),
    ("DEQUANTIZE", dequantize),
    ("CAST", cast),
];

/// The tolerance of functions whose `float32` results depend on the C library.
const LIBRARY: f32 = 1e-6;

fn softmax(random: &mut Random) -> Case {
    let (kind, to) = random.pick(&[(Int8, Int8), (Int8, Int8), (Int8, Int16), (Int16, Int16), (Float32, Float32)]);
    let shape = rows(random);
    let input = tensor(random, kind, &shape);
    let (scale, zero_point) = match (kind, to) {
        (Int8, Int8) => (1.0 / 256.0, -128),
        (Int8, _) => (1.0 / 65536.0, -32768),
        _ => (1.0 / 32768.0, 0),
    };
    let output = Tensor::new(to, &shape);
    let output = if kind == Float32 { output } else { output.quantized(scale, zero_point) };
    let beta = if random.once_in(3) { random.power(-2.0, 3.0) } else { 1.0 };
    let options = options(schema::SoftmaxOptions::create, schema::SoftmaxOptionsArgs { beta, ..Default::default() });
    unary(random, operator::SOFTMAX, input, output, options).within(LIBRARY)
}

fn sigmoid(random: &mut Random, code: i32, output: (f32, i64)) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32]);
    let shape = shape(random);
    let input = match kind {
        Int16 if random.once_in(3) => {
            let exact = random.pick(&[4096.0, 2048.0, 8192.0]);
            Tensor::new(kind, &shape).quantized(1.0 / exact, 0)
        }
        _ => tensor(random, kind, &shape),
    };
    let (scale, zero_point) = if kind == Int16 { (1.0 / 32768.0, 0) } else { output };
    let output = Tensor::new(kind, &shape);
    let output = if kind == Float32 { output } else { output.quantized(scale, zero_point) };
    unary(random, code, input, output, None).within(LIBRARY)
}

fn logistic(random: &mut Random) -> Case {
    sigmoid(random, operator::LOGISTIC, (1.0 / 256.0, -128))
}

fn tanh(random: &mut Random) -> Case {
    sigmoid(random, operator::TANH, (1.0 / 128.0, 0))
}

/// A shape whose last axis may be long.
fn rows(random: &mut Random) -> Vec<usize> {
    let mut shape = shape(random);
    shape.truncate(3);
    shape.push(random.length(12, 300));
    shape
}

fn log_softmax(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Float32]);
    let shape = rows(random);
    let input = tensor(random, kind, &shape);
    let output = Tensor::new(kind, &shape);
    let output = if kind == Int8 { output.quantized(1.0 / 16.0, 127) } else { output };
    unary(random, operator::LOG_SOFTMAX, input, output, None).within(LIBRARY)
}

fn l2_normalization(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Float32]);
    let shape = rows(random);
    let input = tensor(random, kind, &shape);
    let output = Tensor::new(kind, &shape);
    let output = if kind == Int8 { output.quantized(1.0 / 128.0, 0) } else { output };
    unary(random, operator::L2_NORMALIZATION, input, output, None)
}

/// A function whose output has a scale like the input's.
fn function(random: &mut Random, code: i32, kinds: &[TensorType]) -> Case {
    let kind = random.pick(kinds);
    let shape = shape(random);
    let input = tensor(random, kind, &shape);
    let output = if random.once_in(3) { input.clone() } else { near(random, &input, kind, &shape, 1.0) };
    unary(random, code, input, output, None)
}

fn relu(random: &mut Random) -> Case {
    function(random, operator::RELU, &[Int8, Int16, Float32])
}

fn relu6(random: &mut Random) -> Case {
    function(random, operator::RELU6, &[Int8, Int16, Float32])
}

fn elu(random: &mut Random) -> Case {
    function(random, operator::ELU, &[Int8, Float32]).within(LIBRARY)
}

fn hard_swish(random: &mut Random) -> Case {
    function(random, operator::HARD_SWISH, &[Int8, Float32])
}

fn abs(random: &mut Random) -> Case {
    function(random, operator::ABS, &[Int8, Int16, Float32])
}

fn leaky_relu(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int16, Float32]);
    let shape = shape(random);
    let input = tensor(random, kind, &shape);
    let output = near(random, &input, kind, &shape, 1.0);
    let alpha = if random.once_in(4) { random.float(-2.0, 2.0) } else { random.float(0.0, 0.4) };
    let options =
        options(schema::LeakyReluOptions::create, schema::LeakyReluOptionsArgs { alpha, ..Default::default() });
    unary(random, operator::LEAKY_RELU, input, output, options)
}

/// RSQRT, of numbers that are not below 0.
fn rsqrt(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32]);
    let shape = shape(random);
    let input = match kind {
        Int8 => Tensor::new(kind, &shape).quantized(random.scale(), -128),
        _ => tensor(random, kind, &shape),
    };
    let output = match input.scales.first() {
        Some(scale) => {
            let scale = 0.1 / scale.sqrt() * random.power(-6.0, 2.0);
            Tensor::new(kind, &shape).quantized(scale, random.zero_point(kind))
        }
        None => Tensor::new(kind, &shape),
    };
    let mut case = unary(random, operator::RSQRT, input, output, None);
    if kind == Int16 {
        let above = case.invocations.iter_mut().flatten().flat_map(|bytes| bytes.iter_mut().skip(1).step_by(2));
        above.for_each(|byte| *byte &= 0x7f);
    }
    case
}

/// Any of the functions that are of `float32` alone.
fn float(random: &mut Random) -> Case {
    let (code, tolerance) = random.pick(&[
        (operator::NEG, 0.0),
        (operator::SQUARE, 0.0),
        (operator::SQRT, 0.0),
        (operator::EXP, 0.0),
        (operator::LOG, LIBRARY),
        (operator::FLOOR, 0.0),
        (operator::CEIL, 0.0),
        (operator::ROUND, 0.0),
        (operator::SIN, LIBRARY),
        (operator::COS, LIBRARY),
    ]);
    let tensor = Tensor::new(Float32, &shape(random));
    unary(random, code, tensor.clone(), tensor, None).within(tolerance)
}

fn logical_not(random: &mut Random) -> Case {
    function(random, operator::LOGICAL_NOT, &[Bool])
}

fn cast(random: &mut Random) -> Case {
    const FROM: &[TensorType] = &[Int8, Int16, Int32, TensorType::Uint32, Float32, Bool];
    let (from, to) = (random.pick(FROM), random.pick(FROM));
    let shape = shape(random);
    let args = schema::CastOptionsArgs::default();
    let options = options(schema::CastOptions::create, args);
    unary(random, operator::CAST, Tensor::new(from, &shape), Tensor::new(to, &shape), options)
}

fn quantize(random: &mut Random) -> Case {
    let (from, to) = random.pick(&[
        (Float32, Int8),
        (Float32, Int8),
        (Float32, Int16),
        (Int8, Int8),
        (Int8, Uint8),
        (Uint8, Int8),
        (Int8, Int16),
        (Int8, Int32),
        (Int16, Int8),
        (Int16, Int16),
        (Int16, Int32),
        (Int32, Int8),
        (Int32, Int16),
    ]);
    let shape = shape(random);
    // Numbers of float32 whose quotients an int32 can hold.
    let scale = random.scale().max(if from == Float32 { 0.002 } else { 0.0 });
    let input = Tensor::new(from, &shape);
    let (input, factor) = match from {
        Float32 => (input, 1.0),
        Int32 => (input.quantized(scale, 0), 10.0),
        _ => (input.quantized(scale, random.zero_point(from)), 1.0),
    };
    let factor = match (from, to) {
        (Int16, Int8) => 256.0,
        (Int8, Int16) => 1.0 / 256.0,
        _ => factor,
    };
    let (scale, zero_point) = if random.once_in(4) && input.scales.len() == 1 && from == to {
        (scale, input.zero_points[0])
    } else if random.once_in(4) && to == Uint8 && input.scales.len() == 1 {
        (scale, input.zero_points[0] + 128)
    } else {
        (scale * factor * random.power(-2.0, 2.0), random.zero_point(to))
    };
    let output = Tensor::new(to, &shape).quantized(scale, zero_point);
    unary(random, operator::QUANTIZE, input, output, None)
}

fn dequantize(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Uint8, Int16]);
    let shape = shape(random);
    let input = tensor(random, kind, &shape);
    unary(random, operator::DEQUANTIZE, input, Tensor::new(Float32, &shape), None)
}
