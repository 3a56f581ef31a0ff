//! Recordings with labels: a folder, a manifest, or what Edge Impulse exports.

mod exported;
mod manifest;
mod names;
mod notes;
mod scan;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_core::nearest;
use runeblocks_core::text::{equal, key};
use runeblocks_io::file;

pub(crate) use notes::listed;
pub use notes::{Joined, LeftOut, Notes, Reason, counted, splits};
pub use scan::{Found, Scan};

use crate::{DataError, labels};

/// A labelled recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// The split that it is of, where there are splits.
    pub split: Option<String>,
}

/// Labelled recordings.
///
/// | source | label | speaker |
/// |---|---|---|
/// | a folder with a folder a word: `word/clip.wav`, `word/speaker/clip.wav` | the folder | what stands before `_nohash_` in the name of the file, else the folder in that of the word |
/// | a folder of files: `label.id.wav` | what stands before the first dot | – |
/// | a folder with the `info.labels` of Edge Impulse | as that says | what stands before `_nohash_` |
/// | a manifest (CSV with a header), or a folder with a `manifest.csv` | column `label`, else `word` | column `speaker` |
///
/// A folder whose folders are all named as splits are (`train`, `training`, `val`, `validation`, `dev`, `test`, `testing`, …)
/// has one of the first three layouts in each of them; those of words can have splits in them, too. Paths of a manifest
/// (column `path`) are relative to its folder. Recordings are of the formats that [`runeblocks_io::sound::is_sound`] tells.
/// `_silence_` and `_unknown_` are the labels `silence` and `unknown`; recordings of `noise` or `_background_noise_` are kept
/// apart.
///
/// Labels, words, speakers and splits are one where [`runeblocks_core::text::key`] is, and written as the first is.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The recordings, in the order of the manifest, or of their names.
    pub clips: Vec<Clip>,
    /// Recordings of noise.
    pub noises: Vec<PathBuf>,
    /// Every file that it was read from or that it names: the manifest, and the recordings of all splits and labels.
    pub files: Vec<PathBuf>,
    /// What is to be said of them.
    pub notes: Notes,
}

impl Dataset {
    /// Finds the recordings of a folder or a manifest; those of one split where it is given.
    ///
    /// # Errors
    ///
    /// When the folder or the manifest can't be read, its layout is none that is known, a column is missing, a field is empty,
    /// there is no such split, or there is no recording with a label.
    pub fn open(path: &Path, split: Option<&str>) -> Result<Self, DataError> {
        let mut path = &*file::find(path);
        if path.file_name().is_some_and(|name| name == scan::INFO_LABELS) {
            path = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        }
        let is_stdin = file::stdin(path).is_some();
        let unreadable = |source| DataError::Read { path: path.to_path_buf(), source };
        let is_folder = !is_stdin && fs::metadata(path).map_err(unreadable)?.is_dir();
        let manifest = if is_folder { path.join("manifest.csv") } else { path.to_path_buf() };
        let mut dataset = Dataset::default();
        if is_stdin || manifest.is_file() {
            let (mut clips, files) = manifest::read(&manifest, split)?;
            dataset.files = files;
            dataset.notes.joined = names::unify(clips.iter_mut().map(|clip| {
                let spoken = std::iter::once(&mut clip.label).chain(&mut clip.word).collect();
                (spoken, clip.speaker.as_mut(), clip.split.as_mut())
            }));
            dataset.add(clips);
        } else {
            let Scan { found, notes, lists } = Scan::of(path)?;
            dataset.notes = notes;
            dataset.files = found.iter().map(|found| found.path.clone()).chain(lists).collect();
            dataset.add_found(path, found, split)?;
        }
        if dataset.clips.is_empty() {
            return Err(DataError::Empty { path: path.to_path_buf(), left_out: dataset.notes.left_out });
        }
        Ok(dataset)
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
        let wanted: HashSet<_> = labels.iter().map(|label| key(labels::canonical(label))).collect();
        let has = |label: &&String| !counts.keys().any(|found| equal(found, labels::canonical(label)));
        if let Some(label) = labels.iter().find(has) {
            let found = counts.keys().map(|label| (*label).to_owned()).collect();
            return Err(DataError::NoLabel { label: label.clone(), found });
        }
        self.clips.retain(|clip| wanted.contains(&key(&clip.label)));
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

    /// Takes the recordings of a folder that have a label, and are of the split where one is given.
    fn add_found(&mut self, folder: &Path, found: Vec<Found>, split: Option<&str>) -> Result<(), DataError> {
        if let Some(split) = split {
            let mut splits: Vec<String> = Vec::new();
            for name in found.iter().filter_map(|found| found.split.as_deref()) {
                if !splits.iter().any(|other| equal(other, name)) {
                    splits.push(name.to_owned());
                }
            }
            let path = folder.to_path_buf();
            if splits.is_empty() && !found.is_empty() {
                return Err(DataError::NoSplits { path, split: split.to_owned() });
            }
            if !splits.is_empty() && !splits.iter().any(|name| equal(name, split)) {
                return Err(DataError::NoSplit { path, split: split.to_owned(), found: splits });
            }
        }
        let count = found.len();
        let mut clips = Vec::new();
        for Found { path, name, label, speaker, split: own } in found {
            // Noise is of all splits where it is of none, and what has no label would be of any.
            let is_noise = label.as_deref().is_ok_and(|label| labels::canonical(label) == labels::NOISE);
            let is_other = split.is_some_and(|split| match &own {
                Some(own) => !equal(own, split),
                None => label.is_ok() && !is_noise,
            });
            match label {
                _ if is_other => {}
                Ok(label) => clips.push(Clip { path, name, label, word: None, speaker, split: own }),
                Err(reason) => self.notes.leave(reason, name),
            }
        }
        let unlabelled = |left: &&LeftOut| matches!(left.reason, Reason::Unlabelled | Reason::Loose);
        if let (true, Some(left)) = (clips.is_empty(), self.notes.left_out.iter().find(unlabelled)) {
            let example = left.examples.first().cloned().unwrap_or_default();
            return Err(DataError::Unlabelled { path: folder.to_path_buf(), count, example });
        }
        self.add(clips);
        Ok(())
    }

    /// Takes recordings, with the names of their labels that are used here.
    fn add(&mut self, clips: Vec<Clip>) {
        for clip in clips {
            let label = labels::canonical(&clip.label).to_owned();
            let word = clip.word.map(|word| labels::canonical(&word).to_owned());
            match &*label {
                labels::NOISE => self.noises.push(clip.path),
                _ => self.clips.push(Clip { label, word, ..clip }),
            }
        }
    }
}

/// The splits that there are, and which of them another name may stand for.
pub(crate) fn not_among(split: &str, splits: &[String]) -> String {
    let same = |other: &&String| scan::split(other).is_some_and(|kind| scan::split(split) == Some(kind));
    let meant = splits.iter().find(same).map(String::as_str);
    let meant = meant.or_else(|| nearest(split, splits.iter().map(String::as_str)));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    format!("the splits are {}{meant}", listed(splits))
}
