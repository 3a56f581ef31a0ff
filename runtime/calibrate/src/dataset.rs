//! Recordings with labels: a folder with a folder a label, or a manifest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runeblocks_io::file;
use runeblocks_io::sound::is_sound;

use crate::{DataError, labels};

/// A labelled recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The file.
    pub path: PathBuf,
    /// The file as the manifest or the folder names it.
    pub name: String,
    /// What is to be found in it.
    pub label: String,
    /// The word that is spoken, where that is known beside the label.
    pub word: Option<String>,
    /// Who speaks, where that is known.
    pub speaker: Option<String>,
}

/// Labelled recordings.
///
/// | source | label | speaker |
/// |---|---|---|
/// | a folder without a manifest | the name of the folder that a recording is in | what stands before `_nohash_` in the name of the file |
/// | a manifest (CSV with a header), or a folder with a `manifest.csv` | column `label`, else `word` | column `speaker` |
///
/// Paths of a manifest (column `path`) are relative to its folder. Recordings are WAV or FLAC files. `_silence_` and
/// `_unknown_` are the labels `silence` and `unknown`; recordings of `noise` or `_background_noise_` are kept apart.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The recordings, in the order of the manifest, or of their names.
    pub clips: Vec<Clip>,
    /// Recordings of noise.
    pub noises: Vec<PathBuf>,
    /// Every file that it was read from or that it names: the manifest, and the recordings of all splits and labels.
    pub files: Vec<PathBuf>,
}

impl Dataset {
    /// Finds the recordings of a folder or a manifest; of a manifest with the column `split`, those of one split where
    /// it is given.
    ///
    /// # Errors
    ///
    /// When the folder or the manifest can't be read, a column is missing, a field is empty, or there is no recording.
    pub fn open(path: &Path, split: Option<&str>) -> Result<Self, DataError> {
        let is_stdin = file::stdin(path).is_some();
        let is_folder = !is_stdin && fs::metadata(path).map_err(|source| unreadable(path, source))?.is_dir();
        let manifest = if is_folder { path.join("manifest.csv") } else { path.to_path_buf() };
        let found =
            if is_stdin || manifest.is_file() { of_manifest(&manifest, split)? } else { of_folder(path, split)? };
        if found.clips.is_empty() {
            return Err(DataError::Empty { path: path.to_path_buf() });
        }
        Ok(found)
    }

    /// How many recordings each label has.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for clip in &self.clips {
            *counts.entry(clip.label.as_str()).or_default() += 1;
        }
        counts
    }

    /// Keeps the recordings of these labels.
    ///
    /// # Errors
    ///
    /// When one of them has none.
    pub fn retain(&mut self, labels: &[String]) -> Result<(), DataError> {
        let counts = self.counts();
        if let Some(label) = labels.iter().find(|label| !counts.contains_key(label.as_str())) {
            let found = counts.keys().map(|label| (*label).to_owned()).collect();
            return Err(DataError::NoLabel { label: label.clone(), found });
        }
        self.clips.retain(|clip| labels.contains(&clip.label));
        Ok(())
    }

    /// Drops the recordings that are held out.
    ///
    /// # Errors
    ///
    /// When none is left.
    pub fn set_apart(&mut self, held_out: &Dataset) -> Result<(), DataError> {
        let paths: HashSet<_> = held_out.clips.iter().map(|clip| &clip.path).collect();
        self.clips.retain(|clip| !paths.contains(&clip.path));
        if self.clips.is_empty() { Err(DataError::HeldOut) } else { Ok(()) }
    }

    fn push(&mut self, path: PathBuf, name: String, label: &str, word: Option<&str>, speaker: Option<String>) {
        self.files.push(path.clone());
        let label = labels::canonical(label);
        if label == labels::NOISE {
            self.noises.push(path);
        } else {
            let word = word.map(|word| labels::canonical(word).to_owned());
            self.clips.push(Clip { path, name, label: label.to_owned(), word, speaker });
        }
    }
}

fn unreadable(path: &Path, source: io::Error) -> DataError {
    DataError::Read { path: path.to_path_buf(), source }
}

