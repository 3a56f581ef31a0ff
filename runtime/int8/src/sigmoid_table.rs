//! The logistic function and the hyperbolic tangent of `int16`: a table with straight lines between its entries.

use alloc::boxed::Box;

/// The logistic function for the multiples of 1/24 from 0 to 255/24, in Q0.16.
///
/// Between two entries a straight line lies below the function; each entry is raised by half of that, so that the greatest
/// error above and below is the same. The last entry stands for all that follow.
pub(crate) struct SigmoidTable(Box<[u16; 256]>);

/// Bits of fraction between entries.
const BITS: u32 = 9;

impl SigmoidTable {
    pub(crate) fn new() -> Self {
        const STEP: f64 = 1.0 / 24.0;
        let entry = |index: usize| {
            let value = 1.0 / (1.0 + libm::exp(-(index as f64) * STEP));
            let bend = value * (1.0 - value) * (2.0 * value - 1.0);
            libm::round(65536.0 * (value + STEP * STEP / 16.0 * bend)) as u16
        };
        let mut table = Box::new(core::array::from_fn(entry));
        table[255] = u16::MAX;
        Self(table)
    }

    /// Size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// 1 / (1 + e^−x) in Q0.15, for x in multiples of 1/(3·2¹²).
    pub(crate) fn logistic(&self, x: i32) -> i16 {
        let magnitude = ((self.interpolate(x.unsigned_abs()) + (1 << 9)) >> 10).min(0x7fff);
        (if x < 0 { 0x8000 - magnitude } else { magnitude }) as i16
    }

    /// tanh x = 2/(1 + e^−2x) − 1 in Q0.15, for x in multiples of 1/(3·2¹²).
    pub(crate) fn tanh(&self, x: i32) -> i16 {
        let twice = x.unsigned_abs().saturating_mul(2);
        let magnitude = (self.interpolate(twice) - (1 << 24) + (1 << 8)) >> 9;
        (if x < 0 { -magnitude } else { magnitude }) as i16
    }

    /// The logistic function in Q0.25, for a magnitude in multiples of 1/(3·2¹²).
    fn interpolate(&self, magnitude: u32) -> i32 {
        let place = (magnitude >> BITS) as usize;
        let [value, next] = [place, place + 1].map(|place| i32::from(self.0[place.min(255)]));
        (value << BITS) + (magnitude & ((1 << BITS) - 1)) as i32 * (next - value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_to_the_functions_and_odd() {
        let table = SigmoidTable::new();
        for x in -200_000..200_000 {
            let real = f64::from(x) / 12288.0;
            let logistic = 32768.0 / (1.0 + libm::exp(-real));
            assert!((f64::from(table.logistic(x)) - logistic).abs() < 1.5, "{x}");
            assert!((f64::from(table.tanh(x)) - 32768.0 * libm::tanh(real)).abs() < 2.5, "{x}");
            assert_eq!(table.tanh(-x), -table.tanh(x), "{x}");
        }
    }

    #[test]
    fn the_ends() {
        let table = SigmoidTable::new();
        assert_eq!([i32::MIN, 0, i32::MAX].map(|x| table.logistic(x)), [1, 16384, 32767]);
        assert_eq!([i32::MIN, 0, i32::MAX].map(|x| table.tanh(x)), [-32767, 0, 32767]);
        assert_eq!([table.0[1], table.0[31], table.0[192], table.0[254]], [33451, 51409, 65514, 65534]);
    }
}
