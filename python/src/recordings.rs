//! Labelled recordings, and what can be wrong with them and with what is done with them.

use std::io;
use std::path::PathBuf;

use pyo3::exceptions::{PyFileExistsError, PyValueError};
use pyo3::prelude::*;
use runeblocks_calibrate::{CalibrateError, Clip, DataError, Dataset, Notes, Options, Scan, SpotterError, labels};
use runeblocks_io::FileError;
use runeblocks_io::sound::Channels;

use crate::clips::Fault;
use crate::sound;

/// Where recordings are, and how they are read.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Recordings {
    pub(crate) data: PathBuf,
    pub(crate) split: Option<String>,
    #[pyo3(item("labels"))]
    chosen: Option<Vec<String>>,
    resample: bool,
    mixdown: bool,
    new_words: bool,
}

/// What was left out: why, how many, the first of them, and all of it as text.
pub(crate) type LeftOut = (&'static str, usize, Vec<String>, String);
/// What is to be said of recordings: what was left out; names that are written in several ways, with these ways; and lines of text.
pub(crate) type Said = (Vec<LeftOut>, Vec<(String, Vec<String>)>, Vec<String>);
/// A recording of a folder: its path, its name, and its label, speaker and split where they are known.
type Found = (PathBuf, String, Option<String>, Option<String>, Option<String>);

/// What is to be said of recordings.
pub(crate) fn said(notes: &Notes) -> Said {
    let left =
        notes.left_out.iter().map(|left| (left.reason.key(), left.count, left.examples.clone(), left.to_string()));
    let joined = notes.joined.iter().map(|joined| (joined.name.clone(), joined.spellings.clone()));
    (left.collect(), joined.collect(), notes.lines())
}

/// The recordings of a folder, whatever its layout, labelled or not.
#[pyfunction]
pub(crate) fn recordings(folder: PathBuf) -> PyResult<(Vec<Found>, Said)> {
    let Scan { mut found, notes, .. } = Scan::of(&folder).map_err(of_data)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let found = found.into_iter().map(|of| (of.path, of.name, of.label.ok(), of.speaker, of.split));
    Ok((found.collect(), said(&notes)))
}

impl Recordings {
    /// Finds those of a split, and of the labels that were asked for.
    pub(crate) fn open(&self, split: Option<&str>) -> PyResult<Dataset> {
        let mut dataset = Dataset::open(&self.data, split).map_err(of_data)?;
        if let Some(labels) = &self.chosen {
            dataset.retain(labels).map_err(of_data)?;
        }
        Ok(dataset)
    }

    pub(crate) fn options(&self) -> Options {
        let channels = if self.mixdown { Channels::Mixdown } else { Channels::Mono };
        Options { channels, resample: self.resample, new_words: self.new_words }
    }
}

/// The recordings that could not be used, each with the reason.
pub(crate) fn failures(failures: &[(Clip, FileError)]) -> Vec<(PathBuf, String)> {
    let reason = |error: &FileError| match error {
        FileError::InFile { cause, .. } => sound::reason(cause),
        error => sound::reason(error),
    };
    failures.iter().map(|(clip, error)| (clip.path.clone(), reason(error))).collect()
}

/// `OSError` where the system can't read a file, else `ValueError`.
pub(crate) fn of_data(error: DataError) -> PyErr {
    let text = error.to_string();
    match error {
        DataError::Read { source, .. } => io::Error::new(source.kind(), text).into(),
        DataError::File(error) => sound::exception(error),
        DataError::NoSplits { .. } => PyValueError::new_err(format!("{text}; leave split out, or give a manifest")),
        _ => PyValueError::new_err(text),
    }
}

/// `ValueError`, whose text begins with the Runefile's name.
pub(crate) fn of_spotter(name: &str, error: SpotterError) -> PyErr {
    let text = match error {
        SpotterError::Run(error) => Fault::from(error).0,
        SpotterError::Label { label, words } => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!(
                "`{label}` is not among the words of the pipeline ({}), and `unknown` is neither: choose the labels by \
                 labels=[...]",
                words.join(", ")
            )
        }
        SpotterError::Mistyped { .. } => {
            format!("{error}: give them the label that is meant, or give new_words=True if they are other words")
        }
        SpotterError::NothingInCommon { .. } => format!(
            "{error}: give recordings of these words, or of unknown and silence alone; or new_words=True if the labels are other \
             words"
        ),
        SpotterError::Nested { .. } => {
            format!("{error}: give the folder that has the words in it, or give new_words=True if they are speakers")
        }
        error => error.to_string(),
    };
    PyValueError::new_err(format!("{name}: {text}"))
}

/// `OSError` where the system can't read or write a file, or it is there already; else `ValueError`. `other` is what may be
/// given instead of leave to replace it.
pub(crate) fn of_calibrate(name: &str, error: CalibrateError, other: &str) -> PyErr {
    let text = error.to_string();
    match error {
        CalibrateError::Spotter(error) => of_spotter(name, error),
        CalibrateError::File(FileError::InFile { path, cause }) if matches!(*cause, FileError::Exists) => {
            let path = path.display();
            PyFileExistsError::new_err(format!("{path}: it is there already; give {other}overwrite=True"))
        }
        CalibrateError::File(error) => sound::exception(error),
        CalibrateError::NoRecordings { word } => {
            let drop =
                if labels::is_word(&word) { ", or give replace=True to drop words without recordings" } else { "" };
            PyValueError::new_err(format!(
                "{text}: add some, or store those that the model was made with by rehearse{drop}"
            ))
        }
        CalibrateError::Rehearsal { .. } => PyValueError::new_err(text),
        _ => PyValueError::new_err(format!("{name}: {text}")),
    }
}
