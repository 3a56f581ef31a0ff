//! Integer arithmetic of quantised operators: a real factor as a 31-bit mantissa with a power of two, and products with
//! it that round twice.
//!
//! The definitions are those of gemmlowp's document on low-precision quantisation and of the TensorFlow Lite 8-bit
//! quantisation specification.

/// A positive real factor: `mantissa · 2^(exponent − 31)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Multiplier {
    /// 0, or 2³⁰ to 2³¹ − 1.
    pub mantissa: i32,
    /// −31 to 30.
    pub exponent: i32,
}

impl Multiplier {
    /// The nearest to a finite factor of 0 or more. Factors below 2⁻³² become 0, those from 2³⁰ on the greatest.
    #[must_use]
    pub fn of(factor: f64) -> Self {
        if factor == 0.0 {
            return Self::default();
        }
        let (fraction, mut exponent) = libm::frexp(factor);
        let mut mantissa = libm::round(fraction * (1_i64 << 31) as f64) as i64;
        if mantissa == 1 << 31 {
            mantissa /= 2;
            exponent += 1;
        }
        Self::bounded(mantissa as i32, exponent)
    }

    /// The factor times `2^bits`, with the bounds of [`of`](Self::of).
    #[must_use]
    pub fn times_power(self, bits: i32) -> Self {
        Self::bounded(self.mantissa, self.exponent + bits)
    }

    fn bounded(mantissa: i32, exponent: i32) -> Self {
        match exponent {
            ..-31 => Self::default(),
            31.. => Self { mantissa: i32::MAX, exponent: 30 },
            _ => Self { mantissa, exponent },
        }
    }

    /// The product with `value`, rounded twice: to the doubled high half, then by the power of two.
    #[inline]
    #[must_use]
    pub fn apply(self, value: i32) -> i32 {
        let shifted = value.wrapping_shl(self.exponent.max(0) as u32);
        rounding_shift(doubling_high_product(shifted, self.mantissa), (-self.exponent).max(0) as u32)
    }

    /// The product with the sum of a 16-bit operator, cut to 32 bits: with the mantissa rounded to its upper 16 bits,
    /// and the product rounded once, to nearest, ties up.
    #[inline]
    #[must_use]
    pub fn apply_wide(self, value: i64) -> i32 {
        let mantissa = ((i64::from(self.mantissa) + (1 << 15)) >> 16).min(0x7fff);
        let product = value.wrapping_mul(mantissa);
        let bits = 15 - self.exponent;
        if bits > 0 {
            (product.wrapping_add(1 << (bits - 1)) >> bits) as i32
        } else {
            product.wrapping_shl(-bits as u32) as i32
        }
    }
}

/// The high half of twice the product, rounded to nearest, ties up; the one product that does not fit saturates.
#[inline]
#[must_use]
pub fn doubling_high_product(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    ((i64::from(a) * i64::from(b) + (1 << 30)) >> 31) as i32
}

/// `value / 2^bits`, rounded to nearest, ties away from zero. `bits` is below 32.
#[inline]
#[must_use]
pub fn rounding_shift(value: i32, bits: u32) -> i32 {
    let mask = ((1_i64 << bits) - 1) as i32;
    let remainder = value & mask;
    let threshold = (mask >> 1) + i32::from(value < 0);
    (value >> bits) + i32::from(remainder > threshold)
}

