//! What a command writes: all of it checked before anything is done, then written whole.
//!
//! One rule holds for every path that is written. What was read, or named by what was read, is never written over, whatever path leads
//! to it; another file that is there only when that is asked for; the ending of a name fits what is written; and no two outputs go to
//! one file. A device or a pipe that is there is written to as it is, whatever its name.

mod write;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::{Path, PathBuf};

use runeblocks_core::text;

use crate::FileError;
use crate::file::{Identity, find, folder_of, identity};
pub use write::{Output, Prepared};
use write::{Place, resolve};

/// The outputs of one command.
///
/// ```
/// use std::path::Path;
/// use runeblocks_io::output::Outputs;
///
/// # fn main() -> Result<(), runeblocks_io::FileError> {
/// # let folder = tempfile::tempdir().map_err(runeblocks_io::FileError::Read)?;
/// # let runefile = folder.path().join("Runefile.yml");
/// # std::fs::write(&runefile, "").map_err(runeblocks_io::FileError::Read)?;
/// let mut outputs = Outputs::new(true).reading([runefile.clone()]);
/// assert!(outputs.claim(&runefile, &[]).is_err());
/// let picture = outputs.claim(&folder.path().join("pipeline.svg"), &["svg", "dot"])?;
/// assert_eq!(picture.form(), "svg");
/// picture.write(|file| file.write_all(b"<svg/>"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Outputs {
    overwrite: bool,
    read: Vec<PathBuf>,
    /// The files of `read` that are there, each with the first of its names.
    known: OnceCell<HashMap<Identity, PathBuf>>,
    claimed: HashSet<File>,
    stdout: Stdout,
}

/// A file that is to be written, as it is told from others.
#[derive(Debug, PartialEq, Eq, Hash)]
enum File {
    There(Identity),
    /// The folder's own path, and the name as it is compared.
    New(PathBuf, String),
}

/// What standard output is for.
#[derive(Debug)]
enum Stdout {
    /// `-` is a name as any other.
    Unnamed,
    Free,
    /// What goes there.
    Taken(String),
}

impl Outputs {
    /// None yet; `overwrite` tells whether files that are there may be replaced.
    #[must_use]
    pub fn new(overwrite: bool) -> Self {
        Outputs {
            overwrite,
            read: Vec::new(),
            known: OnceCell::new(),
            claimed: HashSet::new(),
            stdout: Stdout::Unnamed,
        }
    }

    /// Lets `-` (and `/dev/stdout`) stand for standard output, unless something goes there already.
    #[must_use]
    pub fn with_stdout(mut self, taken_by: Option<&str>) -> Self {
        self.stdout = taken_by.map_or(Stdout::Free, |by| Stdout::Taken(by.to_owned()));
        self
    }

    /// Files that are read, or named by what is read: none of them is ever written over.
    #[must_use]
    pub fn reading(mut self, files: impl IntoIterator<Item = PathBuf>) -> Self {
        self.read.extend(files);
        self.known = OnceCell::new();
        self
    }

