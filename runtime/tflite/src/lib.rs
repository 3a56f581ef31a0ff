//! TensorFlow Lite files, verified before they are used.
//!
//! [`ModelFile`] holds what a file says about itself: operators, tensors, shapes, quantisation. Every part of it is checked
//! when it is decoded. [`schema`] has the tables of the format, to read the options of operators and to write files.
//!
//! ```
//! use runeblocks_tflite::ModelFile;
//!
//! let error = ModelFile::from_bytes(*b"\x1c\0\0\0RIFF....").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "not a sound TensorFlow Lite model: header: \
//!      the file identifier (bytes 4 to 7) is \"RIFF\", expected \"TFL3\" (the file has 12 bytes)"
//! );
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod bytes;
mod decode;
pub mod device;
mod error;
mod file;
mod last_layer;
mod macs;
pub mod operator;
mod patch;
#[expect(unsafe_code, reason = "the flatbuffers crate reads without checks what its verifier has found sound")]
pub mod schema;

mod table;
mod tensor_type;

pub use bytes::Bytes;
pub use error::DecodeError;
pub use file::{
    MAX_FILE_BYTES, MAX_SUBGRAPH_BYTES, MAX_TENSOR_BYTES, Metadata, ModelFile, Operator, QuantizationParameters,
    Signature, Subgraph, TensorInfo,
};
pub use last_layer::LastLayer;
pub use patch::{Patch, PatchError};
pub use tensor_type::TensorType;
