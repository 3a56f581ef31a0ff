//! Convolution as a product of matrices: of the taps of several pixels with the weights of several channels.
//!
//! The taps of a pixel are not gathered: a product reads them in groups from where they lie in the padded image.

use alloc::vec::Vec;

use crate::kernel::conv::Form;
use crate::kernel::finish::{Channels, Finish};
use crate::kernel::geometry::Taps;
use crate::kernel::padded::{Padded, Places};
use crate::kernel::vector::{Kernel, Lanes, Product, Tap};
use crate::kernel::{Geometry, Layer};

/// How many pixels a product has.
const PIXELS: usize = 4;

/// The number of weights in the order of products that is always allowed.
const ALWAYS: usize = 1 << 16;
/// Up to how many times as many as there are weights there may be beyond that.
const MOST_WEIGHTS: usize = 8;

/// A convolution with its weights in the order in which products read them.
#[derive(Debug)]
pub(super) struct Matrix<V: Product> {
    padded: Padded,
    /// Values of an image and of what is made of it.
    lens: [usize; 2],
    /// Pixels that are made.
    pixels: usize,
    places: Places,
    /// Where runs of taps begin, from a pixel's place.
    runs: Vec<usize>,
    /// Groups of taps of a run.
    run_groups: usize,
    /// Where the last run ends.
    reach: usize,
    /// Groups of channels, of which each sees its own part of the input.
    groups: usize,
    /// Input channels of a group.
    depth: usize,
    /// Output channels of a group.
    channels: usize,
    /// For each group and its channels, as many as there are lanes at a time: by run and group of taps.
    weights: Vec<V::Weights>,
    parameters: Vec<Channels<<V::Sums as Lanes>::Numbers>>,
    finish: Finish,
}

impl<V: Product> Matrix<V> {
    /// Prepares a layer of which no size is 0, unless what it takes were far larger than the layer.
    pub(super) fn new(layer: &Layer<'_>, taps: &Taps) -> Option<Self> {
        let Geometry { input, output, kernel: [rows, columns], stride, .. } = layer.geometry;
        let padded = Padded::new(&layer.geometry, layer.input_zero_point, 1, V::GROUP)?;
        let groups = input[2] / taps.depth;
        let vectors = taps.group.div_ceil(V::Sums::LANES);
        let runs = runs(&layer.geometry, &padded, taps.depth);
        let run = rows * columns * taps.depth / runs.len();
        let run_groups = run.div_ceil(V::GROUP);
        let count = groups.checked_mul(vectors)?.checked_mul(runs.len())?.checked_mul(run_groups)?;
        let most = layer.weights.len().checked_mul(MOST_WEIGHTS)?.checked_add(ALWAYS)?;
        if count.checked_mul(V::Sums::LANES * V::GROUP)? > most {
            return None;
        }

        let weight = |channel: usize, tap: usize| {
            let at = channel * taps.output_stride + tap / taps.depth * taps.tap_stride + tap % taps.depth;
            i32::from(layer.weights[at]) - layer.weights_zero_point
        };
        // What an input of 0 is to the kernel, whose products the bias takes off.
        let zero = V::Tap::of(layer.input_zero_point as i8, layer.input_zero_point).value();
        let bias = |channel: usize| {
            let sum = (0..rows * columns * taps.depth).map(|tap| weight(channel, tap)).fold(0, i32::wrapping_add);
            layer.bias.map_or(0, |bias| bias[channel]).wrapping_sub(zero.wrapping_mul(sum))
        };
        let mut weights = Vec::with_capacity(count);
        let mut parameters = Vec::with_capacity(groups * vectors);
        for (group, vector) in (0..groups).flat_map(|group| (0..vectors).map(move |vector| (group, vector))) {
            let channel = |lane: usize| {
                let in_group = vector * V::Sums::LANES + lane;
                (in_group < taps.group).then_some(group * taps.group + in_group)
            };
            for at in 0..runs.len() * run_groups {
                let (before, first) = (at / run_groups * run, at % run_groups * V::GROUP);
                weights.push(V::pack(|lane, tap| match channel(lane) {
                    Some(channel) if first + tap < run => weight(channel, before + first + tap),
                    _ => 0,
                }));
            }
            parameters.push(Channels::new(V::Sums::ZERO, &layer.requantize, channel, bias));
        }
        let places = Places {
            columns: output[1],
            step: stride[1] * padded.pixel(),
            last: usize::MAX,
            row: stride[0] * padded.row(),
        };
        Some(Matrix {
            padded,
            lens: [input.iter().product(), output.iter().product()],
            pixels: output[0] * output[1],
            places,
            reach: runs[runs.len() - 1] + run_groups * V::GROUP,
            runs,
            run_groups,
            groups,
            depth: taps.depth,
            channels: taps.group,
            weights,
            parameters,
            finish: Finish::new(&layer.requantize),
        })
    }

