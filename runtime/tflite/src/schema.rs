//! The tables of the file format, as far as Runeblocks reads and writes them.
//!
//! Names, the numbers of fields and those of options are the ones of `schema.fbs` in TensorFlow, which defines the format.
//! Enumerations are read as numbers, so that files of later versions can be read. Each table has a type of its name to
//! read it, and one that ends in `Args` to write it by a [`FlatBufferBuilder`].

use core::marker::PhantomData;

use flatbuffers::{
    FlatBufferBuilder, Follow, ForwardsUOffset, InvalidFlatbuffer, Table, Vector, Verifiable, Verifier,
    VerifierOptions, WIPOffset,
};

pub use crate::table::{AnyOptions, OptionsTable};
use crate::table::{Tables, end, options, place, tables};

/// The identifier at bytes 4 to 7 of every TensorFlow Lite file.
pub const FILE_IDENTIFIER: &str = "TFL3";

tables! {
    /// Any table of which only the presence is read.
    Empty, EmptyArgs {}
    /// How the integers of a tensor stand for real numbers.
    QuantizationParameters, QuantizationParametersArgs {
        0 min: offset Vector<'a, f32>;
        1 max: offset Vector<'a, f32>;
        2 scale: offset Vector<'a, f32>;
        3 zero_point: offset Vector<'a, i64>;
        6 quantized_dimension: scalar i32 = 0;
    }
    /// A tensor of a subgraph.
    Tensor, TensorArgs {
        0 shape: offset Vector<'a, i32>;
        1 type_: scalar i8 = 0;
        2 buffer: scalar u32 = 0;
        3 name: offset &'a str;
        4 quantization: offset QuantizationParameters<'a>;
        5 is_variable: scalar bool = false;
        6 sparsity: offset Empty<'a>;
        7 shape_signature: offset Vector<'a, i32>;
    }
    /// Options of CONV_2D.
    Conv2DOptions, Conv2DOptionsArgs {
        0 padding: scalar i8 = 0;
        1 stride_w: scalar i32 = 0;
        2 stride_h: scalar i32 = 0;
        3 fused_activation_function: scalar i8 = 0;
        4 dilation_w_factor: scalar i32 = 1;
        5 dilation_h_factor: scalar i32 = 1;
    }
    /// Options of DEPTHWISE_CONV_2D.
    DepthwiseConv2DOptions, DepthwiseConv2DOptionsArgs {
        0 padding: scalar i8 = 0;
        1 stride_w: scalar i32 = 0;
        2 stride_h: scalar i32 = 0;
        3 depth_multiplier: scalar i32 = 0;
        4 fused_activation_function: scalar i8 = 0;
        5 dilation_w_factor: scalar i32 = 1;
        6 dilation_h_factor: scalar i32 = 1;
    }
    /// Options of AVERAGE_POOL_2D and MAX_POOL_2D.
    Pool2DOptions, Pool2DOptionsArgs {
        0 padding: scalar i8 = 0;
        1 stride_w: scalar i32 = 0;
        2 stride_h: scalar i32 = 0;
        3 filter_width: scalar i32 = 0;
        4 filter_height: scalar i32 = 0;
        5 fused_activation_function: scalar i8 = 0;
    }
    /// Options of SVDF.
    SvdfOptions, SvdfOptionsArgs {
        0 rank: scalar i32 = 0;
        1 fused_activation_function: scalar i8 = 0;
        2 asymmetric_quantize_inputs: scalar bool = false;
    }
    /// Options of FULLY_CONNECTED.
    FullyConnectedOptions, FullyConnectedOptionsArgs {
        0 fused_activation_function: scalar i8 = 0;
        1 weights_format: scalar i8 = 0;
        2 keep_num_dims: scalar bool = false;
        3 asymmetric_quantize_inputs: scalar bool = false;
    }
    /// Options of SOFTMAX.
    SoftmaxOptions, SoftmaxOptionsArgs {
        0 beta: scalar f32 = 0.0;
    }
    /// Options of CONCATENATION.
    ConcatenationOptions, ConcatenationOptionsArgs {
        0 axis: scalar i32 = 0;
        1 fused_activation_function: scalar i8 = 0;
    }
    /// Options of ADD.
    AddOptions, AddOptionsArgs {
        0 fused_activation_function: scalar i8 = 0;
        1 pot_scale_int16: scalar bool = true;
    }
    /// Options of RESIZE_BILINEAR.
    ResizeBilinearOptions, ResizeBilinearOptionsArgs {
        2 align_corners: scalar bool = false;
        3 half_pixel_centers: scalar bool = false;
    }
    /// Options of RESHAPE.
    ReshapeOptions, ReshapeOptionsArgs {
        0 new_shape: offset Vector<'a, i32>;
    }
    /// Options of MUL.
    MulOptions, MulOptionsArgs {
        0 fused_activation_function: scalar i8 = 0;
    }
    /// Options of GATHER.
    GatherOptions, GatherOptionsArgs {
        0 axis: scalar i32 = 0;
        1 batch_dims: scalar i32 = 0;
    }
    /// Options of MEAN, SUM, REDUCE_MAX and the like.
    ReducerOptions, ReducerOptionsArgs {
        0 keep_dims: scalar bool = false;
    }
    /// Options of SUB.
    SubOptions, SubOptionsArgs {
        0 fused_activation_function: scalar i8 = 0;
        1 pot_scale_int16: scalar bool = true;
    }
    /// Options of DIV.
    DivOptions, DivOptionsArgs {
        0 fused_activation_function: scalar i8 = 0;
    }
    /// Options of SQUEEZE.
    SqueezeOptions, SqueezeOptionsArgs {
        0 squeeze_dims: offset Vector<'a, i32>;
    }
    /// Options of STRIDED_SLICE.
    StridedSliceOptions, StridedSliceOptionsArgs {
        0 begin_mask: scalar i32 = 0;
        1 end_mask: scalar i32 = 0;
        2 ellipsis_mask: scalar i32 = 0;
        3 new_axis_mask: scalar i32 = 0;
        4 shrink_axis_mask: scalar i32 = 0;
        5 offset: scalar bool = false;
    }
    /// Options of SPLIT.
    SplitOptions, SplitOptionsArgs {
        0 num_splits: scalar i32 = 0;
    }
    /// Options of CAST.
    CastOptions, CastOptionsArgs {
        0 in_data_type: scalar i8 = 0;
        1 out_data_type: scalar i8 = 0;
    }
    /// Options of ARG_MAX.
    ArgMaxOptions, ArgMaxOptionsArgs {
        0 output_type: scalar i8 = 0;
    }
    /// Options of ARG_MIN.
    ArgMinOptions, ArgMinOptionsArgs {
        0 output_type: scalar i8 = 0;
    }
    /// Options of TRANSPOSE_CONV.
    TransposeConvOptions, TransposeConvOptionsArgs {
        0 padding: scalar i8 = 0;
        1 stride_w: scalar i32 = 0;
        2 stride_h: scalar i32 = 0;
        3 fused_activation_function: scalar i8 = 0;
    }
    /// Options of PACK.
    PackOptions, PackOptionsArgs {
        0 values_count: scalar i32 = 0;
        1 axis: scalar i32 = 0;
    }
    /// Options of UNPACK.
    UnpackOptions, UnpackOptionsArgs {
        0 num: scalar i32 = 0;
        1 axis: scalar i32 = 0;
    }
    /// Options of UNIDIRECTIONAL_SEQUENCE_LSTM.
    UnidirectionalSequenceLstmOptions, UnidirectionalSequenceLstmOptionsArgs {
        0 fused_activation_function: scalar i8 = 0;
        1 cell_clip: scalar f32 = 0.0;
        2 proj_clip: scalar f32 = 0.0;
        3 time_major: scalar bool = false;
        4 asymmetric_quantize_inputs: scalar bool = false;
        5 diagonal_recurrent_tensors: scalar bool = false;
    }
    /// Options of RESIZE_NEAREST_NEIGHBOR.
    ResizeNearestNeighborOptions, ResizeNearestNeighborOptionsArgs {
        0 align_corners: scalar bool = false;
        1 half_pixel_centers: scalar bool = false;
    }
    /// Options of LEAKY_RELU.
    LeakyReluOptions, LeakyReluOptionsArgs {
        0 alpha: scalar f32 = 0.0;
    }
    /// Options of SPLIT_V.
    SplitVOptions, SplitVOptionsArgs {
        0 num_splits: scalar i32 = 0;
    }
    /// Options of CUMSUM.
    CumsumOptions, CumsumOptionsArgs {
        0 exclusive: scalar bool = false;
        1 reverse: scalar bool = false;
    }
    /// Options of CALL_ONCE.
    CallOnceOptions, CallOnceOptionsArgs {
        0 init_subgraph_index: scalar i32 = 0;
    }
    /// Options of VAR_HANDLE.
    VarHandleOptions, VarHandleOptionsArgs {
        0 container: offset &'a str;
        1 shared_name: offset &'a str;
    }
    /// Options of MIRROR_PAD.
    MirrorPadOptions, MirrorPadOptionsArgs {
        0 mode: scalar i8 = 0;
    }
    /// Options of BATCH_MATMUL.
    BatchMatMulOptions, BatchMatMulOptionsArgs {
        0 adj_x: scalar bool = false;
        1 adj_y: scalar bool = false;
        2 asymmetric_quantize_inputs: scalar bool = false;
    }
    /// Options of DEPTH_TO_SPACE.
    DepthToSpaceOptions, DepthToSpaceOptionsArgs {
        0 block_size: scalar i32 = 0;
    }
    /// Options of SPACE_TO_DEPTH.
    SpaceToDepthOptions, SpaceToDepthOptionsArgs {
        0 block_size: scalar i32 = 0;
    }
    /// An operator that the file uses.
    OperatorCode, OperatorCodeArgs {
        0 deprecated_builtin_code: scalar i8 = 0;
        1 custom_code: offset &'a str;
        2 version: scalar i32 = 1;
        3 builtin_code: scalar i32 = 0;
    }
    /// One operator of a subgraph.
    Operator, OperatorArgs {
        0 opcode_index: scalar u32 = 0;
        1 inputs: offset Vector<'a, i32>;
        2 outputs: offset Vector<'a, i32>;
        3 builtin_options_type: scalar u8 = 0;
        4 builtin_options: options AnyOptions;
        5 custom_options: offset Vector<'a, u8>;
        6 custom_options_format: scalar i8 = 0;
        7 mutating_variable_inputs: offset Vector<'a, bool>;
        8 intermediates: offset Vector<'a, i32>;
    }
    /// A graph of operators over tensors.
    SubGraph, SubGraphArgs {
        0 tensors: offset Tables<'a, Tensor<'a>>;
        1 inputs: offset Vector<'a, i32>;
        2 outputs: offset Vector<'a, i32>;
        3 operators: offset Tables<'a, Operator<'a>>;
        4 name: offset &'a str;
    }
    /// Bytes of a constant.
    Buffer, BufferArgs {
        0 data: offset Vector<'a, u8>;
    }
    /// A named blob.
    Metadata, MetadataArgs {
        0 name: offset &'a str;
        1 buffer: scalar u32 = 0;
    }
    /// A named tensor of an entry point.
    TensorMap, TensorMapArgs {
        0 name: offset &'a str;
        1 tensor_index: scalar u32 = 0;
    }
    /// A named entry point.
    SignatureDef, SignatureDefArgs {
        0 inputs: offset Tables<'a, TensorMap<'a>>;
        1 outputs: offset Tables<'a, TensorMap<'a>>;
        2 signature_key: offset &'a str;
        4 subgraph_index: scalar u32 = 0;
    }
    /// The root.
    Model, ModelArgs {
        0 version: scalar u32 = 0;
        1 operator_codes: offset Tables<'a, OperatorCode<'a>>;
        2 subgraphs: offset Tables<'a, SubGraph<'a>>;
        3 description: offset &'a str;
        4 buffers: offset Tables<'a, Buffer<'a>>;
        5 metadata_buffer: offset Vector<'a, i32>;
        6 metadata: offset Tables<'a, Metadata<'a>>;
        7 signature_defs: offset Tables<'a, SignatureDef<'a>>;
    }
}

