//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::FileError;
use crate::file::folder_of;

/// A place where something may be written. [`Outputs`](super::Outputs) gives it.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    place: Place,
    form: &'static str,
    overwrite: bool,
}

#[derive(Debug)]
pub(super) enum Place {
    Stdout,
    Device(PathBuf),
    File {
        /// What stands behind symbolic links.
        target: PathBuf,
        makes_folder: bool,
    },
}

/// A file that is written, and takes its place when all others that belong to it are written too; dropped before, it leaves nothing.
#[derive(Debug)]
pub struct Prepared<'a> {
    output: &'a Output,
    /// The temporary file, and where it goes; none where it is written already.
    temporary: Option<(NamedTempFile, &'a Path)>,
}

impl Output {
    pub(super) fn new(path: &Path, place: Place, form: &'static str, overwrite: bool) -> Self {
        Output { path: path.to_path_buf(), place, form, overwrite }
    }

    /// The path as it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The form of what is written: the ending of the name, in lower case.
    #[must_use]
    pub fn form(&self) -> &'static str {
        self.form
    }

    /// Writes all of it.
    ///
    /// `content` writes into a temporary file in the same folder, which is brought to the disk and then takes its place. When anything
    /// fails, what stood there is untouched and the temporary file is removed. A file that is replaced keeps its permissions; a new one
    /// gets those of the process (0666 less the umask), and replaces nothing that came there meanwhile. A symbolic link stays, and what
    /// it names is replaced. Standard output, devices and pipes are written to as they are.
    ///
    /// # Errors
    /// [`FileError::Write`] and [`FileError::Exists`], with the path.
    pub fn write(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), FileError> {
        self.prepare(content)?.commit()
    }

    /// Removes the file that is to be replaced, where one is there and may be replaced.
    ///
    /// # Errors
    /// [`FileError::Write`], with the path.
    pub fn remove_old(&self) -> Result<(), FileError> {
        let removed = match &self.place {
            Place::File { target, .. } if self.overwrite => fs::remove_file(target),
            _ => return Ok(()),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::Write(error).in_file(&self.path)),
            _ => Ok(()),
        }
    }

    /// Writes all of it but its name, as [`write`](Self::write) does.
    ///
    /// # Errors
    /// [`FileError::Write`], with the path.
    pub fn prepare(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Prepared<'_>, FileError> {
        let temporary = match &self.place {
            Place::Stdout => streamed(io::stdout().lock(), content).map(|()| None),
            Place::Device(path) => {
                File::options().write(true).open(path).and_then(|device| streamed(device, content)).map(|()| None)
            }
            Place::File { target, makes_folder } => {
                temporary(target, *makes_folder, content).map(|file| Some((file, &**target)))
            }
        };
        let temporary = temporary.map_err(|error| FileError::Write(error).in_file(&self.path))?;
        Ok(Prepared { output: self, temporary })
    }
}

impl Prepared<'_> {
    /// Brings the file to its place.
    ///
    /// # Errors
    /// [`FileError::Write`] and [`FileError::Exists`], with the path.
    pub fn commit(self) -> Result<(), FileError> {
        let Some((temporary, target)) = self.temporary else { return Ok(()) };
        let persisted = match self.output.overwrite {
            true => temporary.persist(target),
            false => temporary.persist_noclobber(target),
        };
        let done = persisted.map_err(|error| error.error).and_then(|_| {
            #[cfg(unix)]
            File::open(folder_of(target))?.sync_all()?;
            Ok(())
        });
        done.map_err(|error| {
            let error = match error.kind() {
                io::ErrorKind::AlreadyExists => FileError::Exists,
                _ => FileError::Write(error),
            };
            error.in_file(&self.output.path)
        })
    }
}

fn streamed(stream: impl Write, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(stream);
    content(&mut writer)?;
    writer.flush()
}

fn temporary(
    target: &Path,
    makes_folder: bool,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    let folder = folder_of(target);
    if makes_folder {
        fs::create_dir_all(folder)?;
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".runeblocks-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(folder)?;
    if let Ok(metadata) = fs::metadata(target) {
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    streamed(temporary.as_file_mut(), content)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// The path behind symbolic links, when there is one.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::other("it is a symbolic link to what is not there; remove it"),
            _ => error,
        }),
        _ => Ok(path.to_path_buf()),
    }
}
