//! A block that is ready to run.

use runeblocks_core::{BlockError, Buffer, DynBlock, Facts, TensorView};

/// A block that has settled the facts of its edges, with buffers for its outputs.
pub(crate) struct Runner {
    block: Box<dyn DynBlock>,
    outputs: Vec<Buffer>,
}

impl Runner {
    /// Settles the facts of the outputs from those of the inputs.
    pub(crate) fn new(mut block: Box<dyn DynBlock>, inputs: &[Facts]) -> Result<(Self, Vec<Facts>), BlockError> {
        let facts = block.infer(inputs)?;
        let outputs = facts.iter().map(Facts::buffer).collect();
        Ok((Runner { block, outputs }, facts))
    }

    /// Settles the facts of other inputs, for which the outputs are the same.
    pub(crate) fn settle(&mut self, inputs: &[Facts]) -> Result<(), BlockError> {
        self.block.infer(inputs).map(|_| ())
    }

    /// Processes a whole clip, from the initial state.
    pub(crate) fn clip(&mut self, inputs: &[TensorView<'_>]) -> Result<&[Buffer], BlockError> {
        self.block.reset();
        self.piece(inputs)
    }

    /// Processes what comes next of a stream.
    pub(crate) fn piece(&mut self, inputs: &[TensorView<'_>]) -> Result<&[Buffer], BlockError> {
        self.block.process(inputs, &mut self.outputs)?;
        Ok(&self.outputs)
    }

    /// What the last call gave.
    pub(crate) fn outputs(&self) -> &[Buffer] {
        &self.outputs
    }

    /// Forgets what carried over.
    pub(crate) fn reset(&mut self) {
        self.block.reset();
    }

    /// What carries over.
    pub(crate) fn save(&self) -> Vec<u8> {
        self.block.save()
    }

    /// Takes up what [`Runner::save`] gave.
    pub(crate) fn restore(&mut self, state: &[u8]) -> Result<(), BlockError> {
        self.block.restore(state)
    }

    /// The block, to settle other facts.
    pub(crate) fn into_block(self) -> Box<dyn DynBlock> {
        self.block
    }
}
