//! Labelled recordings, and what can be wrong with them and with what is done with them.

use std::io;
use std::path::PathBuf;

use pyo3::exceptions::{PyFileExistsError, PyValueError};
use pyo3::prelude::*;
use runeblocks_calibrate::{CalibrateError, Clip, DataError, Dataset, Options, SpotterError, labels};
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
        Options { channels, resample: self.resample }
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
        DataError::NoManifest { .. } => PyValueError::new_err(format!("{text}; leave split out, or give a manifest")),
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
