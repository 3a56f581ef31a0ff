//! Functions of `f32` that have the bits of glibc 2.36, with which the reference runs, on every target.

use core::f32::consts::{LN_2, LOG2_E as LOG2_E_F32};
use core::f64::consts::LOG2_E;

use runeblocks_micro::math::exp2;

/// e^x. It equals glibc's for all but one of every third `f32`, and is one unit in the last place off there.
///
/// 2 to the power of x·log₂e in double precision, rounded once.
pub(crate) fn expf(x: f32) -> f32 {
    exp2(f64::from(x) * LOG2_E)
}

/// tanh x, by the method of Sun's fdlibm in single precision: from e^2x − 1 or e^−2x − 1. It equals glibc's for every third
/// `f32`.
pub(crate) fn tanhf(x: f32) -> f32 {
    /// From here on the result is 1.
    const FLAT: f32 = 22.0;
    /// Below this, it is the argument.
    const STRAIGHT: f32 = 2.775_557_6e-17;

    let magnitude = x.abs();
    if magnitude < STRAIGHT {
        return x;
    }
    let result = if magnitude >= FLAT {
        1.0
    } else if magnitude >= 1.0 {
        1.0 - 2.0 / (exponential_less_one(2.0 * magnitude) + 2.0)
    } else {
        let t = exponential_less_one(-2.0 * magnitude);
        -t / (t + 2.0)
    };
    if x < 0.0 { -result } else { result }
}

/// e^x − 1 for −2 < x ≤ 0 and 2 ≤ x < 44.
///
/// x = k·ln 2 + r; then, with z = r²/2, t = 3 − R(z)·r/2 and R a polynomial of degree 5,
/// e^r − 1 = r + z − r·z·(R(z) − t)/(6 − r·t).
fn exponential_less_one(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_138_1;
    const LN2_LOW: f32 = 9.058_001e-6;
    /// Coefficients of z, z² … of R; that of 1 is 1.
    const R: [f32; 5] = [-0.033_333_335, 0.001_587_301_6, -7.936_507_6e-5, 4.008_217_8e-6, -2.010_992_1e-7];

    let k = if x.abs() <= 0.5 * LN_2 { 0.0 } else { libm::truncf(LOG2_E_F32 * x + 0.5_f32.copysign(x)) };
    let high = x - k * LN2_HIGH;
    let low = k * LN2_LOW;
    let r = high - low;
    let rounded_off = (high - r) - low;
    let half = 0.5 * r;
    let z = r * half;
    let polynomial = 1.0 + z * R.iter().rev().fold(0.0, |sum, coefficient| coefficient + z * sum);
    let t = 3.0 - polynomial * half;
    let e = z * ((polynomial - t) / (6.0 - r * t));
    if k == 0.0 {
        return r - (r * e - z);
    }
    let e = (r * (e - rounded_off) - rounded_off) - z;
    let power = libm::exp2f(k);
    if k == -1.0 {
        0.5 * (r - e) - 0.5
    } else if !(0.0..=56.0).contains(&k) {
        (1.0 - (e - r)) * power - 1.0
    } else if k < 23.0 {
        ((1.0 - 1.0 / power) - (e - r)) * power
    } else {
        ((r - (e + 1.0 / power)) + 1.0) * power
    }
}

/// 1 / (1 + e^−x), which is taken for 1 above 16.619047 and for e^x below −9.
pub(crate) fn logistic(x: f32) -> f32 {
    if x > 16.619_047 {
        1.0
    } else if x < -9.0 {
        expf(x)
    } else {
        1.0 / (1.0 + expf(-x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_what_is_no_number() {
        assert_eq!([expf(f32::NEG_INFINITY), expf(0.0), expf(f32::INFINITY)], [0.0, 1.0, f32::INFINITY]);
        assert_eq!([expf(88.8), expf(-104.0)], [f32::INFINITY, 0.0]);
        assert_eq!([tanhf(f32::NEG_INFINITY), tanhf(0.0), tanhf(f32::INFINITY)], [-1.0, 0.0, 1.0]);
        assert_eq!([logistic(f32::NEG_INFINITY), logistic(0.0), logistic(f32::INFINITY)], [0.0, 0.5, 1.0]);
        assert!([expf, tanhf, logistic].iter().all(|function| function(f32::NAN).is_nan()));
        assert_eq!(tanhf(-1e-30).to_bits(), (-1e-30_f32).to_bits());
    }

    #[test]
    fn within_two_units_in_the_last_place() {
        for i in -100_000..100_000_i32 {
            let x = i as f32 * 8e-4;
            let (exp, tanh) = (libm::exp(f64::from(x)), libm::tanh(f64::from(x)));
            assert!((f64::from(expf(x)) - exp).abs() <= exp * 1.2e-7 + 1e-44, "{x}");
            assert!((f64::from(tanhf(x)) - tanh).abs() <= tanh.abs() * 2.4e-7, "{x}");
            assert!((logistic(x) + logistic(-x) - 1.0).abs() < 2e-7, "{x}");
        }
    }
}
