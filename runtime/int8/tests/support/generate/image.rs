//! Pools, and operators that rearrange or resize images.

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Int64, Uint8};
use runeblocks_tflite::{operator, schema};

use super::movement::{case, list, shaped, tensor};
use super::{Case, Operator};
use crate::model::{Tensor, options};
use crate::random::Random;

/// The operators of this family.
pub const OPERATORS: &[Operator] = &[
    ("AVERAGE_POOL_2D", average_pool_2d),
    ("MAX_POOL_2D", max_pool_2d),
    ("RESIZE_NEAREST_NEIGHBOR", resize_nearest_neighbor),
    ("RESIZE_BILINEAR", resize_bilinear),
    ("TRANSPOSE_CONV", transpose_conv),
    ("DEPTH_TO_SPACE", depth_to_space),
    ("SPACE_TO_DEPTH", space_to_depth),
    ("SPACE_TO_BATCH_ND", space_to_batch),
    ("BATCH_TO_SPACE_ND", batch_to_space),
];

/// Batches, rows, columns and channels.
fn image(random: &mut Random) -> [usize; 4] {
    let batches = if random.once_in(4) { 2 } else { 1 };
    [batches, random.size(1, 12), random.size(1, 12), random.length(5, 40)]
}

fn average_pool_2d(random: &mut Random) -> Case {
    pool(random, operator::AVERAGE_POOL_2D)
}

fn max_pool_2d(random: &mut Random) -> Case {
    pool(random, operator::MAX_POOL_2D)
}

fn pool(random: &mut Random, code: i32) -> Case {
    let kind = random.pick(&[Int8, Int8, Uint8, Int16, Float32]);
    let [batches, height, width, channels] = image(random);
    let padding = random.pick(&[0, 1]);
    let [rows, columns] = [height, width].map(|length| {
        let longest = if padding == 0 { length + 2 } else { length };
        let size = if random.once_in(5) { length } else { random.size(1, longest.min(5)) };
        let stride = if random.once_in(2) { size } else { random.size(1, 4) };
        let count = if padding == 0 { length.div_ceil(stride) } else { (length - size) / stride + 1 };
        (size, stride, count)
    });
    let input = tensor(random, kind, &[batches, height, width, channels]);
    let output = shaped(&input, &[batches, rows.2, columns.2, channels]);
    let args = schema::Pool2DOptionsArgs {
        padding,
        stride_h: rows.1 as i32,
        stride_w: columns.1 as i32,
        filter_height: rows.0 as i32,
        filter_width: columns.0 as i32,
        fused_activation_function: random.activation(),
        ..Default::default()
    };
    case(random, code, [input], [output], options(schema::Pool2DOptions::create, args))
}

/// An image of a type, the size of another, and the image in this size.
fn resized(random: &mut Random) -> [Tensor; 3] {
    let kind = random.pick(&[Int8, Uint8, Float32]);
    let shape @ [batches, .., channels] = image(random);
    let [rows, columns] = [random.size(1, 20), random.size(1, 20)];
    let input = tensor(random, kind, &shape);
    let output = shaped(&input, &[batches, rows, columns, channels]);
    [input, list([rows as i64, columns as i64]), output]
}

fn resize_nearest_neighbor(random: &mut Random) -> Case {
    let [mut input, size, mut output] = resized(random);
    if random.once_in(4) {
        (input.kind, output.kind) = (Int16, Int16);
        (input.zero_points, output.zero_points) = (vec![0], vec![0]);
        (input.scales, output.scales) = (vec![1.0], vec![1.0]);
    }
    let (align_corners, half_pixel_centers) = random.pick(&[(false, false), (true, false), (false, true)]);
    let args = schema::ResizeNearestNeighborOptionsArgs { align_corners, half_pixel_centers, ..Default::default() };
    let options = options(schema::ResizeNearestNeighborOptions::create, args);
    case(random, operator::RESIZE_NEAREST_NEIGHBOR, [input, size], [output], options)
}

fn resize_bilinear(random: &mut Random) -> Case {
    let [input, size, output] = resized(random);
    let (align_corners, half_pixel_centers) = random.pick(&[(false, false), (true, false), (false, true)]);
    let args = schema::ResizeBilinearOptionsArgs { align_corners, half_pixel_centers, ..Default::default() };
    let options = options(schema::ResizeBilinearOptions::create, args);
    case(random, operator::RESIZE_BILINEAR, [input, size], [output], options)
}

