//! Movement of data.

use runeblocks_tflite::TensorType::{self, Bool, Float32, Int8, Int16, Int32, Int64, Uint8};
use runeblocks_tflite::{operator, schema};

use super::{Case, Operator};
use crate::model::{Graph, Options, Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] = &[
    ("RESHAPE", reshape),
    ("SQUEEZE", squeeze),
    ("EXPAND_DIMS", expand_dims),
    ("PAD", pad),
    ("PADV2", pad_v2),
    ("MIRROR_PAD", mirror_pad),
    ("CONCATENATION", concatenation),
    ("PACK", pack),
    ("UNPACK", unpack),
    ("SPLIT", split),
    ("SPLIT_V", split_v),
    ("SLICE", slice),
    ("STRIDED_SLICE", strided_slice),
    ("TRANSPOSE", transpose),
    ("REVERSE_V2", reverse),
    ("GATHER", gather),
    ("GATHER_ND", gather_nd),
    ("BROADCAST_TO", broadcast_to),
    ("FILL", fill),
    ("SHAPE", shape),
    ("ZEROS_LIKE", zeros_like),
    ("CUMSUM", cumsum),
];

/// A tensor of a type, quantised where the type is one that is.
pub fn tensor(random: &mut Random, kind: TensorType, shape: &[usize]) -> Tensor {
    let tensor = Tensor::new(kind, shape);
    match kind {
        Int8 | Uint8 | Int16 => tensor.quantized(random.scale(), random.zero_point(kind)),
        _ => tensor,
    }
}

/// A tensor like another in another shape.
pub fn shaped(like: &Tensor, shape: &[usize]) -> Tensor {
    Tensor { shape: shape.to_vec(), ..like.clone() }
}

/// A model of one operator. Inputs without content are the model's.
pub fn case(
    random: &mut Random,
    code: i32,
    inputs: impl IntoIterator<Item = Tensor>,
    outputs: impl IntoIterator<Item = Tensor>,
    options: Option<Options>,
) -> Case {
    let mut graph = Graph::default();
    let add = |tensor: Tensor| if tensor.constant.is_some() { graph.add(tensor) } else { graph.input(tensor) };
    let inputs: Vec<Option<usize>> = inputs.into_iter().map(add).map(Some).collect();
    let outputs: Vec<usize> = outputs.into_iter().map(|tensor| graph.output(tensor)).collect();
    graph.operator(code, &inputs, &outputs, options);
    Case::new(random, &graph)
}

/// A constant list of `int32`.
pub fn list(values: impl IntoIterator<Item = i64>) -> Tensor {
    let values: Vec<i32> = values.into_iter().map(|value| value as i32).collect();
    Tensor::int32(&[values.len()], values)
}

/// A constant of one `int32`.
fn scalar(value: i64) -> Tensor {
    Tensor::int32(&[], [value as i32])
}

/// An axis by its number from the first or from the end.
fn any_end(random: &mut Random, axis: usize, rank: usize) -> i64 {
    if random.once_in(3) { axis as i64 - rank as i64 } else { axis as i64 }
}

/// One of some types, `int8` most often.
fn kind(random: &mut Random, others: &[TensorType]) -> TensorType {
    if random.once_in(2) { Int8 } else { random.pick(others) }
}

fn reshape(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Int16, Float32, Int32, Int64, Bool]);
    let (rank, longest) = (random.size(0, 5), 6);
    let shape = random.shape(rank, longest);
    let mut reshaped: Vec<usize> = shape.iter().rev().copied().collect();
    while reshaped.len() > 1 && random.once_in(2) {
        let last = reshaped.pop().unwrap_or(1);
        reshaped[0] *= last;
    }
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &reshaped);
    let mut new_shape: Vec<i64> = reshaped.iter().map(|&length| length as i64).collect();
    if !new_shape.is_empty() && random.once_in(3) {
        let open = random.size(0, new_shape.len() - 1);
        new_shape[open] = -1;
    }
    let inputs = if random.once_in(3) || new_shape.is_empty() { vec![input] } else { vec![input, list(new_shape)] };
    case(random, operator::RESHAPE, inputs, [output], None)
}

