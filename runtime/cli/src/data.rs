//! Labelled recordings, as the options say.

use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_calibrate::{DataError, Dataset, Options, SpotterError};

use crate::failure::{Exit, Failure};
use crate::sound::SoundOptions;

/// Where labelled recordings are.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// A folder with a folder of recordings a word, or a manifest (CSV with the columns path and label); a folder with a manifest.csv counts as one
    data: PathBuf,
    /// Take the recordings of this split of the manifest
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Take the recordings of these labels alone
    #[arg(long, value_name = "WORD,...", value_delimiter = ',')]
    labels: Vec<String>,
    #[command(flatten)]
    sound: SoundOptions,
}

impl DataOptions {
    /// The recordings.
    ///
    /// # Errors
    ///
    /// When they can't be found.
    pub fn open(&self) -> Result<Dataset, Failure> {
        let mut dataset = Dataset::open(&self.data, self.split.as_deref())?;
        if !self.labels.is_empty() {
            dataset.retain(&self.labels)?;
        }
        Ok(dataset)
    }

    /// The recordings of another split.
    ///
    /// # Errors
    ///
    /// When they can't be found.
    pub fn open_split(&self, split: &str) -> Result<Dataset, Failure> {
        let mut dataset = Dataset::open(&self.data, Some(split))?;
        if !self.labels.is_empty() {
            dataset.retain(&self.labels)?;
        }
        Ok(dataset)
    }

    /// The folder or the manifest.
    pub fn path(&self) -> &Path {
        &self.data
    }

    /// The split of the manifest.
    pub fn split(&self) -> Option<&str> {
        self.split.as_deref()
    }

    /// How they are read.
    pub fn options(&self) -> Options {
        self.sound.options()
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let failure = Failure::new(Exit::Input, error.to_string());
        match error {
            DataError::NoManifest { .. } => failure.help("leave `--split` out, or give a manifest"),
            _ => failure,
        }
    }
}

impl From<SpotterError> for Failure {
    fn from(error: SpotterError) -> Self {
        match error {
            SpotterError::Run(error) => Failure::executor(&error),
            SpotterError::Label { .. } => Failure::new(Exit::Input, error.to_string()),
            error => Failure::new(Exit::Invalid, error.to_string())
                .help("`runeblocks inspect` shows what the pipeline takes and gives"),
        }
    }
}
