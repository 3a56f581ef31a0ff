//! Models trained anew on a few recordings.

use std::path::PathBuf;

use pyo3::prelude::*;
use runeblocks_calibrate::{
    CalibrateError, CalibrateOptions, Folds, Kept, Model, Rehearsal, Saved, Way, pipeline_files,
};
use runeblocks_io::output::Outputs;

use crate::evaluation::{Evaluation, Share};
use crate::pipeline::Pipeline;
use crate::pool;
use crate::recordings::{self, Recordings, Said, of_calibrate};

/// How a model is calibrated, and what is written.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct How {
    held_out: Option<String>,
    replace: bool,
    variants: Option<usize>,
    unknown_recall: Option<f64>,
    seed: u64,
    suffix: String,
    overwrite: bool,
    dry_run: bool,
}

/// What a calibration brings.
#[derive(IntoPyObject)]
pub(crate) struct Calibrated {
    words: Vec<String>,
    new_words: Vec<(String, usize)>,
    said: Said,
    before: Evaluation,
    after: Evaluation,
    rejection: (Share, Share),
    way: &'static str,
    folds: (&'static str, usize),
    held_out: Option<(Evaluation, Evaluation)>,
    failures: Vec<(PathBuf, String)>,
    files: Option<(PathBuf, PathBuf, PathBuf)>,
}

/// Trains the last layer of a pipeline's model anew, and writes the new pipeline beside it.
#[pyfunction]
pub(crate) fn calibrate(
    py: Python<'_>,
    pipeline: &Pipeline,
    runefile: PathBuf,
    recordings: Recordings,
    how: How,
) -> PyResult<Calibrated> {
    let mut dataset = recordings.open(recordings.split.as_deref())?;
    let held_out = how.held_out.as_deref().map(|split| recordings.open(Some(split))).transpose()?;
    if let Some(held_out) = &held_out {
        dataset.set_apart(held_out).map_err(recordings::of_data)?;
    }
    let shared = pipeline.shared();
    let (graph, pool, read) = (shared.graph()?, pool::pool()?, recordings.options());
    let options = CalibrateOptions {
        read,
        replace: how.replace,
        variants: how.variants,
        unknown_recall: how.unknown_recall,
        seed: how.seed,
    };
    let work = move || -> Result<_, CalibrateError> {
        let datasets = [Some(&dataset), held_out.as_ref()].into_iter().flatten();
        let mut outputs = Outputs::new(how.overwrite)
            .reading(pipeline_files(&graph))
            .reading(datasets.flat_map(|dataset| dataset.files.iter().cloned()));
        let claimed = match how.dry_run {
            true => None,
            false => Some(Saved::beside(&runefile, &graph, &how.suffix)?.claim(&mut outputs)?),
        };
        let calibrated = runeblocks_calibrate::calibrate(&graph, &dataset, &options, || {})?;
        let measured = held_out.map(|held_out| calibrated.measure(&graph, &held_out, read, || {})).transpose()?;
        if let Some(claimed) = &claimed {
            calibrated.save(&runefile, &graph, claimed)?;
        }
        Ok((calibrated, measured, claimed.map(|claimed| claimed.files)))
    };
    let done = py.detach(|| pool.install(work));
    let (calibrated, measured, files) =
        done.map_err(|error| of_calibrate(&shared.name, error, "another suffix, or "))?;
    let mut failures = recordings::failures(&calibrated.failures);
    if let Some([before, _]) = &measured {
        failures.extend(recordings::failures(&before.failures));
    }
    Ok(Calibrated {
        words: calibrated.words,
        new_words: calibrated.new_words,
        said: recordings::said(&calibrated.notes),
        before: Evaluation::new(calibrated.before),
        after: Evaluation::new(calibrated.after),
        rejection: calibrated.rejection.map(Share).into(),
        way: match calibrated.way {
            Way::Near => "near",
            Way::Anew => "anew",
            Way::Replaced => "replaced",
        },
        folds: match calibrated.folds {
            Folds::Speakers(count) => ("speakers", count),
            Folds::Recordings(count) => ("recordings", count),
        },
        held_out: measured.map(|both| both.map(Evaluation::new).into()),
        failures,
        files: files.map(|files| (files.model, files.rehearsal, files.runefile)),
    })
}

/// Stores what a model knows beside it; gives the file, its bytes, and the numbers of recordings and of their words.
#[pyfunction]
pub(crate) fn rehearse(
    py: Python<'_>,
    pipeline: &Pipeline,
    recordings: Recordings,
    per_word: usize,
    unknown: usize,
    seed: u64,
    overwrite: bool,
) -> PyResult<(PathBuf, usize, usize, Said)> {
    let dataset = recordings.open(recordings.split.as_deref())?;
    let shared = pipeline.shared();
    let (graph, pool, options) = (shared.graph()?, pool::pool()?, recordings.options());
    let work = move || -> Result<_, CalibrateError> {
        let path = Rehearsal::path(Model::of(&graph)?.path);
        let mut outputs =
            Outputs::new(overwrite).reading(graph.files().iter().cloned()).reading(dataset.files.iter().cloned());
        let output = outputs.claim(&path, &[])?;
        let kept = Kept { per_word, unknown };
        let (model, rehearsal) = runeblocks_calibrate::rehearse(&graph, &dataset, kept, options, seed)?;
        let bytes = rehearsal.to_bytes(&model)?;
        output.write(|file| file.write_all(&bytes))?;
        Ok((path, rehearsal.embeddings.len(), rehearsal.labels.len(), recordings::said(&dataset.notes)))
    };
    py.detach(|| pool.install(work)).map_err(|error| of_calibrate(&shared.name, error, ""))
}
