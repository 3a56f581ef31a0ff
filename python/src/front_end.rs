//! The `micro_frontend` op: whole clips, and batches of them.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use ndarray::{ArrayViewD, Axis};
use numpy::{Element, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::ThreadPool;
use runeblocks_core::{BlockError, Digest, ElementType, Facts, Framing, SampleRate};
use runeblocks_frontend::{Batch, Config, Feature, MicroFrontend, OutType};
use runeblocks_noise_filtering::{NoiseFilter, NoiseFilteringArgs, OutType as FeatureType};

use crate::block::lock;
use crate::facts::{self, Facts as PyFacts};
use crate::front_end_stream::FrontEndStream;
use crate::parameters::{self, NAME};
use crate::tensor::{self, Input};
use crate::{error, pool};

/// A front end of one configuration, for whole clips.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct FrontEnd {
    /// In the initial state; the others are its clones.
    initial: MicroFrontend,
    element_type: ElementType,
    /// Those of the rows of a clip, whose shape is not looked at.
    facts: Py<PyFacts>,
    digest: Option<Digest>,
    idle: Mutex<Vec<MicroFrontend>>,
    batch: Mutex<Option<(Arc<ThreadPool>, Arc<Batch>)>>,
}

#[pymethods]
impl FrontEnd {
    #[new]
    fn new(py: Python<'_>, args: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (config, dialect) = parameters::config(args)?;
        let fault = |error: BlockError| error::exception(NAME, error);
        let initial = MicroFrontend::new(&config, dialect).map_err(fault)?;
        let digest = digest(&config, &initial).map_err(fault)?;
        let element_type = match config.out_type {
            OutType::Uint16 => ElementType::U16,
            OutType::Float => ElementType::F32,
        };
        let spectrogram = initial.spectrogram();
        let hop = (spectrogram.window_step() as u32).saturating_mul(config.frame_stride.unsigned_abs());
        let facts = Facts {
            sample_rate: Some(SampleRate(config.sample_rate)),
            framing: Some(Framing { window: spectrogram.window_size() as u32, hop }),
            fft_size: Some(spectrogram.fft_size()),
            front_end: digest,
            ..Facts::new(element_type, [0, initial.row_len()])
        };
        Ok(FrontEnd {
            initial,
            element_type,
            facts: Py::new(py, PyFacts(facts))?,
            digest,
            idle: Mutex::default(),
            batch: Mutex::default(),
        })
    }

    /// The digest of the front end, where its features are those of the two blocks: without context, stride and scale.
    #[getter]
    fn digest(&self) -> Option<String> {
        self.digest.map(String::from)
    }

    /// The rows of a clip, or of each of a batch.
    fn process<'py>(
        &self,
        py: Python<'py>,
        audio: &Bound<'py, PyUntypedArray>,
    ) -> PyResult<(Bound<'py, PyUntypedArray>, Py<PyFacts>)> {
        let input = samples(audio)?;
        let Some(view) = input.view().array::<i16>() else { return Err(not_samples(audio)) };
        let (clips, axis) = (&view.shape()[..view.ndim() - 1], Axis(view.ndim() - 1));
        let rows = self.initial.rows_of(view.len_of(axis));
        let shape = [clips, &[rows, self.initial.row_len()]].concat();
        let output = tensor::zeros(py, self.element_type, &shape)?;
        match self.element_type {
            ElementType::F32 => self.write::<f32>(py, view, output.cast()?),
            _ => self.write::<u16>(py, view, output.cast()?),
        }?;
        Ok((output, self.facts.clone_ref(py)))
    }

    /// A stream through a front end of its own.
    fn stream(&self) -> FrontEndStream {
        FrontEndStream::new(self.initial.clone())
    }
}

