//! AVERAGE_POOL_2D and MAX_POOL_2D.

use core::ops::Range;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16};
use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::number::Integer;
use crate::ops::shared::{cast, cast_mut, check_kind, check_rank, positive};
use crate::ops::transfer::check_type;
use crate::ops::window::{Padding, Window};

/// Windows over images.
#[derive(Clone, Copy)]
struct Windows {
    batches: usize,
    /// Rows, columns and channels.
    input: [usize; 3],
    /// Rows and columns.
    output: [usize; 2],
    /// Rows and columns of a window.
    size: [usize; 2],
    stride: [usize; 2],
    /// Rows above the first and columns before it that windows cover.
    padding: [usize; 2],
}

impl Windows {
    /// The part of an axis that a window covers.
    fn part(&self, axis: usize, window: usize) -> Range<usize> {
        let start = window * self.stride[axis];
        let end = (start + self.size[axis]).saturating_sub(self.padding[axis]).min(self.input[axis]);
        start.saturating_sub(self.padding[axis]).min(end)..end
    }

    /// Calls `pool` for each window in order with the number of its pixels and the rows of `input` that it covers, and the
    /// pixel of `output` that it makes.
    fn each<T>(&self, input: &[T], output: &mut [T], mut pool: impl FnMut(usize, Rows<'_, T>, &mut [T])) {
        let [height, width, channels] = self.input;
        if channels == 0 {
            return;
        }
        let mut outputs = output.chunks_exact_mut(channels);
        for batch in 0..self.batches {
            for y in 0..self.output[0] {
                let rows = self.part(0, y);
                for (x, output) in (0..self.output[1]).zip(&mut outputs) {
                    let columns = self.part(1, x);
                    let first = (batch * height + rows.start) * width + columns.start;
                    let (row, stride) = (columns.len() * channels, width * channels);
                    let covered = Rows { from: &input[first * channels..], row, stride, count: rows.len() };
                    pool(rows.len() * columns.len(), covered, output);
                }
            }
        }
    }
}

/// The rows of an image that a window covers, as far as it covers them.
struct Rows<'a, T> {
    from: &'a [T],
    /// Elements of a row.
    row: usize,
    /// Elements from a row to the next.
    stride: usize,
    count: usize,
}

impl<'a, T> Rows<'a, T> {
    /// The elements of each row.
    fn iter(&self) -> impl Iterator<Item = &'a [T]> {
        let Rows { from, row, stride, count } = *self;
        (0..count).map(move |number| &from[number * stride..][..row])
    }
}

/// The average of each window, of integers.
struct AverageInteger<T> {
    windows: Windows,
    limits: [T; 2],
    /// What is added to each element before the average is rounded, and taken off again.
    raised: i32,
    input: usize,
    output: usize,
}

impl<T: Integer> Op for AverageInteger<T> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, scratch) = memory.get([self.input], self.output);
        let sums = cast_mut::<i32>(scratch);
        let [low, high] = self.limits.map(T::widened);
        self.windows.each::<T>(cast(input), cast_mut(output), |count, rows, output| {
            let count = count as i32;
            sums.fill(self.raised.wrapping_mul(count));
            for row in rows.iter() {
                for pixel in row.chunks_exact(sums.len()) {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum = sum.wrapping_add(value.widened());
                    }
                }
            }
            for (output, &sum) in output.iter_mut().zip(&*sums) {
                let half = if sum > 0 { count / 2 } else { -(count / 2) };
                let average = sum.wrapping_add(half).wrapping_div(count) - self.raised;
                *output = T::saturated(average.max(low).min(high));
            }
        });
        Ok(())
    }
}

/// The greatest of each window, of integers.
struct MaxInteger<T> {
    windows: Windows,
    limits: [T; 2],
    input: usize,
    output: usize,
}

impl<T: Integer> Op for MaxInteger<T> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let [low, high] = self.limits;
        self.windows.each::<T>(cast(input), cast_mut(output), |_, rows, output| {
            output.fill(low);
            for row in rows.iter() {
                for pixel in row.chunks_exact(output.len()) {
                    for (greatest, &value) in output.iter_mut().zip(pixel) {
                        *greatest = value.max(*greatest);
                    }
                }
            }
            for greatest in output {
                *greatest = (*greatest).min(high);
            }
        });
        Ok(())
    }
}