/// What a folder holds by name, in their order; hidden files, pipes and devices aside.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, DataError> {
    let mut names: Vec<OsString> = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let entry = entry.map_err(|source| unreadable(folder, source))?;
        if entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir() || kind.is_symlink()) {
            names.push(entry.file_name());
        }
    }
    names.sort();
    let named = names.iter().map(|name| (name.to_string_lossy().into_owned(), folder.join(name)));
    Ok(named.filter(|(name, _)| !name.starts_with('.')).collect())
}

fn of_folder(folder: &Path, split: Option<&str>) -> Result<Dataset, DataError> {
    if let Some(split) = split {
        return Err(DataError::NoManifest { path: folder.to_path_buf(), split: split.to_owned() });
    }
    let mut dataset = Dataset::default();
    for (label, folder) in entries(folder)?.into_iter().filter(|(_, path)| path.is_dir()) {
        let (recordings, others): (Vec<_>, Vec<_>) =
            entries(&folder)?.into_iter().partition(|(_, path)| is_sound(path));
        if recordings.is_empty()
            && let Some((other, _)) = others.into_iter().next()
        {
            return Err(DataError::NoSound { path: folder, other });
        }
        for (name, path) in recordings {
            let speaker = name.split_once("_nohash_").map(|(speaker, _)| speaker.to_owned());
            dataset.push(path, format!("{label}/{name}"), &label, None, speaker);
        }
    }
    Ok(dataset)
}

fn of_manifest(path: &Path, split: Option<&str>) -> Result<Dataset, DataError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let manifest = |reason: String| DataError::Manifest { path: path.to_path_buf(), reason };
    let bytes = match file::stdin(path) {
        Some(bytes) => bytes.to_vec(),
        None => fs::read(path).map_err(|source| unreadable(path, source))?,
    };
    let text = str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    let text = text.map_err(|_| manifest("it is no text in UTF-8, as a manifest is".to_owned()))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| manifest(error.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|column| column.trim() == name);
    let missing = |name: &str| {
        let found: Vec<_> = header.iter().map(|column| format!("`{column}`")).collect();
        let commas = if header.len() == 1 { ", and commas are expected between columns" } else { "" };
        manifest(format!("line 1: there is no column `{name}`; the columns are {}{commas}", found.join(", ")))
    };
    let path_column = column("path").ok_or_else(|| missing("path"))?;
    let label_column = column("label").or_else(|| column("word")).ok_or_else(|| missing("label"))?;
    let split_column = match split {
        Some(_) => Some(column("split").ok_or_else(|| missing("split"))?),
        None => None,
    };
    let (word_column, speaker_column) = (column("word"), column("speaker"));
    let mut dataset = Dataset { files: vec![path.to_path_buf()], ..Dataset::default() };
    let mut splits = BTreeMap::new();
    let mut lines = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| manifest(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        let name = field(path_column);
        if let Some(before) = lines.insert(name.to_owned(), line).filter(|_| !name.is_empty()) {
            return Err(manifest(format!(
                "line {line}: `{name}` is listed before, on line {before}: keep one of the lines"
            )));
        }
        if let (Some(wanted), Some(at)) = (split, split_column) {
            *splits.entry(field(at).to_owned()).or_insert(0usize) += 1;
            if field(at) != wanted {
                dataset.files.push(folder.join(name));
                continue;
            }
        }
        for (at, name) in [(path_column, "path"), (label_column, "label")] {
            if field(at).is_empty() {
                return Err(manifest(format!("line {line}, column {}: the {name} is empty", at + 1)));
            }
        }
        let given = |at: Option<usize>| at.map(field).filter(|text| !text.is_empty());
        let (word, speaker) = (given(word_column), given(speaker_column).map(str::to_owned));
        dataset.push(folder.join(name), name.to_owned(), field(label_column), word, speaker);
    }
    match split {
        Some(split) if !splits.contains_key(split) => {
            let found: Vec<_> =
                splits.keys().filter(|split| !split.is_empty()).map(|split| format!("`{split}`")).collect();
            Err(manifest(format!("no line has the split `{split}`; the splits are {}", found.join(", "))))
        }
        _ => Ok(dataset),
    }
}
