//! What operators say of what they can't take: `golden/refusals.txt`, which `RUNEBLOCKS_RENEW=1` writes anew.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/model.rs"]
mod model;
#[path = "support/run.rs"]
mod run;

use model::{Graph, Options, Tensor, options};
use runeblocks_int8::{Level, Rounding};
use runeblocks_tflite::TensorType::{Bool, Complex64, Float32, Int4, Int8, Int16, Int32, Int64, Uint8};
use runeblocks_tflite::operator::*;
use runeblocks_tflite::{TensorType, operator, schema};

/// What is said of models with one operator, in order.
#[derive(Default)]
struct Refusals(String);

impl Refusals {
    /// A model with one operator; tensors without content are its inputs, none is left out. With inputs it is run, too.
    fn add(
        &mut self,
        code: i32,
        inputs: impl IntoIterator<Item = Tensor>,
        outputs: impl IntoIterator<Item = Tensor>,
        options: Option<Options>,
    ) {
        self.add_with(Rounding::Tflm, code, inputs, outputs, options);
    }

    fn add_with(
        &mut self,
        rounding: Rounding,
        code: i32,
        inputs: impl IntoIterator<Item = Tensor>,
        outputs: impl IntoIterator<Item = Tensor>,
        options: Option<Options>,
    ) {
        let mut graph = Graph::default();
        let input = |tensor: Tensor| {
            let is_input = tensor.constant.is_none() && !tensor.is_variable;
            Some(if is_input { graph.input(tensor) } else { graph.add(tensor) })
        };
        let inputs: Vec<_> = inputs.into_iter().map(input).collect();
        let outputs: Vec<_> = outputs.into_iter().map(|tensor| graph.output(tensor)).collect();
        graph.operator(code, &inputs, &outputs, options);
        let error = run::program(&graph.finish(), Level::Plain, rounding).map(|_| ()).unwrap_err();
        self.0 += &error.strip_prefix("operator 0 (").unwrap_or(&error).replacen("): ", ": ", 1);
        self.0 += "\n";
    }

    /// A model with one operator that is run on inputs.
    fn run(&mut self, code: i32, tensors: [Tensor; 3], inputs: &[&[u8]], options: Option<Options>) {
        let mut graph = Graph::default();
        let [a, b, output] = tensors;
        let inputs_of_operator = [a, b].map(|tensor| Some(graph.input(tensor)));
        let output = graph.output(output);
        graph.operator(code, &inputs_of_operator[..inputs.len()], &[output], options);
        graph.inputs.truncate(inputs.len());
        let program = run::program(&graph.finish(), Level::Plain, Rounding::Tflm).unwrap();
        let inputs = inputs.iter().map(|bytes| bytes.to_vec()).collect();
        self.0 += &format!("run: {}\n", run::outputs(&mut run::interpreter(&program), &[inputs]).unwrap_err());
    }
}

fn of(kind: TensorType, shape: &[usize]) -> Tensor {
    Tensor::new(kind, shape)
}

fn int8(shape: &[usize]) -> Tensor {
    of(Int8, shape).quantized(0.5, 0)
}

fn ints<const N: usize>(values: [i32; N]) -> Tensor {
    Tensor::int32(&[N], values)
}

#[test]
fn texts() {
    let mut refusals = Refusals::default();
    movement(&mut refusals);
    images(&mut refusals);
    arithmetic(&mut refusals);
    functions(&mut refusals);
    recurrent(&mut refusals);
    xnnpack(&mut refusals);
    while_running(&mut refusals);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/refusals.txt");
    if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
        std::fs::write(path, &refusals.0).unwrap();
    }
    assert_eq!(refusals.0, std::fs::read_to_string(path).unwrap());
}

