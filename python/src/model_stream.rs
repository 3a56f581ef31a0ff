//! A model that keeps its state from call to call.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use runeblocks_core::TensorView;

use crate::block::{Made, lock};
use crate::facts::Facts as PyFacts;
use crate::inputs::Given;
use crate::model::Shared;
use crate::runner::Runner;
use crate::tensor::{self, Contiguous, Input};

/// A session of a model.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct ModelStream {
    shared: Arc<Shared>,
    runner: Mutex<Runner>,
}

#[pymethods]
impl ModelStream {
    /// Runs one invocation, with the state that the last one left.
    fn push<'py>(&self, py: Python<'py>, given: Vec<Given<'py>>) -> PyResult<Made<'py>> {
        let inputs = self.shared.borrow(&given)?;
        self.shared.check(&given)?;
        let views: Vec<TensorView<'_>> = inputs.iter().map(Input::view).collect();
        let done = py.detach(|| {
            let inputs: Vec<_> = views.into_iter().map(Contiguous::new).collect();
            let inputs: Vec<_> = inputs.iter().map(Contiguous::view).collect();
            let mut runner = lock(&self.runner);
            runner
                .piece(&inputs)
                .map(|outputs| outputs.iter().map(|output| output.view().to_tensor()).collect::<Vec<_>>())
        });
        let made = done.map_err(|error| self.shared.exception(&given, error.into(), false))?;
        let array = |(tensor, facts): (&runeblocks_core::Tensor, &runeblocks_core::Facts)| {
            Ok((tensor::to_numpy(py, tensor.view())?, Py::new(py, PyFacts(facts.clone()))?))
        };
        made.iter().zip(self.shared.outputs()).map(array).collect()
    }

    /// Returns to the initial state.
    fn reset(&self, py: Python<'_>) {
        py.detach(|| lock(&self.runner).reset());
    }

    /// What carries over.
    fn save<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let state = py.detach(|| lock(&self.runner).save());
        PyBytes::new(py, &state)
    }

    /// Takes up what `save` gave.
    fn restore(&self, py: Python<'_>, state: &[u8]) -> PyResult<()> {
        let restored = py.detach(|| lock(&self.runner).restore(state));
        restored.map_err(|error| self.shared.exception(&[], error.into(), false))
    }
}

impl ModelStream {
    pub(crate) fn new(shared: Arc<Shared>, runner: Runner) -> Self {
        ModelStream { shared, runner: Mutex::new(runner) }
    }
}