fn transpose_conv(random: &mut Random) -> Case {
    let kind = random.pick(&[Int8, Int8, Uint8, Int16, Float32]);
    let [batches, height, width, depth] = image(random);
    let (padding, channels) = (random.pick(&[0, 1]), random.length(8, 20));
    let [rows, columns] = [height.min(6), width.min(6)].map(|length| {
        let (size, stride) = (random.size(1, 5), random.size(1, 3));
        let more = random.size(0, stride - 1);
        let count = if padding == 0 { length * stride - more } else { (length - 1) * stride + size + more };
        (length, size, stride, count)
    });
    let input = tensor(random, kind, &[batches, rows.0, columns.0, depth]);
    let weights_shape = [channels, rows.1, columns.1, depth];
    let (taps, count) = (rows.1 * columns.1 * depth, weights_shape.iter().product());
    let weights_kind = if kind == Int16 { Int8 } else { kind };
    let mut weights = Tensor::new(weights_kind, &weights_shape).constant(random.content(weights_kind, count));
    let mut output = tensor(random, kind, &[batches, rows.3, columns.3, channels]);
    let bias_kind = match kind {
        Float32 => Float32,
        Int16 => Int64,
        _ => Int32,
    };
    let mut bias = Tensor::new(bias_kind, &[channels]).constant(random.content(bias_kind, channels));
    if kind != Float32 {
        let scales: Vec<f32> = (0..channels).map(|_| random.power(-9.0, -6.0)).collect();
        let sum = (taps as f32).sqrt() * if kind == Int16 { 70.0 } else { 40.0 };
        output.scales = vec![input.scales[0] / 128.0 * sum * random.power(-2.0, 2.0)];
        let bias_scales: Vec<f32> = scales.iter().map(|scale| scale * input.scales[0]).collect();
        bias = bias.quantized_along(0, bias_scales, vec![0; channels]);
        weights = match (kind, random.once_in(4)) {
            (Uint8, _) => weights.quantized(scales[0], random.zero_point(Uint8)),
            (_, true) => weights.quantized(scales[0], 0),
            _ => weights.quantized_along(0, scales, vec![0; channels]),
        };
    }
    let size = list(output.shape.iter().map(|&length| length as i64));
    let args = schema::TransposeConvOptionsArgs {
        padding,
        stride_h: rows.2 as i32,
        stride_w: columns.2 as i32,
        fused_activation_function: random.activation(),
        ..Default::default()
    };
    let mut inputs = vec![size, weights, input];
    inputs.extend(if random.once_in(3) { None } else { Some(bias) });
    case(random, operator::TRANSPOSE_CONV, inputs, [output], options(schema::TransposeConvOptions::create, args))
}

/// A block's length, an image of blocks, and the same with the blocks as channels.
fn deep(random: &mut Random) -> (i32, [Tensor; 2]) {
    let kind = random.pick(&[Int8, Uint8, Float32]);
    let (block, [batches, rows, columns, channels]) = (random.size(1, 4), image(random));
    let wide = tensor(random, kind, &[batches, rows * block, columns * block, channels]);
    let deep = shaped(&wide, &[batches, rows, columns, channels * block * block]);
    (block as i32, [wide, deep])
}

fn depth_to_space(random: &mut Random) -> Case {
    let (block_size, [wide, deep]) = deep(random);
    let args = schema::DepthToSpaceOptionsArgs { block_size, ..Default::default() };
    case(random, operator::DEPTH_TO_SPACE, [deep], [wide], options(schema::DepthToSpaceOptions::create, args))
}

fn space_to_depth(random: &mut Random) -> Case {
    let (block_size, [wide, deep]) = deep(random);
    let args = schema::SpaceToDepthOptionsArgs { block_size, ..Default::default() };
    case(random, operator::SPACE_TO_DEPTH, [wide], [deep], options(schema::SpaceToDepthOptions::create, args))
}

/// Images, those of the places of their blocks, the lengths of a block, and the edges.
fn blocks(random: &mut Random) -> [Tensor; 4] {
    let kind = random.pick(&[Int8, Uint8, Float32]);
    let spatial = random.size(1, 2);
    let (mut parts, channels) = (random.size(1, 2), random.length(5, 20));
    let [mut whole, mut part] = [vec![parts], Vec::new()];
    let (mut lengths, mut edges) = (Vec::new(), Vec::new());
    for _ in 0..spatial {
        let (block, count) = (random.size(1, 3), random.size(1, 5));
        let before = random.size(0, (block * count - 1).min(4));
        let after = random.size(0, (block * count - 1 - before).min(4));
        whole.push(block * count - before - after);
        part.push(count);
        parts *= block;
        lengths.push(block as i64);
        edges.extend([before as i32, after as i32]);
    }
    whole.push(channels);
    let part = [&[parts], &part[..], &[channels]].concat();
    let whole = tensor(random, kind, &whole);
    let part = shaped(&whole, &part);
    [whole, part, list(lengths), Tensor::int32(&[spatial, 2], edges)]
}

fn space_to_batch(random: &mut Random) -> Case {
    let [whole, part, lengths, edges] = blocks(random);
    case(random, operator::SPACE_TO_BATCH_ND, [whole, lengths, edges], [part], None)
}

fn batch_to_space(random: &mut Random) -> Case {
    let [whole, part, lengths, edges] = blocks(random);
    case(random, operator::BATCH_TO_SPACE_ND, [part, lengths, edges], [whole], None)
}
