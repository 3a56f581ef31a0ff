//! Files by the names that people give them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::text;

/// The file or folder that a person means by a path: the path itself where something is there, else what is there under a name that
/// differs only in how it is written in Unicode ([`text::key`]), part by part; the path as it is where that is nothing, or more than one
/// thing.
#[must_use]
pub fn find(path: &Path) -> PathBuf {
    if fs::symlink_metadata(path).is_ok() {
        return path.to_path_buf();
    }
    let equal = || {
        let name = text::key(path.file_name()?.to_str()?);
        let folder = find(path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")));
        let same = |entry: fs::DirEntry| entry.file_name().to_str().is_some_and(|other| text::key(other) == name);
        let mut names = fs::read_dir(&folder).ok()?.flatten().filter_map(|entry| {
            let path = entry.path();
            same(entry).then_some(path)
        });
        names.next().filter(|_| names.next().is_none())
    };
    equal().unwrap_or_else(|| path.to_path_buf())
}
