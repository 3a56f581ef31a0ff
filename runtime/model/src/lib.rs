//! The model stage: TensorFlow Lite models behind one backend trait.
//!
//! [`Backend`]s say which [`ModelFile`]s they can run and make [`Session`]s of them; [`ModelStage`] is the node of a graph
//! that checks the edges against the file and runs a session, [`Loader`] makes it for graphs; [`ModelInfo`] is the summary
//! for people.
//!
//! | backend | feature | runs |
//! |---|---|---|
//! | `tract` | `tract` | float32 models |
//! | `int8` | always there | quantised models with the bits of TensorFlow Lite Micro, and its float32 operators |
//! | `int8-xnnpack` | always there | quantised models with the bits of LiteRT on x86-64 |
//! | `litert` | `litert` | what the TensorFlow Lite library that the user names can |
//!
//! The first of them that can run a model does, where none is named.
#![cfg_attr(not(feature = "litert"), forbid(unsafe_code))]

mod backend;
mod elements;
mod error;
mod fuzzing;
mod info;
mod int8;
#[cfg(feature = "litert")]
mod litert;
mod loader;
mod profile;
#[cfg(feature = "tract")]
mod quiet;
mod read;
mod stage;
#[cfg(feature = "tract")]
mod tract;

pub use backend::{Backend, Memory, Session, backend_for, backend_named, backends, check_tensors};
pub use error::{ModelError, Reasons};
pub use fuzzing::fuzz_model;
pub use info::{BackendInfo, ModelInfo, Verdict};
pub use int8::Int8;
#[cfg(feature = "litert")]
pub use litert::Litert;
pub use loader::Loader;
pub use profile::{OperatorTime, Profile};
pub use read::read;
pub use runeblocks_int8::Rounding;
pub use runeblocks_tflite::{
    DecodeError, LastLayer, MAX_FILE_BYTES, MAX_SUBGRAPH_BYTES, MAX_TENSOR_BYTES, Metadata, ModelFile, Operator, Patch,
    PatchError, QuantizationParameters, Signature, Subgraph, TensorInfo, TensorType, device, operator,
    schema::FILE_IDENTIFIER,
};
pub use stage::{ModelStage, facts};
#[cfg(feature = "tract")]
pub use tract::Tract;