impl FrontEnd {
    fn write<T: Feature + Element>(
        &self,
        py: Python<'_>,
        samples: ArrayViewD<'_, i16>,
        output: &Bound<'_, PyArrayDyn<T>>,
    ) -> PyResult<()> {
        let mut output = output.try_readwrite()?;
        let rows = output.as_slice_mut()?;
        let batch = if samples.ndim() > 1 { self.batch(samples.len())? } else { None };
        let done = py.detach(|| {
            let clips: Vec<Cow<'_, [i16]>> = samples.rows().into_iter().map(contiguous).collect();
            match batch {
                Some((pool, batch)) => pool.install(|| batch.process(&clips, rows)),
                None => self.in_turn(&clips, rows),
            }
        });
        done.map_err(|error| error::exception(NAME, error))
    }

    fn in_turn<T: Feature>(&self, clips: &[Cow<'_, [i16]>], rows: &mut [T]) -> Result<(), BlockError> {
        let idle = lock(&self.idle).pop();
        let mut front_end = idle.unwrap_or_else(|| self.initial.clone());
        let (mut rest, mut done) = (rows, Ok(()));
        for clip in clips {
            let (row, after) = rest.split_at_mut(front_end.rows_of(clip.len()) * front_end.row_len());
            done = done.and(front_end.process_clip_into(clip, row));
            rest = after;
        }
        lock(&self.idle).push(front_end);
        done
    }

    /// The threads, and their front ends; none where this thread does as well.
    fn batch(&self, samples: usize) -> PyResult<Option<(Arc<ThreadPool>, Arc<Batch>)>> {
        if samples < self.initial.spectrogram().window_size() {
            return Ok(None);
        }
        let pool = pool::pool()?;
        if pool.current_num_threads() < 2 {
            return Ok(None);
        }
        let mut batch = lock(&self.batch);
        if let Some((of, batch)) = &*batch
            && Arc::ptr_eq(of, &pool)
        {
            return Ok(Some((pool, batch.clone())));
        }
        let made = (pool.clone(), Arc::new(pool.install(|| Batch::new(&self.initial))));
        *batch = Some(made.clone());
        Ok(Some(made))
    }
}

/// The digest of the two blocks that give the same features, where there are such.
fn digest(config: &Config, front_end: &MicroFrontend) -> Result<Option<Digest>, BlockError> {
    let frames = Config {
        left_context: 0,
        right_context: 0,
        frame_stride: 1,
        out_scale: 1,
        zero_padding: config.zero_padding,
        ..config.clone()
    };
    if *config != frames {
        return Ok(None);
    }
    if config.out_type == OutType::Uint16 {
        return Ok(Some(front_end.digest()));
    }
    let args = NoiseFilteringArgs { out_type: FeatureType::Float32, ..config.noise_filtering() };
    let spectrogram = front_end.spectrogram();
    let filter = NoiseFilter::new(args, spectrogram.fft_size(), spectrogram.num_channels())?;
    Ok(Some(filter.digest(&spectrogram.digest())))
}

/// Borrows samples.
pub(crate) fn samples<'py>(audio: &Bound<'py, PyUntypedArray>) -> PyResult<Input<'py>> {
    if tensor::element_type(&audio.dtype()) != Some(ElementType::I16) {
        return Err(not_samples(audio));
    }
    if audio.ndim() == 0 {
        let text = "micro_frontend: the audio is int16 (): expected int16 (samples,), or (n, samples) for a batch";
        return Err(PyValueError::new_err(text));
    }
    Input::new(audio)
}

fn not_samples(audio: &Bound<'_, PyUntypedArray>) -> PyErr {
    let (dtype, shape) = (audio.dtype(), facts::text(&audio.shape().into()));
    PyTypeError::new_err(format!(
        "{NAME}: the audio is {dtype} {shape}: expected int16 (samples,), or (n, samples) for a batch; give scale=\"pcm16\" \
         for samples from -1 to 1, or convert them with .astype(numpy.int16)"
    ))
}

/// Samples one beside the other.
pub(crate) fn contiguous(samples: ndarray::ArrayView1<'_, i16>) -> Cow<'_, [i16]> {
    match samples.to_slice() {
        Some(samples) => samples.into(),
        None => samples.to_vec().into(),
    }
}
