//! What can be wrong with recordings and pipelines.

use std::io;
use std::path::PathBuf;

use runeblocks_core::BlockError;
use runeblocks_graph::{Diagnostics, ExecError};
use runeblocks_io::FileError;
use runeblocks_model::{ModelError, PatchError};

/// Why recordings were not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system did not let a file or a folder be read.
    #[error("{}: it cannot be read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A manifest is not as it should be.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// A split is asked for where there is no manifest.
    #[error("{}: it has no manifest.csv to tell which recordings are of the split `{split}`", path.display())]
    NoManifest {
        /// The folder.
        path: PathBuf,
        /// The split.
        split: String,
    },
    /// There are no recordings.
    #[error(
        "{}: there are no recordings; a folder for each word, with WAV or FLAC files in it, or a manifest.csv \
         with the columns path and label are expected", path.display()
    )]
    Empty {
        /// The folder or manifest.
        path: PathBuf,
    },
    /// A folder has files, and none that can be heard.
    #[error("{}: there are no WAV or FLAC files in it, but `{other}`; convert its recordings, or take it away", path.display())]
    NoSound {
        /// The folder.
        path: PathBuf,
        /// The first of its files.
        other: String,
    },
    /// All recordings are held out.
    #[error("all of the recordings are held out, and none is left to train on: hold out another split")]
    HeldOut,
    /// A label has no recordings.
    #[error("there are no recordings of `{label}`; there are of {}", quoted(found))]
    NoLabel {
        /// The label.
        label: String,
        /// The labels that have.
        found: Vec<String>,
    },
}

/// Why a pipeline can't be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpotterError {
    /// The pipeline has not one input, a sound.
    #[error("the pipeline takes {found}, and one sound is expected")]
    Inputs {
        /// Its inputs, in words.
        found: String,
    },
    /// The pipeline does not end in words.
    #[error("the pipeline does not end in `most-confident-indices` and `label`, so its scores and words are not known")]
    NoWords,
    /// The scores are not a model's.
    #[error("the scores come from the stage `{stage}`, which is no model with one input")]
    NoModel {
        /// The stage.
        stage: String,
    },
    /// There are fewer words than scores, as `label` has a `fallback` for the others.
    #[error("the label has {words} words, and the model {scores} scores: write a word for each, without a `fallback`")]
    Count {
        /// The number of words.
        words: usize,
        /// The number of scores.
        scores: usize,
    },
    /// The pipeline can't be run.
    #[error(transparent)]
    Run(#[from] ExecError),
    /// A label is a word but for its case.
    #[error("the label `{label}` and the word `{word}` of the pipeline differ by case alone: write them alike")]
    Case {
        /// The label.
        label: String,
        /// The word.
        word: String,
    },
    /// A label is not among the words.
    #[error(
        "`{label}` is not among the words of the pipeline ({}), and `unknown` is neither: \
         choose the labels by `--labels`",
        quoted(words)
    )]
    Label {
        /// The label.
        label: String,
        /// The words.
        words: Vec<String>,
    },
}

/// Names in a sentence.
pub(crate) fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Why a model can't be calibrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// The pipeline is none that can be measured.
    #[error(transparent)]
    Spotter(#[from] SpotterError),
    /// The model can't be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model does not end in a layer that can be trained.
    #[error(
        "the model's last layer can't be trained: {found}; expected is a FULLY_CONNECTED of int8 with a bias, \
         followed by SOFTMAX or nothing"
    )]
    Head {
        /// What was found.
        found: String,
    },
    /// The rehearsal beside the model can't be used.
    #[error("{}: {reason}", path.display())]
    Rehearsal {
        /// Its file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The Runefile can't be written with other words.
    #[error(
        "the Runefile can't be written anew, as the new words can't stand where the old ones do: write its words as a list in brackets"
    )]
    Rewrite,
    /// No recording would be stored.
    #[error("none of the recordings would be kept: keep at least one of a word, or of all others")]
    NothingKept,
    /// None of the recordings can be used.
    #[error("none of the {count} recordings can be used; the first one: {first}")]
    Unusable {
        /// How many there are.
        count: usize,
        /// What is wrong with the first.
        first: FileError,
    },
    /// A file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Two labels differ by case alone.
    #[error("the labels `{one}` and `{other}` differ by case alone: write them alike, or rename one")]
    Clash {
        /// One of them.
        one: String,
        /// The other.
        other: String,
    },
    /// There is nothing to tell apart.
    #[error(
        "there is one label, `{word}`, and at least two are needed: add recordings of another word, or of `unknown`"
    )]
    OneWord {
        /// The label.
        word: String,
    },
    /// A word would have nothing to be trained on.
    #[error("there are no recordings of `{word}`, and none are stored beside the model")]
    NoRecordings {
        /// The word.
        word: String,
    },
    /// A word has too few recordings.
    #[error("recordings of `{word}` that can be used: {found}; at least {expected} are needed, and ten do well")]
    TooFew {
        /// The word.
        word: String,
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// The model can't be run up to its embedding.
    #[error("the model can't be run up to its embedding: {0}")]
    Body(BlockError),
    /// The model's file can't be changed.
    #[error(transparent)]
    Patch(#[from] PatchError),
}

/// Why two front ends can't be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParityError {
    /// A pipeline is none that can be measured.
    #[error(transparent)]
    Spotter(#[from] SpotterError),
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A Runefile is no text.
    #[error("{}: it is no text in UTF-8, as a Runefile is", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A Runefile is not valid up to its model.
    #[error("{0}")]
    Runefile(Box<Diagnostics>),
    /// An argument is to be changed of what is no block.
    #[error("there is no block `{stage}` whose arguments could be changed; there are {}", quoted(blocks))]
    NoBlock {
        /// The stage.
        stage: String,
        /// The stages that are blocks.
        blocks: Vec<String>,
    },
    /// Recorded features are not those of the recordings.
    #[error("the recorded features are {found}: expected {expected}")]
    Recorded {
        /// Their element type and shape.
        found: String,
        /// What would do.
        expected: String,
    },
    /// The model can't be run on the features.
    #[error("the model can't be run on these features: {0}")]
    Model(BlockError),
}

impl From<ExecError> for ParityError {
    fn from(error: ExecError) -> Self {
        SpotterError::from(error).into()
    }
}
