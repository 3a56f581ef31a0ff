//! The floating-point functions that tables are made with.
//!
//! A table is part of the definition of a front end, so the functions behind it may not depend on the machine: these
//! are pure Rust, correctly ordered and free of fused operations, and give the same bits on every target.
//!
//! [`cosf`], [`log1pf`] and [`powf`] give the results of glibc 2.36, which the [`Tflm`](crate::Dialect::Tflm) dialect
//! is defined by, and the gain table of both. `cosf` agrees with it for every `f32` from 0 to 6.5, `log1pf` for every
//! `f32` from 0 to 6.5 million and `powf` in all but one of 100 million powers (`tests/pinned.rs` walks through all of
//! them).

use core::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// cos x for 0 ≤ x < 2³⁰ in radians, with the results of glibc 2.36 in its single precision.
///
/// The argument is reduced by multiples of π/2 in double precision; then the minimax polynomials of degree 8 (cosine)
/// and 7 (sine) on ±π/4 that Arm's optimised routines publish are evaluated in double precision, and rounded once.
#[must_use]
pub fn cosf(x: f32) -> f32 {
    /// Coefficients of x², x⁴, x⁶ and x⁸ of the cosine.
    const COS: [f64; 4] =
        [-0.499_999_997_251_082_24, 0.041_666_623_324_344_516, -0.001_388_676_379_437_604, 2.439_045_070_356_454_2e-5];
    /// Coefficients of x³, x⁵ and x⁷ of the sine.
    const SIN: [f64; 3] = [-0.166_666_549_437_010_84, 0.008_332_178_146_138_854, -0.000_195_172_989_813_857_25];

    let x = f64::from(x);
    let quadrant = (x * FRAC_2_PI + 0.5) as u32;
    let r = x - f64::from(quadrant) * FRAC_PI_2;
    let z = r * r;
    let cos = || 1.0 + z * (COS[0] + z * (COS[1] + z * (COS[2] + z * COS[3])));
    let sin = || r * (1.0 + z * (SIN[0] + z * (SIN[1] + z * SIN[2])));
    let value = match quadrant % 4 {
        0 => cos(),
        1 => -sin(),
        2 => -cos(),
        _ => sin(),
    };
    value as f32
}

/// ln(1 + x) for x ≥ 0, with the results of glibc 2.36 in single precision.
///
/// The method of Sun's fdlibm, in single precision throughout: 1 + x = 2ᵏ·(1 + f) with 1 + f between √½ and √2; then,
/// with s = f/(2 + f), ln(1 + f) = f − f²/2 + s·(f²/2 + R(s²)), R a polynomial of degree 7; and k·ln 2 is added in two
/// parts, with a correction for the rounding of 1 + x.
#[must_use]
pub fn log1pf(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_138_1;
    const LN2_LOW: f32 = 9.058_001e-6;
    /// Coefficients of s², s⁴, … s¹⁴.
    const R: [f32; 7] = [0.666_666_7, 0.4, 0.285_714_3, 0.222_221_99, 0.181_835_72, 0.153_138_38, 0.147_981_98];
    /// Below this, a little above √2 − 1, no reduction is made.
    const UNREDUCED: f32 = 0.414_213_87;
    /// The mantissa bits of √2.
    const SQRT_2_MANTISSA: u32 = 0x0035_04f7;

    let (k, f, correction) = if x < UNREDUCED {
        (0, x, 0.0)
    } else {
        let u = 1.0 + x;
        let exponent = (u.to_bits() >> 23) as i32 - 127;
        let mantissa = u.to_bits() & 0x007f_ffff;
        let rounded_off = if exponent > 0 { 1.0 - (u - x) } else { x - (u - 1.0) };
        if mantissa < SQRT_2_MANTISSA {
            (exponent, f32::from_bits(mantissa | 0x3f80_0000) - 1.0, rounded_off / u)
        } else {
            (exponent + 1, f32::from_bits(mantissa | 0x3f00_0000) - 1.0, rounded_off / u)
        }
    };

    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * R.iter().rev().fold(0.0, |sum, coefficient| coefficient + z * sum);
    if k == 0 {
        return f - (half_square - s * (half_square + r));
    }
    let k = k as f32;
    k * LN2_HIGH - ((half_square - (s * (half_square + r) + (k * LN2_LOW + correction))) - f)
}

