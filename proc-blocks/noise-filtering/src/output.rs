//! The forms that features leave in.

/// Scale of the 8-bit form: what a step is worth to a model, 26/256.
pub const INT8_SCALE: f32 = 26.0 / 256.0;
/// Zero point of the 8-bit form.
pub const INT8_ZERO_POINT: i32 = -128;

/// A feature as models of the `micro_speech` family take it: 0 to 666 on −128 to 127, rounded, what is above cut.
#[inline]
#[must_use]
pub const fn to_int8(value: u16) -> i8 {
    /// The feature that 127 is made of; above, everything is cut to it.
    const TOP: u32 = 663;
    let value = if value as u32 > TOP { TOP } else { value as u32 };
    (((value * 256 + 333) / 666) as i32 + INT8_ZERO_POINT) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_is_its_formula() {
        for value in 0..=u16::MAX {
            let exact = (i32::from(value) * 256 + 333) / 666 + INT8_ZERO_POINT;
            assert_eq!(i32::from(to_int8(value)), exact.min(127), "{value}");
        }
    }

    #[test]
    fn int8_ends() {
        assert_eq!(
            [0, 1, 2, 333, 662, 663, 666, 667, u16::MAX].map(to_int8),
            [-128, -128, -127, 0, 126, 127, 127, 127, 127]
        );
    }
}
