//! The forms that features leave in.

/// Scale of the 8-bit form: what a step is worth to a model, 26/256.
pub const INT8_SCALE: f32 = 26.0 / 256.0;
/// Zero point of the 8-bit form.
pub const INT8_ZERO_POINT: i32 = -128;

/// A feature as models of the `micro_speech` family take it: 0 to 666 on −128 to 127, rounded, what is above cut.
#[inline]
#[must_use]
pub const fn to_int8(value: u16) -> i8 {
    let scaled = (value as i32 * 256 + 333) / 666 + INT8_ZERO_POINT;
    if scaled > i8::MAX as i32 { i8::MAX } else { scaled as i8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_ends() {
        assert_eq!(
            [0, 1, 2, 333, 662, 663, 666, 667, u16::MAX].map(to_int8),
            [-128, -128, -127, 0, 126, 127, 127, 127, 127]
        );
    }
}
