//! What RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR share.

use crate::error::{Refusal, refuse};
use crate::op::Node;
use crate::ops::shared::check_rank;
use crate::ops::transfer::check_type;

/// Where the pixels of the output lie on the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// The first and last pixels of both lie on each other.
    pub(super) align_corners: bool,
    /// Pixels are squares, and their centres lie on each other's.
    pub(super) half_pixel_centers: bool,
}

/// Images and the size that they are brought to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Images {
    pub(super) batches: usize,
    /// Rows and columns.
    pub(super) input: [usize; 2],
    /// Rows and columns.
    pub(super) output: [usize; 2],
    pub(super) channels: usize,
}

impl Images {
    /// Those of an operator whose second input is the size.
    pub(super) fn of(node: &Node<'_>, grid: Grid) -> Result<Self, Refusal> {
        node.check_counts(2..=2, 1)?;
        if grid.align_corners && grid.half_pixel_centers {
            refuse!("it has both aligned corners and half-pixel centres: expected one of them at most");
        }
        let (input, output) = (node.input(0)?, node.output(0)?);
        check_type(output, input)?;
        let [batches, height, width, channels] = check_rank("input 0", input)?;
        let size = node.integers(1)?;
        let &[rows, columns] = size.as_slice() else {
            refuse!("its size is {size:?}: expected rows and columns");
        };
        let [Ok(rows), Ok(columns)] = [rows, columns].map(usize::try_from) else {
            refuse!("its size is {size:?}: expected none below 0");
        };
        node.check_shape(0, &[batches, rows, columns, channels])?;
        if output.elements() > 0 && input.elements() == 0 {
            refuse!("its input has the shape {:?}: expected pixels", input.shape);
        }
        Ok(Self { batches, input: [height, width], output: [rows, columns], channels })
    }

    /// Pixels of the input for one of the output, along an axis.
    pub(super) fn scale(&self, axis: usize, grid: Grid) -> f32 {
        let (input, output) = (self.input[axis], self.output[axis]);
        if grid.align_corners && output > 1 {
            (input - 1) as f32 / (output - 1) as f32
        } else {
            input as f32 / output as f32
        }
    }
}
