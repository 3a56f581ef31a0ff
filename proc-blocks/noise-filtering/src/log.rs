//! The natural logarithm in fixed point.

use runeblocks_micro::int;

/// Largest power of two that a logarithm is scaled by.
pub const MAX_SCALE_SHIFT: u32 = 11;
/// Fractional bits of a logarithm.
pub(crate) const LOG_BITS: u32 = 16;
/// Bits of a fraction's position within a segment of the table.
pub(crate) const SEGMENT_BITS: u32 = 9;
/// ln 2 in Q16.
pub(crate) const LN_2: u64 = 45_426;

/// (log2(1 + i/128) − i/128)·65536, rounded: what a straight line between powers of two lacks.
pub(crate) const CORRECTION: [u16; 129] = [
    0, 224, 442, 654, 861, 1063, 1259, 1450, 1636, 1817, 1992, 2163, 2329, 2490, 2646, 2797, 2944, 3087, 3224, 3358,
    3487, 3611, 3732, 3848, 3960, 4068, 4172, 4272, 4368, 4460, 4549, 4633, 4714, 4791, 4864, 4934, 5001, 5063, 5123,
    5178, 5231, 5280, 5326, 5368, 5408, 5444, 5477, 5507, 5533, 5557, 5578, 5595, 5610, 5622, 5631, 5637, 5640, 5641,
    5638, 5633, 5626, 5615, 5602, 5586, 5568, 5547, 5524, 5498, 5470, 5439, 5406, 5370, 5332, 5291, 5249, 5203, 5156,
    5106, 5054, 5000, 4944, 4885, 4825, 4762, 4697, 4630, 4561, 4490, 4416, 4341, 4264, 4184, 4103, 4020, 3935, 3848,
    3759, 3668, 3575, 3481, 3384, 3286, 3186, 3084, 2981, 2875, 2768, 2659, 2549, 2437, 2323, 2207, 2090, 1971, 1851,
    1729, 1605, 1480, 1353, 1224, 1094, 963, 830, 695, 559, 421, 282, 142, 0,
];

/// `scale`·ln `value` in whole numbers, where `scale` is two to the power of `scale_shift`; 0 for 0 and 1.
#[inline]
#[must_use]
pub fn log(value: u32, scale_shift: u32) -> u32 {
    if value <= 1 {
        return 0;
    }
    let exponent = int::most_significant_bit(value) - 1;
    let mantissa = value - (1 << exponent);
    let fraction =
        if exponent < LOG_BITS { mantissa << (LOG_BITS - exponent) } else { mantissa >> (exponent - LOG_BITS) };
    let segment = (fraction >> SEGMENT_BITS) as usize;
    let [low, high] = [CORRECTION[segment], CORRECTION[segment + 1]].map(i32::from);
    let within = (fraction & ((1 << SEGMENT_BITS) - 1)) as i32;
    // The reference shifts by 16 here rather than by the 9 bits of `within`, so that the table is hardly interpolated.
    let correction = low + (((high - low) * within) >> LOG_BITS);
    let log2 = (exponent << LOG_BITS) + fraction.wrapping_add_signed(correction);
    let loge = ((LN_2 * u64::from(log2) + (1 << (LOG_BITS - 1))) >> LOG_BITS) as u32;
    ((loge << scale_shift).wrapping_add(1 << (LOG_BITS - 1))) >> LOG_BITS
}

/// Brings `value` to the scale of an FFT of 64 points: up by `correction_bits`, or down where they are negative.
#[inline]
#[must_use]
pub fn correct(value: u32, correction_bits: i32) -> u32 {
    if correction_bits < 0 { value >> -correction_bits } else { value << correction_bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_its_formula() {
        for (i, &entry) in (0u8..).zip(&CORRECTION) {
            let x = f64::from(i) / 128.0;
            assert_eq!(f64::from(entry), (((1.0 + x).log2() - x) * 65_536.0).round(), "{i}");
        }
    }

    #[test]
    fn is_a_logarithm() {
        for value in [2u32, 3, 10, 1000, 65_535, 65_536, 1 << 30, u32::MAX] {
            let exact = f64::from(value).ln() * 64.0;
            assert!((f64::from(log(value, 6)) - exact).abs() < 1.0, "{value}");
        }
        assert_eq!([log(0, 6), log(1, 6)], [0, 0]);
        assert_eq!([correct(5, 2), correct(5, -2)], [20, 1]);
    }
}