fn movement(refusals: &mut Refusals) {
    let concatenation = |axis, fused_activation_function| {
        let args = schema::ConcatenationOptionsArgs { axis, fused_activation_function, ..Default::default() };
        options(schema::ConcatenationOptions::create, args)
    };
    let part = || int8(&[2, 3]);
    refusals.add(CONCATENATION, [part()], [part()], None);
    refusals.add(CONCATENATION, [], [part()], concatenation(0, 0));
    refusals.add(CONCATENATION, [part()], [part()], concatenation(0, 1));
    refusals.add(CONCATENATION, [part()], [part()], concatenation(2, 0));
    refusals.add(CONCATENATION, [part(), of(Int16, &[2, 3])], [int8(&[4, 3])], concatenation(0, 0));
    refusals.add(CONCATENATION, [part(), int8(&[2])], [int8(&[2, 6])], concatenation(1, 0));
    refusals.add(CONCATENATION, [part(), part()], [int8(&[2, 7])], concatenation(1, 0));
    refusals.add(CONCATENATION, [part(), part()], [int8(&[2, 5])], concatenation(1, 0));
    refusals.add(CONCATENATION, [part(), part()], [int8(&[2, 6]).quantized(0.5, 1)], concatenation(1, 0));

    let pack = |axis| options(schema::PackOptions::create, schema::PackOptionsArgs { axis, ..Default::default() });
    refusals.add(PACK, [part()], [int8(&[1, 2, 3])], None);
    refusals.add(PACK, [part()], [int8(&[1, 2, 3])], pack(3));
    refusals.add(PACK, [part()], [int8(&[2, 2, 3])], pack(0));
    let unpack =
        |axis| options(schema::UnpackOptions::create, schema::UnpackOptionsArgs { axis, ..Default::default() });
    refusals.add(UNPACK, [part()], [int8(&[3]), int8(&[3])], None);
    refusals.add(UNPACK, [part()], [int8(&[3])], unpack(0));
    refusals.add(SPLIT, [ints([1]), part()], [part(), part()], None);
    refusals.add(SPLIT, [ints([0, 1]), part()], [part()], None);
    refusals.add(SPLIT, [of(Float32, &[1]).constant(vec![0; 4]), part()], [part()], None);
    refusals.add(SPLIT_V, [part(), ints([1, 1]), ints([1])], [int8(&[2, 1]), int8(&[2, 1])], None);
    refusals.add(SPLIT_V, [part(), ints([-1, -1]), ints([1])], [int8(&[2, 1]), int8(&[2, 2])], None);
    refusals.add(SPLIT_V, [part(), ints([3]), ints([1])], [int8(&[2, 1]), int8(&[2, 2])], None);

    refusals.add(SLICE, [part(), ints([0]), ints([1, 1])], [int8(&[1, 1])], None);
    refusals.add(SLICE, [part(), ints([0, 4]), ints([1, 1])], [int8(&[1, 1])], None);
    refusals.add(SLICE, [part(), ints([0, -1]), ints([1, 1])], [int8(&[1, 1])], None);
    refusals.add(SLICE, [part(), ints([0, 1]), ints([1, 3])], [int8(&[1, 3])], None);
    refusals.add(SLICE, [part(), ints([0, 1]), ints([1, 2])], [int8(&[1, 3])], None);
    refusals.add(SLICE, [part(), of(Int32, &[2]), ints([1, 2])], [int8(&[1, 2])], None);
    let strided = |shrink_axis_mask, ellipsis_mask| {
        let args = schema::StridedSliceOptionsArgs { shrink_axis_mask, ellipsis_mask, ..Default::default() };
        options(schema::StridedSliceOptions::create, args)
    };
    let mut slice = |[begins, ends, strides]: [Tensor; 3], options| {
        refusals.add(STRIDED_SLICE, [part(), begins, ends, strides], [int8(&[1, 1])], options);
    };
    slice([ints([0, 0]), ints([1, 1]), ints([1, 1])], None);
    slice([ints([0, 0]), ints([1]), ints([1, 1])], strided(0, 0));
    slice([ints([0, 0]), ints([1, 1]), ints([1, 0])], strided(0, 0));
    slice([ints([0, 0]), ints([1, 2]), ints([1, 1])], strided(0, 0));
    slice([ints([0, 3]), ints([1, 4]), ints([1, 1])], strided(2, 0));
    slice([ints([0, 0]), ints([1, 1]), ints([1, 1])], strided(0, 3));
    slice([ints([0; 3]), ints([1; 3]), ints([1; 3])], strided(0, 0));

    refusals.add(RESHAPE, [part(), ints([7])], [int8(&[7])], None);
    refusals.add(RESHAPE, [part(), ints([6])], [of(Int16, &[6])], None);
    refusals.add(TRANSPOSE, [part(), ints([1, 1])], [int8(&[3, 2])], None);
    refusals.add(TRANSPOSE, [part(), ints([1, 2])], [int8(&[3, 2])], None);
    refusals.add(TRANSPOSE, [part(), ints([1, 0])], [part()], None);
    refusals.add(TRANSPOSE, [of(Int4, &[2, 3]), ints([1, 0])], [of(Int4, &[3, 2])], None);
    refusals.add(REVERSE_V2, [part(), ints([1, -1])], [part()], None);
    refusals.add(BROADCAST_TO, [part(), ints([3, 3])], [int8(&[3, 3])], None);
    refusals.add(BROADCAST_TO, [part(), ints([4, 3])], [int8(&[2, 3])], None);
    refusals.add(FILL, [ints([2]), ints([1, 2])], [ints([0; 2])], None);
    refusals.add(PAD, [part(), ints([1, 1])], [int8(&[4, 3])], None);
    refusals.add(PAD, [part(), Tensor::int32(&[2, 2], [0, 0, -1, 2])], [int8(&[2, 4])], None);
    refusals.add(PAD, [part(), Tensor::int32(&[2, 2], [0, 0, 1, 2])], [part()], None);
    let value = |shape: &[usize], zero_point| {
        of(Int8, shape).quantized(0.5, zero_point).constant(vec![0; shape.iter().product()])
    };
    let paddings = || Tensor::int32(&[2, 2], [0, 0, 0, 1]);
    refusals.add(PADV2, [part(), paddings(), value(&[2], 0)], [int8(&[2, 4])], None);
    refusals.add(PADV2, [part(), paddings(), value(&[1], 1)], [int8(&[2, 4])], None);
    let mirror =
        |mode| options(schema::MirrorPadOptions::create, schema::MirrorPadOptionsArgs { mode, ..Default::default() });
    let paddings = || Tensor::int32(&[2, 2], [0, 0, 3, 0]);
    refusals.add(MIRROR_PAD, [part(), paddings()], [int8(&[2, 6])], mirror(2));
    refusals.add(MIRROR_PAD, [part(), paddings()], [int8(&[2, 6])], mirror(0));
    let deep = || int8(&[1; 7]);
    refusals.add(MIRROR_PAD, [deep(), Tensor::int32(&[7, 2], [0; 14])], [deep()], mirror(0));

    let gather = |axis, batch_dims| {
        options(schema::GatherOptions::create, schema::GatherOptionsArgs { axis, batch_dims, ..Default::default() })
    };
    refusals.add(GATHER, [part(), of(Int16, &[1])], [int8(&[1, 3])], gather(0, 0));
    refusals.add(GATHER, [part(), of(Int32, &[1])], [int8(&[1, 3])], gather(2, 0));
    refusals.add(GATHER, [part(), of(Int32, &[1, 1])], [int8(&[2, 1])], gather(1, 1));
    refusals.add(GATHER, [part(), of(Int32, &[1])], [int8(&[2, 3])], gather(0, 0));
    refusals.add(GATHER_ND, [part(), of(Int32, &[1, 3])], [int8(&[1])], None);
}

