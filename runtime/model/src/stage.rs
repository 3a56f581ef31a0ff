//! The model as a node of a graph.

use std::sync::Arc;

use runeblocks_core::{BlockError, Buffer, Digest, DynBlock, Facts, Quantization, TensorView};

use crate::{Backend, ModelError, ModelFile, QuantizationParameters, Session, TensorInfo, backend_for};

/// A model as a node of a graph.
///
/// [`infer`](DynBlock::infer) checks the edges against the file: number, element types, shapes (axes of length 1 do not
/// count, and a flat side takes any shape of as many elements) and quantisation, as far as the edges know it. The outputs
/// carry the file's types, shapes, scales and zero points. A model that no backend of this build can run still has its
/// facts inferred and checked; [`process`](DynBlock::process) then gives the reasons.
pub struct ModelStage {
    file: Arc<ModelFile>,
    session: Result<Box<dyn Session>, ModelError>,
}

impl ModelStage {
    /// A stage for a model, run by `backend`, or by the first backend of this build that can.
    #[must_use]
    pub fn new(file: Arc<ModelFile>, backend: Option<&dyn Backend>) -> Self {
        let session = match backend {
            Some(backend) => backend.load(&file),
            None => backend_for(&file).and_then(|backend| backend.load(&file)),
        };
        Self { file, session }
    }

    /// The model.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// Why the model can't be run by any backend of this build.
    #[must_use]
    pub fn obstacle(&self) -> Option<&ModelError> {
        self.session.as_ref().err()
    }

    /// Checks one edge against the tensor that it feeds.
    fn check_input(&self, index: usize, tensor: &TensorInfo, edge: &Facts) -> Result<(), BlockError> {
        let refuse = |help: Option<String>| BlockError::Input {
            index,
            port: tensor.name.clone(),
            found: edge.to_string(),
            expected: describe(tensor),
            help,
        };
        if tensor.element_type.element_type() != Some(edge.element_type) {
            return Err(refuse(None));
        }
        if edge.shape.is_stream() {
            let help = "the model takes a whole input at a time: cut the stream into windows before it";
            return Err(refuse(Some(help.into())));
        }
        if !edge.shape.is_view_of(&tensor.shape[..].into()) {
            let help = edge
                .shape
                .count()
                .filter(|&n| n != tensor.elements())
                .map(|found| format!("the edge carries {found} elements, the model takes {}", tensor.elements()));
            return Err(refuse(help));
        }
        if let (Some(found), Some(expected)) = (edge.quantization, quantization(tensor))
            && !found.agrees_with(expected)
        {
            let help = "let the block before it quantise with the scale and zero point of the model";
            return Err(refuse(Some(help.into())));
        }
        Ok(())
    }
}

impl DynBlock for ModelStage {
    fn infer(&mut self, inputs: &[Facts]) -> Result<Vec<Facts>, BlockError> {
        let expected = self.file.inputs().len();
        if inputs.len() != expected {
            let names: Vec<String> = self.file.inputs().map(|tensor| format!("`{}`", tensor.name)).collect();
            let expected = format!("{expected} ({})", names.join(", "));
            return Err(BlockError::InputCount { found: inputs.len(), expected });
        }
        for (index, (tensor, edge)) in self.file.inputs().zip(inputs).enumerate() {
            self.check_input(index, tensor, edge)?;
        }
        self.reset();
        self.file.outputs().map(facts).collect()
    }

    fn process(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), BlockError> {
        let (file, session) = (&self.file, self.session.as_mut().map_err(|error| unsupported(error))?);
        let shaped = inputs.iter().zip(file.inputs()).all(|(view, tensor)| view.shape() == tensor.shape);
        if shaped || inputs.len() != file.inputs().len() {
            return session.run(inputs, outputs).map_err(|error| unsupported(&error));
        }
        let mut views = Vec::with_capacity(inputs.len());
        for (index, (view, tensor)) in inputs.iter().zip(file.inputs()).enumerate() {
            views.push(view.clone().reshape(&tensor.shape).map_err(|error| BlockError::Input {
                index,
                port: tensor.name.clone(),
                found: error.to_string(),
                expected: describe(tensor),
                help: None,
            })?);
        }
        session.run(&views, outputs).map_err(|error| unsupported(&error))
    }

    fn reset(&mut self) {
        if let Ok(session) = &mut self.session {
            session.reset();
        }
    }

    /// The SHA-256 of the model, and the session's state.
    fn save(&self) -> Vec<u8> {
        let mut state = self.file.sha256.to_vec();
        if let Ok(session) = &self.session {
            session.save(&mut state);
        }
        state
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BlockError> {
        self.reset();
        let Some(state) = state.strip_prefix(&self.file.sha256) else {
            let digest = |bytes: &[u8]| bytes.try_into().map(|digest| Digest(digest).to_string());
            return Err(BlockError::State {
                found: state.get(..32).and_then(|bytes| digest(bytes).ok()).map_or_else(
                    || format!("{} bytes long", state.len()),
                    |digest| format!("of the model with the SHA-256 {digest}"),
                ),
                expected: format!("the model's with the SHA-256 {}", Digest(self.file.sha256)),
            });
        };
        if self.session.is_err() && state.is_empty() {
            return Ok(());
        }
        let session = self.session.as_mut().map_err(|error| unsupported(error))?;
        session.restore(state).map_err(|error| match error {
            ModelError::State { expected, found } => BlockError::State {
                found: format!("{found} bytes long"),
                expected: format!("{expected} bytes for this model"),
            },
            error => unsupported(&error),
        })
    }
}

/// Per-tensor quantisation of a port; scales along an axis have no place on an edge.
fn quantization(tensor: &TensorInfo) -> Option<Quantization> {
    let QuantizationParameters { scales, zero_points, .. } = tensor.quantization.as_ref()?;
    match (scales.as_slice(), zero_points.as_slice()) {
        (&[scale], &[zero_point]) => Some(Quantization { scale, zero_point: i32::try_from(zero_point).ok()? }),
        _ => None,
    }
}

/// The facts of an input or output, as the file gives them.
///
/// # Errors
///
/// When its elements are of a type that no edge can carry.
pub fn facts(tensor: &TensorInfo) -> Result<Facts, BlockError> {
    let Some(element_type) = tensor.element_type.element_type() else {
        return Err(BlockError::Unsupported {
            reason: format!("the model's tensor `{}` is {}, which no edge can carry", tensor.name, tensor.element_type),
            help: None,
        });
    };
    Ok(Facts { quantization: quantization(tensor), ..Facts::new(element_type, &tensor.shape[..]) })
}

/// A tensor as facts are written.
fn describe(tensor: &TensorInfo) -> String {
    facts(tensor).map_or_else(|_| format!("{} {:?}", tensor.element_type, tensor.shape), |facts| facts.to_string())
}

fn unsupported(error: &ModelError) -> BlockError {
    BlockError::Unsupported { reason: error.to_string(), help: None }
}
