//! Whole files, read with their path in every error.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use runeblocks_core::ElementType;
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_io::table::Table;
use runeblocks_io::{FileError, npy, raw};

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