fn images(refusals: &mut Refusals) {
    let image = || int8(&[1, 4, 4, 2]);
    let pool = |padding, filter, stride_h| {
        let args = schema::Pool2DOptionsArgs {
            padding,
            stride_h,
            stride_w: 2,
            filter_height: filter,
            filter_width: 2,
            ..Default::default()
        };
        options(schema::Pool2DOptions::create, args)
    };
    refusals.add(MAX_POOL_2D, [image()], [int8(&[1, 2, 2, 2])], None);
    refusals.add(MAX_POOL_2D, [image()], [int8(&[1, 2, 2, 2])], pool(0, 0, 2));
    refusals.add(MAX_POOL_2D, [image()], [int8(&[1, 2, 2, 2])], pool(0, 2, 0));
    refusals.add(MAX_POOL_2D, [image()], [int8(&[1, 2, 2, 2])], pool(7, 2, 2));
    refusals.add(MAX_POOL_2D, [image()], [int8(&[1, 3, 2, 2])], pool(0, 2, 2));
    refusals.add(MAX_POOL_2D, [int8(&[4, 4, 2])], [int8(&[1, 2, 2, 2])], pool(0, 2, 2));
    refusals.add(AVERAGE_POOL_2D, [image()], [int8(&[1, 2, 2, 2]).quantized(0.5, 1)], pool(0, 2, 2));
    refusals.add(AVERAGE_POOL_2D, [of(Int64, &[1, 4, 4, 2])], [of(Int64, &[1, 2, 2, 2])], pool(0, 2, 2));

    let nearest = |align_corners, half_pixel_centers| {
        let args = schema::ResizeNearestNeighborOptionsArgs { align_corners, half_pixel_centers, ..Default::default() };
        options(schema::ResizeNearestNeighborOptions::create, args)
    };
    let resized = || int8(&[1, 8, 8, 2]);
    refusals.add(RESIZE_NEAREST_NEIGHBOR, [image(), ints([8, 8])], [resized()], None);
    refusals.add(RESIZE_NEAREST_NEIGHBOR, [image(), ints([8, 8])], [resized()], nearest(true, true));
    refusals.add(RESIZE_NEAREST_NEIGHBOR, [image(), ints([8])], [resized()], nearest(false, false));
    refusals.add(RESIZE_NEAREST_NEIGHBOR, [image(), ints([8, -8])], [resized()], nearest(false, false));
    refusals.add(RESIZE_NEAREST_NEIGHBOR, [image(), ints([8, 9])], [resized()], nearest(false, false));
    refusals.add(RESIZE_NEAREST_NEIGHBOR, [int8(&[1, 0, 4, 2]), ints([8, 8])], [resized()], nearest(false, false));
    refusals.add(RESIZE_BILINEAR, [image(), ints([8, 8])], [resized()], None);

    let depth = |block_size| {
        let args = schema::DepthToSpaceOptionsArgs { block_size, ..Default::default() };
        options(schema::DepthToSpaceOptions::create, args)
    };
    refusals.add(DEPTH_TO_SPACE, [image()], [resized()], None);
    refusals.add(DEPTH_TO_SPACE, [image()], [resized()], depth(0));
    refusals.add(DEPTH_TO_SPACE, [int8(&[1, 4, 4, 4])], [resized()], depth(2));
    let space = |block_size| {
        let args = schema::SpaceToDepthOptionsArgs { block_size, ..Default::default() };
        options(schema::SpaceToDepthOptions::create, args)
    };
    refusals.add(SPACE_TO_DEPTH, [image()], [int8(&[1, 2, 2, 8])], None);
    refusals.add(SPACE_TO_DEPTH, [image()], [int8(&[1, 2, 2, 8])], space(3));
    let edges = |numbers: [i32; 4]| Tensor::int32(&[2, 2], numbers);
    let parts = || int8(&[4, 2, 2, 2]);
    refusals.add(SPACE_TO_BATCH_ND, [image(), ints([2]), edges([0; 4])], [parts()], None);
    refusals.add(SPACE_TO_BATCH_ND, [image(), ints([2, 0]), edges([0; 4])], [parts()], None);
    refusals.add(SPACE_TO_BATCH_ND, [image(), ints([2, 2]), edges([0, 0, 0, 1])], [parts()], None);
    refusals.add(SPACE_TO_BATCH_ND, [image(), ints([2, 2]), edges([0, 0, 1, 1])], [parts()], None);
    refusals.add(BATCH_TO_SPACE_ND, [parts(), ints([2, 2]), edges([0, 0, 1, 1])], [image()], None);

    let transposed = |stride_h, padding| {
        let args = schema::TransposeConvOptionsArgs { stride_h, stride_w: 2, padding, ..Default::default() };
        options(schema::TransposeConvOptions::create, args)
    };
    let weights = |depth: usize| int8(&[3, 2, 2, depth]).constant(vec![1; 12 * depth]);
    let shape = || ints([1, 8, 8, 3]);
    let output = || int8(&[1, 8, 8, 3]);
    refusals.add(TRANSPOSE_CONV, [shape(), weights(2), image()], [output()], None);
    refusals.add(TRANSPOSE_CONV, [shape(), weights(2), image()], [output()], transposed(0, 0));
    refusals.add(TRANSPOSE_CONV, [shape(), weights(3), image()], [output()], transposed(2, 0));
    refusals.add(TRANSPOSE_CONV, [shape(), weights(2), image()], [int8(&[1, 8, 7, 3])], transposed(2, 0));
    let bias = || Tensor::int32(&[2], [0; 2]).quantized(0.25, 0);
    refusals.add(TRANSPOSE_CONV, [shape(), weights(2), image(), bias()], [output()], transposed(2, 0));
    refusals.add(TRANSPOSE_CONV, [shape(), weights(2).quantized(0.5, 3), image()], [output()], transposed(2, 0));
}

