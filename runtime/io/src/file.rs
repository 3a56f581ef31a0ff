//! Whole files: read within a limit, written atomically.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use runeblocks_core::file::find;

use crate::FileError;

/// The most bytes that are read from one file: 1 GiB, nine hours of 16-bit sound at 16 kHz.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Reads a whole file of at most [`MAX_FILE_BYTES`].
///
/// The limit holds for pipes and devices too, whose length is not known beforehand.
///
/// # Errors
/// [`FileError::InFile`] with the path, around [`FileError::Read`] or [`FileError::TooLarge`].
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    read_at_most(path, MAX_FILE_BYTES).map_err(|e| e.in_file(path))
}

fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = File::open(find(path)).map_err(FileError::Read)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(FileError::Read)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { limit });
    }
    Ok(bytes)
}

/// Writes a file that is there whole or not at all.
///
/// `content` writes into a temporary file in the same folder, which is brought to the disk and then renamed over `path`. When anything
/// fails, what stood at `path` is untouched and the temporary file is removed. A file that is replaced keeps its permissions; a new one
/// gets those of the process (0666 less the umask). A symbolic link stays, and what it names is replaced. A device or a pipe
/// (`/dev/stdout`) is written to as it is.
///
/// # Errors
/// [`FileError::InFile`] with the path, around [`FileError::Write`].
pub fn write_atomically(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), FileError> {
    Prepared::new(path, content)?.commit()
}

/// A file that is written, and takes its place when all others that belong to it are written too.
#[derive(Debug)]
pub struct Prepared {
    path: PathBuf,
    /// The temporary file, and where it goes; none for a device.
    temporary: Option<(NamedTempFile, PathBuf)>,
}

impl Prepared {
    /// Writes all of a file but its name, as [`write_atomically`] does; what is dropped before [`commit`](Self::commit) leaves nothing.
    ///
    /// # Errors
    /// [`FileError::InFile`] with the path, around [`FileError::Write`].
    pub fn new(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Self, FileError> {
        let temporary = prepare(path, content).map_err(|e| FileError::Write(e).in_file(path))?;
        Ok(Prepared { path: path.to_path_buf(), temporary })
    }

    /// Brings the file to its place.
    ///
    /// # Errors
    /// [`FileError::InFile`] with the path, around [`FileError::Write`].
    pub fn commit(self) -> Result<(), FileError> {
        let Some((temporary, target)) = self.temporary else { return Ok(()) };
        let rename = || {
            temporary.persist(&target).map_err(|e| e.error)?;
            #[cfg(unix)]
            File::open(folder_of(&target))?.sync_all()?;
            Ok(())
        };
        rename().map_err(|e| FileError::Write(e).in_file(&self.path))
    }
}

fn prepare(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Option<(NamedTempFile, PathBuf)>> {
    let present = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(e),
    };
    if present.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, and the name of a file is expected"));
    }
    if present.as_ref().is_some_and(|m| !m.is_file()) {
        let mut device = BufWriter::new(File::options().write(true).open(path)?);
        content(&mut device)?;
        device.flush()?;
        return Ok(None);
    }

    let target = resolve(path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".runeblocks-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(folder_of(&target))?;
    if let Some(metadata) = present {
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    let mut writer = BufWriter::new(temporary.as_file_mut());
    content(&mut writer)?;
    writer.flush()?;
    drop(writer);
    temporary.as_file().sync_all()?;
    Ok(Some((temporary, target)))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// The path behind symbolic links, when there is one.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => fs::canonicalize(path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => io::Error::other("it is a symbolic link to what is not there; remove it"),
            _ => e,
        }),
        _ => Ok(path.to_path_buf()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_however_its_name_is_composed() {
        let folder = tempfile::tempdir().unwrap();
        let stored = folder.path().join("u\u{308}les/o\u{308}o\u{308}.txt");
        fs::create_dir(stored.parent().unwrap()).unwrap();
        fs::write(&stored, "words").unwrap();
        let meant = folder.path().join("\u{fc}les/\u{f6}\u{f6}.txt");
        assert_eq!((find(&meant), read(&meant).unwrap()), (stored, b"words".to_vec()));

        fs::write(folder.path().join("\u{f6}o\u{308}"), "").unwrap();
        fs::write(folder.path().join("o\u{308}\u{f6}"), "").unwrap();
        let ambiguous = folder.path().join("\u{f6}\u{f6}");
        assert_eq!(find(&ambiguous), ambiguous);
    }

    #[test]
    fn the_limit_is_the_last_length_that_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), [7; 10]).unwrap();
        assert_eq!(read_at_most(file.path(), 10).unwrap(), [7; 10]);
        assert!(matches!(read_at_most(file.path(), 9), Err(FileError::TooLarge { limit: 9 })));
    }
}
