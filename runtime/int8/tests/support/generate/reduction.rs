//! Operators that make one output of many numbers.

use runeblocks_tflite::TensorType::{self, Bool, Float32, Int8, Int16, Int32};
use runeblocks_tflite::{operator, schema};

use super::arithmetic::{near, shape, tensor};
use super::{Case, Operator};
use crate::model::{Graph, Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] = &[
    ("MEAN", mean),
    ("SUM", sum),
    ("REDUCE_MAX", reduce_max),
    ("REDUCE_MIN", reduce_min),
    ("REDUCE_ALL", reduce_all),
    ("ARG_MAX", arg_max),
    ("ARG_MIN", arg_min),
    ("BATCH_MATMUL", batch_matmul),
];

/// A reduction over random axes; outputs have the scale of inputs times a factor of the number of reduced elements.
fn reduction(random: &mut Random, code: i32, kind: TensorType, factor: Option<fn(f32) -> f32>) -> Case {
    let shape = shape(random);
    let rank = shape.len();
    let mut axes: Vec<usize> = (0..rank).filter(|_| random.once_in(2)).collect();
    if axes.is_empty() {
        axes.push(random.size(0, rank - 1));
    }
    let keep_dims = random.once_in(2);
    let mut output = Vec::new();
    for (axis, &length) in shape.iter().enumerate() {
        match (axes.contains(&axis), keep_dims) {
            (true, true) => output.push(1),
            (true, false) => {}
            (false, _) => output.push(length),
        }
    }
    let count: usize = axes.iter().map(|&axis| shape[axis]).product();
    let input = tensor(random, kind, &shape);
    let output = match factor {
        Some(factor) => near(random, &input, kind, &output, factor(count as f32)),
        None => Tensor { shape: output, ..input.clone() },
    };
    let axes = axes.into_iter().map(|axis| if random.once_in(3) { axis as i32 - rank as i32 } else { axis as i32 });
    let axes: Vec<i32> = axes.collect();
    let mut graph = Graph::default();
    let input = graph.input(input);
    let axes = graph.add(Tensor::int32(&[axes.len()], axes));
    let output = graph.output(output);
    let args = schema::ReducerOptionsArgs { keep_dims, ..Default::default() };
    graph.operator(code, &[Some(input), Some(axes)], &[output], options(schema::ReducerOptions::create, args));
    Case::new(random, &graph)
}

fn mean(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32]);
    reduction(random, operator::MEAN, kind, Some(|_| 1.0))
}

fn sum(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32]);
    reduction(random, operator::SUM, kind, Some(f32::sqrt))
}

fn reduce_max(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Float32]);
    reduction(random, operator::REDUCE_MAX, kind, None)
}

fn reduce_min(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Float32]);
    reduction(random, operator::REDUCE_MIN, kind, None)
}

fn reduce_all(random: &mut Random) -> Case {
    reduction(random, operator::REDUCE_ALL, Bool, None)
}

fn arg_max(random: &mut Random) -> Case {
    arg(random, operator::ARG_MAX)
}

fn arg_min(random: &mut Random) -> Case {
    arg(random, operator::ARG_MIN)
}

fn arg(random: &mut Random, code: i32) -> Case {
    let kind = random.pick(&[Int8, Float32]);
    let shape = shape(random);
    let axis = random.size(0, shape.len() - 1);
    let mut output = shape.clone();
    output.remove(axis);
    let number = axis as i32 - if random.once_in(2) { shape.len() as i32 } else { 0 };
    let mut graph = Graph::default();
    let input = graph.input(tensor(random, kind, &shape));
    let axis = graph.add(Tensor::int32(&[1], [number]));
    let output = graph.output(Tensor::new(Int32, &output));
    let args = schema::ArgMaxOptionsArgs { output_type: 2, ..Default::default() };
    let min_args = schema::ArgMinOptionsArgs { output_type: 2, ..Default::default() };
    let options = if code == operator::ARG_MAX {
        options(schema::ArgMaxOptions::create, args)
    } else {
        options(schema::ArgMinOptions::create, min_args)
    };
    graph.operator(code, &[Some(input), Some(axis)], &[output], options);
    Case::new(random, &graph)
}

fn batch_matmul(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Int16, Float32]);
    let (rows, depth, columns) = (random.length(6, 20), random.length(8, 60), random.length(6, 20));
    let (adj_x, adj_y) = (random.once_in(2), random.once_in(2));
    let rank = random.size(0, 2);
    let batches = random.shape(rank, 3);
    let mut shapes = [batches.clone(), batches.clone(), batches];
    if random.once_in(3) {
        let which = random.size(0, 1);
        shapes[which] = vec![1; rank];
    }
    shapes[0].extend(if adj_x { [depth, rows] } else { [rows, depth] });
    shapes[1].extend(if adj_y { [columns, depth] } else { [depth, columns] });
    shapes[2].extend([rows, columns]);
    let (a, b) = (tensor(random, kind, &shapes[0]), tensor(random, kind, &shapes[1]));
    let spread = (depth as f32).sqrt() * if kind == Int8 { 40.0 } else { 10000.0 };
    let factor = b.scales.first().map_or(1.0, |scale| scale * spread);
    let output = near(random, &a, kind, &shapes[2], factor);
    let mut graph = Graph::default();
    let inputs = [Some(graph.input(a)), Some(graph.input(b))];
    let output = graph.output(output);
    let args = schema::BatchMatMulOptionsArgs { adj_x, adj_y, ..Default::default() };
    graph.operator(operator::BATCH_MATMUL, &inputs, &[output], options(schema::BatchMatMulOptions::create, args));
    Case::new(random, &graph)
}
