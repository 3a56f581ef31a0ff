//! Whole files: written atomically, read with their path in every error.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io;
use std::path::Path;

use runeblocks_core::{ElementType, Tensor};
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_io::table::Table;
use runeblocks_io::{FileError, file, npy, raw};

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_is_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let tensor = Tensor::from(vec![1u32, 2, 3]);
    npy::write(&path, &tensor.view()).unwrap();
    npy::write(&path, &tensor.view()).unwrap();
    assert_eq!(npy::read(&path).unwrap(), tensor);
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn a_failure_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    fs::write(&path, "before").unwrap();
    let error = file::write_atomically(&path, |writer| {
        writer.write_all(b"half")?;
        Err(io::Error::other("the disk is full"))
    })
    .unwrap_err();
    assert_eq!(error.to_string(), format!("{}: it cannot be written: the disk is full", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(names(folder.path()), ["kept"]);
}

#[test]
fn folders_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("absent/file")] {
        assert!(file::write_atomically(&path, |writer| writer.write_all(b"x")).is_err());
    }
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_an_ordinary_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    fs::write(folder.path().join("ordinary"), "").unwrap();
    file::write_atomically(&folder.path().join("new"), |_| Ok(())).unwrap();
    assert_eq!(mode("new"), mode("ordinary"));

    let private = folder.path().join("private");
    fs::write(&private, "").unwrap();
    fs::set_permissions(&private, fs::Permissions::from_mode(0o640)).unwrap();
    file::write_atomically(&private, |_| Ok(())).unwrap();
    assert_eq!(mode("private"), 0o640);
}

#[cfg(unix)]
#[test]
fn links_stay_and_devices_are_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "before").unwrap();
    std::os::unix::fs::symlink("target", &link).unwrap();
    file::write_atomically(&link, |writer| writer.write_all(b"after")).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "after");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink("absent", &dangling).unwrap();
    let error = file::write_atomically(&dangling, |writer| writer.write_all(b"x")).unwrap_err().to_string();
    assert!(error.ends_with("it is a symbolic link to what is not there; remove it"), "{error}");

    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    file::write_atomically(&null, |writer| writer.write_all(b"gone")).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn every_reader_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty");
    fs::write(&path, "").unwrap();
    let absent = folder.path().join("absent");
    for path in [&path, &absent] {
        for error in [
            Sound::read(path, Channels::Mono).unwrap_err(),
            Table::<f32>::read(path).unwrap_err(),
            raw::read(path, ElementType::U8, &[1]).unwrap_err(),
            npy::read(path).unwrap_err(),
            #[cfg(feature = "image")]
            runeblocks_io::image::Image::read(path, runeblocks_io::image::Colour::Rgb).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with(&format!("{}: it ", path.display())), "{error}");
            assert!(matches!(error, FileError::InFile { cause, .. } if !matches!(*cause, FileError::InFile { .. })));
        }
    }
}
