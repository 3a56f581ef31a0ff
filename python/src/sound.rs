//! Sound files.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyIsADirectoryError, PyNotADirectoryError, PyValueError,
};
use pyo3::prelude::*;
use rayon::prelude::*;
use runeblocks_core::{ElementType, Facts, SampleRate};
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_io::{FileError, file};

use crate::facts::Facts as PyFacts;
use crate::pool;

/// A sound file.
#[derive(FromPyObject)]
pub(crate) enum Source<'py> {
    Path(PathBuf),
    /// What a file holds.
    Bytes(PyReadonlyArray1<'py, u8>),
}

/// How sound files are read.
#[derive(Clone, Copy, FromPyObject)]
pub(crate) struct Options(Option<u32>, bool, bool);

impl Options {
    fn parse(self, bytes: &[u8]) -> Result<Sound, FileError> {
        let Options(sample_rate, resample, mixdown) = self;
        let sound = Sound::parse(bytes, if mixdown { Channels::Mixdown } else { Channels::Mono })?;
        match sample_rate.map(SampleRate) {
            None => Ok(sound),
            Some(rate) if resample => sound.resample(rate),
            Some(rate) => sound.at(rate),
        }
    }

    fn read(self, path: &Path) -> Result<Sound, FileError> {
        self.parse(&file::read(path)?).map_err(|error| error.in_file(path))
    }
}

/// The samples of a file at a rate, or at its own; `name` is what bytes are called where they are no sound.
#[pyfunction]
pub(crate) fn read_sound<'py>(
    py: Python<'py>,
    source: Source<'py>,
    name: PathBuf,
    options: Options,
) -> PyResult<(Bound<'py, PyArray1<i16>>, PyFacts)> {
    let sound = match &source {
        Source::Path(path) => py.detach(|| options.read(path)),
        Source::Bytes(bytes) => {
            let bytes = bytes.as_slice()?;
            py.detach(|| options.parse(bytes)).map_err(|error| error.in_file(&name))
        }
    };
    let sound = sound.map_err(exception)?;
    let facts =
        Facts { sample_rate: Some(sound.sample_rate()), ..Facts::new(ElementType::I16, [sound.samples().len()]) };
    Ok((PyArray1::from_vec(py, sound.into_samples()), PyFacts(facts)))
}

/// The samples of many files, one after another; how many each has; and why those that have none have none, by their numbers.
type Sounds<'py> = (Bound<'py, PyArray1<i16>>, Bound<'py, PyArray1<i64>>, Vec<(usize, String)>);

/// Decodes many files on all cores: of the file `i`, `bytes` hold `sizes[i]` from `starts[i]` on, unless `paths` has its path.
#[pyfunction]
pub(crate) fn read_sounds<'py>(
    py: Python<'py>,
    bytes: PyReadonlyArray1<'py, u8>,
    starts: PyReadonlyArray1<'py, i64>,
    sizes: PyReadonlyArray1<'py, i64>,
    paths: HashMap<usize, PathBuf>,
    options: Options,
) -> PyResult<Sounds<'py>> {
    let (bytes, starts, sizes) = (bytes.as_slice()?, starts.as_slice()?, sizes.as_slice()?);
    let places = starts.iter().zip(sizes).map(|(&start, &size)| bytes.get(start as usize..(start + size) as usize));
    let places =
        places.collect::<Option<Vec<_>>>().ok_or_else(|| PyValueError::new_err("a file lies beyond the bytes"))?;
    let read = |(row, bytes): (usize, &&[u8])| match paths.get(&row) {
        Some(path) => options.read(path),
        None => options.parse(bytes),
    };
    let pool = pool::pool()?;
    let found: Vec<_> = py.detach(|| pool.install(|| places.par_iter().enumerate().map(read).collect()));
    let lengths: Vec<_> = found.iter().map(|found| found.as_ref().map_or(0, |sound| sound.samples().len())).collect();
    let samples = PyArray1::zeros(py, lengths.iter().sum::<usize>(), false);
    {
        let mut samples = samples.try_readwrite()?;
        let mut rest = samples.as_slice_mut()?;
        let mut copies = Vec::with_capacity(found.len());
        for (sound, length) in found.iter().zip(&lengths) {
            let (copy, after) = rest.split_at_mut(*length);
            rest = after;
            if let Ok(sound) = sound {
                copies.push((copy, sound.samples()));
            }
        }
        py.detach(|| pool.install(|| copies.into_par_iter().for_each(|(copy, from)| copy.copy_from_slice(from))));
    }
    let errors = found.into_iter().enumerate().filter_map(|(row, found)| Some((row, text(&found.err()?)))).collect();
    let lengths = lengths.into_iter().map(|length| length as i64).collect();
    Ok((samples, PyArray1::from_vec(py, lengths), errors))
}

/// `OSError` where the system can't read or write the file, `ValueError` where it is not as expected.
pub(crate) fn exception(error: FileError) -> PyErr {
    let text = text(&error);
    let cause = match &error {
        FileError::InFile { cause, .. } => cause,
        other => other,
    };
    match cause {
        FileError::Read(source) | FileError::Write(source) => io::Error::new(source.kind(), text).into(),
        FileError::Exists => PyFileExistsError::new_err(text),
        FileError::IsFolder => PyIsADirectoryError::new_err(text),
        FileError::NoFolder { .. } => PyFileNotFoundError::new_err(text),
        FileError::NotAFolder { .. } => PyNotADirectoryError::new_err(text),
        _ => PyValueError::new_err(text),
    }
}

/// What is wrong with which file, and what to do.
fn text(error: &FileError) -> String {
    match error {
        FileError::InFile { path, cause } => format!("{}: {}", path.display(), text(cause)),
        FileError::SampleRate { .. } => reason(error) + ", or another sample_rate",
        other => reason(other),
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