fn squeeze(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Int16, Float32, Int32, Int64, Bool]);
    let mut shape = random.shape(2, 6);
    let input_shape = [1, shape[0], 1, shape[1]];
    let squeezed: Vec<i32> = random.pick(&[&[0, 2][..], &[0], &[-2], &[]]).to_vec();
    match squeezed[..] {
        [0] => shape.insert(1, 1),
        [-2] => shape.insert(0, 1),
        _ => shape.retain(|&length| squeezed.len() == 2 || length != 1),
    }
    let input = tensor(random, kind, &input_shape);
    let output = shaped(&input, &shape);
    let options: Options = Box::new(move |builder| {
        let squeeze_dims = Some(builder.create_vector(&squeezed));
        let args = schema::SqueezeOptionsArgs { squeeze_dims, ..Default::default() };
        (30, schema::SqueezeOptions::create(builder, &args).as_union_value())
    });
    case(random, operator::SQUEEZE, [input], [output], Some(options))
}

fn expand_dims(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32]);
    let rank = random.size(0, 4);
    let mut shape = random.shape(rank, 6);
    let input = tensor(random, kind, &shape);
    let axis = random.size(0, rank);
    shape.insert(axis, 1);
    let output = shaped(&input, &shape);
    let axis = Tensor::int32(&[1], [any_end(random, axis, rank + 1) as i32]);
    case(random, operator::EXPAND_DIMS, [input, axis], [output], None)
}

/// A shape, paddings that are `most` of each length at most, and the padded shape.
fn padded(random: &mut Random, most: impl Fn(usize) -> usize) -> (Vec<usize>, Tensor, Vec<usize>) {
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 6);
    let paddings: Vec<usize> = shape
        .iter()
        .flat_map(|&length| [0, 1].map(|_| if random.once_in(2) { random.size(0, most(length)) } else { 0 }))
        .collect();
    let padded = shape.iter().zip(paddings.chunks(2)).map(|(length, pair)| length + pair[0] + pair[1]).collect();
    (shape, Tensor::int32(&[rank, 2], paddings.iter().map(|&padding| padding as i32)), padded)
}

fn pad(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32]);
    let (shape, paddings, padded) = padded(random, |_| 3);
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &padded);
    case(random, operator::PAD, [input, paddings], [output], None)
}

fn pad_v2(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32]);
    let (shape, paddings, padded) = padded(random, |_| 3);
    let input = tensor(random, kind, &shape);
    let mut value = shaped(&input, if random.once_in(2) { &[] } else { &[1] });
    if random.once_in(2) {
        value = value.constant(random.content(kind, 1));
    }
    let output = shaped(&input, &padded);
    case(random, operator::PADV2, [input, paddings, value], [output], None)
}

fn mirror_pad(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Float32]);
    let mode = random.pick(&[0, 1]);
    let (shape, paddings, padded) = padded(random, |length| length - usize::from(mode == 0));
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &padded);
    let args = schema::MirrorPadOptionsArgs { mode, ..Default::default() };
    case(random, operator::MIRROR_PAD, [input, paddings], [output], options(schema::MirrorPadOptions::create, args))
}

fn concatenation(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32, Int64, Bool]);
    let rank = random.size(1, 4);
    let mut shape = random.shape(rank, 6);
    let axis = random.size(0, rank - 1);
    let output = tensor(random, kind, &shape);
    let unlike = matches!(kind, Uint8 | Int16) && random.once_in(2);
    let inputs: Vec<Tensor> = (0..random.size(1, 4))
        .map(|_| {
            shape[axis] = random.size(1, 5);
            let mut input = shaped(&output, &shape);
            if unlike && random.once_in(2) {
                input.scales = vec![output.scales[0] * random.power(-3.0, 3.0)];
                input.zero_points = vec![random.zero_point(kind)];
            }
            if random.once_in(5) { input.constant(random.content(kind, shape.iter().product())) } else { input }
        })
        .collect();
    shape[axis] = inputs.iter().map(|input| input.shape[axis]).sum();
    let output = shaped(&output, &shape);
    let args = schema::ConcatenationOptionsArgs { axis: any_end(random, axis, rank) as i32, ..Default::default() };
    case(random, operator::CONCATENATION, inputs, [output], options(schema::ConcatenationOptions::create, args))
}

