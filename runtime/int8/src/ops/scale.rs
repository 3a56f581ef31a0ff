//! Products with a factor, in a form that runs in vector registers of any processor.

use crate::arithmetic::{Multiplier, rounding_shift};

/// A factor of 0 or more. Its products are those of [`Multiplier::apply`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    mantissa: u32,
    left: u32,
    right: u32,
    /// Half of the last bit of the high half, and what the offset of numbers adds to a product.
    offset: u64,
}

/// What makes every `i32` a `u32`.
const RAISED: u32 = 1 << 31;

impl Scale {
    /// The nearest to a finite factor of 0 or more.
    pub(crate) fn of(factor: f64) -> Self {
        let Multiplier { mantissa, exponent } = Multiplier::of(factor);
        let mantissa = mantissa as u32;
        Self {
            mantissa,
            left: exponent.max(0) as u32,
            right: (-exponent).max(0) as u32,
            offset: (1 << 30) + (u64::from(RAISED - mantissa) << 31),
        }
    }

    /// The product with `value`, rounded twice: to the doubled high half, then by the power of two.
    #[inline]
    pub(crate) fn apply(self, value: i32) -> i32 {
        // A product of numbers without a sign, which all processors have for vectors.
        let raised = value.wrapping_shl(self.left) as u32 ^ RAISED;
        let product = u64::from(raised) * u64::from(self.mantissa) + self.offset;
        rounding_shift(((product >> 31) as u32 ^ RAISED) as i32, self.right)
    }
}

/// A factor of 0 to ½, for numbers of 16 bits that stand for as many times 2^`BITS`: 2^15 or 2^20. Its products are those of
/// [`Multiplier::apply`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct FineScale<const BITS: u32> {
    /// The mantissa's upper and lower bits.
    halves: [i32; 2],
    right: u32,
}

impl<const BITS: u32> FineScale<BITS> {
    /// Bits that the doubled high half leaves out of a product with the mantissa.
    const REST: u32 = 31 - BITS;

    /// The nearest to a factor.
    pub(crate) fn of(factor: f64) -> Self {
        let Multiplier { mantissa, exponent } = Multiplier::of(factor);
        let halves = [mantissa >> Self::REST, mantissa & ((1 << Self::REST) - 1)];
        Self { halves, right: exponent.unsigned_abs() }
    }

    /// The product with `value` · 2^`BITS`, rounded twice.
    #[inline]
    pub(crate) fn apply(self, value: i32) -> i32 {
        let [upper, lower] = self.halves.map(|half| value.wrapping_mul(half));
        let half = 1 << (Self::REST - 1);
        rounding_shift(upper.wrapping_add(lower.wrapping_add(half) >> Self::REST), self.right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fine_products_are_those_of_the_multiplier() {
        for factor in [1e-9, 3e-4, 0.011, 0.25, 0.499_999_999, 0.5] {
            let multiplier = Multiplier::of(factor);
            let (eight, sixteen) = (FineScale::<20>::of(factor), FineScale::<15>::of(factor));
            for value in -255..=255 {
                assert_eq!(eight.apply(value), multiplier.apply(value << 20), "{value} times {factor}");
            }
            for value in -32768..=32767 {
                assert_eq!(sixteen.apply(value), multiplier.apply(value << 15), "{value} times {factor}");
            }
        }
    }

    #[test]
    fn products_are_those_of_the_multiplier() {
        for factor in [0.0, 1e-9, 3e-4, 0.011, 0.25, 0.5, 0.999_999_999_9, 1.0, 1.7, 900.0] {
            let (multiplier, scale) = (Multiplier::of(factor), Scale::of(factor));
            let values = (0..4000).map(|n: i32| n.wrapping_mul(n).wrapping_mul(1_000_003).wrapping_add(n));
            for value in values.chain([i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX]) {
                assert_eq!(scale.apply(value), multiplier.apply(value), "{value} times {factor}");
            }
        }
    }
}
