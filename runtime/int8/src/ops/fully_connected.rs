//! FULLY_CONNECTED.

use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::kernel::{Geometry, Kind};
use crate::op::{Node, Prepared};
use crate::ops::activation::Activation;
use crate::ops::conv;
use crate::ops::shared::check_rank;

/// FULLY_CONNECTED: rows of the input, of any rank, times the transposed weights.
pub(super) fn fully_connected(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=3, 1)?;
    let options = node.options::<schema::FullyConnectedOptions<'_>>();
    if let Some(format) = options.map(|options| options.weights_format()).filter(|&format| format != 0) {
        refuse!("its weights are shuffled (format {format}): expected the default format");
    }
    let activation = Activation::of(options.map_or(0, |options| options.fused_activation_function()))?;
    let [outputs, inputs] = check_rank("input 1", node.input(1)?)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    let rows = input.elements().checked_div(inputs).unwrap_or(0);
    if rows * inputs != input.elements() {
        refuse!(
            "its input has the shape {:?}: expected a multiple of {inputs} elements, as its weights have",
            input.shape
        );
    }
    if output.elements() != rows * outputs || output.shape.last().is_some_and(|&last| last != outputs) {
        refuse!("its output has the shape {:?} in the file: expected {rows} rows of {outputs}", output.shape);
    }
    conv::layer(node, Kind::Conv, Geometry::fully_connected(rows, inputs, outputs), outputs, activation)
}
