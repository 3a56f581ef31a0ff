//! Models as functions.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use numpy::PyUntypedArrayMethods;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use runeblocks_core::{BlockError, DynBlock, Facts, TensorView};
use runeblocks_model::{Backend, ModelError, ModelFile, ModelInfo, ModelStage};

use crate::block::{Made, lock};
use crate::clips::{Clips, Fault};
use crate::facts::Facts as PyFacts;
use crate::inputs::Given;
use crate::model_stream::ModelStream;
use crate::runner::Runner;
use crate::tensor::{self, Contiguous, Input};
use crate::{batch, expected, profile, runefile, value};

/// A model file, and what runs it.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct Model(Arc<Shared>);

/// What calls and streams of a model share.
pub(crate) struct Shared {
    /// The file's name, for messages.
    name: String,
    file: Arc<ModelFile>,
    /// Why no backend can run the model, where none can.
    backend: Result<&'static dyn Backend, String>,
    inputs: Vec<Facts>,
    outputs: Vec<Facts>,
    idle: Mutex<Vec<Runner>>,
}

#[pymethods]
impl Model {
    /// Reads a file, or what one holds. `name` is for messages.
    #[new]
    #[pyo3(signature = (source, backend=None, name=None))]
    fn new(py: Python<'_>, source: &Bound<'_, PyAny>, backend: Option<&str>, name: Option<String>) -> PyResult<Self> {
        let backend = backend.map(runefile::backend).transpose()?;
        let (name, read) = match source.cast::<PyBytes>() {
            Ok(bytes) => {
                let bytes = bytes.as_bytes().to_vec();
                (
                    name.unwrap_or_else(|| "model".to_owned()),
                    py.detach(|| ModelFile::from_bytes(bytes).map_err(ModelError::from)),
                )
            }
            Err(_) => {
                let path: PathBuf = source.extract().map_err(|_| {
                    let found = source.get_type();
                    PyTypeError::new_err(format!(
                        "the model is {found}: expected the path of a .tflite file, or its bytes"
                    ))
                })?;
                (path.display().to_string(), py.detach(|| runeblocks_model::read(&path)))
            }
        };
        let file = read.map_err(|error| match error {
            ModelError::Io { source, .. } => {
                let kind = source.kind();
                PyErr::from(io::Error::new(kind, format!("{name}: it cannot be read: {source}")))
            }
            error => PyValueError::new_err(format!("{name}: {error}")),
        })?;
        let port = |error: BlockError| PyValueError::new_err(format!("{name}: {error}"));
        let inputs = file.inputs().map(runeblocks_model::facts).collect::<Result<_, _>>().map_err(port)?;
        let outputs = file.outputs().map(runeblocks_model::facts).collect::<Result<_, _>>().map_err(port)?;
        let file = Arc::new(file);
        let backend = py.detach(|| match backend {
            Some(backend) => match backend.supports(&file) {
                Ok(()) => Ok(Ok(backend)),
                Err(reasons) => Err(Fault(format!("{name}: {reasons}"))),
            },
            None => Ok(runeblocks_model::backend_for(&file).map_err(|error| format!("{name}: {error}"))),
        })?;
        Ok(Model(Arc::new(Shared { name, file, backend, inputs, outputs, idle: Mutex::default() })))
    }

