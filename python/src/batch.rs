//! Many clips at once, on all cores.

use std::ops::Range;

use numpy::{PyArray1, PyArrayMethods, PyReadwriteArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use runeblocks_core::{BlockError, ElementType, Facts, TensorView, Text, numeric};

use crate::clips::Clips;
use crate::tensor::{self, Contiguous};
use crate::{facts, pool};

/// Where the outputs of all clips go, one clip after another.
enum Output<'py> {
    Numbers { array: Bound<'py, PyAny>, bytes: PyReadwriteArray1<'py, u8> },
    Words { words: Vec<Vec<Text>>, shape: Vec<usize> },
}

/// The part of an output that some of the clips have.
enum Part<'a> {
    Numbers(&'a mut [u8]),
    Words(&'a mut [Vec<Text>]),
}

/// Processes the parts of `views` along their first axes, each from the initial state. `outputs` are the facts of those of
/// one clip, `name` is for messages.
pub(crate) fn run<'py, C: Clips>(
    py: Python<'py>,
    name: &str,
    work: &C,
    outputs: &[Facts],
    views: &[TensorView<'_>],
    leading: &[usize],
    fault: impl FnOnce(C::Error) -> PyErr,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let clips = leading.iter().product();
    let outputs = outputs.iter().map(|facts| Output::new(py, name, facts, leading));
    let mut outputs = outputs.collect::<PyResult<Vec<_>>>()?;
    let parts = outputs.iter_mut().map(Output::all).collect::<PyResult<Vec<_>>>()?;
    let batch = Batch { work, views, leading };
    let pool = if clips > 1 { Some(pool::pool()?) } else { None };
    let done = py.detach(|| match pool {
        Some(pool) if pool.current_num_threads() > 1 => pool.install(|| batch.part(0..clips, parts)),
        _ => batch.in_turn(0..clips, parts),
    });
    done.map_err(fault)?;
    outputs.into_iter().map(|output| output.finish(py, leading)).collect()
}

impl<'py> Output<'py> {
    fn new(py: Python<'py>, name: &str, facts: &Facts, leading: &[usize]) -> PyResult<Self> {
        let Some(shape) = facts.shape.fixed() else {
            let found = facts::text(&facts.shape);
            let text = format!("{name}: an output of shape {found} can't be stacked: expected a fixed shape");
            return Err(PyValueError::new_err(text));
        };
        if facts.element_type == ElementType::Utf8 {
            return Ok(Output::Words { words: vec![Vec::new(); leading.iter().product()], shape });
        }
        let array = tensor::zeros(py, facts.element_type, &[leading, &shape].concat())?.into_any();
        let bytes = array.call_method1("reshape", (-1,))?.call_method1("view", ("uint8",))?;
        Ok(Output::Numbers { array, bytes: bytes.cast_into::<PyArray1<u8>>()?.try_readwrite()? })
    }

    /// All clips.
    fn all(&mut self) -> PyResult<Part<'_>> {
        Ok(match self {
            Output::Numbers { bytes, .. } => Part::Numbers(bytes.as_slice_mut()?),
            Output::Words { words, .. } => Part::Words(words),
        })
    }

    fn finish(self, py: Python<'py>, leading: &[usize]) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Output::Numbers { array, .. } => Ok(array),
            Output::Words { words, shape } => {
                tensor::from_texts(py, words.iter().flatten(), &[leading, &shape].concat())
            }
        }
    }
}

impl<'a> Part<'a> {
    /// The first of `clips` clips, so many of them, and the others.
    fn split(self, first: usize, clips: usize) -> (Part<'a>, Part<'a>) {
        match self {
            Part::Numbers(bytes) => {
                let at = bytes.len() / clips * first;
                let (low, high) = bytes.split_at_mut(at);
                (Part::Numbers(low), Part::Numbers(high))
            }
            Part::Words(words) => {
                let (low, high) = words.split_at_mut(first);
                (Part::Words(low), Part::Words(high))
            }
        }
    }

    /// Takes the output of one clip.
    fn write(self, output: TensorView<'_>) -> Result<(), BlockError> {
        let other = || BlockError::Output {
            found: format!("{} {:?}", output.element_type(), output.shape()),
            expected: "the shape that was inferred".to_owned(),
        };
        match (self, output.clone()) {
            (Part::Words([words]), TensorView::Utf8(array)) => words.extend(array.iter().cloned()),
            (Part::Numbers(bytes), view) => numeric!(view.numeric().ok_or_else(other)?, array => {
                let values = array.as_slice().map(bytemuck::cast_slice::<_, u8>);
                bytes.copy_from_slice(values.filter(|values| values.len() == bytes.len()).ok_or_else(other)?);
            }),
            _ => return Err(other()),
        }
        Ok(())
    }
}

struct Batch<'a, 'v, C> {
    work: &'a C,
    views: &'a [TensorView<'v>],
    leading: &'a [usize],
}

impl<C: Clips> Batch<'_, '_, C> {
    /// Halves the clips until there is one.
    fn part(&self, clips: Range<usize>, parts: Vec<Part<'_>>) -> Result<(), C::Error> {
        let count = clips.len();
        if count < 2 {
            return self.in_turn(clips, parts);
        }
        let middle = clips.start + count / 2;
        let (low, high): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| part.split(count / 2, count)).unzip();
        let (low, high) = rayon::join(|| self.part(clips.start..middle, low), || self.part(middle..clips.end, high));
        low.and(high)
    }

    /// Processes clips one after another.
    fn in_turn(&self, clips: Range<usize>, mut parts: Vec<Part<'_>>) -> Result<(), C::Error> {
        if clips.is_empty() {
            return Ok(());
        }
        let mut runner = self.work.take()?;
        let mut done = Ok(());
        for clip in clips.clone() {
            let (first, rest) = parts.into_iter().map(|part| part.split(1, clips.end - clip)).unzip();
            parts = rest;
            done = self.clip(&mut runner, clip, first);
            if done.is_err() {
                break;
            }
        }
        self.work.give_back(runner);
        done
    }

    fn clip(&self, runner: &mut C::Runner, clip: usize, parts: Vec<Part<'_>>) -> Result<(), C::Error> {
        let mut places = vec![0; self.leading.len()];
        let mut rest = clip;
        for (place, &length) in places.iter_mut().zip(self.leading).rev() {
            (*place, rest) = (rest % length, rest / length);
        }
        let inputs: Vec<_> =
            self.views.iter().map(|view| Contiguous::new(tensor::part(view.clone(), &places))).collect();
        let inputs: Vec<_> = inputs.iter().map(Contiguous::view).collect();
        let mut parts: Vec<_> = parts.into_iter().map(Some).collect();
        self.work.clip(runner, &inputs, &mut |index, output| match parts.get_mut(index).and_then(Option::take) {
            Some(part) => part.write(output),
            None => Ok(()),
        })
    }
}
