//! Labelled recordings, as the options say.

use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_calibrate::{Clip, DataError, Dataset, Options, SpotterError};

use runeblocks_io::sound::is_sound;

use crate::failure::{Exit, Failure};
use crate::sound::SoundOptions;

/// Where labelled recordings are.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// A folder with a folder of recordings a word, or a manifest (CSV with the columns path and label); a folder with a manifest.csv counts as one
    data: PathBuf,
    #[command(flatten)]
    selection: Selection,
}

/// Which of the recordings are taken, and how they are read.
#[derive(Debug, Args)]
pub struct Selection {
    /// Take the recordings of this split of the manifest
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Take the recordings of these labels alone
    #[arg(long, value_name = "WORD,...", value_delimiter = ',', value_parser = |word: &str| Ok::<_, String>(word.trim().to_owned()))]
    labels: Vec<String>,
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
            return Err(Failure::new(Exit::Usage, format!("{}: it is no WAV or FLAC file", path.display()))
                .help("give single recordings, or one folder or manifest"));
        }
        if self.split.is_some() || !self.labels.is_empty() {
            let message = "single recordings have no splits and labels";
            return Err(Failure::new(Exit::Usage, message).help("leave out `--split` and `--labels`"));
        }
        let clip = |path: &PathBuf| Clip {
            path: path.clone(),
            name: path.display().to_string(),
            label: String::new(),
            word: None,
            speaker: None,
        };
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
        self.sound.options()
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

    /// The split of the manifest.
    pub fn split(&self) -> Option<&str> {
        self.selection.split.as_deref()
    }

    /// How they are read.
    pub fn options(&self) -> Options {
        self.selection.options()
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let failure = Failure::new(Exit::Input, error.to_string());
        match error {
            DataError::NoManifest { .. } => {
                failure.help("give a manifest with the column `split`, or leave the option out")
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
            error => Failure::new(Exit::Invalid, error.to_string())
                .help("`runeblocks inspect` shows what the pipeline takes and gives"),
        }
    }
}
