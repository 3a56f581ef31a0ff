//! Convolution by its definition.

use alloc::vec::Vec;
use core::ops::Range;

use crate::kernel::geometry::Taps;
use crate::kernel::{Accumulator, Geometry, Layer, Requantize};

/// An activation: `i8`, or `i16` of operators with 16-bit activations and 8-bit weights.
pub trait Activation: Copy + Into<i32> {
    /// The activation of this value, which fits.
    fn of(value: i32) -> Self;
}

impl Activation for i8 {
    #[inline]
    fn of(value: i32) -> Self {
        value as i8
    }
}

impl Activation for i16 {
    #[inline]
    fn of(value: i32) -> Self {
        value as i16
    }
}

/// A convolution that computes each output as it is defined, from weights in place: the form for memory that is short,
/// and for 16-bit activations.
#[derive(Clone, Debug)]
pub struct DirectConv<A = i32> {
    geometry: Geometry,
    taps: Taps,
    weights_zero_point: i32,
    bias: Vec<A>,
    input_zero_point: i32,
    requantize: Requantize,
}

impl<A: Accumulator> DirectConv<A> {
    /// Keeps what the layer says, the weights excepted.
    #[must_use]
    pub fn new(layer: Layer<'_, A>) -> Self {
        Self::with_weights(layer.weights.len(), layer)
    }

    /// Keeps what the layer says, of whose weights only the number is known.
    #[must_use]
    pub fn with_weights(weights: usize, layer: Layer<'_, A>) -> Self {
        DirectConv {
            geometry: layer.geometry,
            taps: Taps::new(layer.kind, &layer.geometry, weights),
            weights_zero_point: layer.weights_zero_point,
            bias: layer.bias.map_or_else(Vec::new, <[A]>::to_vec),
            input_zero_point: layer.input_zero_point,
            requantize: layer.requantize,
        }
    }

    /// Bytes that it holds: factors and bias.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        size_of_val(&*self.bias) + self.requantize.held_bytes()
    }

    /// Computes `output` from `input` with the weights that it was made for.
    ///
    /// # Panics
    ///
    /// Where a slice, or what the layer holds for each channel, is shorter than the geometry asks for.
    pub fn run<X: Activation>(&self, weights: &[i8], input: &[X], output: &mut [X]) {
        let [height, width, channels] = self.geometry.output;
        let mut outputs = output[..self.geometry.output_len()].iter_mut();
        for batch in 0..self.geometry.batches {
            for y in 0..height {
                let rows = self.geometry.inside(0, y);
                for x in 0..width {
                    let taps = [rows.clone(), self.geometry.inside(1, x)];
                    for (channel, output) in (0..channels).zip(&mut outputs) {
                        let sum = self.sum(weights, input, [batch, y, x, channel], taps.clone());
                        *output = X::of(self.requantize.apply(channel, sum));
                    }
                }
            }
        }
    }

    /// The sum of products of an output over taps in the image, with the bias.
    fn sum<X: Activation>(
        &self,
        weights: &[i8],
        input: &[X],
        [batch, y, x, channel]: [usize; 4],
        [rows, columns]: [Range<usize>; 2],
    ) -> A {
        let Geometry { input: [height, width, channels], kernel, dilation, .. } = self.geometry;
        let Taps { depth, group, output_stride, tap_stride } = self.taps;
        let mut sum = A::default();
        // Without a column there is no place for the first.
        let rows = if columns.is_empty() { 0..0 } else { rows };
        for row in rows {
            let pixel = (batch * height + self.geometry.place(0, y, row)) * width;
            let pixel = pixel + self.geometry.place(1, x, columns.start);
            let input = &input[pixel * channels + channel / group * depth..];
            let weights = &weights[channel * output_stride + (row * kernel[1] + columns.start) * tap_stride..];
            let step = dilation[1] * channels;
            if depth == 1 {
                let activations = input.iter().step_by(step).take(columns.len());
                sum = self.add_products(sum, activations, weights.iter().step_by(tap_stride));
            } else {
                for column in 0..columns.len() {
                    let activations = &input[column * step..][..depth];
                    sum = self.add_products(sum, activations.iter(), weights[column * tap_stride..].iter());
                }
            }
        }
        self.bias.get(channel).map_or(sum, |&bias| sum.add(bias))
    }

    /// Adds the products of activations with as many weights.
    #[inline]
    fn add_products<'a, X: Activation + 'a>(
        &self,
        sum: A,
        activations: impl Iterator<Item = &'a X>,
        weights: impl Iterator<Item = &'a i8>,
    ) -> A {
        activations.zip(weights).fold(sum, |sum, (&activation, &weight)| {
            let activation = activation.into().wrapping_sub(self.input_zero_point);
            sum.add_product(activation, i32::from(weight).wrapping_sub(self.weights_zero_point))
        })
    }
}