fn pack(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32, Int64]);
    let rank = random.size(0, 3);
    let mut shape = random.shape(rank, 6);
    let (axis, count) = (random.size(0, rank), random.size(1, 4));
    let input = tensor(random, kind, &shape);
    shape.insert(axis, count);
    let output = shaped(&input, &shape);
    let axis = any_end(random, axis, rank + 1) as i32;
    let args = schema::PackOptionsArgs { values_count: count as i32, axis, ..Default::default() };
    case(random, operator::PACK, vec![input; count], [output], options(schema::PackOptions::create, args))
}

fn unpack(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32]);
    let rank = random.size(1, 4);
    let mut shape = random.shape(rank, 5);
    let axis = random.size(0, rank - 1);
    let input = tensor(random, kind, &shape);
    let count = shape.remove(axis);
    let outputs = vec![shaped(&input, &shape); count];
    let axis = any_end(random, axis, rank) as i32;
    let args = schema::UnpackOptionsArgs { num: count as i32, axis, ..Default::default() };
    case(random, operator::UNPACK, [input], outputs, options(schema::UnpackOptions::create, args))
}

fn split(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32]);
    let rank = random.size(1, 5);
    let mut shape = random.shape(rank, 5);
    let (axis, count) = (random.size(0, rank - 1), random.size(1, 4));
    let output = tensor(random, kind, &shape);
    shape[axis] *= count;
    let input = shaped(&output, &shape);
    let axis = scalar(any_end(random, axis, rank));
    let args = schema::SplitOptionsArgs { num_splits: count as i32, ..Default::default() };
    case(random, operator::SPLIT, [axis, input], vec![output; count], options(schema::SplitOptions::create, args))
}

fn split_v(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32]);
    let rank = random.size(1, 5);
    let mut shape = random.shape(rank, 5);
    let (axis, count) = (random.size(0, rank - 1), random.size(1, 4));
    let like = tensor(random, kind, &shape);
    let mut lengths: Vec<i64> = Vec::new();
    let mut outputs = Vec::new();
    for _ in 0..count {
        shape[axis] = random.size(1, 4);
        lengths.push(shape[axis] as i64);
        outputs.push(shaped(&like, &shape));
    }
    shape[axis] = lengths.iter().sum::<i64>() as usize;
    if random.once_in(3) {
        let open = random.size(0, count - 1);
        lengths[open] = -1;
    }
    let inputs = [shaped(&like, &shape), list(lengths), scalar(any_end(random, axis, rank))];
    let args = schema::SplitVOptionsArgs { num_splits: count as i32, ..Default::default() };
    case(random, operator::SPLIT_V, inputs, outputs, options(schema::SplitVOptions::create, args))
}

fn slice(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32, Bool]);
    let rank = random.size(1, 5);
    let shape = random.shape(rank, 6);
    let (mut begins, mut sizes, mut sliced) = (Vec::new(), Vec::new(), Vec::new());
    for &length in &shape {
        let begin = random.size(0, length - 1);
        let size = random.size(1, length - begin);
        let to_the_end = begin + size == length && random.once_in(2);
        begins.push(begin as i64);
        sizes.push(if to_the_end { -1 } else { size as i64 });
        sliced.push(size);
    }
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &sliced);
    case(random, operator::SLICE, [input, list(begins), list(sizes)], [output], None)
}

