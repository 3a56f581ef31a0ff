//! Integer helpers of the fixed-point stages.

/// The number of bits that `value` needs: one more than the position of its most significant bit, and 0 for 0.
#[inline]
#[must_use]
pub const fn most_significant_bit(value: u32) -> u32 {
    u32::BITS - value.leading_zeros()
}

/// How many bits the values after an FFT of `fft_size` points are scaled by, relative to one of 64 points:
/// log2(`fft_size`) − 6.
///
/// `fft_size` is a power of two; the result is negative below 64.
#[inline]
#[must_use]
pub const fn correction_bits(fft_size: u32) -> i32 {
    fft_size.trailing_zeros() as i32 - 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits() {
        assert_eq!([0, 1, 2, 3, 4, 0x8000, u32::MAX].map(most_significant_bit), [0, 1, 2, 2, 3, 16, 32]);
        assert_eq!([4, 64, 512, 65536].map(correction_bits), [-4, 0, 3, 10]);
    }
}
