//! Labelled recordings, as the options say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_calibrate::{Clip, DataError, Dataset, Notes, Options, SpotterError, counted};

use runeblocks_io::sound::{READ, is_sound};

use crate::failure::{Exit, Failure};
use crate::sound::SoundOptions;
use crate::terminal::Paint;

/// Where labelled recordings are.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// A folder with a folder of recordings a word (word/clip.wav, word/speaker/clip.wav), or with recordings named label.id.wav, or with these in folders of splits (train/…, test/…); or a manifest (CSV with the columns path and label), as a folder with a manifest.csv counts
    data: PathBuf,
    #[command(flatten)]
    selection: Selection,
}

/// Which of the recordings are taken, and how they are read.
#[derive(Debug, Args)]
pub struct Selection {
    /// Take the recordings of this split of the manifest, or of the folder
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Take the recordings of these labels alone
    #[arg(long, value_name = "WORD,...", value_delimiter = ',', value_parser = |word: &str| Ok::<_, String>(word.trim().to_owned()))]
    labels: Vec<String>,
    /// Take labels as they are: those that look like words of the pipeline, mistyped, and recordings none of whose words it knows, are no
    /// error then
    #[arg(long)]
    new_words: bool,
    #[command(flatten)]
    sound: SoundOptions,
}

impl Selection {
    /// The recordings of a folder or a manifest.
    ///
    /// # Errors
    ///
    /// When they can't be found.
    pub fn open(&self, data: &Path) -> Result<Dataset, Failure> {
        self.open_split(data, self.split.as_deref())
    }

    /// Single recordings, of which no label is known, or those of a folder or a manifest.
    ///
    /// # Errors
    ///
    /// When they can't be found.
    pub fn open_any(&self, data: &[PathBuf]) -> Result<Dataset, Failure> {
        if let [data] = data
            && !is_sound(data)
        {
            return self.open(data);
        }
        if let Some(path) = data.iter().find(|path| !is_sound(path)) {
            return Err(Failure::new(
                Exit::Usage,
                format!("{}: its name is not that of a sound file ({READ})", path.display()),
            )
            .help("give single recordings, or one folder or manifest"));
        }
        if self.split.is_some() || !self.labels.is_empty() {
            let message = "single recordings have no splits and labels";
            return Err(Failure::new(Exit::Usage, message).help("leave out `--split` and `--labels`"));
        }
        let clip = |path: &PathBuf| Clip { path: path.clone(), name: path.display().to_string(), ..Clip::default() };
        Ok(Dataset { clips: data.iter().map(clip).collect(), ..Dataset::default() })
    }

    fn open_split(&self, data: &Path, split: Option<&str>) -> Result<Dataset, Failure> {
        let mut dataset = Dataset::open(data, split)?;
        if !self.labels.is_empty() {
            dataset.retain(&self.labels)?;
        }
        Ok(dataset)
    }

    /// How they are read.
    pub fn options(&self) -> Options {
        Options { new_words: self.new_words, ..self.sound.options() }
    }
}

impl DataOptions {
    /// The recordings.
    ///
    /// # Errors
    ///
    /// When they can't be found.
    pub fn open(&self) -> Result<Dataset, Failure> {
        self.selection.open(&self.data)
    }

    /// The recordings of another split.
    ///
    /// # Errors
    ///
    /// When they can't be found.
    pub fn open_split(&self, split: &str) -> Result<Dataset, Failure> {
        self.selection.open_split(&self.data, Some(split))
    }

    /// The folder or the manifest.
    pub fn path(&self) -> &Path {
        &self.data
    }

    /// The split that is taken.
    pub fn split(&self) -> Option<&str> {
        self.selection.split.as_deref()
    }

    /// How they are read.
    pub fn options(&self) -> Options {
        self.selection.options()
    }
}

/// What is to be said of recordings, a line each: their splits, where they are of several, what was left out, what was taken
/// as one.
pub fn notes(notes: &Notes, splits: &BTreeMap<&str, usize>, paint: Paint) -> String {
    let splits: Vec<_> = splits.iter().map(|(split, count)| (*split, *count)).collect();
    let all = (splits.len() > 1).then(|| format!("all splits taken, as `--split` chooses none: {}", counted(&splits)));
    all.into_iter().chain(notes.lines()).map(|line| paint.faint(&line) + "\n").collect()
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let failure = Failure::new(Exit::Input, error.to_string());
        match error {
            DataError::NoSplits { .. } => {
                failure.help("give a manifest with the column `split`, or leave the option out")
            }
            DataError::Mixed { .. } => {
                failure.help("move one of them elsewhere, or list the recordings in a manifest.csv")
            }
            _ => failure,
        }
    }
}

impl From<SpotterError> for Failure {
    fn from(error: SpotterError) -> Self {
        match error {
            SpotterError::Run(error) => Failure::executor(&error),
            SpotterError::Label { .. } | SpotterError::Case { .. } => Failure::new(Exit::Input, error.to_string()),
            SpotterError::Mistyped { .. } => Failure::new(Exit::Input, error.to_string())
                .help("give them the label that is meant, or give `--new-words` if they are other words"),
            SpotterError::NothingInCommon { .. } => Failure::new(Exit::Input, error.to_string()).help(
                "give recordings of these words, or of `unknown` and `silence` alone; or `--new-words` if the labels are other words",
            ),
            SpotterError::Nested { .. } => Failure::new(Exit::Input, error.to_string())
                .help("give the folder that has the words in it, or give `--new-words` if they are speakers"),
            error => Failure::new(Exit::Invalid, error.to_string())
                .help("`runeblocks inspect` shows what the pipeline takes and gives"),
        }
    }
}
