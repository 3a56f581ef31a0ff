//! Backends: what runs a model.

use core::fmt;

use runeblocks_core::{Buffer, TensorView};
use runeblocks_int8::Rounding;

use crate::{ModelError, ModelFile, Reasons};

/// A way to run models.
///
/// A backend says beforehand whether it can run a file and makes a [`Session`] of it. It must refuse what it would
/// compute wrongly: a wrong number is worse than none.
pub trait Backend: fmt::Debug + Send + Sync {
    /// The name by which users choose it, in lower case.
    fn name(&self) -> &'static str;

    /// Whether the backend has all that it needs to run any model.
    ///
    /// # Errors
    ///
    /// Returns what it lacks.
    fn available(&self) -> Result<(), Reasons> {
        Ok(())
    }

    /// Whether the backend can run the model.
    ///
    /// # Errors
    ///
    /// Returns all reasons at once why it can't.
    fn supports(&self, file: &ModelFile) -> Result<(), Reasons>;

    /// The memory that the model takes, where the backend can tell beforehand and runs the model.
    fn memory(&self, file: &ModelFile) -> Option<Memory> {
        let _ = file;
        None
    }

    /// Makes a session of the model, in its initial state.
    ///
    /// # Errors
    ///
    /// When the backend does not support the model, or fails to prepare it.
    fn load(&self, file: &ModelFile) -> Result<Box<dyn Session>, ModelError>;
}

/// Memory that a model takes beside its file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Memory {
    /// Tensors, state and scratch.
    pub arena: usize,
    /// The part of the arena that carries over from one invocation to the next.
    pub state: usize,
    /// What is prepared once, with kernels that use weights where they lie: factors, biases, tables.
    pub prepared: usize,
}

/// A model that is ready to run, with the state that it carries from one invocation to the next.
///
/// Models without state keep the methods [`reset`](Session::reset), [`save`](Session::save) and
/// [`restore`](Session::restore) as they are given here.
pub trait Session: Send {
    /// Runs one invocation: `inputs` and `outputs` are those of the file's first subgraph, in order, with its element types.
    /// Inputs have the file's shapes; outputs are written with them.
    ///
    /// # Errors
    ///
    /// When inputs or outputs are not the model's, or the backend fails.
    fn run(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), ModelError>;

    /// Returns to the initial state.
    fn reset(&mut self) {}

    /// Appends the state to `state`.
    fn save(&self, state: &mut Vec<u8>) {
        let _ = state;
    }

    /// Takes up a state that [`save`](Session::save) appended.
    ///
    /// # Errors
    ///
    /// When the state is not one of this model; the session is then in its initial state.
    fn restore(&mut self, state: &[u8]) -> Result<(), ModelError> {
        if state.is_empty() { Ok(()) } else { Err(ModelError::State { expected: 0, found: state.len() }) }
    }
}

/// The backends of this build, the preferred one first.
pub fn backends() -> &'static [&'static dyn Backend] {
    &[
        #[cfg(feature = "tract")]
        &crate::tract::Tract,
        &crate::int8::Int8 { rounding: Rounding::Tflm },
        &crate::int8::Int8 { rounding: Rounding::Xnnpack },
        #[cfg(feature = "litert")]
        &crate::litert::Litert,
    ]
}

/// The backend of a name.
///
/// # Errors
///
/// When this build has none of the name.
pub fn backend_named(name: &str) -> Result<&'static dyn Backend, ModelError> {
    backends().iter().copied().find(|backend| backend.name() == name).ok_or_else(|| ModelError::UnknownBackend {
        name: name.to_owned(),
        names: backends().iter().map(|backend| backend.name()).collect(),
    })
}

/// The first backend of this build that can run the model.
///
/// # Errors
///
/// Returns the reasons of every backend where none can.
pub fn backend_for(file: &ModelFile) -> Result<&'static dyn Backend, ModelError> {
    let mut all = Vec::new();
    for backend in backends() {
        match backend.supports(file) {
            Ok(()) => return Ok(*backend),
            Err(reasons) => all.push(reasons),
        }
    }
    Err(ModelError::NoBackend { reasons: all })
}

/// Checks tensors that were handed to a session against the file. Shapes must be equal; a stage reshapes beforehand.
///
/// # Errors
///
/// When a count, an element type or a shape differs.
pub fn check_tensors(file: &ModelFile, inputs: &[TensorView<'_>], outputs: &[Buffer]) -> Result<(), ModelError> {
    for (what, expected, found) in
        [("inputs", file.inputs().len(), inputs.len()), ("outputs", file.outputs().len(), outputs.len())]
    {
        if expected != found {
            return Err(ModelError::Count { what, expected, found });
        }
    }
    for (index, (tensor, view)) in file.inputs().zip(inputs).enumerate() {
        if let Some(expected) = tensor.element_type.element_type().filter(|&expected| expected != view.element_type()) {
            return Err(ModelError::InputType { index, expected, found: view.element_type() });
        }
        if tensor.shape != view.shape() {
            return Err(ModelError::InputShape { index, expected: tensor.shape.clone(), found: view.shape().to_vec() });
        }
    }
    Ok(())
}
