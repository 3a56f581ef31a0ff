//! From the sum of products to the output.

use alloc::vec::Vec;

use crate::arithmetic::{Multiplier, round_ties_even};

/// Makes an output of a sum: scales it, adds the zero point and clamps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Requantize {
    /// Scales the sum.
    pub factors: Factors,
    /// The output that stands for 0.
    pub zero_point: i32,
    /// The least output, which fits the element type.
    pub min: i32,
    /// The greatest output, which fits the element type.
    pub max: i32,
}

/// What a sum is scaled by, one for all output channels or one each, and how the product is rounded.
#[derive(Clone, Debug, PartialEq)]
pub enum Factors {
    /// In fixed point, rounded twice, as TensorFlow Lite Micro has it.
    Fixed(Vec<Multiplier>),
    /// As a product of 32-bit floating-point numbers, which are finite, rounded to nearest, ties to even, as XNNPACK has it.
    Float(Vec<f32>),
}

impl Requantize {
    /// The output of a channel for its sum.
    #[inline]
    pub(crate) fn apply<A: Accumulator>(&self, channel: usize, sum: A) -> i32 {
        match &self.factors {
            Factors::Fixed(multipliers) => {
                let scaled = sum.times(of_channel(multipliers, channel));
                scaled.wrapping_add(self.zero_point).min(self.max).max(self.min)
            }
            Factors::Float(scales) => {
                let [min, max] = self.float_limits();
                let scaled = sum.to_f32() * of_channel(scales, channel);
                round_ties_even(scaled.min(max).max(min)).wrapping_add(self.zero_point)
            }
        }
    }

    /// Bytes of the factors.
    pub(super) fn held_bytes(&self) -> usize {
        match &self.factors {
            Factors::Fixed(multipliers) => size_of_val(&**multipliers),
            Factors::Float(scales) => size_of_val(&**scales),
        }
    }

    /// The least and the greatest output less the zero point.
    pub(super) fn float_limits(&self) -> [f32; 2] {
        [self.min, self.max].map(|limit| limit.wrapping_sub(self.zero_point) as f32)
    }
}

/// Of factors for all channels or for each, that of a channel.
pub(super) fn of_channel<T: Copy>(factors: &[T], channel: usize) -> T {
    factors[if factors.len() == 1 { 0 } else { channel }]
}

/// A sum of products: of 32 bits, or of 64 bits for 16-bit activations. It wraps.
pub trait Accumulator: Copy + Default {
    /// The sum with the product of an activation and a weight.
    #[must_use]
    fn add_product(self, activation: i32, weight: i32) -> Self;
    /// The sum with `other`.
    #[must_use]
    fn add(self, other: Self) -> Self;
    /// The sum times a factor, rounded.
    fn times(self, multiplier: Multiplier) -> i32;
    /// The nearest.
    fn to_f32(self) -> f32;
}

impl Accumulator for i32 {
    #[inline]
    fn add_product(self, activation: i32, weight: i32) -> Self {
        self.wrapping_add(activation.wrapping_mul(weight))
    }

    #[inline]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn times(self, multiplier: Multiplier) -> i32 {
        multiplier.apply(self)
    }

    #[inline]
    fn to_f32(self) -> f32 {
        self as f32
    }
}

impl Accumulator for i64 {
    #[inline]
    fn add_product(self, activation: i32, weight: i32) -> Self {
        self.wrapping_add(i64::from(activation).wrapping_mul(weight.into()))
    }

    #[inline]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn times(self, multiplier: Multiplier) -> i32 {
        multiplier.apply_wide(self)
    }

    #[inline]
    fn to_f32(self) -> f32 {
        self as f32
    }
}
