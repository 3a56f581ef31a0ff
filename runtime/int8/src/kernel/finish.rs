//! From sums to outputs, several at once.

use crate::kernel::requantize::of_channel;
use crate::kernel::vector::Lanes;
use crate::kernel::{Factors, Requantize};

/// What all channels have in common.
#[derive(Clone, Debug)]
pub(super) struct Finish {
    float: bool,
    zero_point: i32,
    min: i32,
    max: i32,
    float_limits: [f32; 2],
}

/// What each channel has, of as many channels as there are lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channels<N> {
    /// What sums begin with.
    pub(super) bias: N,
    /// A mantissa, or a floating-point number by its bits.
    factor: N,
    /// With a mantissa.
    exponent: N,
}

impl Finish {
    pub(super) fn new(requantize: &Requantize) -> Self {
        let Requantize { ref factors, zero_point, min, max } = *requantize;
        let float = matches!(factors, Factors::Float(_));
        Finish { float, zero_point, min, max, float_limits: requantize.float_limits() }
    }

    /// Makes outputs of the sums of a few channels, of several places.
    #[inline(always)]
    pub(super) fn apply<L: Lanes, const P: usize>(&self, sums: [L; P], channels: &Channels<L::Numbers>) -> [L; P] {
        let mut values = sums;
        let factor = L::load(&channels.factor);
        if self.float {
            for value in &mut values {
                *value = value.times_float(factor, self.float_limits);
            }
        } else {
            let scale = L::scale(factor, L::load(&channels.exponent));
            for value in &mut values {
                *value = value.times(scale);
            }
        }
        let (zero_point, min, max) = (L::splat(self.zero_point), L::splat(self.min), L::splat(self.max));
        for value in &mut values {
            *value = value.add(zero_point).clamp(min, max);
        }
        values
    }
}

impl<N: Copy + AsMut<[i32]>> Channels<N> {
    /// Of the channel that `channel` names for a lane, where there is one. `bias` says what its sum begins with.
    pub(super) fn new(
        zero: N,
        requantize: &Requantize,
        channel: impl Fn(usize) -> Option<usize>,
        bias: impl Fn(usize) -> i32,
    ) -> Self {
        let mut channels = Channels { bias: zero, factor: zero, exponent: zero };
        for lane in 0..channels.bias.as_mut().len() {
            let Some(channel) = channel(lane) else { continue };
            let (factor, exponent) = match &requantize.factors {
                Factors::Fixed(multipliers) => {
                    let multiplier = of_channel(multipliers, channel);
                    (multiplier.mantissa, multiplier.exponent)
                }
                Factors::Float(scales) => (of_channel(scales, channel).to_bits() as i32, 0),
            };
            channels.bias.as_mut()[lane] = bias(channel);
            channels.factor.as_mut()[lane] = factor;
            channels.exponent.as_mut()[lane] = exponent;
        }
        channels
    }
}