fn arithmetic(refusals: &mut Refusals) {
    let add = |fused_activation_function| {
        options(schema::AddOptions::create, schema::AddOptionsArgs { fused_activation_function, ..Default::default() })
    };
    refusals.add(ADD, [int8(&[2, 3])], [int8(&[2, 3])], add(0));
    refusals.add(ADD, [int8(&[2, 3]), int8(&[2])], [int8(&[2, 3])], add(0));
    refusals.add(ADD, [int8(&[2, 3]), int8(&[3])], [int8(&[3])], add(0));
    refusals.add(ADD, [int8(&[2, 3]), of(Int16, &[3])], [int8(&[2, 3])], add(0));
    refusals.add(ADD, [int8(&[2, 3]), int8(&[3])], [of(Int32, &[2, 3])], add(0));
    refusals.add(ADD, [int8(&[3]), of(Int8, &[3])], [int8(&[3])], add(0));
    refusals.add(ADD, [of(Int32, &[3]), of(Int32, &[3])], [of(Int32, &[3])], add(1));
    refusals.add(ADD, [int8(&[3]), int8(&[3])], [int8(&[3])], add(9));
    refusals.add(MAXIMUM, [of(Bool, &[3]), of(Bool, &[3])], [of(Bool, &[3])], None);
    refusals.add(GREATER, [of(Bool, &[3]), of(Bool, &[3])], [of(Bool, &[3])], None);
    refusals.add(EQUAL, [int8(&[3]), int8(&[3])], [int8(&[3])], None);
    refusals.add(LOGICAL_AND, [int8(&[3]), of(Bool, &[3])], [of(Bool, &[3])], None);
    refusals.add(SELECT_V2, [int8(&[3]), int8(&[3]), int8(&[3])], [int8(&[3])], None);
    let product = |adj_x| {
        options(schema::BatchMatMulOptions::create, schema::BatchMatMulOptionsArgs { adj_x, ..Default::default() })
    };
    refusals.add(BATCH_MATMUL, [int8(&[3]), int8(&[3, 2])], [int8(&[2])], product(false));
    refusals.add(BATCH_MATMUL, [int8(&[2, 3]), int8(&[3, 2])], [int8(&[2, 2])], product(true));
    refusals.add(BATCH_MATMUL, [int8(&[2, 3]), int8(&[3, 2])], [int8(&[2, 3])], product(false));
    let reduce = |keep_dims| {
        options(schema::ReducerOptions::create, schema::ReducerOptionsArgs { keep_dims, ..Default::default() })
    };
    refusals.add(MEAN, [int8(&[2, 3]), ints([2])], [int8(&[2])], reduce(false));
    refusals.add(MEAN, [int8(&[2, 3]), ints([1])], [int8(&[3])], reduce(false));
    refusals.add(MEAN, [int8(&[2, 3]), ints([1])], [int8(&[2])], reduce(true));
    refusals.add(MEAN, [int8(&[2, 0]), ints([1])], [int8(&[2])], reduce(false));
    refusals.add(REDUCE_MAX, [int8(&[2, 3]), ints([1])], [int8(&[2]).quantized(0.5, 1)], reduce(false));
    refusals.add(ARG_MAX, [int8(&[2, 3]), ints([0, 1])], [of(Int32, &[2])], None);
    refusals.add(ARG_MAX, [int8(&[2, 3]), ints([1])], [int8(&[2])], None);
    refusals.add(ARG_MAX, [int8(&[2, 0]), ints([1])], [of(Int32, &[2])], None);
}

