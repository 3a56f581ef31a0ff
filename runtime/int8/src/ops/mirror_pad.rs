//! MIRROR_PAD.

use alloc::vec;
use alloc::vec::Vec;

use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::pad::paddings;
use crate::ops::transfer::{Transfer, Transfers};
use crate::ops::view::View;

/// MIRROR_PAD: around the input, its elements mirrored, with or without the outermost ones.
pub(super) fn mirror_pad(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    let mode = node.options::<schema::MirrorPadOptions<'_>>().map_or(0, |options| options.mode());
    // Where the mirror stands: on the outermost element, or behind it.
    let skipped = match mode {
        0 => 1,
        1 => 0,
        mode => refuse!("its mode is number {mode}: expected REFLECT or SYMMETRIC"),
    };
    let (input, output) = (node.input(0)?, node.output(0)?);
    if input.shape.len() > 6 {
        refuse!("its input has the shape {:?}: expected 6 axes at most", input.shape);
    }
    let mut pieces = vec![(View::of(input)?, View::of(output)?)];
    for (axis, [before, after]) in paddings(node)?.into_iter().enumerate() {
        let length = input.shape[axis];
        if before.max(after) > 0 && before.max(after) + skipped > length {
            refuse!("it pads axis {axis} by {before} and {after}: expected {} at most", length.saturating_sub(skipped));
        }
        // Of each: the first that is read, the way to the next, the first that is written, how many.
        let parts = [
            ((before + skipped).saturating_sub(1), -1, 0, before),
            (0, 1, before, length),
            (length.saturating_sub(1 + skipped), -1, before + length, after),
        ];
        let mut next = Vec::new();
        for (from, to) in pieces {
            for (read, step, written, count) in parts.into_iter().filter(|&(.., count)| count > 0) {
                next.push((from.clone().slice(axis, read, count, step)?, to.clone().slice(axis, written, count, 1)?));
            }
        }
        pieces = next;
    }
    let mut transfers = Transfers::default();
    for (from, to) in pieces {
        transfers.add([input, output], Transfer::new(&from, &to)?);
    }
    Prepared::run(transfers)
}