/// The nearest whole number, of two the even one, that fits 32 bits.
#[inline]
#[must_use]
pub fn round_ties_even(value: f32) -> i32 {
    /// In the middle of numbers that are 1 apart.
    const SHIFT: f32 = 12_582_912.0;
    if value.abs() < 4_194_304.0 {
        // The sum rounds, the difference is exact.
        ((value + SHIFT) - SHIFT) as i32
    } else {
        libm::rintf(value) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers at the ends of their range and near powers of two.
    fn numbers() -> impl Iterator<Item = i32> + Clone {
        let powers = (0..31).flat_map(|bits| [-1, 0, 1].map(|near| (1 << bits) + near));
        powers.flat_map(|number: i32| [number, -number]).chain([i32::MIN, i32::MAX])
    }

    #[test]
    fn multipliers_are_the_nearest() {
        let of = |factor| Multiplier::of(factor);
        assert_eq!(of(1.0), Multiplier { mantissa: 1 << 30, exponent: 1 });
        assert_eq!(of(0.75), Multiplier { mantissa: 3 << 29, exponent: 0 });
        assert_eq!(of(0.0), Multiplier::default());
        // Rounded up to the next power of two.
        assert_eq!(of(1.0 - f64::EPSILON), of(1.0));
        assert_eq!(of(f64::from(2.0_f32.powi(-33))), Multiplier::default());
        assert_eq!(of(f64::from(2.0_f32.powi(-32))), Multiplier { mantissa: 1 << 30, exponent: -31 });
        assert_eq!(of(1e30), Multiplier { mantissa: i32::MAX, exponent: 30 });
        for factor in (1..1000).map(|n| 1.37_f64.powi(n % 60 - 30) / f64::from(n)) {
            let Multiplier { mantissa, exponent } = of(factor);
            let back = f64::from(mantissa) * 2.0_f64.powi(exponent - 31);
            assert!((back / factor - 1.0).abs() < 2.0_f64.powi(-31), "{factor} {back}");
        }
    }

    #[test]
    fn powers_keep_to_the_bounds() {
        for (factor, bits) in (-40..40).flat_map(|n| [-60, -31, -20, 0, 7, 31, 60].map(|bits| (n, bits))) {
            let factor = 1.3 * 2.0_f64.powi(factor);
            let made = Multiplier::of(factor).times_power(bits);
            // Of what is in bounds itself.
            if (2.0_f64.powi(-32)..2.0_f64.powi(30)).contains(&factor) {
                assert_eq!(made, Multiplier::of(factor * 2.0_f64.powi(bits)), "{factor} {bits}");
            }
            let _ = made.apply(i32::MAX);
        }
    }

    /// The definition of the published document, which rounds a quotient towards zero after a nudge.
    #[test]
    fn high_products_are_as_defined() {
        for a in numbers() {
            for b in numbers().filter(|&b| (a, b) != (i32::MIN, i32::MIN)) {
                let product = i64::from(a) * i64::from(b);
                let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
                assert_eq!(i64::from(doubling_high_product(a, b)), (product + nudge) / (1 << 31), "{a} {b}");
            }
        }
        assert_eq!(doubling_high_product(i32::MIN, i32::MIN), i32::MAX);
    }

    #[test]
    fn shifts_round_ties_away_from_zero() {
        for value in numbers() {
            for bits in 0..32 {
                let expected = (f64::from(value) / 2.0_f64.powi(bits)).round();
                assert_eq!(f64::from(rounding_shift(value, bits as u32)), expected, "{value} {bits}");
            }
        }
    }

    #[test]
    fn ties_go_to_the_even_number() {
        let some = (-2000..2000).map(|n| n as f32 * 0.25);
        let powers = (0..60).flat_map(|n| [0.4, 0.5, 0.6].map(|near| 2.0_f32.powi(n - 20) + near));
        for value in some.chain(powers.flat_map(|value| [value, -value])) {
            assert_eq!(round_ties_even(value), value.round_ties_even() as i32, "{value}");
        }
    }

    #[test]
    fn wide_products_round_once() {
        let most = Multiplier { mantissa: i32::MAX, exponent: 0 };
        assert_eq!(most.apply_wide(1 << 15), 0x7fff);
        for (exponent, value) in (-31..=7).flat_map(|exponent| numbers().map(move |value| (exponent, value))) {
            let value = i64::from(value) << 15;
            let multiplier = Multiplier { mantissa: 0x5a82_799a, exponent };
            let exact = value as f64 * f64::from(0x5a82_i32) * 2.0_f64.powi(exponent - 15);
            assert_eq!(multiplier.apply_wide(value), (exact + 0.5).floor() as i64 as i32, "{value} {exponent}");
        }
        // Sums and exponents beyond those of operators wrap.
        assert_eq!(Multiplier { mantissa: i32::MAX, exponent: 30 }.apply_wide(i64::MAX), -0x7fff << 15);
        assert_eq!(Multiplier { mantissa: i32::MAX, exponent: -31 }.apply_wide(i64::MAX), -1 << 17);
    }
}