/// The average or the greatest of each window, of `float32`.
struct FloatPool {
    kind: Kind,
    windows: Windows,
    limits: [f32; 2],
    input: usize,
    output: usize,
}

impl Op for FloatPool {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let [low, high] = self.limits;
        let (input, output) = (cast::<f32>(input), cast_mut(output));
        match self.kind {
            Kind::Average => self.windows.each(input, output, |count, rows, output| {
                output.fill(0.0);
                for row in rows.iter() {
                    for pixel in row.chunks_exact(output.len()) {
                        output.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
                    }
                }
                output.iter_mut().for_each(|sum| *sum = (*sum / count as f32).clamp(low, high));
            }),
            Kind::Max => self.windows.each(input, output, |_, rows, output| {
                output.fill(f32::MIN);
                for row in rows.iter() {
                    for pixel in row.chunks_exact(output.len()) {
                        let greater = |(greatest, &value): (&mut f32, &f32)| {
                            *greatest = if *greatest < value { value } else { *greatest };
                        };
                        output.iter_mut().zip(pixel).for_each(greater);
                    }
                }
                output.iter_mut().for_each(|greatest| *greatest = greatest.clamp(low, high));
            }),
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Average,
    Max,
}

/// AVERAGE_POOL_2D. Averages of integers are rounded to nearest, ties away from 0.
pub(super) fn average_pool_2d(node: &Node<'_>) -> Result<Prepared, Refusal> {
    pool(node, Kind::Average)
}

/// MAX_POOL_2D.
pub(super) fn max_pool_2d(node: &Node<'_>) -> Result<Prepared, Refusal> {
    pool(node, Kind::Max)
}

fn pool(node: &Node<'_>, kind: Kind) -> Result<Prepared, Refusal> {
    node.check_counts(1..=1, 1)?;
    let Some(options) = node.options::<schema::Pool2DOptions<'_>>() else {
        refuse!("it has no options: expected those of a pool");
    };
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input 0", input, &[Int8, Int16, Float32])?;
    check_type(output, input)?;
    let [batches, height, width, channels] = check_rank("input 0", input)?;
    let padding = Padding::of(options.padding())?;
    let window =
        |size, stride| Ok(Window { size: positive("filter", size)?, stride: positive("stride", stride)?, dilation: 1 });
    let [rows, columns] =
        [window(options.filter_height(), options.stride_h())?, window(options.filter_width(), options.stride_w())?];
    let ((output_rows, top), (output_columns, left)) = (padding.over(height, rows), padding.over(width, columns));
    node.check_shape(0, &[batches, output_rows, output_columns, channels])?;
    let windows = Windows {
        batches,
        input: [height, width, channels],
        output: [output_rows, output_columns],
        size: [rows.size, columns.size],
        stride: [rows.stride, columns.stride],
        padding: [top, left],
    };
    let activation = Activation::of(options.fused_activation_function())?;
    match input.kind {
        Float32 => {
            let limits = activation.limits();
            Prepared::run(FloatPool { kind, windows, limits, input: input.index, output: output.index })
        }
        Int16 => integer_pool::<i16>(node, kind, windows, activation),
        _ => integer_pool::<i8>(node, kind, windows, activation),
    }
}

fn integer_pool<T: Integer + 'static>(
    node: &Node<'_>,
    kind: Kind,
    windows: Windows,
    activation: Activation,
) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let ((input_scale, input_zero_point), (scale, zero_point)) = (input.quantization()?, output.quantization()?);
    if (input_scale - scale).abs() > 1e-6 || input_zero_point != zero_point {
        refuse!(
            "its input has the scale {input_scale} and the zero point {input_zero_point}, its output {scale} and \
             {zero_point}: expected the same"
        );
    }
    let limits = activation.quantized_limits(output)?.map(T::saturated);
    let (input, output) = (input.index, output.index);
    match kind {
        Kind::Average => {
            // Averages of uint8 are rounded by its own 0.
            let raised = if node.output(0)?.was_unsigned { 128 } else { 0 };
            let scratch = 4 * windows.input[2];
            Prepared::with_scratch(AverageInteger { windows, limits, raised, input, output }, scratch)
        }
        Kind::Max => Prepared::run(MaxInteger { windows, limits, input, output }),
    }
}
