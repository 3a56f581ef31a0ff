//! What TensorFlow Lite Micro, which runs models on devices, refuses of what runs elsewhere.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::TensorType::{self, Bool, Float32, Int8, Int16, Int32, Int64, Uint8};
use crate::operator as code;
use crate::{ModelFile, Operator, Subgraph, TensorInfo};

/// The types of data that an operator of TensorFlow Lite Micro takes.
enum Data {
    /// Any.
    Any,
    /// All but `uint8`, for its inputs, weights and outputs.
    Signed,
    /// These alone, for what it moves.
    Of(&'static [TensorType]),
}

/// What TensorFlow Lite Micro takes, by the numbers of its operators, as its Python wheel does with random models of each operator
/// and type; `None` for an operator that it does not have.
fn data(operator: i32) -> Option<Data> {
    Some(match operator {
        code::RESHAPE | code::SQUEEZE | code::REVERSE_V2 | code::BROADCAST_TO | code::SHAPE | code::CAST => Data::Any,
        code::DEQUANTIZE | code::VAR_HANDLE | code::READ_VARIABLE | code::ASSIGN_VARIABLE | code::CALL_ONCE => {
            Data::Any
        }
        code::ADD_N | code::BROADCAST_ARGS | code::DYNAMIC_UPDATE_SLICE | code::EMBEDDING_LOOKUP => Data::Any,
        code::FLOOR_DIV | code::FLOOR_MOD | code::IF | code::L2_POOL_2D | code::WHILE => Data::Any,
        code::GATHER | code::GATHER_ND | code::MIRROR_PAD => Data::Of(&[Float32, Int8]),
        code::DEPTH_TO_SPACE | code::SPACE_TO_DEPTH => Data::Of(&[Float32, Int8]),
        code::BATCH_TO_SPACE_ND | code::SPACE_TO_BATCH_ND => Data::Of(&[Float32, Int8]),
        code::EXPAND_DIMS | code::TRANSPOSE | code::SELECT_V2 => Data::Of(&[Float32, Int8, Int16]),
        code::RESIZE_NEAREST_NEIGHBOR => Data::Of(&[Float32, Int8, Int16]),
        code::FILL => Data::Of(&[Float32, Int8, Int32]),
        code::ZEROS_LIKE => Data::Of(&[Float32, Int8, Int32, Int64]),
        code::PAD | code::PADV2 | code::SPLIT | code::SPLIT_V | code::UNPACK => {
            Data::Of(&[Float32, Int8, Int16, Int32])
        }
        code::PACK => Data::Of(&[Float32, Int8, Int16, Int32, Int64]),
        code::SLICE | code::STRIDED_SLICE => Data::Of(&[Float32, Int8, Int16, Int32, Bool]),
        code::CONCATENATION => Data::Of(&[Float32, Int8, Int16, Int32, Int64, Bool]),
        code::CONV_2D | code::DEPTHWISE_CONV_2D | code::TRANSPOSE_CONV | code::FULLY_CONNECTED | code::BATCH_MATMUL => {
            Data::Signed
        }
        code::ADD | code::SUB | code::MUL | code::DIV | code::MAXIMUM | code::MINIMUM | code::SQUARED_DIFFERENCE => {
            Data::Signed
        }
        code::EQUAL | code::NOT_EQUAL | code::GREATER | code::GREATER_EQUAL | code::LESS | code::LESS_EQUAL => {
            Data::Signed
        }
        code::LOGICAL_AND | code::LOGICAL_OR | code::LOGICAL_NOT => Data::Signed,
        code::RELU | code::RELU6 | code::LEAKY_RELU | code::PRELU | code::ELU | code::HARD_SWISH => Data::Signed,
        code::ABS | code::NEG | code::SQUARE | code::SQRT | code::RSQRT | code::EXP | code::LOG => Data::Signed,
        code::FLOOR | code::CEIL | code::ROUND | code::SIN | code::COS | code::TANH | code::LOGISTIC => Data::Signed,
        code::SOFTMAX | code::LOG_SOFTMAX | code::L2_NORMALIZATION | code::ARG_MAX | code::ARG_MIN => Data::Signed,
        code::MEAN | code::SUM | code::REDUCE_MAX | code::REDUCE_MIN | code::REDUCE_ALL | code::CUMSUM => Data::Signed,
        code::AVERAGE_POOL_2D | code::MAX_POOL_2D | code::RESIZE_BILINEAR | code::QUANTIZE => Data::Signed,
        code::SVDF | code::UNIDIRECTIONAL_SEQUENCE_LSTM => Data::Signed,
        _ => return None,
    })
}

/// The greatest number of axes that TRANSPOSE has.
const MOST_TRANSPOSED_AXES: usize = 5;

/// Why TensorFlow Lite Micro does not run a model, a sentence each without its full stop; none where it does. Operators of one
/// kind that are refused for the same reason share one.
#[must_use]
pub fn reasons(file: &ModelFile) -> Vec<String> {
    let mut found: Vec<(&str, String, Vec<String>)> = Vec::new();
    for (number, graph) in file.subgraphs.iter().enumerate() {
        for (place, operator) in graph.operators.iter().enumerate() {
            let Some(reason) = reason(graph, operator) else { continue };
            let place = if number == 0 { format!("#{place}") } else { format!("#{place} of subgraph {number}") };
            match found.iter_mut().find(|(name, known, _)| *name == operator.name && *known == reason) {
                Some((.., places)) => places.push(place),
                None => found.push((&operator.name, reason, [place].into())),
            }
        }
    }
    found.into_iter().map(|(name, reason, places)| format!("{name} {} {reason}", shown(&places))).collect()
}

/// Why an operator is refused, for a sentence that begins with it.
fn reason(graph: &Subgraph, operator: &Operator) -> Option<String> {
    if operator.is_custom() {
        return Some("is a custom operator, which only a device whose program brings it can run".into());
    }
    let Some(data) = data(operator.code) else {
        return Some("is no operator of TensorFlow Lite Micro; use others instead".into());
    };
    let input = |number: usize| operator.inputs.get(number).copied().flatten().map(|tensor| &graph.tensors[tensor]);
    let outputs = || operator.outputs.iter().map(|&tensor| &graph.tensors[tensor]);
    let has_weights = matches!(operator.code, code::CONV_2D | code::DEPTHWISE_CONV_2D | code::FULLY_CONNECTED);
    if let (true, Some(values), Some(weights)) = (has_weights, input(0), input(1))
        && values.element_type == Float32
        && weights.element_type != Float32
    {
        return Some(format!(
            "has float32 activations with {} weights, which TensorFlow Lite Micro does not run; quantise the model fully, \
             with a representative data set, or not at all",
            weights.element_type
        ));
    }
    let refused = |tensor: &TensorInfo, taken: &str| {
        let found = tensor.element_type;
        let help = if found == Uint8 { "; convert the model with int8 instead" } else { "" };
        Some(format!("has {found} data, and TensorFlow Lite Micro takes {taken}{help}"))
    };
    let types = [input(0), outputs().next()].map(|tensor| tensor.map(|tensor| tensor.element_type));
    match data {
        Data::Any => {}
        // QUANTIZE shifts int8 to uint8 and back.
        Data::Signed if operator.code == code::QUANTIZE && is_shift(types) => {}
        Data::Signed => {
            let all = operator.inputs.iter().flatten().map(|&tensor| &graph.tensors[tensor]).chain(outputs());
            if let Some(tensor) = all.into_iter().find(|tensor| tensor.element_type == Uint8) {
                return refused(tensor, "signed integers");
            }
        }
        Data::Of(types) => {
            if let Some(tensor) = outputs().find(|tensor| !types.contains(&tensor.element_type)) {
                return refused(tensor, &types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            }
        }
    }
    match operator.code {
        code::TRANSPOSE if outputs().any(|tensor| tensor.shape.len() > MOST_TRANSPOSED_AXES) => {
            Some(format!("has more than the {MOST_TRANSPOSED_AXES} axes that TensorFlow Lite Micro transposes"))
        }
        code::STRIDED_SLICE if outputs().any(|tensor| tensor.shape.contains(&0)) => {
            Some("gives an empty tensor, which TensorFlow Lite Micro refuses".into())
        }
        _ => None,
    }
}

/// Whether values of 8 bits get or lose a sign.
fn is_shift(types: [Option<TensorType>; 2]) -> bool {
    matches!(types, [Some(Int8), Some(Uint8)] | [Some(Uint8), Some(Int8)])
}

/// Places in a sentence: the first ones, and how many more there are.
fn shown(places: &[String]) -> String {
    const SHOWN: usize = 3;
    let more = places.len().saturating_sub(SHOWN);
    let shown = places[..places.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
