//! The core of Runeblocks: tensors, the facts that travel along the edges of a graph, the [`ProcBlock`] trait with its
//! object-safe form [`DynBlock`], and the [`Descriptor`]s by which blocks are found, checked and documented.
//!
//! The crate is `no_std` with `alloc`; the feature `std` (on by default) adds registration through `inventory` and
//! suggestions of the nearest valid name.
//!
//! A block names its arguments, inputs and outputs as Rust types. All else is derived from that one declaration:
//!
//! ```
//! use ndarray::{ArrayView1, Ix1};
//! use runeblocks_core::{
//!     args, BlockError, Descriptor, DynBlock, Facts, Info, Port, ProcBlock, Tensor, Writer,
//! };
//!
//! args! {
//!     /// Arguments of `gain`.
//!     pub struct GainArgs {
//!         /// What each sample is multiplied by.
//!         factor: i16 = 2, min 1, max 8;
//!     }
//! }
//!
//! /// Multiplies samples.
//! struct Gain(GainArgs);
//!
//! impl ProcBlock for Gain {
//!     type Args = GainArgs;
//!     type Input<'a> = ArrayView1<'a, i16>;
//!     type Output<'a> = Writer<'a, i16, Ix1>;
//!     const INFO: Info = Info::new("gain", "Multiplies samples")
//!         .inputs(&[Port::new("samples", &["samples"], "PCM samples")])
//!         .outputs(&[Port::new("samples", &["samples"], "the samples, louder")]);
//!
//!     fn new(args: GainArgs) -> Result<Self, BlockError> {
//!         Ok(Gain(args))
//!     }
//!
//!     fn infer(&mut self, [samples]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
//!         Ok([samples.clone()])
//!     }
//!
//!     fn process(&mut self, input: ArrayView1<i16>, output: Writer<i16, Ix1>) -> Result<(), BlockError> {
//!         let factor = self.0.factor;
//!         output.shape(input.len())?.zip_mut_with(&input, |y, x| *y = x.saturating_mul(factor));
//!         Ok(())
//!     }
//! }
//!
//! static GAIN: Descriptor = Descriptor::of::<Gain>();
//! let mut block = GAIN.create(&serde_json::json!({"factor": 3}))?;
//! let facts = block.infer(&[Facts::of::<i16>([4])])?;
//! let mut outputs = facts.iter().map(Facts::buffer).collect::<Vec<_>>();
//! let samples = Tensor::from(vec![1i16, -2, 3, 20_000]);
//! block.process(&[samples.view()], &mut outputs)?;
//! assert_eq!(outputs[0].view(), Tensor::from(vec![3i16, -6, 9, 32_767]).view());
//! # Ok::<(), runeblocks_core::BlockErrors>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod args;
mod block;
mod buffer;
mod descriptor;
mod digest;
mod element;
mod error;
mod facts;
#[cfg(feature = "std")]
pub mod file;
mod ports;
mod registry;
mod state;
mod suggest;
mod tensor;
pub mod text;
mod words;

pub use args::{ArgKind, ArgSpec, ArgValue, Args, Notation, parse_args};
pub use block::{DynBlock, InputFacts, OutputFacts, ProcBlock};
pub use buffer::{AnyWriter, Buffer, Writer};
pub use descriptor::{Descriptor, Info, Port};
pub use digest::{Digest, DigestError};
pub use element::{Element, ElementType, Number, Text};
pub use error::{BlockError, BlockErrors};
pub use facts::{Axis, Facts, Framing, Quantization, SampleRate, Shape};
pub use ports::{InputPort, Inputs, OutputPort, Outputs, PortType};
pub use registry::{Registry, RegistryError};
pub use state::{StateReader, StateWriter};
pub use suggest::nearest;
pub use tensor::{NumericView, ReshapeError, Tensor, TensorView};
pub use words::{Words, WordsFault};

#[doc(hidden)]
pub mod private {
    pub use alloc::{string::String, vec::Vec};
    #[cfg(feature = "std")]
    pub use inventory;
    pub use serde;
    pub use serde_json;
}
