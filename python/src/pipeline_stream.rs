//! A pipeline that keeps its state from piece to piece.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use runeblocks_core::TensorView;
use runeblocks_graph::Executor;

use crate::block::lock;
use crate::clips::Fault;
use crate::inputs::Given;
use crate::pipeline::{Named, Shared, Time, seconds};
use crate::tensor::Input;

/// A stream through a pipeline.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct PipelineStream {
    shared: Arc<Shared>,
    executor: Mutex<Executor>,
}

#[pymethods]
impl PipelineStream {
    /// What the next piece completes, and what then is on the ports named in `keep`.
    fn push<'py>(&self, py: Python<'py>, given: Vec<Given<'py>>, keep: Vec<String>) -> PyResult<Named<'py>> {
        let wanted = self.shared.wanted(&keep)?;
        let inputs = self.shared.borrow(&given)?;
        let views: Vec<TensorView<'_>> = inputs.iter().map(Input::view).collect();
        let done = py.detach(|| {
            let mut executor = lock(&self.executor);
            self.shared.run(&mut executor, &views, true)?;
            self.shared.tensors(&executor, &wanted)
        });
        let made = done.map_err(|error| self.shared.exception(&given, error, false))?;
        self.shared.arrays(py, wanted, &made)
    }

    /// Begins anew.
    fn reset(&self, py: Python<'_>) {
        py.detach(|| lock(&self.executor).reset());
    }

    /// What carries over.
    fn save<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let state = py.detach(|| lock(&self.executor).save());
        PyBytes::new(py, &state)
    }

    /// Takes up what `save` gave.
    fn restore(&self, py: Python<'_>, state: &[u8]) -> PyResult<()> {
        Ok(py.detach(|| lock(&self.executor).restore(state).map_err(Fault::from))?)
    }

    /// How long each stage has taken, in the order in which they run.
    fn times(&self, py: Python<'_>) -> Vec<Time> {
        py.detach(|| lock(&self.executor).times().map(|(name, time)| seconds(name, time)).collect())
    }
}

impl PipelineStream {
    pub(crate) fn new(shared: Arc<Shared>, executor: Executor) -> Self {
        PipelineStream { shared, executor: Mutex::new(executor) }
    }
}
