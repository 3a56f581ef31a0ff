//! Where the features go: one file, a folder, or nowhere.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf, is_separator};

use ndarray::{ArrayViewD, Axis};
use runeblocks_core::{Element, ElementType, Number, Tensor, numeric};
use runeblocks_io::file::{find, stdin};
use runeblocks_io::output::{self, Outputs};
use runeblocks_io::{FileError, npy};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};

/// Takes the array of each clip in turn.
#[derive(Debug)]
pub struct Output<'a> {
    place: Place<'a>,
    reports: Vec<Report>,
}

#[derive(Debug)]
enum Place<'a> {
    Nowhere,
    /// All arrays in one file; written at the end.
    File {
        output: output::Output,
        arrays: Vec<Tensor>,
    },
    /// A file for each clip.
    Folder(HashMap<&'a Path, output::Output>),
}

/// What became of a clip, or of all of them together.
#[derive(Debug)]
pub struct Report {
    clips: Vec<PathBuf>,
    path: Option<PathBuf>,
    element_type: ElementType,
    shape: Vec<usize>,
    range: Option<(f64, f64)>,
}

impl<'a> Output<'a> {
    /// An output of that name for these clips. A folder is made where there is none, when its first file is written.
    pub fn new(out: Option<&Path>, clips: &'a [PathBuf], outputs: &mut Outputs) -> Result<Self, Failure> {
        let place = match out {
            None => Place::Nowhere,
            Some(path) if is_folder(path) => {
                check_names(clips)?;
                let mut claim =
                    |clip: &'a PathBuf| Ok((clip.as_path(), outputs.claim_in(path, array_name(clip), &["npy"])?));
                Place::Folder(clips.iter().map(&mut claim).collect::<Result<_, FileError>>()?)
            }
            Some(path) => {
                let output = outputs.claim(path, &["npy"]).map_err(|error| match error.cause() {
                    FileError::Ending { .. } => Failure::from(error)
                        .help("give `--out` a name that ends in .npy, or one that ends in / for a folder"),
                    _ => error.into(),
                })?;
                Place::File { output, arrays: Vec::new() }
            }
        };
        Ok(Output { place, reports: Vec::new() })
    }

    /// Takes the array of a clip.
    pub fn take(&mut self, clip: &Path, array: Tensor) -> Result<(), Failure> {
        let mut report = Report::new(vec![clip.to_owned()], &array);
        match &mut self.place {
            Place::Nowhere => {}
            Place::Folder(files) => {
                if let Some(output) = files.get(clip) {
                    write(output, &array)?;
                    report.path = Some(output.path().to_owned());
                }
            }
            Place::File { arrays, .. } => {
                if let Some(first) = self.reports.first().filter(|first| first.shape != report.shape) {
                    let (a, b) = (first.shape[0], report.shape[0]);
                    return Err(Failure::new(
                        Exit::Input,
                        format!("{}: it gives {b} frames, and {} gives {a}", clip.display(), first.clips[0].display()),
                    )
                    .help("one file takes clips of one length; give a folder to `--out` for a file each"));
                }
                arrays.push(array);
            }
        }
        self.reports.push(report);
        Ok(())
    }

    /// Why nothing is to be written, where `bad` of `all` clips can't be used: one file of several holds them all.
    pub fn obstacle(&self, bad: usize, all: usize) -> Option<Failure> {
        match &self.place {
            Place::File { output, .. } if bad > 0 && all > 1 => Some(
                Failure::new(
                    Exit::Input,
                    format!("{}: it is not written, as {bad} of {all} clips can't be used", output.path().display()),
                )
                .help("leave them out, or give a folder to `--out` for a file each"),
            ),
            _ => None,
        }
    }

    /// Writes what is not written yet.
    pub fn finish(self) -> Result<Vec<Report>, Failure> {
        let Place::File { output, mut arrays } = self.place else { return Ok(self.reports) };
        if arrays.is_empty() {
            return Ok(Vec::new());
        }
        let clips = self.reports.into_iter().flat_map(|report| report.clips).collect();
        let array = if arrays.len() == 1 { arrays.remove(0) } else { stack(&arrays)? };
        write(&output, &array)?;
        Ok(vec![Report { path: Some(output.path().to_owned()), ..Report::new(clips, &array) }])
    }
}

/// Whether a path is a folder's: that of one which is there, or of nothing and without an ending or with a separator behind it.
fn is_folder(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    let found = find(path);
    match fs::metadata(&found) {
        Ok(metadata) => metadata.is_dir(),
        Err(_) if path == Path::new("-") => false,
        Err(_) => last.is_some_and(|last| is_separator(char::from(*last))) || path.extension().is_none(),
    }
}

/// The name of a clip's array in a folder.
fn array_name(clip: &Path) -> PathBuf {
    match stdin(clip) {
        Some(_) => PathBuf::from("stdin.npy"),
        None => PathBuf::from(clip.file_name().unwrap_or_default()).with_extension("npy"),
    }
}

/// Refuses clips whose arrays would get the same name.
fn check_names(clips: &[PathBuf]) -> Result<(), Failure> {
    let mut names = HashMap::new();
    for clip in clips {
        if let Some(other) = names.insert(array_name(clip), clip) {
            return Err(Failure::new(
                Exit::Usage,
                format!("{} and {} would both become {}", other.display(), clip.display(), array_name(clip).display()),
            )
            .help("write them into different folders"));
        }
    }
    Ok(())
}

fn write(output: &output::Output, array: &Tensor) -> Result<(), Failure> {
    Ok(output.write(|file| npy::encode(&array.view(), file))?)
}

/// Arrays of one shape, one after another along a new first axis.
fn stack(arrays: &[Tensor]) -> Result<Tensor, Failure> {
    fn like<T: Element>(_: &ArrayViewD<'_, T>, arrays: &[Tensor]) -> Option<Tensor> {
        let views: Vec<_> = arrays.iter().filter_map(|array| array.view().array::<T>()).collect();
        ndarray::stack(Axis(0), &views).ok().map(Tensor::from)
    }
    let first = arrays.first().and_then(|array| array.view().numeric());
    let stacked = first.and_then(|first| numeric!(first, array => like(&array, arrays)));
    stacked.ok_or_else(|| Failure::new(Exit::Run, "the arrays of the clips don't fit into one"))
}

impl Report {
    fn new(clips: Vec<PathBuf>, array: &Tensor) -> Self {
        let view = array.view();
        let (element_type, shape) = (view.element_type(), view.shape().to_vec());
        let range = view.numeric().and_then(|view| {
            numeric!(view, array => {
                array.iter().map(|x| x.to_f64()).fold(None, |range: Option<(f64, f64)>, x| {
                    Some(range.map_or((x, x), |(low, high)| (low.min(x), high.max(x))))
                })
            })
        });
        Report { clips, path: None, element_type, shape, range }
    }

    /// The report for programs.
    pub fn to_json(&self) -> Value {
        json!({
            "clips": self.clips, "path": self.path, "type": self.element_type.name(), "shape": self.shape,
            "min": self.range.map(|(low, _)| low), "max": self.range.map(|(_, high)| high),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clips.as_slice() {
            [clip] => write!(f, "{}", clip.display())?,
            clips => write!(f, "{} clips", clips.len())?,
        }
        if let Some(path) = &self.path {
            write!(f, " -> {}", path.display())?;
        }
        write!(f, ": {} {:?}", self.element_type, self.shape)?;
        if let Some((low, high)) = self.range {
            write!(f, ", {low} to {high}")?;
        }
        Ok(())
    }
}
