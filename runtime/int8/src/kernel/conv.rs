//! A convolution in the form of a level.

use alloc::boxed::Box;
use core::fmt::Debug;

use runeblocks_core::BlockError;
use runeblocks_micro::Level;

use crate::kernel::depthwise::Depthwise;
use crate::kernel::geometry::Taps;
use crate::kernel::product::Matrix;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
use crate::kernel::vector::Neon;
use crate::kernel::vector::{Any, Channelwise, Product};
#[cfg(target_arch = "x86_64")]
use crate::kernel::vector::{Avx2, Lanes, Machine, Sse41, Vnni, VnniNarrow};
use crate::kernel::{DirectConv, Kind, Layer, Requantize};

/// A convolution or matrix product, prepared for a level.
#[derive(Debug)]
pub struct Conv {
    level: Level,
    lens: [usize; 2],
    form: Box<dyn Form>,
}

/// A form of a convolution.
pub(super) trait Form: Debug + Send + Sync {
    /// Bytes that a run works in.
    fn scratch_bytes(&self) -> usize;
    /// Bytes that it holds.
    fn held_bytes(&self) -> usize;
    /// Computes outputs, of as many images as there are.
    fn run(&self, weights: &[i8], input: &[i8], output: &mut [i8], scratch: &mut [u8]);
}

/// Needs the weights.
impl Form for DirectConv {
    fn scratch_bytes(&self) -> usize {
        0
    }

    fn held_bytes(&self) -> usize {
        self.held_bytes()
    }

    fn run(&self, weights: &[i8], input: &[i8], output: &mut [i8], _: &mut [u8]) {
        self.run(weights, input, output);
    }
}

impl Conv {
    /// Prepares a layer, whose geometry agrees with the lengths of its parts. [`Level::Plain`] keeps the bias and the
    /// factors, other levels the weights too, in the order in which they are read.
    ///
    /// # Errors
    ///
    /// Where the machine lacks the level.
    ///
    /// # Panics
    ///
    /// Where there are fewer factors than channels, but more than one.
    pub fn new(level: Level, layer: Layer<'_>) -> Result<Self, BlockError> {
        level.check()?;
        let lens = [layer.geometry.input_len(), layer.geometry.output_len()];
        let form = fast_form(level, &layer).unwrap_or_else(|| Box::new(DirectConv::new(layer)));
        Ok(Conv { level, lens, form })
    }

    /// The level that it was made for.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Bytes that [`run`](Self::run) works in.
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        self.form.scratch_bytes()
    }

    /// Bytes that it holds: factors, bias, weights in the order in which they are read.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.form.held_bytes()
    }

    /// Computes `output` from `input`, with the weights that it was made for. `scratch` has at least
    /// [`scratch_bytes`](Self::scratch_bytes), of any alignment and content.
    ///
    /// # Panics
    ///
    /// Where a slice, or what the layer holds for each channel, is shorter than the geometry asks for.
    pub fn run(&self, weights: &[i8], input: &[i8], output: &mut [i8], scratch: &mut [u8]) {
        self.form.run(weights, &input[..self.lens[0]], &mut output[..self.lens[1]], scratch);
    }
}

/// The fast form at a level that the machine has, if there is one for the layer.
fn fast_form(level: Level, layer: &Layer<'_>) -> Option<Box<dyn Form>> {
    if level == Level::Plain || !is_usual(layer) {
        return None;
    }
    let taps = Taps::new(layer.kind, &layer.geometry, layer.weights.len());
    let [_, _, inputs] = layer.geometry.input;
    // The sum over a single channel is the same for either kind.
    if layer.kind == Kind::Depthwise && inputs > 1 {
        return match level {
            #[cfg(target_arch = "x86_64")]
            Level::Vnni if layer.geometry.output[2] > Depthwise::<Avx2>::WIDTH || layer.geometry.stride[1] == 1 => {
                depthwise::<Vnni>(layer)
            }
            #[cfg(target_arch = "x86_64")]
            Level::Vnni | Level::Avx2 => depthwise::<Avx2>(layer),
            #[cfg(target_arch = "x86_64")]
            Level::Sse41 => depthwise::<Sse41>(layer),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Level::Neon => depthwise::<Neon>(layer),
            _ => depthwise::<Any>(layer),
        };
    }
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Vnni if layer.weights_zero_point == 0 => {
            if taps.group > <VnniNarrow as Machine>::Sums::LANES {
                matrix::<Vnni>(layer, &taps)
            } else {
                matrix::<VnniNarrow>(layer, &taps)
            }
        }
        #[cfg(target_arch = "x86_64")]
        Level::Vnni | Level::Avx2 => matrix::<Avx2>(layer, &taps),
        #[cfg(target_arch = "x86_64")]
        Level::Sse41 => matrix::<Sse41>(layer, &taps),
        #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
        Level::Neon => matrix::<Neon>(layer, &taps),
        _ => matrix::<Any>(layer, &taps),
    }
}

/// Whether there are fast forms for such a layer: nothing is empty, the zero points and the outputs are of 8 bits, and
/// the lengths agree.
fn is_usual(layer: &Layer<'_>) -> bool {
    let Layer { geometry, requantize, .. } = layer;
    let byte = i32::from(i8::MIN)..=i32::from(i8::MAX);
    let taps = Taps::new(layer.kind, geometry, layer.weights.len());
    let sizes = [geometry.input, geometry.output];
    let steps = [geometry.kernel, geometry.stride, geometry.dilation];
    let [inputs, outputs] = sizes.map(|[_, _, channels]| channels);
    let tap_count = geometry.kernel[0] * geometry.kernel[1];
    let Requantize { zero_point, min, max, .. } = requantize;
    [&layer.input_zero_point, &layer.weights_zero_point, zero_point, min, max].into_iter().all(|at| byte.contains(at))
        && sizes.as_flattened().iter().chain(steps.as_flattened()).all(|&size| size > 0)
        && taps.depth > 0
        && inputs % taps.depth == 0
        && outputs == inputs / taps.depth * taps.group
        && layer.weights.len() == tap_count * taps.depth * outputs
        && layer.bias.is_none_or(|bias| bias.len() == outputs)
}

fn matrix<V: Product>(layer: &Layer<'_>, taps: &Taps) -> Option<Box<dyn Form>> {
    Some(Box::new(Matrix::<V>::new(layer, taps)?))
}

fn depthwise<V: Channelwise>(layer: &Layer<'_>) -> Option<Box<dyn Form>> {
    Some(Box::new(Depthwise::<V>::new(layer)?))
}
