//! Whole files, read within a limit, and standard input as one of them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::OnceLock;

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
    match stdin(path) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => open(path)
            .and_then(|file| {
                let length = file.metadata().map_or(0, |metadata| metadata.len());
                read_at_most(file, length, MAX_FILE_BYTES)
            })
            .map_err(|e| e.in_file(path)),
    }
}

static STDIN: OnceLock<Vec<u8>> = OnceLock::new();

/// Reads standard input to its end; from then on the path `-` is a file with what was read. Before that, and in programs that do not
/// call this, `-` is a name as any other.
///
/// # Errors
/// Those of [`read`].
pub fn read_stdin() -> Result<(), FileError> {
    let bytes = read_at_most(io::stdin().lock(), 0, MAX_FILE_BYTES).map_err(|e| e.in_file(Path::new("-")))?;
    STDIN.get_or_init(|| bytes);
    Ok(())
}

/// What was read from standard input, where the path stands for it.
#[must_use]
pub fn stdin(path: &Path) -> Option<&'static [u8]> {
    if path == Path::new("-") { STDIN.get().map(Vec::as_slice) } else { None }
}

fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).or_else(|_| File::open(find(path))).map_err(FileError::Read)
}

/// Reads to the end what is about `length` bytes long.
fn read_at_most(file: impl Read, length: u64, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::with_capacity((length.min(limit) + 1) as usize);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(FileError::Read)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { limit });
    }
    Ok(bytes)
}

/// What tells a file from others, whatever path leads to it.
#[cfg(unix)]
pub(crate) type Identity = (u64, u64);
#[cfg(not(unix))]
pub(crate) type Identity = std::path::PathBuf;

/// What tells a file from others, links followed: its device and number, or its own path where the system has no such numbers.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// What tells a file from others, links followed: its device and number, or its own path where the system has no such numbers.
#[cfg(not(unix))]
pub(crate) fn identity(path: &Path) -> io::Result<Identity> {
    fs::canonicalize(path)
}

/// The folder that a path lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
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
        assert_eq!(read_at_most(open(file.path()).unwrap(), 3, 10).unwrap(), [7; 10]);
        assert!(matches!(read_at_most(open(file.path()).unwrap(), 10, 9), Err(FileError::TooLarge { limit: 9 })));
    }
}
