//! RESIZE_BILINEAR.

use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16};
use runeblocks_tflite::schema;

use crate::Rounding;
use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::number::{Integer, Number};
use crate::ops::resize::{Grid, Images};
use crate::ops::shared::{cast, cast_mut, check_kind};

/// How numbers of a type are interpolated.
trait Interpolation: Send + Sync {
    type Number: Number;

    /// The neighbours on the input that a row or column of the output lies between, and how far it is from the first: a
    /// number in the interpolation's own form.
    fn neighbours(images: &Images, grid: Grid, axis: usize, place: usize) -> [u32; 3];

    /// The value between four: those of the upper row, then those of the lower. `down` and `right` are how far it is from
    /// the first.
    fn value(corners: [Self::Number; 4], down: u32, right: u32) -> Self::Number;
}

/// In 32-bit floating point.
struct Float;

impl Float {
    fn neighbours(images: &Images, grid: Grid, axis: usize, place: usize) -> [u32; 3] {
        let scale = images.scale(axis, grid);
        let place = if grid.half_pixel_centers { (place as f32 + 0.5) * scale - 0.5 } else { place as f32 * scale };
        let last = images.input[axis] - 1;
        let lower = libm::floorf(place).max(0.0) as usize;
        let upper = (libm::ceilf(place).max(0.0) as usize).min(last);
        [lower.min(last) as u32, upper as u32, (place - lower as f32).to_bits()]
    }

    /// The value with `more` added, which makes 0 of −0 where it is 0.
    fn value([a, b, c, d]: [f32; 4], down: u32, right: u32, more: f32) -> f32 {
        let (down, right) = (f32::from_bits(down), f32::from_bits(right));
        let (up, left) = (1.0 - down, 1.0 - right);
        a * up * left + c * down * left + b * up * right + d * down * right + more
    }
}

impl Interpolation for Float {
    type Number = f32;

    fn neighbours(images: &Images, grid: Grid, axis: usize, place: usize) -> [u32; 3] {
        Float::neighbours(images, grid, axis, place)
    }

    fn value(corners: [f32; 4], down: u32, right: u32) -> f32 {
        Float::value(corners, down, right, 0.0)
    }
}

/// `uint8`, which is held 128 lower, in floating point.
struct Unsigned;

impl Interpolation for Unsigned {
    type Number = u8;

    fn neighbours(images: &Images, grid: Grid, axis: usize, place: usize) -> [u32; 3] {
        Float::neighbours(images, grid, axis, place)
    }

    fn value(corners: [u8; 4], down: u32, right: u32) -> u8 {
        Float::value(corners.map(|byte| f32::from(byte ^ 0x80)), down, right, 0.5) as u8 ^ 0x80
    }
}

/// Integers, with the places in 1024ths.
struct Fixed<T>(PhantomData<T>);

const ONE: i64 = 1 << 10;

impl<T: Integer> Interpolation for Fixed<T> {
    type Number = T;

    fn neighbours(images: &Images, grid: Grid, axis: usize, place: usize) -> [u32; 3] {
        let [input, output, place] = [images.input[axis], images.output[axis], place].map(|length| length as i64);
        let scale = if grid.align_corners && output > 1 {
            (ONE * (input - 1) + (output - 1) / 2) / (output - 1)
        } else {
            (ONE * input + output / 2) / output
        };
        let place = place * scale + if grid.half_pixel_centers { scale / 2 - ONE / 2 } else { 0 };
        let lower = (place / ONE).clamp(0, input - 1);
        let upper = ((place + ONE - 1) / ONE).clamp(0, input - 1);
        [lower as u32, upper as u32, (place - lower * ONE) as u32]
    }

    fn value(corners: [T; 4], down: u32, right: u32) -> T {
        let [a, b, c, d] = corners.map(|corner| i64::from(corner.widened()));
        let [down, right] = [down, right].map(|way| i64::from(way as i32));
        let (up, left) = (ONE - down, ONE - right);
        let sum = a * up * left + c * down * left + b * up * right + d * down * right;
        let half = if sum > 0 { ONE * ONE / 2 } else { -ONE * ONE / 2 };
        T::saturated(((sum + half) / (ONE * ONE)) as i32)
    }
}

