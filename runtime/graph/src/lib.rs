//! Runefiles, the typed graph they describe, and its executor.
//!
//! A Runefile (version 1 or 2, see [`runefile`]) names stages and what they read. [`Graph::load`] resolves the blocks in a
//! registry and the models by a [`ModelLoader`], infers type, shape and all other facts along every edge, and reports
//! everything that does not fit, each with its place and the way to put it right. [`Graph::into_executor`] plans the
//! buffers; the [`Executor`] runs clips and streams, and does not allocate once it has seen as much data.
//!
//! ```
//! use std::path::Path;
//!
//! use runeblocks_core::Tensor;
//! use runeblocks_graph::{Environment, Graph, NoModels};
//!
//! let text = "
//! version: 2
//! pipeline:
//!   scores: { input: raw, args: { element_type: f32, shape: [3] } }
//!   top: { block: most-confident-indices, from: scores }
//!   word: { block: label, from: top, args: { wordlist: [up, down, left] } }
//! outputs: [word]
//! ";
//! let registry = runeblocks_all::registry();
//! let environment = Environment::new(&registry, &NoModels);
//! let graph = Graph::from_text("Runefile.yml", text, Path::new("."), &environment)?;
//! assert_eq!(graph.nodes()[2].outputs()[0].facts.to_string(), "utf8 [1]");
//!
//! let mut executor = graph.into_executor(&[])?;
//! executor.run(&[("scores", Tensor::from(vec![0.1f32, 0.7, 0.2]).view())])?;
//! let word = executor.output("word")?.to_tensor();
//! assert_eq!(word, Tensor::from(vec![runeblocks_core::Text::from("down")]));
//!
//! // What is wrong is told with its place and the way to put it right.
//! let broken = text.replace("from: top", "from: tip");
//! let diagnostics = Graph::from_text("Runefile.yml", &broken, Path::new("."), &environment).unwrap_err();
//! assert!(diagnostics.to_string().starts_with("\
//! error[unknown-stage]: there is no stage `tip`
//!  --> Runefile.yml:6:31"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod conversion;
pub mod diagnostic;
mod exec;
#[doc(hidden)]
pub mod fuzzing;
mod graph;
mod model;
pub mod runefile;
mod span;
mod yaml;

pub use conversion::{Conversion, Step};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use exec::{ExecError, Executor, StageTime};
pub use graph::{
    Argument, Environment, Graph, GraphOutput, Node, NodeInput, OutputPort, PortId, ResourceContent, StageKind, verdict,
};
pub use model::{LoadedModel, ModelLoader, ModelPort, NoModels};
pub use span::{Span, Spanned};
