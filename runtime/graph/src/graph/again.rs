//! A second graph of the same stages.

use runeblocks_core::{BlockError, BlockErrors, Facts, Notation};

use super::{Graph, Node, NodeKind, model_stage};
use crate::exec::{ExecError, failed};
use crate::runefile::Version;

impl Graph {
    /// The same graph with stages of its own, in their initial state, to be run beside this one. No file is read again.
    ///
    /// # Errors
    ///
    /// [`ExecError::Stage`] when a stage cannot be made a second time.
    pub fn try_clone(&self) -> Result<Self, ExecError> {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let kind = self.kind_again(node).map_err(|error| failed(self, index, error))?;
            let Node { name, span, inputs, outputs, .. } = node;
            nodes.push(Node {
                name: name.clone(),
                span: *span,
                inputs: inputs.clone(),
                outputs: outputs.clone(),
                kind,
            });
        }
        let (version, outputs, warnings) = (self.version, self.outputs.clone(), self.warnings.clone());
        Ok(Self { version, nodes, outputs, files: self.files.clone(), warnings })
    }

    fn kind_again(&self, node: &Node) -> Result<NodeKind, BlockError> {
        let arrivals = node.inputs.iter().filter_map(|input| self.facts(input.from));
        Ok(match &node.kind {
            NodeKind::Source { kind, pixel_format } => NodeKind::Source { kind: *kind, pixel_format: *pixel_format },
            NodeKind::Block { descriptor, args, .. } => {
                let notation = match self.version {
                    Version::V1 => Notation::V1,
                    Version::V2 => Notation::Typed,
                };
                let mut block = descriptor.create_with(args, notation).map_err(first)?;
                block.infer(&arrivals.cloned().collect::<Vec<_>>())?;
                NodeKind::Block { descriptor, args: args.clone(), block }
            }
            NodeKind::Model { path, model } => {
                let mut again = model.again();
                let ports = again.inputs().iter().zip(arrivals);
                let seen: Vec<Facts> = ports.map(|(port, found)| model_stage::seen(&port.facts, found)).collect();
                again.infer(&seen)?;
                NodeKind::Model { path: path.clone(), model: again }
            }
        })
    }
}

/// One of several errors.
fn first(errors: BlockErrors) -> BlockError {
    let reason = errors.to_string();
    errors.0.into_iter().next().unwrap_or(BlockError::Unsupported { reason, help: None })
}