/// `int8` as XNNPACK has it: floating-point places rounded to 2048ths, and the result to the nearest, ties up.
struct Rounded;

impl Interpolation for Rounded {
    type Number = i8;

    fn neighbours(images: &Images, grid: Grid, axis: usize, place: usize) -> [u32; 3] {
        let scale = images.scale(axis, grid);
        let place = if grid.half_pixel_centers { (place as f32 + 0.5) * scale - 0.5 } else { place as f32 * scale };
        let (place, last) = (place.max(0.0), images.input[axis] - 1);
        let lower = (place as usize).min(last);
        let way = libm::rintf((place - lower as f32) * 2048.0);
        [lower as u32, (lower + 1).min(last) as u32, way as u32]
    }

    fn value(corners: [i8; 4], down: u32, right: u32) -> i8 {
        let [a, b, c, d] = corners.map(i32::from);
        let [down, right] = [down, right].map(|way| way as i32);
        let (upper, lower) = (2048 * a + (b - a) * right, 2048 * c + (d - c) * right);
        ((2048 * upper + (lower - upper) * down + (1 << 21)) >> 22) as i8
    }
}

/// Interpolates each pixel of the output between four of the input.
struct ResizeBilinear<I> {
    images: Images,
    grid: Grid,
    input: usize,
    output: usize,
    interpolation: PhantomData<I>,
}

impl<I: Interpolation> Op for ResizeBilinear<I> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, scratch) = memory.get([self.input], self.output);
        let (input, output) = (cast::<I::Number>(input), cast_mut::<I::Number>(output));
        let Images { batches, input: [height, width], output: [rows, _], channels } = self.images;
        let columns = cast_mut::<[u32; 3]>(scratch);
        for (column, neighbours) in columns.iter_mut().enumerate() {
            *neighbours = I::neighbours(&self.images, self.grid, 1, column);
        }
        let mut outputs = output.iter_mut();
        for batch in 0..batches {
            for row in 0..rows {
                let [upper, lower, down] = I::neighbours(&self.images, self.grid, 0, row);
                let [upper, lower] =
                    [upper, lower].map(|row| &input[(batch * height + row as usize) * width * channels..]);
                for &[left, right, across] in &*columns {
                    let [left, right] = [left, right].map(|column| column as usize * channels);
                    let first = upper[left..][..channels].iter().zip(&upper[right..][..channels]);
                    let second = lower[left..][..channels].iter().zip(&lower[right..][..channels]);
                    for (((&a, &b), (&c, &d)), output) in first.zip(second).zip(&mut outputs) {
                        *output = I::value([a, b, c, d], down, across);
                    }
                }
            }
        }
        Ok(())
    }
}

/// RESIZE_BILINEAR.
pub(super) fn resize_bilinear(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let Some(options) = node.options::<schema::ResizeBilinearOptions<'_>>() else {
        refuse!("it has no options: expected those of RESIZE_BILINEAR");
    };
    let grid = Grid { align_corners: options.align_corners(), half_pixel_centers: options.half_pixel_centers() };
    let images = Images::of(node, grid)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input 0", input, &[Int8, Int16, Float32])?;
    if output.elements() == 0 {
        return Ok(Prepared::Nothing);
    }
    match input.kind {
        Float32 => with::<Float>(node, images, grid),
        Int16 => with::<Fixed<i16>>(node, images, grid),
        _ if node.rounding == Rounding::Xnnpack => with::<Rounded>(node, images, grid),
        _ if input.was_unsigned => with::<Unsigned>(node, images, grid),
        _ => with::<Fixed<i8>>(node, images, grid),
    }
}

fn with<I: Interpolation + 'static>(node: &Node<'_>, images: Images, grid: Grid) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?.index, node.output(0)?.index);
    let resize = ResizeBilinear::<I> { images, grid, input, output, interpolation: PhantomData };
    Prepared::with_scratch(resize, 12 * images.output[1])
}
