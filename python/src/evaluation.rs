//! What pipelines find in labelled recordings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use numpy::{PyArray1, PyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use runeblocks_calibrate::{Fitted, Options, Report, Scored, Share as Counts, labels, pipeline_files};
use runeblocks_io::output::Outputs;

use crate::pipeline::{Pipeline, Shared};
use crate::recordings::{self, Recordings, Said, of_spotter};
use crate::{pool, sound};

/// A share of trials, with Wilson's interval of 95 %.
#[pyclass(module = "runeblocks", frozen, eq, from_py_object)]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Share(pub(crate) Counts);

#[pymethods]
impl Share {
    #[new]
    fn new(count: usize, of: usize) -> PyResult<Self> {
        if count > of {
            return Err(PyValueError::new_err(format!("Share: count is {count}, and of is {of}: expected at most of")));
        }
        Ok(Share(Counts { count, of }))
    }

    /// The share, from 0 to 1; NaN of nothing.
    #[getter]
    fn value(&self) -> f64 {
        self.0.value()
    }

    /// Lower and upper end of Wilson's interval of 95 %, which takes trials for independent; (0, 1) of nothing.
    #[getter]
    fn interval(&self) -> (f64, f64) {
        self.0.interval().into()
    }

    /// How many came out well.
    #[getter]
    fn count(&self) -> usize {
        self.0.count
    }

    /// How many there were.
    #[getter]
    fn of(&self) -> usize {
        self.0.of
    }

    fn __float__(&self) -> f64 {
        self.0.value()
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }

    fn __getnewargs__(&self) -> (usize, usize) {
        (self.0.count, self.0.of)
    }
}

/// A threshold, its false accepts and its false rejects.
type Point = (f64, Share, Share);

/// What a threshold trades.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct Det(runeblocks_calibrate::Det);

#[pymethods]
impl Det {
    /// Thresholds, rising, with their rates of false accepts and of false rejects.
    fn columns<'py>(&self, py: Python<'py>) -> [Bound<'py, PyArray1<f64>>; 3] {
        let points = &self.0.points;
        [
            PyArray1::from_iter(py, points.iter().map(|point| point.threshold)),
            PyArray1::from_iter(py, points.iter().map(|point| point.false_accepts.value())),
            PyArray1::from_iter(py, points.iter().map(|point| point.false_rejects.value())),
        ]
    }

    /// Where both errors are nearest to each other.
    fn equal_error(&self) -> Point {
        point(self.0.equal_error())
    }

    /// The lowest threshold with at most this rate of false accepts, where there is one.
    fn at(&self, false_accepts: f64) -> Option<Point> {
        self.0.at_false_accepts(false_accepts).map(point)
    }
}

fn point(point: runeblocks_calibrate::OperatingPoint) -> Point {
    (point.threshold, Share(point.false_accepts), Share(point.false_rejects))
}

/// A recording: its path, its label, what was found, the scores, what was done to its length, whether the model was trained on
/// it, and seconds.
type Clip = (PathBuf, String, String, Vec<f64>, &'static str, bool, f64);

/// What a pipeline found in recordings.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct Evaluation {
    found: runeblocks_calibrate::Evaluation,
    source: Option<Source>,
}

/// What was measured.
struct Source {
    pipeline: Arc<Shared>,
    data: PathBuf,
    split: Option<String>,
    options: Options,
    /// Every file that was read for it, or is named by one.
    files: Vec<PathBuf>,
}

/// Runs a pipeline on labelled recordings, on all cores.
#[pyfunction]
pub(crate) fn evaluate(py: Python<'_>, pipeline: &Pipeline, recordings: Recordings) -> PyResult<Evaluation> {
    let dataset = recordings.open(recordings.split.as_deref())?;
    let (options, pipeline) = (recordings.options(), pipeline.shared());
    let (graph, pool) = (pipeline.graph()?, pool::pool()?);
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let files = pipeline_files(&graph).chain(dataset.files.iter().cloned()).map(absolute).collect();
    let found =
        py.detach(|| pool.install(move || runeblocks_calibrate::Evaluation::run(&graph, &dataset, options, || {})));
    let found = found.map_err(|error| of_spotter(&pipeline.name, error))?;
    let Recordings { data, split, .. } = recordings;
    Ok(Evaluation { found, source: Some(Source { pipeline, data, split, options, files }) })
}

#[pymethods]
impl Evaluation {
    /// The words of the pipeline.
    #[getter]
    fn labels(&self) -> Vec<String> {
        self.found.labels.clone()
    }

