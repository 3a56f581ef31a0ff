//! The recordings of a folder: how it is laid out, and what of it is left out.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runeblocks_core::text;
use runeblocks_io::sound::is_sound;

use super::notes::{Notes, Reason};
use super::{exported, names};
use crate::{DataError, labels};

/// A recording in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// The file as it is named from the folder.
    pub name: String,
    /// Its label, or why it has none.
    pub label: Result<String, Reason>,
    /// Who speaks, where that is known.
    pub speaker: Option<String>,
    /// The split that it is of, where the folder has splits.
    pub split: Option<String>,
}

/// What is in a folder of recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The recordings, in the order of their names.
    pub found: Vec<Found>,
    /// What was left out.
    pub notes: Notes,
    /// The files that tell labels.
    pub lists: Vec<PathBuf>,
}

/// The file in which Edge Impulse writes the labels of what it exports.
pub(super) const INFO_LABELS: &str = "info.labels";
/// The names that folders of splits have, by what they are for.
const SPLITS: [&[&str]; 3] = [
    &["train", "training", "trainset", "train_set"],
    &["val", "valid", "validation", "dev", "development", "eval", "evaluation"],
    &["test", "testing", "testset", "test_set"],
];
/// Endings of sound, whether it is read or not.
const SOUNDS: &[&str] = &[
    "3ga", "3gp", "aac", "ac3", "adts", "aif", "aifc", "aiff", "alac", "amr", "ape", "au", "caf", "dsf", "flac", "gsm",
    "m4a", "m4b", "m4r", "mka", "mkv", "mov", "mp1", "mp2", "mp3", "mp4", "mpc", "oga", "ogg", "ogv", "opus", "pcm",
    "ra", "raw", "sln", "snd", "sph", "spx", "tta", "voc", "w64", "wav", "wave", "webm", "wma", "wv",
];

/// What the split of a name is for; `None` where it is no name of a split.
pub(super) fn split(name: &str) -> Option<usize> {
    let name = text::key(name).to_lowercase();
    SPLITS.iter().position(|names| names.contains(&&*name))
}

/// A folder, as far as it may hold recordings.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Its own name.
    name: String,
    /// Its name from the folder on that was given; empty for that one.
    pub(super) within: String,
    pub(super) path: PathBuf,
    sounds: Vec<(String, PathBuf)>,
    folders: Vec<Folder>,
    info_labels: bool,
    /// The first recording in a format that is not read.
    unread: Option<String>,
}

impl Scan {
    /// Finds the recordings of a folder, whatever their layout (see [`Dataset`](crate::Dataset)).
    ///
    /// # Errors
    ///
    /// When the folder can't be read, or its layout is not clear.
    pub fn of(folder: &Path) -> Result<Self, DataError> {
        let mut scan = Scan::raw(folder)?;
        scan.notes.joined = names::unify(scan.found.iter_mut().map(|found| {
            let Found { label, speaker, split, .. } = found;
            (label.as_mut().ok().into_iter().collect(), speaker.as_mut(), split.as_mut())
        }));
        Ok(scan)
    }

    /// The recordings, with their names as they are written.
    fn raw(folder: &Path) -> Result<Self, DataError> {
        let mut scan = Scan::default();
        let mut root = Folder { path: folder.to_path_buf(), ..Folder::default() };
        let unreadable = |source| DataError::Read { path: folder.to_path_buf(), source };
        root.walk(&mut Vec::new(), &mut scan.notes).map_err(unreadable)?;
        if root.info_labels {
            exported::read(&root, None, &mut scan)?;
            return Ok(scan);
        }
        let (noises, others): (Vec<_>, Vec<_>) =
            root.holding().partition(|folder| labels::canonical(&folder.name) == labels::NOISE);
        if !others.is_empty() && others.iter().all(|folder| split(&folder.name).is_some()) {
            noises.iter().for_each(|folder| folder.word(None, false, &mut scan));
            for folder in others {
                folder.content(Some(&folder.name), &mut scan)?;
            }
            root.loose(&mut scan);
        } else {
            taken_for_words(&root, &others, &mut scan.notes)?;
            root.content(None, &mut scan)?;
        }
        Ok(scan)
    }
}

/// Notes folders of words that are named as splits are; an error where they look like splits.
fn taken_for_words(root: &Folder, folders: &[&Folder], notes: &mut Notes) -> Result<(), DataError> {
    let (splits, words): (Vec<_>, Vec<_>) = folders.iter().partition(|folder| split(&folder.name).is_some());
    let names = |folder: &Folder| folder.holding().map(|inner| text::key(&inner.name)).collect::<Vec<_>>();
    for folder in splits {
        let inner = names(folder);
        // Speakers say several words; the folders of a split are words themselves.
        let has_speakers = || words.iter().any(|word| names(word).iter().any(|name| inner.contains(name)));
        if let Some(word) = words.first().filter(|_| !inner.is_empty() && !has_speakers()) {
            return Err(DataError::Mixed {
                path: root.path.clone(),
                split: folder.name.clone(),
                other: word.name.clone(),
            });
        }
        notes.taken_for_words.push(text::trimmed(&folder.name).to_owned());
    }
    Ok(())
}