fn functions(refusals: &mut Refusals) {
    let softmax =
        |beta| options(schema::SoftmaxOptions::create, schema::SoftmaxOptionsArgs { beta, ..Default::default() });
    let share = || of(Int8, &[2, 3]).quantized(1.0 / 256.0, -128);
    refusals.add(SOFTMAX, [int8(&[2, 3])], [share()], None);
    refusals.add(SOFTMAX, [int8(&[2, 3])], [share()], softmax(f32::INFINITY));
    refusals.add(SOFTMAX, [int8(&[2, 3])], [int8(&[2, 3])], softmax(1.0));
    refusals.add(SOFTMAX, [int8(&[2, 3])], [int8(&[3, 2])], softmax(1.0));
    refusals.add(SOFTMAX, [int8(&[])], [of(Int8, &[]).quantized(1.0 / 256.0, -128)], softmax(1.0));
    refusals.add(SOFTMAX, [of(Bool, &[2])], [of(Bool, &[2])], softmax(1.0));
    refusals.add(L2_NORMALIZATION, [of(Float32, &[])], [of(Float32, &[])], None);
    refusals.add(LOGISTIC, [int8(&[3])], [int8(&[3])], None);
    refusals.add(LOGISTIC, [of(Int16, &[3]).quantized(0.5, 1)], [of(Int16, &[3]).quantized(0.5, 0)], None);
    refusals.add(TANH, [of(Uint8, &[3])], [of(Uint8, &[3])], None);
    let leaky =
        |alpha| options(schema::LeakyReluOptions::create, schema::LeakyReluOptionsArgs { alpha, ..Default::default() });
    refusals.add(LEAKY_RELU, [of(Float32, &[3])], [of(Float32, &[3])], leaky(f32::NAN));
    refusals.add(RELU, [int8(&[3])], [int8(&[4])], None);
    refusals.add(RELU, [of(Int32, &[3])], [of(Int32, &[3])], None);
    refusals.add(ABS, [of(Int32, &[3])], [of(Int32, &[3])], None);
    refusals.add(EXP, [int8(&[3])], [int8(&[3])], None);
    refusals.add(CAST, [int8(&[3])], [of(Complex64, &[3])], None);
    refusals.add(CAST, [of(Complex64, &[3])], [int8(&[3])], None);
    refusals.add(QUANTIZE, [of(Bool, &[3])], [int8(&[3])], None);
    refusals.add(QUANTIZE, [of(Float32, &[3])], [of(Int32, &[3]).quantized(0.5, 0)], None);
    refusals.add(QUANTIZE, [of(Float32, &[3])], [of(Int8, &[3])], None);
    refusals.add(DEQUANTIZE, [int8(&[3])], [of(Int16, &[3])], None);
}