    /// Whether each label is a word that is listened for.
    #[getter]
    fn is_word(&self) -> Vec<bool> {
        self.found.labels.iter().map(|label| labels::is_word(label)).collect()
    }

    /// Recordings whose label was found, of all; the same of words; those without a word in which none was found.
    fn shares(&self) -> (Share, Share, Share) {
        (Share(self.found.accuracy()), Share(self.found.words()), Share(self.found.rejection()))
    }

    /// Recordings that the model was trained on, of all; those whose label was found, of the others.
    fn trained_on(&self) -> (Share, Share) {
        (Share(self.found.trained_on()), Share(self.found.unseen()))
    }

    /// What is to be said where there are any.
    fn trained_on_warning(&self) -> Option<String> {
        self.found.trained_on_warning()
    }

    /// Recall and precision of each label.
    fn per_label(&self) -> Vec<(Share, Share)> {
        self.found.per_label().into_iter().map(|of| (Share(of.recall), Share(of.precision))).collect()
    }

    /// Counts, a row for each label and a column for each word that was found.
    fn confusion<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let row = |row: Vec<usize>| row.into_iter().map(|count| count as i64).collect();
        let rows: Vec<Vec<i64>> = self.found.confusion().into_iter().map(row).collect();
        Ok(PyArray2::from_vec2(py, &rows)?)
    }

    /// What a threshold would trade; None unless there are recordings with a word and without.
    fn det(&self) -> Option<Det> {
        self.found.det().map(Det)
    }

    /// Every recording, in their order.
    fn clips(&self) -> Vec<Clip> {
        self.found.clips.iter().map(|scored| self.clip(scored)).collect()
    }

    /// Those that were taken for something else, the most confident mistakes first.
    fn mistakes(&self) -> Vec<Clip> {
        self.found.mistakes().into_iter().map(|scored| self.clip(scored)).collect()
    }

    /// Those that could not be used, each with the reason.
    fn failures(&self) -> Vec<(PathBuf, String)> {
        recordings::failures(&self.found.failures)
    }

    /// Labels that are no words of the pipeline, with their numbers of recordings.
    fn others(&self) -> Vec<(&str, usize)> {
        self.found.others()
    }

    /// How many recordings of each split there are.
    fn splits(&self) -> BTreeMap<&str, usize> {
        self.found.splits()
    }

    /// What is to be said of all recordings.
    fn said(&self) -> Said {
        recordings::said(&self.found.notes)
    }

    /// Seconds that half, 95 % and all of the recordings took at most.
    fn latency(&self) -> Option<(f64, f64, f64)> {
        let latency = self.found.latency()?;
        Some((latency.median.as_secs_f64(), latency.p95.as_secs_f64(), latency.max.as_secs_f64()))
    }

    /// All of it as JSON.
    fn json(&self, false_accepts: f64) -> String {
        self.found.to_json(false_accepts).to_string()
    }

    /// Writes the page to read in a browser.
    fn report(&self, py: Python<'_>, path: PathBuf, false_accepts: f64, overwrite: bool) -> PyResult<()> {
        let Some(Source { pipeline, data, split, options, files }) = &self.source else {
            return Err(PyValueError::new_err(
                "there is no page of what a calibration measured: evaluate the pipeline that it wrote",
            ));
        };
        let mut outputs = Outputs::new(overwrite).reading(files.iter().cloned());
        let output = outputs.claim(&path, &["html"]).map_err(sound::exception)?;
        let graph = pipeline.graph()?;
        let evaluation = &self.found;
        let page = py.detach(move || {
            Report {
                graph: &graph,
                evaluation,
                runefile: pipeline.name.as_ref(),
                data,
                split: split.as_deref(),
                options: *options,
                false_accepts,
            }
            .to_html()
        });
        let page = page.map_err(|error| of_spotter(&pipeline.name, error))?;
        output.write(|file| file.write_all(page.as_bytes())).map_err(sound::exception)
    }
}

impl Evaluation {
    /// One that was made by a calibration.
    pub(crate) fn new(found: runeblocks_calibrate::Evaluation) -> Self {
        Evaluation { found, source: None }
    }

    fn clip(&self, scored: &Scored) -> Clip {
        let fitted = match scored.fitted {
            Fitted::Exact => "exact",
            Fitted::Padded => "padded",
            Fitted::Cut => "cut",
        };
        let label = |place: usize| self.found.labels[place].clone();
        let seconds = scored.time.as_secs_f64();
        let (label, word) = (label(scored.label), label(scored.word));
        (scored.clip.path.clone(), label, word, scored.scores.clone(), fitted, scored.trained_on, seconds)
    }
}