options! {
    1 Conv2DOptions,
    2 DepthwiseConv2DOptions,
    5 Pool2DOptions,
    6 SvdfOptions,
    8 FullyConnectedOptions,
    9 SoftmaxOptions,
    10 ConcatenationOptions,
    11 AddOptions,
    15 ResizeBilinearOptions,
    17 ReshapeOptions,
    19 SpaceToDepthOptions,
    21 MulOptions,
    23 GatherOptions,
    27 ReducerOptions,
    28 SubOptions,
    29 DivOptions,
    30 SqueezeOptions,
    32 StridedSliceOptions,
    35 SplitOptions,
    37 CastOptions,
    40 ArgMaxOptions,
    49 TransposeConvOptions,
    57 ArgMinOptions,
    59 PackOptions,
    64 UnpackOptions,
    71 UnidirectionalSequenceLstmOptions,
    74 ResizeNearestNeighborOptions,
    75 LeakyReluOptions,
    77 MirrorPadOptions,
    79 SplitVOptions,
    94 DepthToSpaceOptions,
    101 BatchMatMulOptions,
    102 CumsumOptions,
    103 CallOnceOptions,
    111 VarHandleOptions,
}

/// The root of a file, after the verifier has found all of it sound.
///
/// # Errors
///
/// What the verifier says.
pub fn root(bytes: &[u8]) -> Result<Model<'_>, InvalidFlatbuffer> {
    let options = VerifierOptions {
        // Tables of a sound file are shared rarely if at all: what unfolds to many times the file's size is hostile.
        max_apparent_size: bytes.len().saturating_mul(8).saturating_add(1 << 16),
        max_tables: bytes.len() / 4,
        ..Default::default()
    };
    flatbuffers::root_with_opts::<Model<'_>>(&options, bytes)
}

/// The root of a file that [`root`] has found sound before.
///
/// # Safety
///
/// `bytes` are as they were when [`root`] returned without an error.
pub(crate) unsafe fn root_again(bytes: &[u8]) -> Model<'_> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { flatbuffers::root_unchecked::<Model<'_>>(bytes) }
}