impl Folder {
    /// Finds all that is in the folder; hidden files aside. `above` are the folders that it is in.
    fn walk(&mut self, above: &mut Vec<PathBuf>, notes: &mut Notes) -> io::Result<()> {
        let own = fs::canonicalize(&self.path)?;
        if above.contains(&own) {
            return Err(io::Error::other("it leads back into itself"));
        }
        let names =
            fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<OsString>>>();
        let mut names = names?;
        names.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
        names.sort();
        above.push(own);
        for os_name in &names {
            let name = os_name.to_string_lossy().into_owned();
            let within = if self.within.is_empty() { name.clone() } else { format!("{}/{name}", self.within) };
            let path = self.path.join(os_name);
            let ending =
                Path::new(os_name).extension().map_or(String::new(), |ending| ending.to_string_lossy().to_lowercase());
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    let mut folder = Folder { name, within, path, ..Folder::default() };
                    match folder.walk(above, notes) {
                        Ok(()) => self.folders.push(folder),
                        Err(_) => notes.leave(Reason::Unreadable, folder.within),
                    }
                }
                Ok(metadata) if !metadata.is_file() => notes.leave(Reason::NoSound, within),
                // A link to nothing fails when it is read.
                _ if is_sound(&path) => self.sounds.push((name, path)),
                Err(_) => notes.leave(Reason::Unreadable, within),
                Ok(_) if text::equal(&name, INFO_LABELS) => self.info_labels = true,
                Ok(_) if SOUNDS.contains(&&*ending) => {
                    self.unread.get_or_insert(name);
                    notes.leave(Reason::Format(ending), within);
                }
                Ok(_) => notes.leave(Reason::NoSound, within),
            }
        }
        above.pop();
        if names.is_empty() && !self.within.is_empty() {
            notes.leave(Reason::Empty, self.within.clone());
        }
        Ok(())
    }

    /// Whether there is sound in it.
    fn holds(&self) -> bool {
        !self.sounds.is_empty() || self.folders.iter().any(Folder::holds)
    }

    /// The first recording in it that is not read.
    fn unread(&self) -> Option<&String> {
        self.unread.as_ref().or_else(|| self.folders.iter().find_map(Folder::unread))
    }

    /// The folders in it that have sound, whether it is read or not.
    fn holding(&self) -> impl Iterator<Item = &Folder> {
        self.folders.iter().filter(|folder| folder.holds() || folder.unread().is_some())
    }

    /// The recordings of the folder given, or of a split: in folders of words, or with labels in their names.
    fn content(&self, split_name: Option<&String>, scan: &mut Scan) -> Result<(), DataError> {
        if self.info_labels {
            return exported::read(self, split_name, scan);
        }
        let words: Vec<_> = self.holding().collect();
        if words.is_empty() {
            for (name, path) in &self.sounds {
                let label = label(name).ok_or(Reason::Unlabelled);
                scan.found.push(self.found(name, path, label, None, split_name));
            }
            return Ok(());
        }
        for word in &words {
            if let (false, Some(other)) = (word.holds(), word.unread()) {
                return Err(DataError::NoSound { path: word.path.clone(), other: other.clone() });
            }
        }
        let inner: Vec<_> = words.iter().flat_map(|word| word.holding()).collect();
        let has_splits = split_name.is_none() && inner.iter().all(|folder| split(&folder.name).is_some());
        words.iter().for_each(|word| word.word(split_name, has_splits, scan));
        self.loose(scan);
        Ok(())
    }

    /// Recordings beside folders of words.
    fn loose(&self, scan: &mut Scan) {
        for (name, path) in &self.sounds {
            scan.found.push(self.found(name, path, Err(Reason::Loose), None, None));
        }
    }

    /// The recordings of a word, in the folder, and in those of speakers or of splits in it.
    fn word(&self, split: Option<&String>, has_splits: bool, scan: &mut Scan) {
        self.all(&self.name, None, split, scan);
        for folder in &self.folders {
            if has_splits {
                folder.all(&self.name, None, Some(&folder.name), scan);
                folder
                    .folders
                    .iter()
                    .for_each(|speaker| speaker.deep(&self.name, &speaker.name, Some(&folder.name), scan));
            } else {
                folder.deep(&self.name, &folder.name, split, scan);
            }
        }
    }

    /// The recordings of a speaker, however deep.
    fn deep(&self, label: &str, speaker: &String, split: Option<&String>, scan: &mut Scan) {
        self.all(label, Some(speaker), split, scan);
        self.folders.iter().for_each(|folder| folder.deep(label, speaker, split, scan));
    }

    /// The recordings in the folder itself.
    fn all(&self, label: &str, speaker: Option<&String>, split: Option<&String>, scan: &mut Scan) {
        for (name, path) in &self.sounds {
            let label = if text::trimmed(label).is_empty() { Err(Reason::Unlabelled) } else { Ok(label.to_owned()) };
            let own = name.split_once("_nohash_").map(|(speaker, _)| speaker.to_owned());
            scan.found.push(self.found(name, path, label, own.or(speaker.cloned()), split));
        }
    }

    fn found(
        &self,
        name: &str,
        path: &Path,
        label: Result<String, Reason>,
        speaker: Option<String>,
        split: Option<&String>,
    ) -> Found {
        let name = if self.within.is_empty() { name.to_owned() } else { format!("{}/{name}", self.within) };
        Found { path: path.to_path_buf(), name, label, speaker, split: split.cloned() }
    }

    /// All sound in the folder and below, by its name from there.
    pub(super) fn sounds(&self) -> Vec<(String, &Path)> {
        let own = self.sounds.iter().map(|(name, path)| (name.clone(), path.as_path()));
        let below = self.folders.iter().flat_map(|folder| {
            folder.sounds().into_iter().map(move |(name, path)| (format!("{}/{name}", folder.name), path))
        });
        own.chain(below).collect()
    }
}

/// The label in a name such as `label.id.wav`: all before the first dot, if there is another one before the ending.
fn label(name: &str) -> Option<String> {
    let stem = Path::new(name).file_stem()?.to_str()?;
    let (label, _) = stem.split_once('.')?;
    (!text::trimmed(label).is_empty()).then(|| label.to_owned())
}