fn strided_slice(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32, Int32, Bool]);
    if kind == Uint8 {
        return strided_slice_of_other_axes(random);
    }
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 7);
    let mut args = schema::StridedSliceOptionsArgs::default();
    let [mut begins, mut ends, mut strides] = [const { Vec::new() }; 3];
    let mut sliced = Vec::new();
    for (axis, &length) in shape.iter().enumerate() {
        let length = length as i64;
        let shrink = random.once_in(5);
        let stride = if shrink { 1 } else { random.pick(&[1, 1, 1, 2, 3, -1, -2]) };
        let [lowest, highest] = if stride > 0 { [0, length] } else { [-1, length - 1] };
        let place = |index: i64| (if index < 0 { index + length } else { index }).clamp(lowest, highest);
        let (begin, end, first, last) = loop {
            let begin =
                if shrink { random.between(-length, length - 1) } else { random.between(-length - 2, length + 2) };
            let end = if shrink { place(begin) + 1 } else { random.between(-length - 2, length + 2) };
            let [from_first, to_last] = [random.once_in(5), !shrink && random.once_in(5)];
            let first = if from_first { if stride > 0 { lowest } else { highest } } else { place(begin) };
            let last = if to_last { if stride > 0 { highest } else { lowest } } else { place(end) };
            if shrink || (last - first) * stride > 0 {
                args.begin_mask |= i32::from(from_first) << axis;
                args.end_mask |= i32::from(to_last) << axis;
                break (begin, end, first, last);
            }
        };
        if shrink {
            args.shrink_axis_mask |= 1 << axis;
        } else {
            sliced.push(((last - first).unsigned_abs() as usize).div_ceil(stride.unsigned_abs() as usize));
        }
        begins.push(begin);
        ends.push(end);
        strides.push(stride);
    }
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &sliced);
    let inputs = [input, list(begins), list(ends), list(strides)];
    case(random, operator::STRIDED_SLICE, inputs, [output], options(schema::StridedSliceOptions::create, args))
}

/// With an ellipsis, new axes, axes that no bounds name, or ends that are lengths: what LiteRT alone takes.
fn strided_slice_of_other_axes(random: &mut Random) -> Case {
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 6);
    let [mut begins, mut ends] = [const { Vec::new() }; 2];
    let mut sliced = Vec::new();
    // LiteRT wants every axis named for lengths, and one that is not for an ellipsis.
    let named = random.size(1, rank);
    let ellipsis = if named < rank && random.once_in(2) { Some(random.size(0, named)) } else { None };
    let mut args = schema::StridedSliceOptionsArgs { offset: named == rank && random.once_in(2), ..Default::default() };
    let mut axes = shape.iter().copied();
    for place in 0..=named {
        if ellipsis == Some(place) {
            args.ellipsis_mask = 1 << begins.len();
            begins.push(0);
            ends.push(0);
            sliced.extend(axes.by_ref().take(rank - named));
        }
        if rank + begins.len() < 5 && !args.offset && random.once_in(4) {
            args.new_axis_mask |= 1 << begins.len();
            begins.push(0);
            ends.push(0);
            sliced.push(1);
        }
        if place < named
            && let Some(length) = axes.next()
        {
            let begin = random.size(0, length - 1);
            let count = random.size(1, length - begin);
            begins.push(begin as i64);
            ends.push(if args.offset { count } else { begin + count } as i64);
            sliced.push(count);
        }
    }
    sliced.extend(axes);
    let strides = list(vec![1; begins.len()]);
    let input = tensor(random, Uint8, &shape);
    let output = shaped(&input, &sliced);
    let inputs = [input, list(begins), list(ends), strides];
    case(random, operator::STRIDED_SLICE, inputs, [output], options(schema::StridedSliceOptions::create, args))
}

/// The axes in any order.
fn order(random: &mut Random, rank: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank).collect();
    (1..rank).for_each(|last| order.swap(last, random.size(0, last)));
    order
}

fn transpose(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Int16, Float32]);
    let rank = random.size(1, 6);
    let shape = random.shape(rank, 5);
    let order = order(random, rank);
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &order.iter().map(|&axis| shape[axis]).collect::<Vec<_>>());
    case(random, operator::TRANSPOSE, [input, list(order.into_iter().map(|axis| axis as i64))], [output], None)
}