fn recurrent(refusals: &mut Refusals) {
    let svdf = |rank| options(schema::SvdfOptions::create, schema::SvdfOptionsArgs { rank, ..Default::default() });
    let filters = |kind, shape: &[usize]| {
        let bytes = of(kind, shape).elements() * kind.bytes(1).unwrap();
        of(kind, shape).quantized(0.5, 0).constant(vec![1; bytes])
    };
    let state = || of(Int16, &[1, 8]).quantized(0.5, 0).variable();
    let bias = || Tensor::int32(&[2], [0; 2]).quantized(0.25, 0);
    let mut add = |features, time, state, output, options| {
        refusals.add(SVDF, [int8(&[1, 3]), features, time, bias(), state], [output], options);
    };
    let (features, time, output) = (|| filters(Int8, &[2, 3]), || filters(Int16, &[2, 4]), || int8(&[1, 2]));
    add(features(), time(), state(), output(), None);
    add(features(), time(), state(), output(), svdf(0));
    add(features(), time(), state(), output(), svdf(3));
    add(filters(Int8, &[2, 4]), time(), state(), output(), svdf(1));
    add(features(), filters(Int8, &[2, 4]), state(), output(), svdf(1));
    add(features(), time(), of(Int16, &[1, 8]).quantized(0.5, 0), output(), svdf(1));
    add(features(), time(), of(Int16, &[1, 7]).quantized(0.5, 0).variable(), output(), svdf(1));
    add(features(), time(), state().quantized(0.5, 1), output(), svdf(1));
    add(features(), time(), state(), int8(&[1, 3]), svdf(1));

    let lstm = |fused_activation_function, diagonal_recurrent_tensors| {
        let args = schema::UnidirectionalSequenceLstmOptionsArgs {
            fused_activation_function,
            diagonal_recurrent_tensors,
            ..Default::default()
        };
        options(schema::UnidirectionalSequenceLstmOptions::create, args)
    };
    // Where a layer without peepholes, projection and normalisation has none, this one has empty tensors.
    let inputs = |cell_scale| {
        let mut inputs = vec![int8(&[1, 2, 3])];
        inputs.extend((0..4).map(|_| filters(Int8, &[2, 3])));
        inputs.extend((0..4).map(|_| filters(Int8, &[2, 2])));
        inputs.extend((0..3).map(|_| filters(Int16, &[2])));
        inputs.extend((0..4).map(|_| bias()));
        inputs.extend((0..2).map(|_| filters(Int8, &[2])));
        inputs.push(int8(&[1, 2]).variable());
        inputs.push(of(Int16, &[1, 2]).quantized(cell_scale, 0).variable());
        inputs
    };
    let output = || int8(&[1, 2, 2]);
    refusals.add(UNIDIRECTIONAL_SEQUENCE_LSTM, inputs(0.5), [output()], None);
    refusals.add(UNIDIRECTIONAL_SEQUENCE_LSTM, inputs(0.5), [output()], lstm(1, false));
    refusals.add(UNIDIRECTIONAL_SEQUENCE_LSTM, inputs(0.5), [output()], lstm(4, true));
    refusals.add(UNIDIRECTIONAL_SEQUENCE_LSTM, inputs(0.5), [output()], lstm(4, false));
}

