//! The Runefile: a pipeline as it is written, before anything is known of its blocks.
//!
//! Version 2 is the present form:
//!
//! ```yaml
//! version: 2
//! resources:                                  # named in arguments as $words
//!   words: { path: words.txt }                # or { text: "up\ndown" }
//! pipeline:                                   # stages in any order; what they give is inferred
//!   audio:    { input: sound, args: { sample_rate: 16000, duration_ms: 1000 } }
//!   fft:      { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40 } }
//!   features: { block: noise-filtering, from: fft, args: { out_type: int8 } }
//!   model:    { model: keyword.tflite, from: features, expect: [{ type: i8, shape: [1, 6] }] }
//!   top:      { block: most-confident-indices, from: model }
//!   word:     { block: label, from: top, args: { wordlist: $words } }
//! outputs: [word]                             # stage, stage.1 or stage.port-name
//! ```
//!
//! | what | version 1 | version 2 |
//! |---|---|---|
//! | data comes in | `capability: SOUND` (`ACCEL`, `IMAGE`, `RAW`, `RAND`) | `input: sound` (`accelerometer`, `image`, `raw`, `random`) |
//! | a block | `proc-block: "hotg-ai/proc-blocks@v0.11.3#fft"`, by the last segment | `block: fft` |
//! | a model | `model: ./model.tflite` | `model: model.tflite`, and `front_end:` with the digest it was trained on |
//! | data goes out | a stage `out: serial` | `outputs:` at the top |
//! | a stage's inputs | `inputs: [stage, stage.1]` | `from: stage`, `from: [stage, stage.1]`; ports by name too |
//! | what a stage gives | `outputs: [{type, dimensions}]`, of sources required | `expect: [{type, shape}]`, optional |
//! | a resource | `inline` or `path`, and `type` | `text` or `path` |
//! | arguments | numbers may be quoted; blocks have the defaults of version 1 | values have the type of their argument |
//!
//! What is said of outputs is checked against what is inferred: the element type must be the same, and the shape the same but for
//! axes of length 1, or one of the two flat with as many elements. [`json_schema`] gives the JSON Schema of version 2.
//!
//! Both versions are read into the same tree. Every name and value keeps its [`Span`].

mod fields;
mod literal;
mod params;
mod reference;
mod resource;
mod schema;
mod source;
mod text_form;
mod v1;
mod v2;

use std::sync::Arc;

use runeblocks_core::{Digest, ElementType, Shape};

pub use literal::Literal;
pub use reference::{Port, PortRef};
pub use resource::{Resource, ResourceKind, ResourceValue};
pub use schema::json_schema;
pub use source::{PixelFormat, Source, SourceKind};

use crate::diagnostic::{Diagnostic, Diagnostics, SourceText};
use crate::span::{Span, Spanned};
use crate::yaml;

/// The form a Runefile is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HOTG's form: `capability`, `proc-block`, `model`, `out`, with the shape of every output written down.
    V1,
    /// The present form: `input`, `block`, `model`, and `outputs:` for the whole; shapes are inferred.
    V2,
}

/// A Runefile.
#[derive(Clone, Debug, PartialEq)]
pub struct Runefile {
    /// The form it is written in.
    pub version: Version,
    /// Its stages, in the order of the file. The order has no meaning.
    pub stages: Vec<Stage>,
    /// What the pipeline gives.
    pub outputs: Vec<Output>,
    /// Texts and files that arguments can name as `$name`.
    pub resources: Vec<Resource>,
}

/// One stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: Spanned<String>,
    /// What it does.
    pub kind: StageKind,
    /// Where its inputs come from.
    pub inputs: Vec<PortRef>,
    /// Where the inputs are written; the name's place if they are not.
    pub inputs_span: Span,
    /// Arguments of a block; those of a source are in [`StageKind::Source`].
    pub args: Vec<Argument>,
    /// What is said of its outputs, in their order: assertions on what is inferred.
    pub expect: Vec<Expected>,
}

