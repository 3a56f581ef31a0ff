//! SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND.

use alloc::vec::Vec;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::transfer::check_type;
use crate::ops::view::View;
use crate::tensor::Tensor;

/// The pixels of images by their place in a block of pixels: those of one place make images of their own. The first of
/// them are of the block's first place, one for each image.
struct Blocks {
    images: usize,
    /// Rows and columns of an image.
    image: [usize; 2],
    /// Rows and columns of an image of one place.
    part: [usize; 2],
    /// Rows and columns of a block.
    block: [usize; 2],
    /// Rows and columns of the first blocks that are before the image.
    before: [usize; 2],
    /// Bytes of a pixel.
    pixel: usize,
}

impl Blocks {
    /// Prepares the operator whose whole images are the tensor `image`, with `before` and `after` rows and columns around
    /// them, and `part` the images of one place.
    fn of(node: &Node<'_>, image: &Tensor, part: &Tensor) -> Result<Self, Refusal> {
        node.check_counts(3..=3, 1)?;
        check_type(image, part)?;
        let (blocks, around) = (node.integers(1)?, node.integers(2)?);
        let spatial = image.shape.len().saturating_sub(2);
        let (pairs, rest) = around.as_chunks();
        if !(1..=2).contains(&spatial) || blocks.len() != spatial || pairs.len() != spatial || !rest.is_empty() {
            refuse!(
                "it has {} lengths of a block and {} edges for the shape {:?}: expected 3 or 4 axes, one length for all \
                 but the first and last, and two edges",
                blocks.len(),
                around.len(),
                image.shape
            );
        }
        let [mut rows_columns, mut part_rows_columns, mut block, mut before] = [[1, 1], [1, 1], [1, 1], [0, 0]];
        let mut expected = Vec::from([image.shape[0]]);
        for (axis, (&size, &[first, last])) in blocks.iter().zip(pairs).enumerate() {
            let length = image.shape[axis + 1];
            let sizes = [size, first, last].map(usize::try_from);
            let [Ok(size @ 1..), Ok(first), Ok(last)] = sizes else {
                refuse!("it has blocks of {blocks:?} and edges of {around:?}: expected 1 or more, and 0 or more");
            };
            let padded = length.saturating_add(first).saturating_add(last);
            if !padded.is_multiple_of(size) {
                refuse!("its axis {} has {padded} elements with its edges: expected a multiple of {size}", axis + 1);
            }
            expected[0] = expected[0].saturating_mul(size);
            expected.push(padded / size);
            (rows_columns[axis], part_rows_columns[axis]) = (length, padded / size);
            (block[axis], before[axis]) = (size, first);
        }
        expected.push(image.shape[spatial + 1]);
        if part.shape != expected {
            refuse!("it has the shapes {:?} and {:?} in the file: expected {expected:?}", image.shape, part.shape);
        }
        let view = View::of(image)?;
        let (images, channels) = (image.shape[0], image.shape[spatial + 1]);
        let pixel = view.element * channels;
        Ok(Self { images, image: rows_columns, part: part_rows_columns, block, before, pixel })
    }

    /// Calls `visit` with the places of each pixel of the images, in bytes: in its image, and in that of its place.
    fn each(&self, mut visit: impl FnMut(usize, usize)) {
        let Self { images, image: [height, width], part: [rows, columns], block, before, pixel } = *self;
        for index in 0..images {
            for y in 0..height {
                let (row, block_row) = ((y + before[0]) / block[0], (y + before[0]) % block[0]);
                for x in 0..width {
                    let (column, block_column) = ((x + before[1]) / block[1], (x + before[1]) % block[1]);
                    let part = (block_row * block[1] + block_column) * images + index;
                    let from = ((index * height + y) * width + x) * pixel;
                    visit(from, ((part * rows + row) * columns + column) * pixel);
                }
            }
        }
    }
}

/// Takes images apart.
struct SpaceToBatch {
    blocks: Blocks,
    /// What is put around them.
    edge: u8,
    input: usize,
    output: usize,
}

impl Op for SpaceToBatch {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let pixel = self.blocks.pixel;
        output.fill(self.edge);
        self.blocks.each(|at, part| output[part..][..pixel].copy_from_slice(&input[at..][..pixel]));
        Ok(())
    }
}

/// SPACE_TO_BATCH_ND. Around the images are zeros: the number 0 for `int8`, the zero point for `uint8`.
pub(super) fn space_to_batch(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let blocks = Blocks::of(node, input, output)?;
    let edge = if output.was_unsigned { output.quantization()?.1 as u8 } else { 0 };
    Prepared::run(SpaceToBatch { blocks, edge, input: input.index, output: output.index })
}

/// Puts images together.
struct BatchToSpace {
    blocks: Blocks,
    input: usize,
    output: usize,
}

impl Op for BatchToSpace {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let pixel = self.blocks.pixel;
        self.blocks.each(|at, part| output[at..][..pixel].copy_from_slice(&input[part..][..pixel]));
        Ok(())
    }
}

/// BATCH_TO_SPACE_ND.
pub(super) fn batch_to_space(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let (input, output) = (node.input(0)?, node.output(0)?);
    let blocks = Blocks::of(node, output, input)?;
    Prepared::run(BatchToSpace { blocks, input: input.index, output: output.index })
}