fn xnnpack(refusals: &mut Refusals) {
    let mut add = |code, inputs: Vec<Tensor>, output, options| {
        refusals.add_with(Rounding::Xnnpack, code, inputs, [output], options);
    };
    let args = schema::AddOptionsArgs::default();
    let float = || of(Float32, &[3]);
    add(SQRT, vec![float()], float(), None);
    add(ADD, vec![float(), float()], float(), options(schema::AddOptions::create, args));
    let far = || int8(&[3]).quantized(1e6, 0);
    add(ADD, vec![int8(&[3]), far()], int8(&[3]), options(schema::AddOptions::create, args));
    let unsigned = of(Uint8, &[3]).quantized(0.25, 128);
    add(QUANTIZE, vec![int8(&[3])], unsigned, None);
    let weights = int8(&[2, 3]).constant(vec![1; 6]).quantized(0.5, 7);
    let args = schema::FullyConnectedOptionsArgs::default();
    let layer = || options(schema::FullyConnectedOptions::create, args);
    add(FULLY_CONNECTED, vec![int8(&[1, 3]), weights], int8(&[1, 2]), layer());
    add(FULLY_CONNECTED, vec![int8(&[1, 3]), int8(&[2, 3])], int8(&[1, 2]), layer());
}

fn while_running(refusals: &mut Refusals) {
    let gather =
        |axis| options(schema::GatherOptions::create, schema::GatherOptionsArgs { axis, ..Default::default() });
    let values = || int8(&[2, 3]);
    let index = |index: i32| index.to_le_bytes();
    let tensors = || [values(), of(Int32, &[1]), int8(&[1, 3])];
    refusals.run(GATHER, tensors(), &[&[0; 6], &index(2)], gather(0));
    refusals.run(GATHER, tensors(), &[&[0; 6], &index(-1)], gather(0));
    let tensors = [values(), of(Int32, &[1, 1]), int8(&[1, 3])];
    refusals.run(GATHER_ND, tensors, &[&[0; 6], &index(2)], None);
    let int32 = || of(Int32, &[1]);
    let division = options(schema::DivOptions::create, schema::DivOptionsArgs::default());
    refusals.run(operator::DIV, [int32(), int32(), int32()], &[&index(1), &index(0)], division);
    refusals.run(RSQRT, [int8(&[1]), int8(&[1]), int8(&[1])], &[&[0x80]], None);
}