    /// The name of the backend that runs it; None where none can.
    #[getter]
    fn backend(&self) -> Option<&'static str> {
        self.0.backend.as_ref().ok().map(|backend| backend.name())
    }

    /// Each input with its facts.
    #[getter]
    fn inputs(&self) -> Vec<(String, PyFacts)> {
        let names = self.0.file.inputs().map(|tensor| tensor.name.clone());
        names.zip(self.0.inputs.iter().cloned().map(PyFacts)).collect()
    }

    /// Each output with its facts.
    #[getter]
    fn outputs(&self) -> Vec<(String, PyFacts)> {
        let names = self.0.file.outputs().map(|tensor| tensor.name.clone());
        names.zip(self.0.outputs.iter().cloned().map(PyFacts)).collect()
    }

    /// What the file says of itself, and what runs it.
    fn info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let info = py.detach(|| serde_json::to_value(ModelInfo::new(&self.0.file)).unwrap_or_default());
        value::to_python(py, &info)
    }

    /// The content of the file.
    fn bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.file.bytes())
    }

    /// How long each operator takes.
    fn profile<'py>(&self, py: Python<'py>, runs: u32) -> PyResult<Bound<'py, PyAny>> {
        let shared = &self.0;
        let backend = shared.backend()?.name();
        let profile = py.detach(|| profile::measure(&shared.file, backend, runs));
        value::to_python(py, &profile.map_err(|error| PyValueError::new_err(format!("{}: {error}", shared.name)))?)
    }

    /// The outputs for one example, or for each of a batch.
    #[pyo3(signature = (given, batch=false))]
    fn call<'py>(&self, py: Python<'py>, given: Vec<Given<'py>>, batch: bool) -> PyResult<Made<'py>> {
        let shared = &*self.0;
        let inputs = shared.borrow(&given)?;
        let views: Vec<TensorView<'_>> = inputs.iter().map(Input::view).collect();
        if !batch {
            let work = Work { shared, facts: shared.facts(&given, 0) };
            let mut runner = py.detach(|| work.take()).map_err(|error| shared.exception(&given, error, false))?;
            let done = py.detach(|| {
                let inputs: Vec<_> = views.into_iter().map(Contiguous::new).collect();
                let inputs: Vec<_> = inputs.iter().map(Contiguous::view).collect();
                runner.clip(&inputs).map(|_| ())
            });
            let made = match done {
                Ok(()) => shared.made(py, &runner),
                Err(error) => Err(shared.exception(&given, WorkError::Block(error), false)),
            };
            shared.give_back(runner);
            return made;
        }
        let mut leading = given.iter().map(|(array, _)| array.shape().first().copied());
        let clips = leading.next().flatten().unwrap_or_default();
        if let Some(other) =
            given.iter().zip(&shared.inputs).position(|((array, _), _)| array.shape().first() != Some(&clips))
        {
            let name = shared.file.inputs().nth(other).map_or("", |tensor| &tensor.name);
            return Err(expected::other_shape(&shared.name, name, &given[other].0, &shared.inputs[other], true));
        }
        let work = Work { shared, facts: shared.facts(&given, 1) };
        let fault = |error| shared.exception(&given, error, true);
        let arrays = batch::run(py, &shared.name, &work, &shared.outputs, &views, &[clips], fault)?;
        let made = arrays.into_iter().zip(&shared.outputs).map(|(array, facts)| {
            let shape = [&[clips], &facts.shape.fixed().unwrap_or_default()[..]].concat();
            Ok((array, Py::new(py, PyFacts(Facts { shape: shape[..].into(), ..facts.clone() }))?))
        });
        made.collect()
    }

    /// A stream through a session of its own.
    fn stream(&self, py: Python<'_>) -> PyResult<ModelStream> {
        let runner =
            py.detach(|| self.0.runner(&self.0.inputs)).map_err(|error| self.0.exception(&[], error, false))?;
        Ok(ModelStream::new(self.0.clone(), runner))
    }
}

/// Each backend of this build, and what it lacks to run any model.
#[pyfunction]
pub(crate) fn backends(py: Python<'_>) -> Vec<(&'static str, Option<String>)> {
    py.detach(|| {
        let backends = runeblocks_model::backends().iter();
        let lacks = |backend: &&'static dyn Backend| {
            let reasons = backend.available().err()?;
            let help = reasons.help.map(|help| format!("; {help}")).unwrap_or_default();
            Some(reasons.reasons.join(", ") + &help)
        };
        backends.map(|backend| (backend.name(), lacks(backend))).collect()
    })
}

/// Why an example can't be run.
pub(crate) enum WorkError {
    Block(BlockError),
    Other(Fault),
}

impl From<BlockError> for WorkError {
    fn from(error: BlockError) -> Self {
        WorkError::Block(error)
    }
}

