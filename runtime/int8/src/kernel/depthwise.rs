//! Depthwise convolution: each channel by itself, many side by side.

use alloc::vec::Vec;

use crate::kernel::conv::Form;
use crate::kernel::finish::{Channels, Finish};
use crate::kernel::padded::{Padded, Places};
use crate::kernel::product::tap_places;
use crate::kernel::vector::{Channelwise, Kernel, Lanes};
use crate::kernel::{Geometry, Layer};

/// How many places are worked on at once.
const PLACES: usize = 4;

/// A depthwise convolution with its weights in the order in which they are read.
///
/// Channels of the image that are seen by several channels of the output are copied as often. Where outputs side by side
/// have their taps side by side too, as many pixels as a vector holds are taken for one with more channels.
#[derive(Debug)]
pub(super) struct Depthwise<V: Channelwise> {
    padded: Padded,
    /// Values of an image and of what is made of it.
    lens: [usize; 2],
    /// Where the taps of places begin, and their outputs.
    places: Places,
    outputs: Places,
    /// Places of all rows.
    count: usize,
    /// Outputs of a place.
    channels: usize,
    /// Where pairs of taps lie, from an output's place.
    pairs: Vec<[usize; 2]>,
    /// Where the last of them ends.
    reach: usize,
    /// For as many outputs of a place as two vectors hold at a time: by pair of taps.
    weights: Vec<V::Weights>,
    parameters: Vec<[Channels<<V::Sums as Lanes>::Numbers>; 2]>,
    finish: Finish,
}

impl<V: Channelwise> Depthwise<V> {
    /// Outputs that are made at once.
    pub(super) const WIDTH: usize = 2 * V::Sums::LANES;

    /// Prepares a layer of which no size is 0, unless what it takes were far larger than the layer.
    pub(super) fn new(layer: &Layer<'_>) -> Option<Self> {
        let geometry @ Geometry { input, output, stride, .. } = layer.geometry;
        let [height, width, channels] = output;
        let padded = Padded::new(&geometry, layer.input_zero_point, channels / input[2], Self::WIDTH)?;
        let pixels = if stride[1] == 1 { (Self::WIDTH / channels).clamp(1, width) } else { 1 };
        let places: Vec<usize> = tap_places(&geometry, &padded).collect();
        let weight = |channel: usize, tap: usize| match layer.weights.get(tap * channels + channel) {
            Some(&weight) if tap < places.len() => i32::from(weight) - layer.weights_zero_point,
            _ => 0,
        };
        let vectors = (pixels * channels).div_ceil(Self::WIDTH);
        let channel = |vector: usize, at: usize| {
            let at = vector * Self::WIDTH + at;
            (at < pixels * channels).then_some(at % channels)
        };
        let reach = places.iter().max()? + Self::WIDTH;
        let pairs: Vec<[usize; 2]> = places.chunks(2).map(|pair| [pair[0], pair[pair.len() - 1]]).collect();
        let mut weights = Vec::with_capacity(vectors * pairs.len());
        let mut parameters = Vec::with_capacity(vectors);
        for vector in 0..vectors {
            for pair in 0..pairs.len() {
                weights.push(V::pack(|at, tap| channel(vector, at).map_or(0, |at| weight(at, 2 * pair + tap))));
            }
            parameters.push([0, 1].map(|half| {
                let channel = |lane| channel(vector, V::channel(half, lane));
                Channels::new(V::Sums::ZERO, &layer.requantize, channel, |channel| {
                    layer.bias.map_or(0, |bias| bias[channel])
                })
            }));
        }
        // The last place of a row is its last pixels.
        let places_of = |pixel: usize, row: usize| Places {
            columns: width.div_ceil(pixels),
            step: pixels * pixel,
            last: (width - pixels) * pixel,
            row,
        };
        Some(Depthwise {
            places: places_of(stride[1] * padded.pixel(), stride[0] * padded.row()),
            padded,
            lens: [input.iter().product(), output.iter().product()],
            outputs: places_of(channels, width * channels),
            count: height * width.div_ceil(pixels),
            channels: pixels * channels,
            pairs,
            reach,
            weights,
            parameters,
            finish: Finish::new(&layer.requantize),
        })
    }

    /// Makes the outputs of one vector of `P` places.
    #[inline(always)]
    fn run<const P: usize>(&self, taps: &[i16], output: &mut [i8], first: usize, vector: usize) {
        let from = vector * Self::WIDTH;
        let mut of_places = [&taps[..0]; P];
        for (taps_of, place) in of_places.iter_mut().zip(self.places.from::<P>(first)) {
            *taps_of = &taps[place + from..][..self.reach];
        }
        let [low, high] = &self.parameters[vector];
        let mut sums = [[V::Sums::load(&low.bias); P], [V::Sums::load(&high.bias); P]];
        let weights = &self.weights[vector * self.pairs.len()..][..self.pairs.len()];
        for (&[one, other], weights) in self.pairs.iter().zip(weights) {
            for (place, taps) in of_places.iter().enumerate() {
                let taps = [V::taps(taps, one), V::taps(taps, other)];
                [sums[0][place], sums[1][place]] = V::add_products([sums[0][place], sums[1][place]], taps, weights);
            }
        }
        let outputs: [usize; P] = self.outputs.from(first);
        let lows = self.finish.apply(sums[0], low);
        let highs = self.finish.apply(sums[1], high);
        for (place, &begin) in outputs.iter().enumerate() {
            V::store([lows[place], highs[place]], &mut output[begin..][from..self.channels]);
        }
    }
}

struct Run<'a, V: Channelwise> {
    depthwise: &'a Depthwise<V>,
    input: &'a [i8],
    output: &'a mut [i8],
    taps: &'a mut [i16],
}

impl<V: Channelwise> Kernel for Run<'_, V> {
    #[inline(always)]
    fn run(self) {
        let Run { depthwise, input, output, taps } = self;
        let [input_len, output_len] = depthwise.lens;
        for (input, output) in input.chunks_exact(input_len).zip(output.chunks_exact_mut(output_len)) {
            depthwise.padded.copy(input, taps);
            for vector in 0..depthwise.parameters.len() {
                if depthwise.count < PLACES {
                    for place in 0..depthwise.count {
                        depthwise.run::<1>(taps, output, place, vector);
                    }
                } else {
                    // The last places are made again where there is no whole number of fours.
                    let last = depthwise.count - PLACES;
                    for place in (0..depthwise.count).step_by(PLACES) {
                        depthwise.run::<PLACES>(taps, output, place.min(last), vector);
                    }
                }
            }
        }
    }
}

impl<V: Channelwise> Form for Depthwise<V> {
    fn scratch_bytes(&self) -> usize {
        self.padded.bytes::<i16>()
    }

    fn held_bytes(&self) -> usize {
        size_of_val(&*self.pairs) + size_of_val(&*self.weights) + size_of_val(&*self.parameters)
    }

    fn run(&self, _: &[i8], input: &[i8], output: &mut [i8], scratch: &mut [u8]) {
        V::run(Run { depthwise: self, input, output, taps: self.padded.taps(scratch) });
    }
}
