//! What a convolution computes.

use core::ops::Range;

use crate::kernel::Requantize;

/// The shapes of a convolution. Images are stored by batch, row, column and channel, the channel innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Images.
    pub batches: usize,
    /// Rows, columns and channels of an image.
    pub input: [usize; 3],
    /// Rows, columns and channels of what is made of it.
    pub output: [usize; 3],
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Input rows and columns from one output to the next, at least 1.
    pub stride: [usize; 2],
    /// Input rows and columns from one tap of the kernel to the next, at least 1.
    pub dilation: [usize; 2],
    /// Rows above and columns to the left of the image that count as the zero point, as do those below and to the right
    /// of it.
    pub padding: [usize; 2],
}

impl Geometry {
    /// A fully connected layer: each of `rows` rows of `inputs` values gives `outputs` values.
    #[must_use]
    pub fn fully_connected(rows: usize, inputs: usize, outputs: usize) -> Self {
        Geometry {
            batches: 1,
            input: [1, rows, inputs],
            output: [1, rows, outputs],
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [0, 0],
        }
    }

    /// The rows or columns of the kernel that lie in the image, for the outputs of a row or column.
    pub(super) fn inside(&self, axis: usize, output: usize) -> Range<usize> {
        let begin = output * self.stride[axis];
        let taps_before =
            |place: usize| place.saturating_sub(begin).div_ceil(self.dilation[axis]).min(self.kernel[axis]);
        let end = taps_before(self.padding[axis] + self.input[axis]);
        taps_before(self.padding[axis]).min(end)..end
    }

    /// The row or column of the image on which a row or column of the kernel lies that is [inside](Self::inside).
    pub(super) fn place(&self, axis: usize, output: usize, tap: usize) -> usize {
        output * self.stride[axis] + tap * self.dilation[axis] - self.padding[axis]
    }

    /// Values of the input.
    pub(super) fn input_len(&self) -> usize {
        self.batches * self.input.iter().product::<usize>()
    }

    /// Values of the output.
    pub(super) fn output_len(&self) -> usize {
        self.batches * self.output.iter().product::<usize>()
    }
}

/// How the weights are stored, and which channels of the input an output sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Weights `[output channel, row, column, input channel]`. Where they have fewer input channels than the input, the
    /// channels of the input and of the output fall into as many groups as it has times more, and a group of outputs
    /// sees one group of inputs.
    Conv,
    /// Weights `[1, row, column, output channel]`. An output channel sees one input channel, an input channel is seen by
    /// as many output channels as there are more of.
    Depthwise,
}

/// A convolution: an output is the sum, over the taps that lie in the image, of (input − its zero point) · (weight − its
/// zero point), plus the bias, requantised. Sums wrap.
#[derive(Clone, Debug)]
pub struct Layer<'a, A = i32> {
    /// How the weights are stored.
    pub kind: Kind,
    /// The shapes.
    pub geometry: Geometry,
    /// The weights, laid out as `kind` says.
    pub weights: &'a [i8],
    /// The weight that stands for 0.
    pub weights_zero_point: i32,
    /// What is added to the sum, of each output channel.
    pub bias: Option<&'a [A]>,
    /// The input that stands for 0.
    pub input_zero_point: i32,
    /// Makes the output of the sum.
    pub requantize: Requantize,
}

/// Where the weights of an output lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps {
    /// Input channels that an output sees.
    pub(super) depth: usize,
    /// Output channels that see the same input channels.
    pub(super) group: usize,
    /// From the weights of an output channel to those of the next.
    pub(super) output_stride: usize,
    /// From the weights of a tap to those of the next.
    pub(super) tap_stride: usize,
}

impl Taps {
    /// Of a layer with so many weights.
    pub(super) fn new(kind: Kind, geometry: &Geometry, weights: usize) -> Self {
        let ([_, _, inputs], [_, _, outputs]) = (geometry.input, geometry.output);
        match kind {
            Kind::Conv => {
                let stride = weights / outputs.max(1);
                let depth = stride / (geometry.kernel[0] * geometry.kernel[1]).max(1);
                let groups = inputs / depth.max(1);
                Taps { depth, group: (outputs / groups.max(1)).max(1), output_stride: stride, tap_stride: depth }
            }
            Kind::Depthwise => {
                Taps { depth: 1, group: (outputs / inputs.max(1)).max(1), output_stride: 1, tap_stride: outputs }
            }
        }
    }
}