    /// Makes the outputs of `W` vectors of channels.
    #[inline(always)]
    fn channels<const W: usize>(&self, taps: &[V::Tap], output: &mut [i8], [group, vector]: [usize; 2]) {
        let vectors = self.parameters.len() / self.groups;
        let first = group * vectors + vector;
        let len = self.runs.len() * self.run_groups;
        let mut weights = [&self.weights[..]; W];
        for (at, weights) in weights.iter_mut().enumerate() {
            *weights = &self.weights[(first + at) * len..][..len];
        }
        let block = Block {
            matrix: self,
            taps: &taps[group * self.depth..],
            weights,
            parameters: self.parameters[first..].first_chunk().expect("as many vectors are left"),
            channel: group * self.channels + vector * V::Sums::LANES,
            end: (group + 1) * self.channels,
        };
        if self.pixels < PIXELS {
            for pixel in 0..self.pixels {
                block.run::<1>(pixel, output);
            }
        } else {
            // The last pixels are made again where there is no whole number of fours.
            let last = self.pixels - PIXELS;
            for pixel in (0..self.pixels).step_by(PIXELS) {
                block.run::<PIXELS>(pixel.min(last), output);
            }
        }
    }
}

/// Where runs of taps begin, from the place of the first tap. The taps of a run lie side by side in the padded image as
/// they do in the weights; all runs are of one length.
fn runs(geometry: &Geometry, padded: &Padded, depth: usize) -> Vec<usize> {
    let Geometry { input, kernel: [rows, columns], dilation, .. } = *geometry;
    let whole_row = depth == input[2] && dilation[1] == 1;
    if !whole_row {
        tap_places(geometry, padded).collect()
    } else if dilation[0] == 1 && padded.row() == columns * depth {
        [0].into()
    } else {
        (0..rows).map(|row| row * dilation[0] * padded.row()).collect()
    }
}

/// Where the taps of a kernel lie, from the place of the first.
pub(super) fn tap_places(geometry: &Geometry, padded: &Padded) -> impl Iterator<Item = usize> {
    let [rows, columns] = geometry.kernel;
    let [down, right] = [geometry.dilation[0] * padded.row(), geometry.dilation[1] * padded.pixel()];
    (0..rows).flat_map(move |row| (0..columns).map(move |column| row * down + column * right))
}

/// A few vectors of channels.
struct Block<'a, V: Product, const W: usize> {
    matrix: &'a Matrix<V>,
    taps: &'a [V::Tap],
    weights: [&'a [V::Weights]; W],
    parameters: &'a [Channels<<V::Sums as Lanes>::Numbers>; W],
    /// The first of the channels.
    channel: usize,
    /// Where the channels of the group end.
    end: usize,
}

impl<V: Product, const W: usize> Block<'_, V, W> {
    /// Makes the outputs of `P` pixels.
    #[inline(always)]
    fn run<const P: usize>(&self, pixel: usize, output: &mut [i8]) {
        let matrix = self.matrix;
        let mut of_pixels = [&self.taps[..0]; P];
        for (taps, place) in of_pixels.iter_mut().zip(matrix.places.from::<P>(pixel)) {
            *taps = &self.taps[place..][..matrix.reach];
        }
        let mut sums = [[V::Sums::splat(0); P]; W];
        for (sums, parameters) in sums.iter_mut().zip(self.parameters) {
            *sums = [V::Sums::load(&parameters.bias); P];
        }
        let groups = matrix.run_groups;
        for (at, &run) in matrix.runs.iter().enumerate() {
            let mut weights: [&[V::Weights]; W] = [&[]; W];
            for (to, from) in weights.iter_mut().zip(self.weights) {
                *to = &from[at * groups..][..groups];
            }
            let mut taps: [&[V::Taps]; P] = [&[]; P];
            for (to, from) in taps.iter_mut().zip(of_pixels) {
                *to = &V::groups(&from[run..])[..groups];
            }
            for group in 0..groups {
                for (pixel, taps) in taps.iter().enumerate() {
                    for (sums, weights) in sums.iter_mut().zip(weights) {
                        sums[pixel] = V::add_products(sums[pixel], &taps[group], &weights[group]);
                    }
                }
            }
        }
        let all = matrix.groups * matrix.channels;
        for (vector, (sums, parameters)) in sums.iter().zip(self.parameters).enumerate() {
            let channel = self.channel + vector * V::Sums::LANES;
            for (at, values) in matrix.finish.apply(*sums, parameters).iter().enumerate() {
                values.store(&mut output[(pixel + at) * all..][channel..self.end]);
            }
        }
    }
}

struct Run<'a, V: Product> {
    matrix: &'a Matrix<V>,
    input: &'a [i8],
    output: &'a mut [i8],
    taps: &'a mut [V::Tap],
}

impl<V: Product> Kernel for Run<'_, V> {
    #[inline(always)]
    fn run(self) {
        let Run { matrix, input, output, taps } = self;
        let vectors = matrix.parameters.len() / matrix.groups;
        let [input_len, output_len] = matrix.lens;
        for (input, output) in input.chunks_exact(input_len).zip(output.chunks_exact_mut(output_len)) {
            matrix.padded.copy(input, taps);
            for group in 0..matrix.groups {
                for vector in (0..vectors).step_by(2) {
                    if vector + 1 < vectors {
                        matrix.channels::<2>(taps, output, [group, vector]);
                    } else {
                        matrix.channels::<1>(taps, output, [group, vector]);
                    }
                }
            }
        }
    }
}

impl<V: Product> Form for Matrix<V> {
    fn scratch_bytes(&self) -> usize {
        self.padded.bytes::<V::Tap>()
    }

    fn held_bytes(&self) -> usize {
        size_of_val(&*self.runs) + size_of_val(&*self.weights) + size_of_val(&*self.parameters)
    }

    fn run(&self, _: &[i8], input: &[i8], output: &mut [i8], scratch: &mut [u8]) {
        V::run(Run { matrix: self, input, output, taps: self.padded.taps(scratch) });
    }
}
