//! What a graph asks of models. The package `runeblocks-model` answers.

use std::error::Error;
use std::path::Path;

use runeblocks_core::{DynBlock, Facts};

/// Reads model files.
pub trait ModelLoader {
    /// Makes a stage of a model file. `path` is for messages; the content is `bytes`.
    ///
    /// A model that is well formed but cannot be run by the backend that is named, or by any at hand where none is, loads
    /// too, and says so by [`LoadedModel::obstacle`].
    ///
    /// # Errors
    ///
    /// When the bytes are not a sound model; the error's text tells what was found and what was expected.
    fn load(
        &self,
        path: &Path,
        bytes: &[u8],
        backend: Option<&str>,
    ) -> Result<Box<dyn LoadedModel>, Box<dyn Error + Send + Sync>>;

    /// Says that there is a backend of a name.
    ///
    /// # Errors
    ///
    /// When there is none; the error's text tells which there are.
    fn check_backend(&self, name: &str) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// A model as a stage.
///
/// `infer` gets inputs that fit [`LoadedModel::inputs`] and have their shapes already, and `process` gets tensors of
/// these shapes: the graph checks and reshapes before.
pub trait LoadedModel: DynBlock {
    /// The inputs that the file declares, in its order. `Axis::Stream` stands for an axis of any length.
    fn inputs(&self) -> &[ModelPort];

    /// The outputs that the file declares, in its order.
    fn outputs(&self) -> &[ModelPort];

    /// What is doubtful about the model, a sentence each.
    fn warnings(&self) -> Vec<String>;

    /// Why the model cannot be run here; `None` if it can.
    fn obstacle(&self) -> Option<String>;

    /// Why the model does not run on a device, by TensorFlow Lite Micro, a sentence each without its full stop; none if it does.
    fn device(&self) -> Vec<String>;

    /// Says that the model can be calibrated.
    ///
    /// # Errors
    ///
    /// When it can't: why not, a sentence without its full stop.
    fn calibratable(&self) -> Result<(), String>;

    /// Another stage of the same model, by the same backend, in its initial state.
    fn again(&self) -> Box<dyn LoadedModel>;
}

/// One input or output of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelPort {
    /// The tensor's name in the file.
    pub name: String,
    /// What the file says of it.
    pub facts: Facts,
}

/// The loader of programs without models: it refuses every one.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoModels;

impl ModelLoader for NoModels {
    fn load(&self, _: &Path, _: &[u8], _: Option<&str>) -> Result<Box<dyn LoadedModel>, Box<dyn Error + Send + Sync>> {
        Err("this program is built without models".into())
    }

    fn check_backend(&self, _: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}
