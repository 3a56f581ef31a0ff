//! The model stage: TensorFlow Lite models behind one backend trait.
//!
//! [`ModelFile`] holds what a file says about itself: operators, tensors, shapes, quantisation. Every part of it is
//! checked when it is read. [`Backend`]s say which files they can run and make [`Session`]s of them; [`ModelStage`] is
//! the node of a graph that checks the edges against the file and runs a session, `Loader` makes it for graphs; [`ModelInfo`] is the summary for people.
//!
//! | backend | feature | runs |
//! |---|---|---|
//! | `tract` | `tract` (default) | float32 models |
//!
//! The feature `tract` also brings the schema by which files are decoded ([`ModelFile::from_bytes`]).
#![cfg_attr(
    feature = "tract",
    doc = r#"
```
use runeblocks_model::ModelFile;

let error = ModelFile::from_bytes(*b"\x1c\0\0\0RIFF....").unwrap_err();
assert_eq!(
    error.to_string(),
    "not a sound TensorFlow Lite model: header: \
     the file identifier (bytes 4 to 7) is \"RIFF\", expected \"TFL3\" (the file has 12 bytes)"
);
```
"#
)]
#![forbid(unsafe_code)]

mod backend;
mod error;
mod file;
#[cfg(feature = "tract")]
mod fuzzing;
mod info;
#[cfg(feature = "tract")]
mod loader;
mod macs;
#[cfg(feature = "tract")]
mod quiet;
#[cfg(feature = "tract")]
mod read;
#[cfg(feature = "tract")]
mod schema;
mod stage;
mod tensor_type;
#[cfg(feature = "tract")]
mod tract;

pub use backend::{Backend, Session, backend_for, backends, check_tensors};
pub use error::{ModelError, Reasons};
pub use file::{
    FILE_IDENTIFIER, MAX_FILE_BYTES, MAX_SUBGRAPH_BYTES, MAX_TENSOR_BYTES, Metadata, ModelFile, Operator,
    QuantizationParameters, Signature, Subgraph, TensorInfo,
};
#[cfg(feature = "tract")]
pub use fuzzing::fuzz_model;
pub use info::{BackendInfo, ModelInfo};
#[cfg(feature = "tract")]
pub use loader::Loader;
pub use stage::ModelStage;
pub use tensor_type::TensorType;
#[cfg(feature = "tract")]
pub use tract::Tract;
