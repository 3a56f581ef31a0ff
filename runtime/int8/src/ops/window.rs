//! Windows over the rows and columns of an image: kernels of convolutions and pools.

use crate::error::{Refusal, refuse};

/// A window over one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) size: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
}

/// How the edges are treated, as the file numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Same,
    Valid,
}

impl Padding {
    /// The padding that a number of the file stands for.
    pub(crate) fn of(number: i8) -> Result<Self, Refusal> {
        Ok(match number {
            0 => Padding::Same,
            1 => Padding::Valid,
            number => refuse!("its padding is number {number}: expected SAME or VALID"),
        })
    }

    /// How many windows there are over an axis of `length`, and how much is padded before it.
    pub(crate) fn over(self, length: usize, window: Window) -> (usize, usize) {
        let extent = window.size.saturating_sub(1).saturating_mul(window.dilation).saturating_add(1);
        let count = match self {
            Padding::Same => length.div_ceil(window.stride),
            Padding::Valid => (length.saturating_add(window.stride)).saturating_sub(extent) / window.stride,
        };
        let covered = count.saturating_sub(1).saturating_mul(window.stride).saturating_add(extent);
        (count, covered.saturating_sub(length) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_counted() {
        let window = |size, stride, dilation| Window { size, stride, dilation };
        assert_eq!(Padding::Same.over(49, window(10, 2, 1)), (25, 4));
        assert_eq!(Padding::Same.over(10, window(4, 2, 1)), (5, 1));
        assert_eq!(Padding::Valid.over(10, window(4, 2, 1)), (4, 0));
        assert_eq!(Padding::Valid.over(3, window(4, 1, 1)), (0, 0));
        assert_eq!(Padding::Valid.over(9, window(3, 1, 4)), (1, 0));
        assert_eq!(Padding::Same.over(9, window(3, 1, 4)), (9, 4));
    }
}