/// x to the power of y for finite x ≥ 0 and finite y, with the results of glibc 2.36 in its single precision.
///
/// 2 to the power of y·log₂x in double precision, rounded once. The logarithm takes x = 2ᵏ·z with z near 1, multiplies
/// z by the reciprocal of a point in the same sixteenth of an octave, and adds that point's logarithm to a polynomial
/// of the rest; the exponential splits off 32nds of an octave. Reciprocals and both polynomials are those that Arm's
/// optimised routines publish.
#[must_use]
pub fn powf(x: f32, y: f32) -> f32 {
    /// The lower end of z, as the bits of an `f32`.
    const LOWEST_Z: u32 = 0x3f33_0000;
    /// The reciprocals of sixteen points.
    const RECIPROCAL: [f64; 16] = [
        1.398907162146528,
        1.3403141896637998,
        1.286432210124115,
        1.2367150214269895,
        1.1906977166711752,
        1.1479821020556429,
        1.1082251448272158,
        1.0711297413057381,
        1.036437278977283,
        1.0,
        0.9492859795739057,
        0.8951049428609004,
        0.8476821620351103,
        0.8050314851692001,
        0.7664671008843108,
        0.731428603316328,
    ];
    /// Coefficients of r⁵, r⁴, … r of log₂(1 + r).
    const LOG2: [f64; 5] =
        [0.288457581109214, -0.36092606229713164, 0.480898481472577, -0.7213474675006291, 1.4426950408774342];

    if x == 0.0 {
        return if y < 0.0 { f32::INFINITY } else { f32::from(u8::from(y == 0.0)) };
    }
    // Subnormal numbers are brought into range by 2²³.
    let (bits, exponent) = if x < f32::MIN_POSITIVE { ((x * 8_388_608.0).to_bits(), -23) } else { (x.to_bits(), 0) };
    let above = bits.wrapping_sub(LOWEST_Z);
    let point = RECIPROCAL[(above >> 19) as usize % 16];
    let octaves = above & 0xff80_0000;
    let z = f64::from(f32::from_bits(bits.wrapping_sub(octaves)));
    let r = z * point - 1.0;
    let base = f64::from((octaves as i32 >> 23) + exponent) - libm::log2(point);
    let log2 = LOG2.iter().fold(0.0, |sum, coefficient| sum * r + coefficient) * r + base;

    exp2(f64::from(y) * log2)
}

/// 2 to a power in double precision, rounded once to single: it splits off 32nds of an octave, and the rest goes through the
/// cubic that Arm's optimised routines publish. Too large ones are infinite, too small ones 0.
#[must_use]
pub fn exp2(power: f64) -> f32 {
    /// Coefficients of r³, r² and r of 2ʳ.
    const EXP2: [f64; 3] = [0.05550361559341535, 0.2402284522445722, 0.6931471806916203];

    if power >= 128.0 {
        return f32::INFINITY;
    }
    if power < -150.0 {
        return 0.0;
    }
    let thirty_seconds = libm::rint(power * 32.0);
    let r = power - thirty_seconds / 32.0;
    let fraction = EXP2.iter().fold(0.0, |sum, coefficient| sum * r + coefficient) * r + 1.0;
    (fraction * libm::exp2(thirty_seconds / 32.0)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A correctly rounded cosine would give other windows, that of 2379 samples among them.
    #[test]
    fn cosf_is_not_the_correctly_rounded_one() {
        let wrong = (0..=4000u32)
            .map(|i| i as f32 * 1.6e-3)
            .filter(|&x| cosf(x).to_bits() != (libm::cos(f64::from(x)) as f32).to_bits())
            .count();
        assert!(wrong > 10, "{wrong}");
    }

    #[test]
    fn powers_at_the_ends() {
        assert_eq!([powf(0.0, -0.95), powf(0.0, 0.0), powf(0.0, 2.0)], [f32::INFINITY, 1.0, 0.0]);
        assert_eq!([powf(1.0, -3.3), powf(7.0, 0.0), powf(2.0, 127.0)], [1.0, 1.0, 127f32.exp2()]);
        assert_eq!([powf(2.0, 128.0), powf(2.0, -151.0), powf(1e10, 1e30)], [f32::INFINITY, 0.0, f32::INFINITY]);
        assert_eq!(powf(f32::from_bits(1), -0.5), 74.5f32.exp2());
    }

    #[test]
    fn within_a_unit_in_the_last_place() {
        for i in 0..100_000u32 {
            let x = i as f32 * 6.3e-5;
            assert!((f64::from(cosf(x)) - libm::cos(f64::from(x))).abs() < 6e-8, "{x}");
            let x = i as f32 * 0.01;
            let exact = libm::log1p(f64::from(x));
            assert!((f64::from(log1pf(x)) - exact).abs() <= exact * 1.2e-7, "{x}");
            for y in [-0.95, -0.5, 0.25, 1.5] {
                let exact = libm::pow(f64::from(x + 0.01), f64::from(y));
                assert!((f64::from(powf(x + 0.01, y)) - exact).abs() <= exact * 1.2e-7, "{x} {y}");
            }
        }
    }
}