    /// Takes a path for an output. The ending of its name, which is one of `forms`, tells the form of what is written; any name will do
    /// where there are no forms, and standard output, devices and pipes get the first.
    ///
    /// # Errors
    /// With the path: [`FileError::WasRead`], [`FileError::Ending`], [`FileError::OutputTwice`], [`FileError::Exists`],
    /// [`FileError::StdoutTaken`], [`FileError::IsFolder`], [`FileError::NoFolder`]; [`FileError::Write`] where the system does not let
    /// the path be looked at.
    pub fn claim(&mut self, path: &Path, forms: &[&'static str]) -> Result<Output, FileError> {
        self.check(path, forms, false).map_err(|error| error.in_file(path))
    }

    /// Takes a name in a folder for an output, as [`claim`](Self::claim) does. The folder is made when the first file in it is written.
    ///
    /// # Errors
    /// Those of [`claim`](Self::claim).
    pub fn claim_in(
        &mut self,
        folder: &Path,
        name: impl AsRef<Path>,
        forms: &[&'static str],
    ) -> Result<Output, FileError> {
        let path = folder.join(name);
        self.check(&path, forms, true).map_err(|error| error.in_file(&path))
    }

    /// Whether an output is standard output.
    #[must_use]
    pub fn use_stdout(&self) -> bool {
        matches!(&self.stdout, Stdout::Taken(by) if is_stdout(Path::new(by)))
    }

    fn check(&mut self, path: &Path, forms: &[&'static str], makes_folder: bool) -> Result<Output, FileError> {
        let first = forms.first().copied().unwrap_or_default();
        let output = |place, form| Output::new(path, place, form, self.overwrite);
        if is_stdout(path) {
            match &mut self.stdout {
                Stdout::Unnamed => {}
                Stdout::Taken(by) => return Err(FileError::StdoutTaken { by: by.clone() }),
                free => {
                    *free = Stdout::Taken(path.display().to_string());
                    return Ok(output(Place::Stdout, first));
                }
            }
        }
        let is_folder = path.file_name().is_none() || names_folder(path);
        let found = match find(path) {
            found if fs::symlink_metadata(&found).is_ok() => found,
            // What is not there yet may be in a folder that is.
            _ => find(folder_of(path)).join(path.file_name().unwrap_or_default()),
        };
        let there = match fs::metadata(&found) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == NotFound => None,
            Err(error) if error.kind() == NotADirectory && !is_folder => None,
            Err(error) => return Err(FileError::Write(error)),
        };
        if is_folder || there.as_ref().is_some_and(Metadata::is_dir) {
            return Err(FileError::IsFolder);
        }
        let target = resolve(&found).map_err(FileError::Write)?;
        let file = match &there {
            Some(metadata) => {
                let identity = identity(&found).map_err(FileError::Write)?;
                if let Some(other) = self.known().get(&identity) {
                    return Err(FileError::WasRead { other: Some(other.clone()).filter(|other| other != path) });
                }
                if !metadata.is_file() {
                    return Ok(output(Place::Device(found), first));
                }
                File::There(identity)
            }
            None => {
                let folder = folder_for(&found, makes_folder)?;
                let name = found.file_name().unwrap_or_default().to_string_lossy();
                File::New(folder, text::key(&name))
            }
        };
        let form = form_of(path, forms)?;
        let output = output(Place::File { target, makes_folder }, form);
        if !self.claimed.insert(file) {
            return Err(FileError::OutputTwice);
        }
        if there.is_some() && !self.overwrite {
            return Err(FileError::Exists);
        }
        Ok(output)
    }

    fn known(&self) -> &HashMap<Identity, PathBuf> {
        self.known.get_or_init(|| {
            let mut known = HashMap::with_capacity(self.read.len());
            for path in &self.read {
                if let Ok(identity) = identity(&find(path)) {
                    known.entry(identity).or_insert_with(|| path.clone());
                }
            }
            known
        })
    }
}

/// Whether a path stands for standard output.
fn is_stdout(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdout")
}

/// Whether a path can only be that of a folder: it ends in a separator, or in a dot after one.
fn names_folder(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let bytes = bytes.strip_suffix(b".").unwrap_or(bytes);
    bytes.last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// The own path of the folder that a new file goes into; where it is to be made, the path from the part of it that is there.
fn folder_for(path: &Path, is_made: bool) -> Result<PathBuf, FileError> {
    let folder = folder_of(path);
    let mut there = folder;
    loop {
        match fs::canonicalize(there) {
            Ok(real) if real.is_dir() => {
                return Ok(folder.strip_prefix(there).map_or_else(|_| real.clone(), |rest| real.join(rest)));
            }
            Ok(_) => return Err(FileError::NotAFolder { folder: there.to_path_buf() }),
            // A link to nothing.
            Err(_) if fs::symlink_metadata(there).is_ok() => {
                return Err(FileError::NotAFolder { folder: there.to_path_buf() });
            }
            Err(error) if is_made && matches!(error.kind(), NotFound | NotADirectory) => match there.parent() {
                Some(parent) if parent == Path::new("") => there = Path::new("."),
                Some(parent) => there = parent,
                None => return Err(FileError::Write(error)),
            },
            Err(error) if error.kind() == NotFound => {
                return Err(FileError::NoFolder { folder: folder.to_path_buf() });
            }
            Err(error) if error.kind() == NotADirectory => {
                return Err(FileError::NotAFolder { folder: folder.to_path_buf() });
            }
            Err(error) => return Err(FileError::Write(error)),
        }
    }
}

/// The one of the forms that the ending of a name tells.
fn form_of(path: &Path, forms: &[&'static str]) -> Result<&'static str, FileError> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
    let told = ending.as_deref().and_then(|ending| forms.iter().find(|form| form.eq_ignore_ascii_case(ending)));
    match told {
        Some(form) => Ok(form),
        None if forms.is_empty() => Ok(""),
        None => Err(FileError::Ending { found: ending, expected: forms.to_vec() }),
    }
}
