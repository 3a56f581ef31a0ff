//! Functions of real numbers in fixed point: exponential, reciprocal, logistic, hyperbolic tangent, inverse square root.
//!
//! A number in Qm.n has n bits of fraction and m of integer beside the sign. The formats and methods are those of
//! gemmlowp's documents on fixed-point arithmetic: products are rounded to nearest, and sums saturate where they can leave
//! the format. Each function gives a result for every argument.

use crate::arithmetic::{Multiplier, doubling_high_product, rounding_shift};

/// The product of two numbers in Q0.31, or of one in Q0.31 and one in another format.
fn product(a: i32, b: i32) -> i32 {
    doubling_high_product(a, b)
}

/// A number with `bits` fewer bits of integer, saturating.
fn widen(x: i32, bits: u32) -> i32 {
    x.saturating_mul(1 << bits)
}

/// e^x in Q0.31, for x ≤ 0 with `fraction_bits` bits of fraction, 26 to 28.
///
/// x is split into a multiple of ¼ and a rest of −¼ to 0. The exponential of the rest is the Taylor polynomial of degree 4
/// around −⅛; that of the multiple is the product of the constants e^−¼, e^−½, e^−1 … that its bits choose.
#[must_use]
pub(crate) fn exp(x: i32, fraction_bits: u32) -> i32 {
    /// e^−2^k in Q0.31, for k = −2 to 4.
    const POWERS: [i32; 7] = [1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242];

    if x == 0 {
        return i32::MAX;
    }
    let quarter = 1 << (fraction_bits - 2);
    let rest = (x & (quarter - 1)) - quarter;
    let quarters = (rest - x) >> (fraction_bits - 2);
    let whole_bits = 31 - fraction_bits;
    let mut result = exp_of_rest(rest << whole_bits);
    for (bit, power) in POWERS.into_iter().enumerate().take(whole_bits as usize + 2) {
        if quarters >> bit & 1 != 0 {
            result = product(result, power);
        }
    }
    result
}

/// e^x in Q0.31, for −¼ ≤ x < 0 in Q0.31.
fn exp_of_rest(x: i32) -> i32 {
    /// e^−⅛.
    const CENTRE: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;

    let d = x + (1 << 28);
    let d2 = product(d, d);
    let d3 = product(d2, d);
    let d4 = product(d2, d2);
    let third_and_fourth = product(rounding_shift(d4, 2) + d3, THIRD);
    let series = d + rounding_shift(third_and_fourth + d2, 1);
    CENTRE.saturating_add(product(CENTRE, series))
}

/// 2 / (1 + x) in Q2.29, for 0 ≤ x < 1 in Q0.31, by Newton's method on the halved denominator: the first estimate is the
/// linear one of least error, 48/17 − 32/17·d, and three steps follow.
fn twice_reciprocal(x: i32) -> i32 {
    const ONE: i32 = 1 << 29;
    const FIRST: i32 = 1_515_870_810;
    const SLOPE: i32 = -1_010_580_540;

    let denominator = ((i64::from(x) + i64::from(i32::MAX) + 1) / 2) as i32;
    let mut estimate = FIRST + product(denominator, SLOPE);
    for _ in 0..3 {
        let error = ONE - product(denominator, estimate);
        estimate += widen(product(estimate, error), 2);
    }
    estimate
}

/// 1 / (1 + x) in Q0.31, for 0 ≤ x < 1 in Q0.31.
#[must_use]
pub(crate) fn reciprocal_of_one_plus(x: i32) -> i32 {
    widen(twice_reciprocal(x), 1)
}

/// The reciprocal of x > 0 with `fraction_bits` bits of fraction: a mantissa in Q0.31 of ½ to 1, and the number of bits by
/// which it is to be shifted right.
#[must_use]
pub(crate) fn reciprocal(x: i32, fraction_bits: i32) -> (i32, i32) {
    let zeros = x.leading_zeros();
    let mantissa = ((x as u32).unbounded_shl(zeros) ^ 1 << 31) as i32;
    (reciprocal_of_one_plus(mantissa), 31 - fraction_bits - zeros as i32)
}

