//! What processes clips, one by one or many at once.

use pyo3::PyErr;
use pyo3::exceptions::PyValueError;
use runeblocks_core::{BlockError, BlockErrors, TensorView};
use runeblocks_graph::ExecError;

/// What processes clips, each from the initial state. A runner processes one at a time.
pub(crate) trait Clips: Sync {
    /// What one thread works with.
    type Runner: Send;
    /// Why a clip can't be processed.
    type Error: Send + From<BlockError>;

    /// A runner that no other call uses, to be given back.
    fn take(&self) -> Result<Self::Runner, Self::Error>;

    /// Takes a runner back.
    fn give_back(&self, runner: Self::Runner);

    /// Processes a clip and hands each output to `output`, with its number.
    fn clip(
        &self,
        runner: &mut Self::Runner,
        inputs: &[TensorView<'_>],
        output: &mut dyn FnMut(usize, TensorView<'_>) -> Result<(), BlockError>,
    ) -> Result<(), Self::Error>;
}

/// Why a pipeline or a model can't be run, as text.
pub(crate) struct Fault(pub(crate) String);

impl From<BlockError> for Fault {
    fn from(error: BlockError) -> Self {
        Fault(BlockErrors::from(error).to_string())
    }
}

impl From<ExecError> for Fault {
    fn from(error: ExecError) -> Self {
        match error.help() {
            Some(help) => Fault(format!("{error} ({help})")),
            None => Fault(error.to_string()),
        }
    }
}

impl From<Fault> for PyErr {
    fn from(Fault(text): Fault) -> Self {
        PyValueError::new_err(text)
    }
}
