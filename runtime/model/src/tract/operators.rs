//! The operators that tract-tflite reads. Its own table is private; a test holds this one against it.

use tract_tflite::tflite::BuiltinOperator as B;

/// Codes of single operators.
pub(super) mod code {
    use super::B;

    pub const CONV_2D: i32 = B::CONV_2D.0;
    pub const DEPTHWISE_CONV_2D: i32 = B::DEPTHWISE_CONV_2D.0;
    pub const FULLY_CONNECTED: i32 = B::FULLY_CONNECTED.0;
    pub const SHAPE: i32 = B::SHAPE.0;
    pub const SLICE: i32 = B::SLICE.0;

    /// Operators the content of whose second input gives the size of their output.
    pub const SIZED_BY_CONTENT: &[i32] =
        &[B::BROADCAST_TO.0, B::PAD.0, B::PADV2.0, B::RESIZE_BILINEAR.0, B::RESIZE_NEAREST_NEIGHBOR.0];
}

/// Codes of all operators that tract-tflite reads.
pub(super) const SUPPORTED: &[i32] = &[
    B::ABS.0,
    B::ADD.0,
    B::AVERAGE_POOL_2D.0,
    B::BATCH_MATMUL.0,
    B::BROADCAST_TO.0,
    B::CEIL.0,
    B::CONCATENATION.0,
    B::CONV_2D.0,
    B::COS.0,
    B::DEPTHWISE_CONV_2D.0,
    B::DIV.0,
    B::EQUAL.0,
    B::EXP.0,
    B::EXPAND_DIMS.0,
    B::FLOOR.0,
    B::FULLY_CONNECTED.0,
    B::GREATER.0,
    B::GREATER_EQUAL.0,
    B::HARD_SWISH.0,
    B::LEAKY_RELU.0,
    B::LESS.0,
    B::LESS_EQUAL.0,
    B::LOG.0,
    B::LOGICAL_AND.0,
    B::LOGICAL_NOT.0,
    B::LOGICAL_OR.0,
    B::LOGISTIC.0,
    B::MAXIMUM.0,
    B::MAX_POOL_2D.0,
    B::MEAN.0,
    B::MINIMUM.0,
    B::MUL.0,
    B::NOT_EQUAL.0,
    B::PAD.0,
    B::PADV2.0,
    B::REDUCE_MAX.0,
    B::REDUCE_MIN.0,
    B::REDUCE_PROD.0,
    B::RELU.0,
    B::RELU6.0,
    B::RESHAPE.0,
    B::RESIZE_BILINEAR.0,
    B::RESIZE_NEAREST_NEIGHBOR.0,
    B::RSQRT.0,
    B::SELECT.0,
    B::SELECT_V2.0,
    B::SHAPE.0,
    B::SIN.0,
    B::SLICE.0,
    B::SOFTMAX.0,
    B::SQRT.0,
    B::SQUARE.0,
    B::SQUEEZE.0,
    B::STRIDED_SLICE.0,
    B::SUB.0,
    B::SUM.0,
    B::TANH.0,
    B::TRANSPOSE.0,
];

#[cfg(test)]
mod tests {
    use flatbuffers::FlatBufferBuilder;
    use tract_tflite::prelude::Framework;
    use tract_tflite::tflite as schema;

    use super::SUPPORTED;
    use crate::quiet;

    /// A model of one operator without options, from a tensor `x` to a tensor `y`.
    fn model_of(code: i32) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let fb = &mut builder;
        let tensor = |fb: &mut FlatBufferBuilder<'static>, name: &str| {
            let (shape, name) = (fb.create_vector(&[1_i32, 2]), fb.create_string(name));
            let args = schema::TensorArgs { shape: Some(shape), name: Some(name), ..Default::default() };
            schema::Tensor::create(fb, &args)
        };
        let (x, y) = (tensor(fb, "x"), tensor(fb, "y"));
        let tensors = fb.create_vector(&[x, y]);
        let (inputs, outputs) = (fb.create_vector(&[0_i32]), fb.create_vector(&[1_i32]));
        let args = schema::OperatorArgs { inputs: Some(inputs), outputs: Some(outputs), ..Default::default() };
        let operator = schema::Operator::create(fb, &args);
        let operators = fb.create_vector(&[operator]);
        let args = schema::SubGraphArgs {
            tensors: Some(tensors),
            inputs: Some(inputs),
            outputs: Some(outputs),
            operators: Some(operators),
            ..Default::default()
        };
        let graph = schema::SubGraph::create(fb, &args);
        let graphs = fb.create_vector(&[graph]);
        let args = schema::OperatorCodeArgs {
            deprecated_builtin_code: i8::try_from(code.min(127)).unwrap(),
            builtin_code: schema::BuiltinOperator(code),
            ..Default::default()
        };
        let operator_code = schema::OperatorCode::create(fb, &args);
        let codes = fb.create_vector(&[operator_code]);
        let buffer = schema::Buffer::create(fb, &Default::default());
        let buffers = fb.create_vector(&[buffer]);
        let args = schema::ModelArgs {
            version: 3,
            operator_codes: Some(codes),
            subgraphs: Some(graphs),
            buffers: Some(buffers),
            ..Default::default()
        };
        let model = schema::Model::create(fb, &args);
        fb.finish(model, Some("TFL3"));
        builder.finished_data().to_vec()
    }

    /// Tract says "Unsupported" of an operator that it has no reader for, and stumbles over the missing options of others.
    #[test]
    fn the_table_is_tracts_own() {
        let tract = tract_tflite::tflite();
        for operator in schema::BuiltinOperator::ENUM_VALUES {
            let bytes = model_of(operator.0);
            let loaded = quiet::catch(|| {
                let model = tract.model_for_read(&mut bytes.as_slice());
                model.map(|_| ()).map_err(|error| format!("{error:?}"))
            });
            let unread = matches!(loaded, Ok(Err(error)) if error.contains("Unsupported: OperatorCode"));
            assert_eq!(!unread, SUPPORTED.contains(&operator.0), "{operator:?}");
        }
    }
}
