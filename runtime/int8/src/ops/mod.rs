//! The operators.

mod activation;
mod arg;
mod batch_matmul;
mod batch_space;
mod binary;
mod cast;
mod compare;
mod concatenation;
mod constant;
mod conv;
mod cumsum;
mod div;
mod elementwise;
mod float_conv;
mod fully_connected;
mod gather;
mod lstm;
mod lstm_cell;
mod mirror_pad;
mod normalize;
mod number;
mod operands;
mod pad;
mod pool;
mod quantize;
mod rectifier;
mod recurrent;
mod reduce;
mod repeat;
mod reshape;
mod resize;
mod resize_bilinear;
mod resize_nearest;
mod scale;
mod select;
mod shared;
mod sigmoid;
mod slice;
mod softmax;
mod softmax16;
mod softmax_rounded;
mod space;
mod split;
mod strided_slice;
mod svdf;
mod transfer;
mod transpose;
mod transpose_conv;
mod unary;
mod variable;
mod view;
mod window;
mod xnnpack;

use runeblocks_tflite::operator as code;

use crate::Rounding;
use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};

/// Prepares an operator.
pub(crate) fn prepare(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let prepared = prepare_by_code(node)?;
    if node.rounding == Rounding::Xnnpack {
        xnnpack::check(node)?;
    }
    Ok(prepared)
}

fn prepare_by_code(node: &Node<'_>) -> Result<Prepared, Refusal> {
    match node.operator().code {
        code::CONV_2D => conv::conv_2d(node),
        code::DEPTHWISE_CONV_2D => conv::depthwise_conv_2d(node),
        code::FULLY_CONNECTED => fully_connected::fully_connected(node),
        code::ADD => binary::add(node),
        code::SUB => binary::sub(node),
        code::MUL => binary::mul(node),
        code::MAXIMUM => binary::maximum(node),
        code::MINIMUM => binary::minimum(node),
        code::SQUARED_DIFFERENCE => binary::squared_difference(node),
        code::DIV => div::div(node),
        code::BATCH_MATMUL => batch_matmul::batch_matmul(node),
        code::SELECT_V2 => select::select_v2(node),
        code::RELU => rectifier::relu(node),
        code::RELU6 => rectifier::relu6(node),
        code::RELU_N1_TO_1 => rectifier::relu_n1_to_1(node),
        code::LEAKY_RELU => rectifier::leaky_relu(node),
        code::PRELU => rectifier::prelu(node),
        code::ELU => rectifier::elu(node),
        code::HARD_SWISH => rectifier::hard_swish(node),
        code::ABS => unary::abs(node),
        code::NEG => unary::neg(node),
        code::SQUARE => unary::square(node),
        code::SQRT => unary::float(node, libm::sqrtf),
        code::RSQRT => unary::rsqrt(node),
        code::EXP => unary::exp(node),
        code::LOG => unary::float(node, libm::logf),
        code::FLOOR => unary::float(node, libm::floorf),
        code::CEIL => unary::float(node, libm::ceilf),
        code::ROUND => unary::round(node),
        code::SIN => unary::float(node, libm::sinf),
        code::COS => unary::float(node, libm::cosf),
        code::LOG_SOFTMAX => normalize::log_softmax(node),
        code::L2_NORMALIZATION => normalize::l2_normalization(node),
        code::ARG_MAX => arg::arg_max(node),
        code::ARG_MIN => arg::arg_min(node),
        code::CAST => cast::cast(node),
        code::EQUAL | code::NOT_EQUAL | code::GREATER | code::GREATER_EQUAL | code::LESS | code::LESS_EQUAL => {
            compare::compare(node)
        }
        code::LOGICAL_AND => compare::logical_and(node),
        code::LOGICAL_OR => compare::logical_or(node),
        code::LOGICAL_NOT => compare::logical_not(node),
        code::SOFTMAX => softmax::softmax(node),
        code::LOGISTIC => sigmoid::logistic(node),
        code::TANH => sigmoid::tanh(node),
        code::QUANTIZE => quantize::quantize(node),
        code::DEQUANTIZE => quantize::dequantize(node),
        code::MEAN => reduce::mean(node),
        code::SUM => reduce::sum(node),
        code::REDUCE_MAX => reduce::reduce_max(node),
        code::REDUCE_MIN => reduce::reduce_min(node),
        code::REDUCE_ALL => reduce::reduce_all(node),
        code::REDUCE_ANY => reduce::reduce_any(node),
        code::RESHAPE => reshape::reshape(node),
        code::SQUEEZE => reshape::squeeze(node),
        code::EXPAND_DIMS => reshape::expand_dims(node),
        code::PAD => pad::pad(node),
        code::PADV2 => pad::pad_v2(node),
        code::MIRROR_PAD => mirror_pad::mirror_pad(node),
        code::CONCATENATION => concatenation::concatenation(node),
        code::PACK => concatenation::pack(node),
        code::STRIDED_SLICE => strided_slice::strided_slice(node),
        code::SLICE => slice::slice(node),
        code::SPLIT => split::split(node),
        code::SPLIT_V => split::split_v(node),
        code::UNPACK => split::unpack(node),
        code::TRANSPOSE => transpose::transpose(node),
        code::REVERSE_V2 => transpose::reverse(node),
        code::GATHER => gather::gather(node),
        code::GATHER_ND => gather::gather_nd(node),
        code::BROADCAST_TO => repeat::broadcast_to(node),
        code::FILL => repeat::fill(node),
        code::CUMSUM => cumsum::cumsum(node),
        code::SHAPE => constant::shape(node),
        code::ZEROS_LIKE => constant::zeros_like(node),
        code::TRANSPOSE_CONV => transpose_conv::transpose_conv(node),
        code::DEPTH_TO_SPACE => space::depth_to_space(node),
        code::SPACE_TO_DEPTH => space::space_to_depth(node),
        code::SPACE_TO_BATCH_ND => batch_space::space_to_batch(node),
        code::BATCH_TO_SPACE_ND => batch_space::batch_to_space(node),
        code::AVERAGE_POOL_2D => pool::average_pool_2d(node),
        code::MAX_POOL_2D => pool::max_pool_2d(node),
        code::RESIZE_NEAREST_NEIGHBOR => resize_nearest::resize_nearest_neighbor(node),
        code::RESIZE_BILINEAR => resize_bilinear::resize_bilinear(node),
        code::SVDF => svdf::svdf(node),
        code::UNIDIRECTIONAL_SEQUENCE_LSTM => lstm::unidirectional_sequence_lstm(node),
        code::CALL_ONCE | code::VAR_HANDLE => Ok(Prepared::Nothing),
        code::READ_VARIABLE => variable::read(node),
        code::ASSIGN_VARIABLE => variable::assign(node),
        _ => refuse!("the operator is not supported"),
    }
}
