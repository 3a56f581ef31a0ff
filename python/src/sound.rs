//! Sound files.

use std::io;
use std::path::PathBuf;

use numpy::PyArray1;
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyIsADirectoryError, PyNotADirectoryError, PyValueError,
};
use pyo3::prelude::*;
use runeblocks_core::{ElementType, Facts, SampleRate};
use runeblocks_io::FileError;
use runeblocks_io::sound::{Channels, Sound};

use crate::facts::Facts as PyFacts;

/// The samples of a file at a rate, or at its own.
#[pyfunction]
pub(crate) fn read_sound(
    py: Python<'_>,
    path: PathBuf,
    sample_rate: Option<u32>,
    resample: bool,
    mixdown: bool,
) -> PyResult<(Bound<'_, PyArray1<i16>>, PyFacts)> {
    let sound = py.detach(|| {
        let sound = Sound::read(&path, if mixdown { Channels::Mixdown } else { Channels::Mono })?;
        let at = |sound: Sound| match sample_rate.map(SampleRate) {
            None => Ok(sound),
            Some(rate) if resample => sound.resample(rate),
            Some(rate) => sound.at(rate),
        };
        at(sound).map_err(|error| error.in_file(&path))
    });
    let sound = sound.map_err(exception)?;
    let facts =
        Facts { sample_rate: Some(sound.sample_rate()), ..Facts::new(ElementType::I16, [sound.samples().len()]) };
    Ok((PyArray1::from_vec(py, sound.into_samples()), PyFacts(facts)))
}

/// `OSError` where the system can't read or write the file, `ValueError` where it is not as expected.
pub(crate) fn exception(error: FileError) -> PyErr {
    let (file, cause) = match &error {
        FileError::InFile { path, cause } => (format!("{}: ", path.display()), &**cause),
        other => (String::new(), other),
    };
    let text = file + &reason(cause);
    match cause {
        FileError::Read(source) | FileError::Write(source) => io::Error::new(source.kind(), text).into(),
        FileError::Exists => PyFileExistsError::new_err(text),
        FileError::IsFolder => PyIsADirectoryError::new_err(text),
        FileError::NoFolder { .. } => PyFileNotFoundError::new_err(text),
        FileError::NotAFolder { .. } => PyNotADirectoryError::new_err(text),
        FileError::SampleRate { .. } => PyValueError::new_err(text + ", or another sample_rate"),
        _ => PyValueError::new_err(text),
    }
}

/// What is wrong with a file, and what to do.
pub(crate) fn reason(error: &FileError) -> String {
    match error {
        FileError::Channels { found } => {
            format!("it has {found} channels, and one is expected; give mixdown=True for their average")
        }
        FileError::SampleRate { found, expected } => {
            format!("it is sampled at {found}, and {expected} is expected; give resample=True to convert it")
        }
        FileError::Exists => "it is there already; give another name, or overwrite=True".to_owned(),
        other => other.to_string(),
    }
}
