//! Networks whose variables carry over from one invocation to the next.

use runeblocks_tflite::TensorType::{self, Float32, Int8, Resource};
use runeblocks_tflite::{operator, schema};

use super::{Case, Operator};
use crate::model::{Graph, Tensor, finish, options};
use crate::random::Random;

/// What this family makes.
pub const OPERATORS: &[Operator] = &[("variables", variables), ("rings", rings)];

/// A tensor of a type, with a quantisation that it may have.
fn tensor(random: &mut Random, kind: TensorType, shape: &[usize]) -> Tensor {
    let tensor = Tensor::new(kind, shape);
    if kind == Float32 { tensor } else { tensor.quantized(0.5, random.zero_point(kind)) }
}

/// VAR_HANDLE: the handle of the variable of a name.
fn handle(graph: &mut Graph, name: String) -> usize {
    let handle = graph.add(Tensor::new(Resource, &[]));
    graph.operator(
        operator::VAR_HANDLE,
        &[],
        &[handle],
        Some(Box::new(move |builder| {
            let shared_name = Some(builder.create_string(&name));
            let args = schema::VarHandleOptionsArgs { shared_name, ..Default::default() };
            (111, schema::VarHandleOptions::create(builder, &args).as_union_value())
        })),
    );
    handle
}

fn read(graph: &mut Graph, handle: usize, value: usize) {
    graph.operator(operator::READ_VARIABLE, &[Some(handle)], &[value], None);
}

fn assign(graph: &mut Graph, handle: usize, value: usize) {
    graph.operator(operator::ASSIGN_VARIABLE, &[Some(handle), Some(value)], &[], None);
}

/// CALL_ONCE of subgraph 1.
fn call_once(graph: &mut Graph) {
    let args = schema::CallOnceOptionsArgs { init_subgraph_index: 1, ..Default::default() };
    graph.operator(operator::CALL_ONCE, &[], &[], options(schema::CallOnceOptions::create, args));
}

/// A subgraph that gives constants to some of the variables of `name`, by number.
fn first_values(random: &mut Random, values: &[(usize, Tensor)]) -> Graph {
    let mut graph = Graph::default();
    for (number, value) in values {
        let handle = handle(&mut graph, format!("v{number}"));
        let content = random.content(value.kind, value.elements());
        let constant = graph.add(value.clone().constant(content));
        assign(&mut graph, handle, constant);
    }
    graph
}

/// Variables that are read and assigned in any order.
fn variables(random: &mut Random) -> Case {
    let mut main = Graph::default();
    let kind = random.pick(&[Int8, Int8, TensorType::Int16, Float32]);
    let shape = random.shape(2, 6);
    let count = random.size(1, 3);
    let chosen: Vec<usize> = (0..count).filter(|_| random.once_in(2)).collect();
    let first: Vec<_> = chosen.into_iter().map(|number| (number, tensor(random, kind, &shape))).collect();
    if !first.is_empty() {
        call_once(&mut main);
    }
    let handles: Vec<usize> = (0..count).map(|number| handle(&mut main, format!("v{number}"))).collect();
    let input = tensor(random, kind, &shape);
    let mut values = vec![main.input(input)];
    for _ in 0..random.range(1, 3) {
        for &handle in &handles {
            if random.once_in(3) {
                continue;
            }
            let value = tensor(random, kind, &shape);
            let value = main.output(value);
            read(&mut main, handle, value);
            values.push(value);
        }
        for &handle in &handles {
            // A variable is allocated by the operator that assigns it.
            let value = random.pick(&values);
            assign(&mut main, handle, value);
        }
    }
    if main.outputs.is_empty() {
        main.outputs.push(values[0]);
    }
    let init = first_values(random, &first);
    let invocations = random.invocations(&main, 5);
    let model = if first.is_empty() { main.finish() } else { finish(&[&main, &init]) };
    Case { model, invocations, tolerance: 0.0 }
}

/// Rings of the last few rows, as streaming models keep them: read, prolonged by new rows, cut, assigned.
fn rings(random: &mut Random) -> Case {
    let mut main = Graph::default();
    let (width, rows) = (random.size(1, 8), random.size(1, 3));
    let (scale, zero_point) = (0.25, random.between(-128, 127));
    let tensor = |rows: usize| Tensor::new(Int8, &[1, rows, 1, width]).quantized(scale, zero_point);
    let mut value = main.input(tensor(rows));
    let lengths: Vec<usize> = (0..random.size(1, 3)).map(|_| random.size(1, 6)).collect();
    let chosen = lengths.iter().enumerate().filter(|_| random.once_in(2));
    let first: Vec<_> = chosen.map(|(number, &length)| (number, tensor(length))).collect();
    if !first.is_empty() {
        call_once(&mut main);
    }
    for (number, &length) in lengths.iter().enumerate() {
        let handle = handle(&mut main, format!("v{number}"));
        let (old, long, kept) = (main.add(tensor(length)), main.add(tensor(length + rows)), main.add(tensor(length)));
        read(&mut main, handle, old);
        let args = schema::ConcatenationOptionsArgs { axis: 1, ..Default::default() };
        let concatenation = options(schema::ConcatenationOptions::create, args);
        main.operator(operator::CONCATENATION, &[Some(old), Some(value)], &[long], concatenation);
        let [begin, end, strides] = [[0, rows, 0, 0], [1, rows + length, 1, width], [1; 4]]
            .map(|numbers| Some(main.add(Tensor::int32(&[4], numbers.map(|number| number as i32)))));
        let args = schema::StridedSliceOptionsArgs::default();
        let slice = options(schema::StridedSliceOptions::create, args);
        main.operator(operator::STRIDED_SLICE, &[Some(long), begin, end, strides], &[kept], slice);
        assign(&mut main, handle, kept);
        value = main.add(tensor(rows));
        let taps = length + 1;
        let bytes = random.content(Int8, width * taps);
        let weights = main.add(Tensor::new(Int8, &[1, taps, 1, width]).constant(bytes).quantized_along(
            3,
            vec![0.01; width],
            vec![0; width],
        ));
        let bias = main.add(Tensor::int32(&[width], vec![0; width]).quantized_along(
            0,
            vec![0.01 * scale; width],
            vec![0; width],
        ));
        let args = schema::DepthwiseConv2DOptionsArgs {
            padding: 1,
            stride_h: 1,
            stride_w: 1,
            depth_multiplier: 1,
            ..Default::default()
        };
        let conv = options(schema::DepthwiseConv2DOptions::create, args);
        main.operator(operator::DEPTHWISE_CONV_2D, &[Some(long), Some(weights), Some(bias)], &[value], conv);
    }
    main.outputs.push(value);
    let init = first_values(random, &first);
    let invocations = random.invocations(&main, 12);
    let model = if first.is_empty() { main.finish() } else { finish(&[&main, &init]) };
    Case { model, invocations, tolerance: 0.0 }
}
