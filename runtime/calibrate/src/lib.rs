//! Keyword pipelines measured on recordings.
//!
//! A [`Dataset`] is a folder or a manifest of labelled recordings, a [`Spotter`] a pipeline from a sound to a word, an
//! [`Evaluation`] what the one finds in the other.

#![forbid(unsafe_code)]

mod augment;
mod body;
mod calibrate;
mod cells;
mod dataset;
mod det;
mod error;
mod evaluation;
mod examples;
mod front_end;
mod head;
mod interval;
mod json;
pub mod labels;
mod measure;
mod parity;
mod pool;
mod rehearsal;
mod rehearse;
mod report;
mod runefile;
mod save;
mod spotter;
mod train;
mod trial;
mod words;

pub use body::{Body, Model};
pub use calibrate::{CalibrateOptions, Calibrated, Folds, Way, calibrate};
pub use dataset::{Clip, Dataset};
pub use det::{Det, OperatingPoint};
pub use error::{CalibrateError, DataError, ParityError, SpotterError};
pub use evaluation::{Evaluation, Fitted, Latency, Options, PerLabel, Scored};
pub use front_end::{Change, FrontEnd};
pub use head::{Head, Layer};
pub use interval::Share;
pub use parity::{ArgumentDifference, Channel, Difference, Effect, FactDifference, First, Other, Parity, StageParity};
pub use rehearsal::Rehearsal;
pub use rehearse::{Kept, rehearse};
pub use report::Report;
pub use save::Saved;
pub use spotter::{Decision, Spotter};
pub use words::Words;
