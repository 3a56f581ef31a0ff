//! Puts a RESHAPE before each FULLY_CONNECTED whose input has not two axes, as converters leave them after a pooling that
//! covers the whole plane. TensorFlow Lite flattens such inputs itself, tract-tflite takes two axes only.

use flatbuffers::{FlatBufferBuilder, Table, UnionWIPOffset, WIPOffset};
use tract_tflite::tflite as schema;

use super::operators::code;
use crate::{ModelFile, Operator, Subgraph};

/// The matrix `[rows, depth]` as which an operator takes its input, where it is a FULLY_CONNECTED whose input has not two
/// axes, and its output has.
pub(super) fn matrix(operator: &Operator, graph: &Subgraph) -> Option<[usize; 2]> {
    let &[Some(input), Some(weights), _] = operator.inputs.as_slice() else { return None };
    let (input, output) = (&graph.tensors[input], &graph.tensors[*operator.outputs.first()?]);
    let &[units, depth] = graph.tensors[weights].shape.as_slice() else { return None };
    let rows = input.elements().checked_div(depth)?;
    let fits = operator.code == code::FULLY_CONNECTED && input.shape.len() != 2 && output.shape == [rows, units];
    (fits && rows * depth == input.elements()).then_some([rows, depth])
}

/// The file with those operators put in, or `None` where there is nothing to do. The main subgraph alone is kept.
///
/// Offsets in a flatbuffer lead forward only, so that the old file becomes the end of the new one, and new tables before it
/// refer to the old ones.
pub(super) fn with_reshapes(file: &ModelFile) -> Result<Option<Vec<u8>>, String> {
    let main = file.main();
    if !main.operators.iter().any(|operator| matrix(operator, main).is_some()) {
        return Ok(None);
    }
    let model = schema::root_as_model(file.bytes()).map_err(|error| error.to_string())?;
    let Some(graph) = model.subgraphs().filter(|graphs| !graphs.is_empty()).map(|graphs| graphs.get(0)) else {
        return Err("the file has no subgraph".into());
    };
    let mut old = file.bytes().to_vec();
    old.resize(old.len().next_multiple_of(16), 0);
    let mut builder = FlatBufferBuilder::with_capacity(old.len() + 4096);
    let fb = &mut builder;
    fb.create_vector(&old);
    // Makes the length a multiple of 8, and so keeps the alignment of what the old file holds.
    fb.create_vector(&[0_u64]);
    let end = u32::try_from(old.len()).map_err(|error| error.to_string())?;
    let place = |table: Table<'_>| end - u32::try_from(table.loc()).unwrap_or(end);

    let mut codes: Vec<_> =
        model.operator_codes().iter().flatten().map(|entry| WIPOffset::new(place(entry._tab))).collect();
    let reshape_code = u32::try_from(codes.len()).map_err(|error| error.to_string())?;
    let reshape = schema::BuiltinOperator::RESHAPE;
    let args = schema::OperatorCodeArgs {
        deprecated_builtin_code: i8::try_from(reshape.0).map_err(|error| error.to_string())?,
        builtin_code: reshape,
        ..Default::default()
    };
    codes.push(schema::OperatorCode::create(fb, &args));
    let buffers: Vec<WIPOffset<schema::Buffer<'_>>> =
        model.buffers().iter().flatten().map(|buffer| WIPOffset::new(place(buffer._tab))).collect();
    let mut tensors: Vec<WIPOffset<schema::Tensor<'_>>> =
        graph.tensors().iter().flatten().map(|tensor| WIPOffset::new(place(tensor._tab))).collect();
    let mut operators = Vec::new();
    for (flat, operator) in graph.operators().iter().flatten().zip(&main.operators) {
        let Some(shape) = matrix(operator, main) else {
            operators.push(WIPOffset::new(place(flat._tab)));
            continue;
        };
        let shape = [to_i32(shape[0])?, to_i32(shape[1])?];
        let (shape, name) = (fb.create_vector(&shape), fb.create_string(&format!("reshape {}", tensors.len())));
        let args = schema::TensorArgs { shape: Some(shape), name: Some(name), ..Default::default() };
        let matrix = to_i32(tensors.len())?;
        tensors.push(schema::Tensor::create(fb, &args));

        let mut inputs: Vec<i32> = flat.inputs().iter().flatten().collect();
        let (from, to) = (fb.create_vector(&inputs[..1]), fb.create_vector(&[matrix]));
        let options = schema::ReshapeOptions::create(fb, &schema::ReshapeOptionsArgs { new_shape: Some(shape) });
        let args = schema::OperatorArgs {
            opcode_index: reshape_code,
            inputs: Some(from),
            outputs: Some(to),
            builtin_options_type: schema::BuiltinOptions::ReshapeOptions,
            builtin_options: Some(options.as_union_value()),
            ..Default::default()
        };
        operators.push(schema::Operator::create(fb, &args));

        inputs[0] = matrix;
        let outputs: Vec<i32> = flat.outputs().iter().flatten().collect();
        let (inputs, outputs) = (fb.create_vector(&inputs), fb.create_vector(&outputs));
        let args = schema::OperatorArgs {
            opcode_index: flat.opcode_index(),
            inputs: Some(inputs),
            outputs: Some(outputs),
            builtin_options_type: flat.builtin_options_type(),
            builtin_options: flat.builtin_options().map(|table| WIPOffset::<UnionWIPOffset>::new(place(table))),
            ..Default::default()
        };
        operators.push(schema::Operator::create(fb, &args));
    }
    let ports = |list: Option<flatbuffers::Vector<'_, i32>>| list.iter().flatten().collect::<Vec<i32>>();
    let args = schema::SubGraphArgs {
        tensors: Some(fb.create_vector(&tensors)),
        inputs: Some(fb.create_vector(&ports(graph.inputs()))),
        outputs: Some(fb.create_vector(&ports(graph.outputs()))),
        operators: Some(fb.create_vector(&operators)),
        ..Default::default()
    };
    let graph = schema::SubGraph::create(fb, &args);
    let args = schema::ModelArgs {
        version: model.version(),
        operator_codes: Some(fb.create_vector(&codes)),
        subgraphs: Some(fb.create_vector(&[graph])),
        buffers: Some(fb.create_vector(&buffers)),
        ..Default::default()
    };
    let root = schema::Model::create(fb, &args);
    fb.finish(root, Some("TFL3"));
    Ok(Some(builder.finished_data().to_vec()))
}

fn to_i32(length: usize) -> Result<i32, String> {
    i32::try_from(length).map_err(|error| error.to_string())
}