impl Shared {
    fn backend(&self) -> Result<&'static dyn Backend, Fault> {
        self.backend.clone().map_err(Fault)
    }

    /// Borrows the inputs, whose number and types are checked.
    pub(crate) fn borrow<'py>(&self, given: &[Given<'py>]) -> PyResult<Vec<Input<'py>>> {
        let names: Vec<&str> = self.file.inputs().map(|tensor| tensor.name.as_str()).collect();
        if given.len() != names.len() {
            let (name, found, expected, names) = (&self.name, given.len(), names.len(), names.join(", "));
            return Err(PyTypeError::new_err(format!("{name}: {found} inputs: expected {expected} ({names})")));
        }
        let pairs = given.iter().zip(names.iter().zip(&self.inputs));
        pairs.map(|(given, (name, facts))| expected::borrow(&self.name, name, given, facts)).collect()
    }

    /// The facts of the outputs.
    pub(crate) fn outputs(&self) -> &[Facts] {
        &self.outputs
    }

    /// Checks the shapes of inputs, and all that is known of them.
    pub(crate) fn check(&self, given: &[Given<'_>]) -> PyResult<()> {
        for (index, (found, wanted)) in self.facts(given, 0).iter().zip(&self.inputs).enumerate() {
            if !found.shape.is_view_of(&wanted.shape) {
                let name = self.file.inputs().nth(index).map_or("", |tensor| &tensor.name);
                return Err(expected::other_shape(&self.name, name, &given[index].0, wanted, false));
            }
        }
        Ok(())
    }

    /// The facts of the inputs, without so many of their first axes.
    fn facts(&self, given: &[Given<'_>], leading: usize) -> Vec<Facts> {
        let facts = |((array, carried), expected): (&Given<'_>, &Facts)| {
            let shape = array.shape().get(leading..).unwrap_or_default();
            match carried {
                Some(carried) if carried.get().0.element_type == expected.element_type => {
                    Facts { shape: shape.into(), ..carried.get().0.clone() }
                }
                _ => Facts::new(expected.element_type, shape),
            }
        };
        given.iter().zip(&self.inputs).map(facts).collect()
    }

    /// A session that has settled its inputs.
    fn runner(&self, facts: &[Facts]) -> Result<Runner, WorkError> {
        let backend = self.backend().map_err(WorkError::Other)?;
        let stage = ModelStage::new(self.file.clone(), Some(backend));
        if let Some(obstacle) = stage.obstacle() {
            return Err(WorkError::Other(Fault(format!("{}: {obstacle}", self.name))));
        }
        let block: Box<dyn DynBlock> = Box::new(stage);
        Ok(Runner::new(block, facts)?.0)
    }

    fn give_back(&self, runner: Runner) {
        lock(&self.idle).push(runner);
    }

    /// What the last run gave.
    fn made<'py>(&self, py: Python<'py>, runner: &Runner) -> PyResult<Made<'py>> {
        let made = runner.outputs().iter().zip(&self.outputs).map(|(output, facts)| {
            let view = output.view();
            let facts = PyFacts(Facts { shape: view.shape().into(), ..facts.clone() });
            Ok((tensor::to_numpy(py, view)?, Py::new(py, facts)?))
        });
        made.collect()
    }

    /// The exception for what can't be run; `clips` where a batch was given.
    pub(crate) fn exception(&self, given: &[Given<'_>], error: WorkError, clips: bool) -> PyErr {
        match error {
            WorkError::Other(fault) => fault.into(),
            WorkError::Block(error) => {
                if let Some(index) = error.input()
                    && let (Some((array, _)), Some(tensor)) = (given.get(index), self.file.inputs().nth(index))
                {
                    return expected::other_shape(&self.name, &tensor.name, array, &self.inputs[index], clips);
                }
                let Fault(text) = error.into();
                PyValueError::new_err(format!("{}: {text}", self.name))
            }
        }
    }
}

/// Examples of the same facts.
struct Work<'a> {
    shared: &'a Shared,
    facts: Vec<Facts>,
}

impl Clips for Work<'_> {
    type Runner = Runner;
    type Error = WorkError;

    fn take(&self) -> Result<Runner, WorkError> {
        let idle = lock(&self.shared.idle).pop();
        let Some(mut runner) = idle else { return self.shared.runner(&self.facts) };
        match runner.settle(&self.facts) {
            Ok(()) => Ok(runner),
            Err(error) => {
                self.shared.give_back(runner);
                Err(error.into())
            }
        }
    }

    fn give_back(&self, runner: Runner) {
        self.shared.give_back(runner);
    }

    fn clip(
        &self,
        runner: &mut Runner,
        inputs: &[TensorView<'_>],
        output: &mut dyn FnMut(usize, TensorView<'_>) -> Result<(), BlockError>,
    ) -> Result<(), WorkError> {
        let outputs = runner.clip(inputs)?;
        Ok(outputs.iter().enumerate().try_for_each(|(index, made)| output(index, made.view()))?)
    }
}
