//! The loader of models for graphs.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use runeblocks_core::{BlockError, Buffer, DynBlock, Facts, TensorView};
use runeblocks_graph::{LoadedModel, ModelLoader, ModelPort};

use crate::{Backend, LastLayer, ModelError, ModelFile, ModelStage, TensorInfo, backend_named, device, stage};

/// Loads TensorFlow Lite models for graphs: a [`ModelStage`] of each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loader {
    /// The backend that runs all models; where it is `None`, the one that a Runefile names, or the first that can.
    pub backend: Option<&'static dyn Backend>,
}

impl ModelLoader for Loader {
    fn load(
        &self,
        _path: &Path,
        bytes: &[u8],
        backend: Option<&str>,
    ) -> Result<Box<dyn LoadedModel>, Box<dyn Error + Send + Sync>> {
        let file = ModelFile::from_bytes(bytes.to_vec())?;
        let inputs = file.inputs().map(port).collect::<Result<_, _>>()?;
        let outputs = file.outputs().map(port).collect::<Result<_, _>>()?;
        let backend = match self.backend {
            Some(backend) => Some(backend),
            None => backend.map(backend_named).transpose()?,
        };
        Ok(Box::new(Loaded::new(Arc::new(file), inputs, outputs, backend)))
    }

    fn check_backend(&self, name: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(backend_named(name).map(|_| ())?)
    }
}

/// A stage with its ports.
struct Loaded {
    inputs: Vec<ModelPort>,
    outputs: Vec<ModelPort>,
    file: Arc<ModelFile>,
    backend: Option<&'static dyn Backend>,
    stage: ModelStage,
}

impl Loaded {
    fn new(
        file: Arc<ModelFile>,
        inputs: Vec<ModelPort>,
        outputs: Vec<ModelPort>,
        backend: Option<&'static dyn Backend>,
    ) -> Self {
        let stage = ModelStage::new(file.clone(), backend);
        Loaded { inputs, outputs, file, backend, stage }
    }
}

fn port(tensor: &TensorInfo) -> Result<ModelPort, BlockError> {
    Ok(ModelPort { name: tensor.name.clone(), facts: stage::facts(tensor)? })
}

impl LoadedModel for Loaded {
    fn inputs(&self) -> &[ModelPort] {
        &self.inputs
    }

    fn outputs(&self) -> &[ModelPort] {
        &self.outputs
    }

    /// Axes other than the first that the file leaves open, and entry points beside the one that is run.
    fn warnings(&self) -> Vec<String> {
        let file = &self.file;
        let open = file.inputs().flat_map(|tensor| {
            tensor.open_axes.iter().filter(|&&axis| axis > 0).map(|&axis| {
                let length = tensor.shape[axis];
                format!("its input `{}` leaves the length of axis {axis} open; it is run with {length}", tensor.name)
            })
        });
        let mut warnings: Vec<String> = open.collect();
        if let [first, _, ..] = file.signatures.as_slice() {
            let count = file.signatures.len();
            warnings
                .push(format!("it has {count} entry points (`{}` and others); its first subgraph is run", first.key));
        }
        warnings
    }

    fn obstacle(&self) -> Option<String> {
        self.stage.obstacle().map(ModelError::to_string)
    }

    fn device(&self) -> Vec<String> {
        device::reasons(&self.file)
    }

    fn calibratable(&self) -> Result<(), String> {
        LastLayer::find(&self.file).map(|_| ())
    }

    fn again(&self) -> Box<dyn LoadedModel> {
        let (inputs, outputs) = (self.inputs.clone(), self.outputs.clone());
        Box::new(Loaded::new(self.file.clone(), inputs, outputs, self.backend))
    }
}

impl DynBlock for Loaded {
    fn infer(&mut self, inputs: &[Facts]) -> Result<Vec<Facts>, BlockError> {
        self.stage.infer(inputs)
    }

    fn process(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), BlockError> {
        self.stage.process(inputs, outputs)
    }

    fn reset(&mut self) {
        self.stage.reset();
    }

    fn save(&self) -> Vec<u8> {
        self.stage.save()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BlockError> {
        self.stage.restore(state)
    }
}
