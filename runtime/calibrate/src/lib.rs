//! Keyword pipelines measured on recordings, compared, and calibrated by a few of them.
//!
//! A [`Dataset`] is a folder or a manifest of labelled recordings, a [`Spotter`] a pipeline from a sound to a word, an
//! [`Evaluation`] what the one finds in the other. [`calibrate`](calibrate()) trains the last layer of the model anew, on the
//! recordings and on the [`Rehearsal`] beside the model. [`Parity`] tells where two front ends differ.
//!
//! ```
//! use std::path::Path;
//!
//! use runeblocks_calibrate::Spotter;
//! use runeblocks_graph::{Environment, Graph};
//! use runeblocks_io::sound::{Channels, Sound};
//! use runeblocks_model::Loader;
//!
//! let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
//! let (registry, models) = (runeblocks_all::registry(), Loader::default());
//! let graph = Graph::load(&root.join("models/keyword/Runefile.yml"), &Environment::new(&registry, &models))?;
//! let mut spotter = Spotter::new(graph)?;
//! let clip = Sound::read(&root.join("examples/clips/left.wav"), Channels::Mono)?;
//! let decision = spotter.decide(clip.into_samples())?;
//! assert_eq!(spotter.words()[decision.word], "left");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
mod trained_on;
mod trial;
mod typo;
mod words;

pub use body::{Body, Model};
pub use calibrate::{CalibrateOptions, Calibrated, Folds, Way, calibrate, new_words};
pub use dataset::{Clip, Dataset, Found, Joined, LeftOut, Notes, Reason, Scan, counted, splits};
pub use det::{Det, OperatingPoint};
pub use error::{CalibrateError, DataError, Mistyped, ParityError, SpotterError};
pub use evaluation::{Evaluation, Fitted, Latency, Options, PerLabel, Scored};
pub use front_end::{Change, FrontEnd};
pub use head::{Head, Layer};
pub use interval::Share;
pub use parity::{ArgumentDifference, Channel, Difference, Effect, FactDifference, First, Other, Parity, StageParity};
pub use rehearsal::Rehearsal;
pub use rehearse::{Kept, rehearse};
pub use report::Report;
pub use save::{Claimed, Saved, pipeline_files};
pub use spotter::{Decision, Spotter};
pub use trained_on::fingerprint;
pub use words::Words;
