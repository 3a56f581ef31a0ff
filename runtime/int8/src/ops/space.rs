//! DEPTH_TO_SPACE and SPACE_TO_DEPTH.

use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::shared::{check_rank, positive};
use crate::ops::transfer::{Transfer, Transfers, check_type};
use crate::ops::view::View;
use crate::tensor::Tensor;

/// DEPTH_TO_SPACE: the channels of a pixel become a block of pixels.
pub(super) fn depth_to_space(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let Some(options) = node.options::<schema::DepthToSpaceOptions<'_>>() else {
        refuse!("it has no options: expected those of DEPTH_TO_SPACE");
    };
    let block = positive("block", options.block_size())?;
    let (input, output) = ends(node)?;
    let channels = input.shape[3].checked_div(block.saturating_mul(block)).unwrap_or(0);
    let deep = View::of(input)?.divide(3, channels.max(1))?.divide(3, block)?;
    let wide = blocks(output, block)?;
    between(node, [(input, deep), (output, wide)])
}

/// SPACE_TO_DEPTH: a block of pixels becomes the channels of one.
pub(super) fn space_to_depth(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let Some(options) = node.options::<schema::SpaceToDepthOptions<'_>>() else {
        refuse!("it has no options: expected those of SPACE_TO_DEPTH");
    };
    let block = positive("block", options.block_size())?;
    let (input, output) = ends(node)?;
    let wide = blocks(input, block)?;
    let deep = View::of(output)?.divide(3, input.shape[3].max(1))?.divide(3, block)?;
    between(node, [(input, wide), (output, deep)])
}

fn ends<'a>(node: &Node<'a>) -> Result<(&'a Tensor, &'a Tensor), Refusal> {
    node.check_counts(1..=1, 1)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_rank::<4>("input 0", input)?;
    check_rank::<4>("output", output)?;
    check_type(output, input)?;
    Ok((input, output))
}

/// An image by batch, row and column of blocks, row and column in a block, and channel.
fn blocks(image: &Tensor, block: usize) -> Result<View, Refusal> {
    View::of(image)?.divide(2, block)?.divide(1, block)?.permute(&[0, 1, 3, 2, 4, 5])
}

fn between(node: &Node<'_>, [(from, read), (to, written)]: [(&Tensor, View); 2]) -> Result<Prepared, Refusal> {
    if read.shape() != written.shape() {
        let (input, output) = (&node.input(0)?.shape, &node.output(0)?.shape);
        refuse!(
            "it makes the shape {output:?} of {input:?} in the file: expected as many pixels and channels as blocks"
        );
    }
    let mut transfers = Transfers::default();
    transfers.add([from, to], Transfer::new(&read, &written)?);
    Prepared::run(transfers)
}
