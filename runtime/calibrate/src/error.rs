//! What can be wrong with recordings and pipelines.

use std::io;
use std::path::PathBuf;

use runeblocks_core::{BlockError, nearest};
use runeblocks_graph::{Diagnostics, ExecError};
use runeblocks_io::FileError;
use runeblocks_io::sound::ENDINGS;
use runeblocks_model::{ModelError, PatchError};

use crate::LeftOut;
use crate::dataset::{listed, not_among};

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
    /// A split is asked for where there are none.
    #[error(
        "{}: it has no folders of splits (such as `train` and `test`) and no manifest.csv to tell which recordings are of the \
         split `{split}`", path.display()
    )]
    NoSplits {
        /// The folder.
        path: PathBuf,
        /// The split.
        split: String,
    },
    /// There are splits, and not the one that is asked for.
    #[error("{}: no recording is of the split `{split}`; {}", path.display(), not_among(split, found))]
    NoSplit {
        /// The folder.
        path: PathBuf,
        /// The split.
        split: String,
        /// The splits.
        found: Vec<String>,
    },
    /// Some folders look like splits, and some don't.
    #[error(
        "{}: the folder `{split}` is named as a split and has folders in it, and `{other}` beside it is no split: expected are \
         splits alone, or folders of words", path.display()
    )]
    Mixed {
        /// The folder that they are in.
        path: PathBuf,
        /// The one that looks like a split.
        split: String,
        /// One that does not.
        other: String,
    },
    /// There are no recordings.
    #[error("{}: there are no recordings{}; expected {LAYOUTS}", path.display(), left(left_out))]
    Empty {
        /// The folder or manifest.
        path: PathBuf,
        /// What is there.
        left_out: Vec<LeftOut>,
    },
    /// No recording has a label.
    #[error("{}: nothing tells the labels of its recordings ({count}, the first is {example}); expected {LAYOUTS}", path.display())]
    Unlabelled {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        count: usize,
        /// The first of them.
        example: String,
    },
    /// A folder has recordings, and none that can be read.
    #[error("{}: no recording in it is in a format that is read ({}), as `{other}` is not; convert them, or take the folder away", path.display(), endings())]
    NoSound {
        /// The folder.
        path: PathBuf,
        /// The first of its recordings.
        other: String,
    },
    /// A file can't be read.
    #[error(transparent)]
    File(FileError),
    /// All recordings are held out.
    #[error("all of the recordings are held out, and none is left to train on: hold out another split")]
    HeldOut,
    /// A label has no recordings.
    #[error("there are no recordings of `{label}`; there are of {}{}", listed(found), meant(label, found))]
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
    /// Labels look like words, mistyped.
    #[error("{}", mistyped(labels))]
    Mistyped {
        /// Each with its number of recordings, the first of them, and the word.
        labels: Vec<Mistyped>,
    },
    /// No label is a word.
    #[error("no label of the recordings ({}) is a word of the pipeline ({})", listed(found), quoted(words))]
    NothingInCommon {
        /// The words that are listened for.
        words: Vec<String>,
        /// The labels.
        found: Vec<String>,
    },
    /// The folders in that of a label are words.
    #[error(
        "`{label}` is taken for a label, and it is no word of the pipeline; folders in it are ({}): expected is a folder for \
         each word, with those of speakers in it",
        quoted(words)
    )]
    Nested {
        /// The label.
        label: String,
        /// The words that are folders in it.
        words: Vec<String>,
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

/// A label that looks like a word, mistyped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistyped {
    /// The label.
    pub label: String,
    /// How many recordings it has.
    pub count: usize,
    /// The first of them.
    pub example: String,
    /// The word.
    pub word: String,
}

/// The layouts that are read.
const LAYOUTS: &str = "word/clip.wav, word/speaker/clip.wav, label.id.wav, these in folders of splits (train/word/clip.wav), \
                       info.labels of Edge Impulse, or a manifest.csv with the columns path and label";

/// The most labels of which an error tells.
const MOST_MISTYPED: usize = 5;

fn mistyped(labels: &[Mistyped]) -> String {
    let one = |Mistyped { label, count, example, word }: &Mistyped| {
        let recordings = if *count == 1 { "recording" } else { "recordings" };
        format!("`{label}` ({count} {recordings}, as {example}) is no word here, and looks like `{word}`, mistyped")
    };
    let shown: Vec<_> = labels.iter().take(MOST_MISTYPED).map(one).collect();
    match labels.len().checked_sub(MOST_MISTYPED + 1) {
        Some(more) => format!("{}; and {} more", shown.join("; "), more + 1),
        None => shown.join("; "),
    }
}

/// The endings of files that are read.
fn endings() -> String {
    ENDINGS.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

fn left(left_out: &[LeftOut]) -> String {
    let left: Vec<_> = left_out.iter().map(|left| format!(", but {left}")).collect();
    left.concat()
}

fn meant(label: &str, found: &[String]) -> String {
    let meant = nearest(label, found.iter().map(String::as_str));
    meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
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
