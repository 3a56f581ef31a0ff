//! The `micro_frontend`, as sound arrives.

use std::sync::Mutex;

use numpy::PyUntypedArray;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use runeblocks_core::{Tensor, TensorView};
use runeblocks_frontend::{Features, MicroFrontend};

use crate::block::lock;
use crate::front_end::{contiguous, samples};
use crate::tensor;

/// What a feature is multiplied by: microWakeWord's and ESPHome's 10/256.
const SCALE: f32 = 0.0390625;

/// A front end that keeps its state from call to call.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct FrontEndStream(Mutex<MicroFrontend>);

#[pymethods]
impl FrontEndStream {
    /// The features of the frame that the first step of `audio` completes, if any, and how many samples that step has.
    fn step(&self, audio: &[u8]) -> PyResult<(Vec<f32>, usize)> {
        let mut front_end = lock(&self.0);
        let step = front_end.spectrogram().window_step();
        let Some(bytes) = audio.get(..2 * step) else {
            return Err(PyValueError::new_err(format!(
                "MicroFrontend: the audio is {} bytes: expected at least {}, one step of {step} samples",
                audio.len(),
                2 * step
            )));
        };
        let samples: Vec<i16> = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        Ok((scaled(front_end.push(&samples)), step))
    }

    /// The features of all frames that `audio` completes: float32 `(frames, channels)`.
    fn push<'py>(&self, py: Python<'py>, audio: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyAny>> {
        let input = samples(audio)?;
        let view = input.view();
        let (Some(samples), 1) = (view.clone().array::<i16>(), view.shape().len()) else {
            let found = view.shape();
            let text = format!("MicroFrontend: the audio has the shape {found:?}: expected (samples,)");
            return Err(PyValueError::new_err(text));
        };
        let (features, channels) = py.detach(|| {
            let mut front_end = lock(&self.0);
            let features = samples.rows().into_iter().flat_map(|row| scaled(front_end.push(&contiguous(row))));
            (features.collect::<Vec<_>>(), front_end.row_len())
        });
        let shape = [features.len() / channels, channels];
        let features = Tensor::from(features);
        let view: Result<TensorView<'_>, _> = features.view().reshape(&shape);
        tensor::to_numpy(py, view.map_err(|error| PyValueError::new_err(error.to_string()))?)
    }

    /// Begins anew.
    fn reset(&self) {
        lock(&self.0).reset();
    }
}

impl FrontEndStream {
    pub(crate) fn new(front_end: MicroFrontend) -> Self {
        FrontEndStream(Mutex::new(front_end))
    }
}

fn scaled(features: Features) -> Vec<f32> {
    match features {
        Features::Uint16(values) => values.into_iter().map(|value| f32::from(value) * SCALE).collect(),
        Features::Float(values) => values.into_iter().map(|value| value * SCALE).collect(),
    }
}