impl Stage {
    /// A stage of which only the name is read yet.
    fn new(name: &Spanned<String>) -> Self {
        Stage {
            name: name.clone(),
            kind: StageKind::Invalid,
            inputs: Vec::new(),
            inputs_span: name.span,
            args: Vec::new(),
            expect: Vec::new(),
        }
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StageKind {
    /// Data comes in here.
    Source(Source),
    /// A proc block.
    Block {
        /// The block's name in kebab-case: of a version 1 path, the last segment.
        name: Spanned<String>,
    },
    /// A model.
    Model {
        /// The model's file, relative to the Runefile's folder, or a resource.
        file: Spanned<ArgumentValue>,
        /// The front end that the model was trained on.
        front_end: Option<Spanned<Digest>>,
        /// The backend that runs it, where it is not left to the model.
        backend: Option<Spanned<String>>,
    },
    /// A stage with an error that is reported; it is here so that references to it are not reported too.
    Invalid,
}

/// An argument as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: Spanned<ArgumentValue>,
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentValue {
    /// The value itself.
    Literal(Literal),
    /// The resource of that name, written `$name`.
    Resource(String),
}

/// What a Runefile says that an output is.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Where it is said.
    pub span: Span,
    /// The element type.
    pub element_type: Option<Spanned<ElementType>>,
    /// The shape.
    pub shape: Option<Spanned<Shape>>,
}

/// One of the tensors that a pipeline gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The port it comes from; the output is named as this is written.
    pub port: PortRef,
    /// The `out` stage of a version 1 Runefile.
    pub sink: Option<Spanned<String>>,
}

/// What reading a Runefile gives.
#[derive(Debug)]
pub struct Parsed {
    /// The Runefile, as far as it could be read; `None` where nothing could.
    pub runefile: Option<Runefile>,
    /// What was found wrong.
    pub diagnostics: Diagnostics,
}

/// Reads a Runefile of either version. `name` is the file's name for messages.
///
/// ```
/// let text = "version: 2\npipeline:\n  audio: { input: sound, args: { sample_rate: 16000 } }\noutputs: [audio]\n";
/// let parsed = runeblocks_graph::runefile::parse("Runefile.yml", text);
/// assert!(parsed.diagnostics.is_empty(), "{}", parsed.diagnostics);
/// assert_eq!(parsed.runefile.unwrap().stages[0].name.value, "audio");
/// ```
pub fn parse(name: &str, text: &str) -> Parsed {
    let source = Arc::new(SourceText { name: name.into(), text: text.into() });
    let mut diagnostics = Vec::new();
    let runefile = read(text, &mut diagnostics);
    Parsed { runefile, diagnostics: Diagnostics::new(source, diagnostics) }
}

pub(crate) fn read(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Runefile> {
    if let Some(diagnostic) = text_form::refuse(text) {
        diagnostics.push(diagnostic);
        return None;
    }
    let root = yaml::parse(text, diagnostics)?;
    let mut reader = fields::Reader { diagnostics };
    let entries = reader.mapping(&root, "a Runefile")?;
    let Some(version) = entries.iter().find(|e| e.key.value == "version") else {
        reader.push(
            Diagnostic::error(
                "version",
                Span { end: root.span.start, ..root.span },
                "this Runefile does not say its version",
            )
            .help("write `version: 2` in the first line, or `version: 1` for a Runefile of HOTG's Rune"),
        );
        return None;
    };
    match reader.integer(&version.value) {
        Some(1) => v1::read(entries, &mut reader),
        Some(2) if matches!(version.value.value, yaml::Value::Scalar(ref s) if !s.is_string) => {
            v2::read(entries, &mut reader)
        }
        _ => {
            reader.push(
                Diagnostic::error(
                    "version",
                    version.value.span,
                    format!("the version is {}: expected 1 or 2", version.value.describe()),
                )
                .help("write `version: 2`"),
            );
            None
        }
    }
}
