//! A block that keeps its state from piece to piece.

use std::sync::Mutex;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use runeblocks_core::{BlockErrors, Buffer, Descriptor, Facts, TensorView};
use serde_json::{Map, Value};

use crate::block::{Made, lock};
use crate::facts::Facts as PyFacts;
use crate::inputs::{Given, Inputs, refused};
use crate::runner::Runner;
use crate::tensor::Contiguous;
use crate::{error, facts, tensor};

/// A stream through a block.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct Stream {
    descriptor: &'static Descriptor,
    args: Map<String, Value>,
    open: Mutex<Option<Open>>,
}

/// What the first piece settles.
struct Open {
    inputs: Vec<Facts>,
    outputs: Vec<Facts>,
    runner: Runner,
}

#[pymethods]
impl Stream {
    /// Processes what comes next.
    fn push<'py>(&self, py: Python<'py>, given: Vec<Given<'py>>) -> PyResult<Made<'py>> {
        let inputs = Inputs::new(self.descriptor, &given, Some(0))?;
        let facts = inputs.stream(self.descriptor)?;
        let views: Vec<TensorView<'_>> = inputs.arrays.iter().map(|array| array.view()).collect();
        let (outputs, facts) = py.detach(|| {
            let mut open = lock(&self.open);
            let open = match &mut *open {
                Some(open) => open,
                none => none.insert(self.open(facts.clone())?),
            };
            self.check(&open.inputs, &facts)?;
            let pieces: Vec<_> = views.into_iter().map(Contiguous::new).collect();
            let pieces: Vec<_> = pieces.iter().map(Contiguous::view).collect();
            let outputs = open.runner.piece(&pieces).map_err(|error| self.exception(error.into()))?;
            Ok::<_, PyErr>((outputs.to_vec(), open.outputs.clone()))
        })?;
        let made = |(output, facts): (&Buffer, Facts)| {
            let view = output.view();
            let facts = PyFacts(Facts { shape: view.shape().into(), ..facts });
            Ok((tensor::to_numpy(py, view)?, Py::new(py, facts)?))
        };
        outputs.iter().zip(facts).map(made).collect()
    }

    /// Begins anew.
    fn reset(&self) {
        if let Some(open) = &mut *lock(&self.open) {
            open.runner.reset();
        }
    }

    /// The facts that the first piece settled, and what carries over; None before there is one.
    fn save<'py>(&self, py: Python<'py>) -> Option<(Vec<PyFacts>, Bound<'py, PyBytes>)> {
        let open = lock(&self.open);
        open.as_ref()
            .map(|open| (open.inputs.iter().cloned().map(PyFacts).collect(), PyBytes::new(py, &open.runner.save())))
    }

    /// Takes up what `save` gave.
    fn restore(&self, inputs: Vec<Bound<'_, PyFacts>>, state: &[u8]) -> PyResult<()> {
        let mut open = self.open(inputs.iter().map(|facts| facts.get().0.clone()).collect())?;
        open.runner.restore(state).map_err(|error| self.exception(error.into()))?;
        *lock(&self.open) = Some(open);
        Ok(())
    }
}

impl Stream {
    pub(crate) fn new(descriptor: &'static Descriptor, args: Map<String, Value>) -> Self {
        Stream { descriptor, args, open: Mutex::new(None) }
    }

    fn exception(&self, errors: BlockErrors) -> PyErr {
        error::exception(self.descriptor.name(), errors)
    }

    fn open(&self, inputs: Vec<Facts>) -> PyResult<Open> {
        let block = self.descriptor.create(&Value::Object(self.args.clone()));
        let settled = block.and_then(|block| Ok(Runner::new(block, &inputs)?));
        let (runner, outputs) = settled.map_err(|errors| refused(self.descriptor, &inputs, errors))?;
        Ok(Open { inputs, outputs, runner })
    }

    /// Whether a piece belongs to the stream. What is not known of it is taken to be as it was.
    fn check(&self, stream: &[Facts], piece: &[Facts]) -> PyResult<()> {
        fn same<T: PartialEq>(stream: Option<T>, piece: Option<T>) -> bool {
            piece.is_none() || piece == stream
        }
        for (stream, piece) in stream.iter().zip(piece) {
            let belongs = stream.element_type == piece.element_type
                && stream.shape == piece.shape
                && same(stream.sample_rate, piece.sample_rate)
                && same(stream.framing, piece.framing)
                && same(stream.fft_size, piece.fft_size)
                && same(stream.front_end, piece.front_end);
            if !belongs {
                let text = |facts: &Facts| {
                    let shape = facts::text(&facts.shape).replacen("None", "n", 1);
                    format!("{} {shape}", tensor::dtype_name(facts.element_type))
                };
                let (name, found, expected) = (self.descriptor.name(), text(piece), text(stream));
                let differs = if found == expected { " of other facts" } else { "" };
                let help = "as the first piece was; take another stream for it";
                let text = format!("{name}: a piece is {found}{differs}: expected {expected}, {help}");
                return Err(PyValueError::new_err(text));
            }
        }
        Ok(())
    }
}
