//! Where the features go: one file, a folder, or nowhere.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{ArrayViewD, Axis};
use runeblocks_core::{Element, ElementType, Number, Tensor, numeric};
use runeblocks_io::npy;
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
        path: &'a Path,
        arrays: Vec<Tensor>,
    },
    /// A file for each clip.
    Folder(&'a Path),
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
    /// An output of that name for these clips. A folder is made where there is none.
    pub fn new(out: Option<&'a Path>, clips: &[PathBuf]) -> Result<Self, Failure> {
        let place = match out {
            None => Place::Nowhere,
            Some(path) if path.is_file() && !is_npy(path) => {
                return Err(Failure::new(
                    Exit::Usage,
                    format!(
                        "{}: it would be overwritten, and is a file whose name does not end in .npy",
                        path.display()
                    ),
                )
                .help("give `--out` a .npy file or a folder, and the clips before it"));
            }
            Some(path) if is_file(path) => Place::File { path, arrays: Vec::new() },
            Some(path) => {
                check_names(clips)?;
                fs::create_dir_all(path).map_err(|error| {
                    Failure::new(Exit::Run, format!("the folder {} can't be made: {error}", path.display()))
                })?;
                Place::Folder(path)
            }
        };
        Ok(Output { place, reports: Vec::new() })
    }

    /// Takes the array of a clip.
    pub fn take(&mut self, clip: &Path, array: Tensor) -> Result<(), Failure> {
        let mut report = Report::new(vec![clip.to_owned()], &array);
        match &mut self.place {
            Place::Nowhere => {}
            Place::Folder(folder) => {
                let path = folder.join(array_name(clip));
                write(&path, &array)?;
                report.path = Some(path);
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
            Place::File { path, .. } if bad > 0 && all > 1 => Some(
                Failure::new(
                    Exit::Input,
                    format!("{}: it is not written, as {bad} of {all} clips can't be used", path.display()),
                )
                .help("leave them out, or give a folder to `--out` for a file each"),
            ),
            _ => None,
        }
    }

    /// Writes what is not written yet.
    pub fn finish(self) -> Result<Vec<Report>, Failure> {
        let Place::File { path, mut arrays } = self.place else { return Ok(self.reports) };
        if arrays.is_empty() {
            return Ok(Vec::new());
        }
        let clips = self.reports.into_iter().flat_map(|report| report.clips).collect();
        let array = if arrays.len() == 1 { arrays.remove(0) } else { stack(&arrays)? };
        write(path, &array)?;
        Ok(vec![Report { path: Some(path.to_owned()), ..Report::new(clips, &array) }])
    }
}

/// Whether arrays go into one file: the name ends in `.npy`, or is that of something which is no folder, as a pipe.
fn is_file(path: &Path) -> bool {
    is_npy(path) || (path.exists() && !path.is_dir())
}

fn is_npy(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
}

/// The name of a clip's array in a folder.
fn array_name(clip: &Path) -> PathBuf {
    PathBuf::from(clip.file_name().unwrap_or_default()).with_extension("npy")
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

fn write(path: &Path, array: &Tensor) -> Result<(), Failure> {
    npy::write(path, &array.view()).map_err(|error| Failure::file(Exit::Run, &error))
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