fn reverse(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Int16, Float32, Int32, Int64, Bool]);
    let rank = random.size(1, 5);
    let shape = random.shape(rank, 6);
    let first = random.size(0, rank - 1);
    let last = random.size(first, rank - 1);
    let axes: Vec<i64> = (first..=last).map(|axis| any_end(random, axis, rank)).collect();
    let input = tensor(random, kind, &shape);
    let output = input.clone();
    case(random, operator::REVERSE_V2, [input, list(axes)], [output], None)
}

/// Constant indices below a length.
fn indices(random: &mut Random, shape: &[usize], length: impl Fn(usize) -> usize) -> Tensor {
    let count: usize = shape.iter().product();
    Tensor::int32(shape, (0..count).map(|place| random.size(0, length(place) - 1) as i32).collect::<Vec<_>>())
}

fn gather(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Float32]);
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 5);
    let axis = random.size(0, rank - 1);
    let batch_dims = if random.once_in(3) { random.size(0, axis) } else { 0 };
    let (more, longest) = (random.size(0, 2), 4);
    let indexed = [&shape[..batch_dims], &random.shape(more, longest)].concat();
    let gathered = [&shape[..axis], &indexed[batch_dims..], &shape[axis + 1..]].concat();
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &gathered);
    let indices = indices(random, &indexed, |_| shape[axis]);
    let axis = any_end(random, axis, rank) as i32;
    let args = schema::GatherOptionsArgs { axis, batch_dims: batch_dims as i32, ..Default::default() };
    case(random, operator::GATHER, [input, indices], [output], options(schema::GatherOptions::create, args))
}

fn gather_nd(random: &mut Random) -> Case {
    let kind = kind(random, &[Uint8, Float32]);
    let rank = random.size(1, 5);
    let shape = random.shape(rank, 5);
    let (indexed, rows) = (random.size(1, rank), random.size(0, 2));
    let rows = random.shape(rows, 4);
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &[&rows, &shape[indexed..]].concat());
    let indices = indices(random, &[&rows[..], &[indexed]].concat(), |place| shape[place % indexed]);
    case(random, operator::GATHER_ND, [input, indices], [output], None)
}

fn broadcast_to(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Int16, Float32, Int32, Int64, Bool]);
    let rank = random.size(1, 5);
    let shape = random.shape(rank, 5);
    let own: Vec<usize> =
        shape[random.size(0, rank - 1)..].iter().map(|&length| if random.once_in(2) { 1 } else { length }).collect();
    let input = tensor(random, kind, &own);
    let output = shaped(&input, &shape);
    let shape = list(shape.iter().map(|&length| length as i64));
    case(random, operator::BROADCAST_TO, [input, shape], [output], None)
}

fn fill(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Float32, Int32]);
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 5);
    let value = tensor(random, kind, &[]);
    let output = shaped(&value, &shape);
    let shape = list(shape.iter().map(|&length| length as i64));
    case(random, operator::FILL, [shape, value], [output], None)
}

fn shape(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Int16, Float32, Int32, Int64, Bool]);
    let rank = random.size(1, 5);
    let shape = random.shape(rank, 9);
    let input = tensor(random, kind, &shape);
    case(random, operator::SHAPE, [input], [Tensor::new(Int32, &[rank])], None)
}

fn zeros_like(random: &mut Random) -> Case {
    let kind = kind(random, &[Int8, Float32, Int32, Int64]);
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 5);
    let input = tensor(random, kind, &shape);
    let output = input.clone();
    case(random, operator::ZEROS_LIKE, [input], [output], None)
}

fn cumsum(random: &mut Random) -> Case {
    let rank = random.size(1, 4);
    let shape = random.shape(rank, 6);
    let axis = random.size(0, rank - 1);
    let axis = scalar(any_end(random, axis, rank));
    let input = tensor(random, Float32, &shape);
    let output = input.clone();
    let (exclusive, reverse) = (random.once_in(2), random.once_in(2));
    let args = schema::CumsumOptionsArgs { exclusive, reverse, ..Default::default() };
    case(random, operator::CUMSUM, [input, axis], [output], options(schema::CumsumOptions::create, args))
}