/// 1 / (1 + e^−x) in Q0.31, for x in Q4.27.
#[must_use]
pub(crate) fn logistic(x: i32) -> i32 {
    let above_half = match x {
        0 => 1 << 30,
        _ => reciprocal_of_one_plus(exp(negative_magnitude(x), 27)),
    };
    if x < 0 { i32::MAX - above_half } else { above_half }
}

/// tanh x in Q0.31, for x in Q4.27.
#[must_use]
pub(crate) fn tanh(x: i32) -> i32 {
    if x == 0 {
        return 0;
    }
    // What x is in Q4.27, 2·x is in Q5.26.
    let above_zero = widen(twice_reciprocal(exp(negative_magnitude(x), 26)) - (1 << 29), 2);
    if x < 0 { -above_zero } else { above_zero }
}

fn negative_magnitude(x: i32) -> i32 {
    if x > 0 { -x } else { x }
}

/// 1 / √x for an integer x ≥ 1, as a factor. What is below 2 gives the greatest factor below 1.
///
/// x is brought to between 2²⁷ and 2²⁹ by powers of 4. Half of that is a number of ¼ to 1 in Q3.28, whose inverse square
/// root is found in five steps of Newton's method from 1, and multiplied by √½.
#[must_use]
pub(crate) fn inverse_square_root(x: i32) -> Multiplier {
    const THREE_HALVES: i32 = (1 << 28) + (1 << 27);
    /// √½ in Q0.31.
    const ROOT_OF_HALF: i32 = 1_518_500_250;

    if x <= 1 {
        return Multiplier { mantissa: i32::MAX, exponent: 0 };
    }
    let mut exponent = -11;
    let mut x = x;
    while x >= 1 << 29 {
        x /= 4;
        exponent -= 1;
    }
    let pairs = (x.leading_zeros() as i32 - 1) / 2 - 1;
    x <<= 2 * pairs;
    exponent += pairs;
    let half = rounding_shift(x >> 1, 1);
    let mut estimate = 1 << 28;
    for _ in 0..5 {
        let cube = widen(product(product(estimate, estimate), estimate), 6);
        let step = product(THREE_HALVES, estimate) - product(half, cube);
        estimate = widen(step, 3);
    }
    let mantissa = product(estimate, ROOT_OF_HALF);
    Multiplier { mantissa: mantissa.saturating_mul(1 << exponent.max(0)), exponent: exponent.min(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: f64 = (1_u64 << 31) as f64;

    #[test]
    fn close_to_the_functions() {
        for step in 0..2000 {
            let x = -step * (1 << 20);
            let real = f64::from(x) / f64::from(1 << 26);
            assert!((f64::from(exp(x, 26)) / ONE - libm::exp(real)).abs() < 4e-7, "{real}");
            let x = (step - 1000) * (1 << 21);
            let real = f64::from(x) / f64::from(1 << 27);
            assert!((f64::from(logistic(x)) / ONE - 1.0 / (1.0 + libm::exp(-real))).abs() < 4e-7, "{real}");
            assert!((f64::from(tanh(x)) / ONE - libm::tanh(real)).abs() < 8e-7, "{real}");
            let x = step * step + 2;
            let factor = inverse_square_root(x);
            let found = f64::from(factor.mantissa) / ONE * libm::exp2(f64::from(factor.exponent));
            assert!((found * libm::sqrt(f64::from(x)) - 1.0).abs() < 4e-6, "{x}");
            let (mantissa, shift) = reciprocal(x, 19);
            let found = f64::from(mantissa) / ONE / libm::exp2(f64::from(shift));
            assert!((found * f64::from(x) / f64::from(1 << 19) - 1.0).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn every_argument_has_a_result() {
        for x in [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX] {
            let _ = (logistic(x), tanh(x), inverse_square_root(x), exp(negative_magnitude(x), 26));
            let _ = (reciprocal(x.max(1), 0), reciprocal_of_one_plus(x.max(0)));
        }
        assert_eq!((logistic(i32::MIN), tanh(0), exp(0, 26)), (241, 0, i32::MAX));
    }
}
