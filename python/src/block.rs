//! Any block, as a function of whole clips.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use runeblocks_core::{BlockError, BlockErrors, Descriptor, DynBlock, Facts, TensorView};
use serde_json::{Map, Value};

use crate::batch;
use crate::clips::Clips;
use crate::facts::Facts as PyFacts;
use crate::inputs::{Given, Inputs, refused};
use crate::runner::Runner;
use crate::stream::Stream;
use crate::tensor::Contiguous;
use crate::{descriptor, error, tensor, value};

/// Arrays with their facts.
pub(crate) type Made<'py> = Vec<(Bound<'py, PyAny>, Py<PyFacts>)>;

/// A block with its arguments.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct Block {
    descriptor: &'static Descriptor,
    args: Map<String, Value>,
    prepared: Mutex<Option<Arc<Prepared>>>,
    /// The block that the arguments were checked with, until facts are settled.
    first: Mutex<Option<Box<dyn DynBlock>>>,
}

/// Blocks for inputs of the same facts.
pub(crate) struct Prepared {
    descriptor: &'static Descriptor,
    args: Map<String, Value>,
    inputs: Vec<Facts>,
    outputs: Vec<Facts>,
    py_outputs: Vec<Py<PyFacts>>,
    idle: Mutex<Vec<Runner>>,
}

impl Clips for Prepared {
    type Runner = Runner;
    type Error = BlockErrors;

    fn take(&self) -> Result<Runner, BlockErrors> {
        let idle = lock(&self.idle).pop();
        match idle {
            Some(runner) => Ok(runner),
            None => {
                let block = self.descriptor.create(&Value::Object(self.args.clone()))?;
                Ok(Runner::new(block, &self.inputs)?.0)
            }
        }
    }

    fn give_back(&self, runner: Runner) {
        lock(&self.idle).push(runner);
    }

    fn clip(
        &self,
        runner: &mut Runner,
        inputs: &[TensorView<'_>],
        output: &mut dyn FnMut(usize, TensorView<'_>) -> Result<(), BlockError>,
    ) -> Result<(), BlockErrors> {
        let outputs = runner.clip(inputs)?;
        Ok(outputs.iter().enumerate().try_for_each(|(index, made)| output(index, made.view()))?)
    }
}

impl Prepared {
    /// The facts of the outputs.
    pub(crate) fn py_outputs<'a>(&'a self, py: Python<'a>) -> impl Iterator<Item = Py<PyFacts>> + 'a {
        self.py_outputs.iter().map(move |facts| facts.clone_ref(py))
    }
}

/// What a mutex guards is whole after a panic too: it is taken out or replaced in one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[pymethods]
impl Block {
    #[new]
    fn new(name: &str, args: &Bound<'_, PyDict>) -> PyResult<Self> {
        let descriptor = descriptor::find(name)?;
        let args = value::arguments(name, args)?;
        let args = descriptor.resolve(&args).map_err(|errors| error::exception(name, errors))?;
        let first = descriptor.create(&Value::Object(args.clone())).map_err(|errors| error::exception(name, errors))?;
        Ok(Block { descriptor, args, prepared: Mutex::new(None), first: Mutex::new(Some(first)) })
    }

    /// Every argument by its own name.
    fn args<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let args = PyDict::new(py);
        for spec in self.descriptor.args() {
            args.set_item(spec.name, self.arg(py, spec.name)?)?;
        }
        Ok(args)
    }

    /// One argument.
    fn arg<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        value::to_python(py, self.args.get(name).unwrap_or(&Value::Null))
    }

    /// The facts of the outputs for inputs of such facts.
    fn infer(&self, inputs: Vec<Bound<'_, PyFacts>>) -> PyResult<Vec<PyFacts>> {
        let inputs: Vec<Facts> = inputs.iter().map(|facts| facts.get().0.clone()).collect();
        let (runner, outputs) = self.settle(None, &inputs)?;
        *lock(&self.first) = Some(runner.into_block());
        Ok(outputs.into_iter().map(PyFacts).collect())
    }

    /// Processes whole clips: of one, or of each of a batch.
    #[pyo3(signature = (given, batch=None))]
    fn call<'py>(&self, py: Python<'py>, given: Vec<Given<'py>>, batch: Option<usize>) -> PyResult<Made<'py>> {
        let inputs = Inputs::new(self.descriptor, &given, batch)?;
        let prepared = self.prepare(py, &inputs.facts)?;
        let views: Vec<TensorView<'_>> = inputs.arrays.iter().map(|array| array.view()).collect();
        let arrays = if inputs.leading.is_empty() {
            self.clip(py, &prepared, views)?
        } else {
            let name = self.descriptor.name();
            let fault = |errors| error::exception(name, errors);
            batch::run(py, name, &*prepared, &prepared.outputs, &views, &inputs.leading, fault)?
        };
        Ok(arrays.into_iter().zip(prepared.py_outputs(py)).collect())
    }

    /// A stream through a block of its own.
    fn stream(&self) -> Stream {
        Stream::new(self.descriptor, self.args.clone())
    }

    /// Drops what was prepared for the inputs of earlier calls.
    fn reset(&self) {
        lock(&self.prepared).take();
        lock(&self.first).take();
    }
}

impl Block {
    fn clip<'py>(
        &self,
        py: Python<'py>,
        prepared: &Prepared,
        views: Vec<TensorView<'_>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let fault = |errors: BlockErrors| error::exception(self.descriptor.name(), errors);
        let mut runner = prepared.take().map_err(fault)?;
        let processed = py.detach(|| {
            let inputs: Vec<_> = views.into_iter().map(Contiguous::new).collect();
            let inputs: Vec<_> = inputs.iter().map(Contiguous::view).collect();
            runner.clip(&inputs)
        });
        let arrays = processed
            .map_err(|error| fault(error.into()))
            .and_then(|outputs| outputs.iter().map(|output| tensor::to_numpy(py, output.view())).collect());
        prepared.give_back(runner);
        arrays
    }

    /// What is ready for inputs of such facts, or is made so.
    fn prepare(&self, py: Python<'_>, inputs: &[Facts]) -> PyResult<Arc<Prepared>> {
        if let Some(prepared) = &*lock(&self.prepared)
            && prepared.inputs == inputs
        {
            return Ok(prepared.clone());
        }
        let idle = lock(&self.prepared).as_ref().and_then(|prepared| lock(&prepared.idle).pop());
        let (runner, outputs) = self.settle(idle.map(Runner::into_block), inputs)?;
        let py_outputs = outputs.iter().map(|facts| Py::new(py, PyFacts(facts.clone()))).collect::<PyResult<_>>()?;
        let prepared = Arc::new(Prepared {
            descriptor: self.descriptor,
            args: self.args.clone(),
            inputs: inputs.to_vec(),
            outputs,
            py_outputs,
            idle: Mutex::new(vec![runner]),
        });
        *lock(&self.prepared) = Some(prepared.clone());
        Ok(prepared)
    }

    /// A block that has settled these facts: the given one, one that is there already, or another.
    fn settle(&self, block: Option<Box<dyn DynBlock>>, inputs: &[Facts]) -> PyResult<(Runner, Vec<Facts>)> {
        let block = match block.or_else(|| lock(&self.first).take()) {
            Some(block) => Ok(block),
            None => self.descriptor.create(&Value::Object(self.args.clone())),
        };
        let settled = block.and_then(|block| Ok(Runner::new(block, inputs)?));
        settled.map_err(|errors| refused(self.descriptor, inputs, errors))
    }
}
