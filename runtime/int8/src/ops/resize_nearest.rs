//! RESIZE_NEAREST_NEIGHBOR.

use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::resize::{Grid, Images};
use crate::ops::shared::cast_mut;
use crate::ops::view::View;

/// Takes for each pixel of the output the nearest of the input.
struct ResizeNearest {
    images: Images,
    grid: Grid,
    /// Pixels of the input for one of the output.
    scales: [f32; 2],
    /// Bytes of a pixel.
    pixel: usize,
    input: usize,
    output: usize,
}

impl ResizeNearest {
    /// The row or column of the input for one of the output.
    fn nearest(&self, axis: usize, place: usize) -> usize {
        let centre = if self.grid.half_pixel_centers { 0.5 } else { 0.0 };
        let place = (place as f32 + centre) * self.scales[axis];
        let nearest = if self.grid.align_corners { libm::roundf(place) } else { libm::floorf(place) };
        (nearest as usize).min(self.images.input[axis] - 1)
    }
}

impl Op for ResizeNearest {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, scratch) = memory.get([self.input], self.output);
        let Images { batches, input: [height, width], output: [rows, columns], .. } = self.images;
        let places = cast_mut::<u32>(scratch);
        for (column, place) in places.iter_mut().enumerate() {
            *place = (self.nearest(1, column) * self.pixel) as u32;
        }
        let mut at = 0;
        for batch in 0..batches {
            for row in 0..rows {
                let from = (batch * height + self.nearest(0, row)) * width * self.pixel;
                let line = &input[from..][..width * self.pixel];
                for &place in &places[..columns] {
                    output[at..][..self.pixel].copy_from_slice(&line[place as usize..][..self.pixel]);
                    at += self.pixel;
                }
            }
        }
        Ok(())
    }
}

/// RESIZE_NEAREST_NEIGHBOR.
pub(super) fn resize_nearest_neighbor(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let Some(options) = node.options::<schema::ResizeNearestNeighborOptions<'_>>() else {
        refuse!("it has no options: expected those of RESIZE_NEAREST_NEIGHBOR");
    };
    let grid = Grid { align_corners: options.align_corners(), half_pixel_centers: options.half_pixel_centers() };
    let images = Images::of(node, grid)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    if output.elements() == 0 {
        return Ok(Prepared::Nothing);
    }
    let scales = [0, 1].map(|axis| images.scale(axis, grid));
    let pixel = View::of(input)?.element * images.channels;
    let resize = ResizeNearest { images, grid, scales, pixel, input: input.index, output: output.index };
    Prepared::with_scratch(resize, 4 * images.output[1])
}
