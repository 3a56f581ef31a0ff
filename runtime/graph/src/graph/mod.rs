//! The typed graph: stages resolved, facts inferred along every edge, everything checked before data flows.

mod again;
mod arguments;
mod assert;
mod cycle;
mod device;
mod dot;
mod files;
mod infer;
mod layers;
mod model_stage;
mod proposal;
mod refusal;
mod size;
mod svg;
mod wiring;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runeblocks_core::{Descriptor, DynBlock, Facts, Registry};
use serde_json::{Map, Value as Json};

pub use arguments::Argument;
pub use device::verdict;
pub use files::ResourceContent;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity, SourceText};
use crate::model::{LoadedModel, ModelLoader};
use crate::runefile::{self, PixelFormat, Port, Runefile, SourceKind, Version};
use crate::span::Span;

/// What a graph is built with.
pub struct Environment<'a> {
    /// The blocks there are.
    pub registry: &'a Registry,
    /// What reads models.
    pub models: &'a dyn ModelLoader,
    /// Contents that take the place of the Runefile's resources of the same names, as [`runeblocks_core::text::key`] compares them.
    pub resources: BTreeMap<String, ResourceContent>,
    /// Whether a model may get features of another front end than it was trained on: then a warning, else an error.
    pub allow_other_front_end: bool,
}

impl<'a> Environment<'a> {
    /// Blocks and models, with the Runefile's own resources.
    pub fn new(registry: &'a Registry, models: &'a dyn ModelLoader) -> Self {
        Self { registry, models, resources: BTreeMap::new(), allow_other_front_end: false }
    }
}

/// A pipeline that is known to fit together.
pub struct Graph {
    version: Version,
    nodes: Vec<Node>,
    outputs: Vec<GraphOutput>,
    files: Vec<PathBuf>,
    warnings: Diagnostics,
}

/// An output port of a stage: the places of stage and port, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortId {
    /// The stage, in the order of [`Graph::nodes`].
    pub node: usize,
    /// The port among the stage's outputs.
    pub port: usize,
}

/// A stage of a graph.
pub struct Node {
    name: String,
    span: Span,
    inputs: Vec<NodeInput>,
    outputs: Vec<OutputPort>,
    pub(crate) kind: NodeKind,
}

pub(crate) enum NodeKind {
    Source { kind: SourceKind, pixel_format: Option<PixelFormat> },
    Block { descriptor: &'static Descriptor, args: Map<String, Json>, block: Box<dyn DynBlock> },
    Model { path: PathBuf, model: Box<dyn LoadedModel> },
}

/// What a stage is, for reading.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum StageKind<'a> {
    /// Data comes in here.
    Source {
        /// What data.
        kind: SourceKind,
        /// The channels of a picture.
        pixel_format: Option<PixelFormat>,
    },
    /// A proc block.
    Block(&'a Descriptor),
    /// A model.
    Model {
        /// Its file.
        path: &'a Path,
        /// The model.
        model: &'a dyn LoadedModel,
    },
}

/// Where an input of a stage comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeInput {
    /// The port.
    pub from: PortId,
    /// The shape under which the stage sees the tensor; `None`: as it is.
    pub reshape: Option<Vec<usize>>,
}

/// An output port of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputPort {
    /// Its name.
    pub name: String,
    /// What travels there.
    pub facts: Facts,
}

/// A tensor that a graph gives.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphOutput {
    /// Its name: the reference as it is written in the Runefile.
    pub name: String,
    /// Where it comes from.
    pub port: PortId,
}

impl Node {
    /// The stage's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its name stands in the Runefile.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Where its inputs come from.
    pub fn inputs(&self) -> &[NodeInput] {
        &self.inputs
    }

    /// Its output ports.
    pub fn outputs(&self) -> &[OutputPort] {
        &self.outputs
    }

    pub(crate) fn inputs_and_kind(&mut self) -> (&[NodeInput], &mut NodeKind) {
        (&self.inputs, &mut self.kind)
    }

    /// The arguments that the Runefile gives a block, resources read; what it does not give is not here.
    pub fn args(&self) -> Option<&Map<String, Json>> {
        if let NodeKind::Block { args, .. } = &self.kind { Some(args) } else { None }
    }

    /// Why the stage does not run on a device, by TensorFlow Lite Micro, a sentence each without its full stop; none if it does.
    pub fn device(&self) -> Vec<String> {
        device::reasons(self)
    }

    /// What it is.
    pub fn kind(&self) -> StageKind<'_> {
        match &self.kind {
            NodeKind::Source { kind, pixel_format } => StageKind::Source { kind: *kind, pixel_format: *pixel_format },
            NodeKind::Block { descriptor, .. } => StageKind::Block(descriptor),
            NodeKind::Model { path, model } => StageKind::Model { path, model: &**model },
        }
    }
}

impl Graph {
    /// Reads a Runefile and builds its graph. Files that it names are relative to its folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the Runefile, and the warnings.
    pub fn load(path: &Path, environment: &Environment<'_>) -> Result<Self, Diagnostics> {
        let name = path.display().to_string();
        match files::read_text(path, files::MAX_TEXT_BYTES) {
            Ok(text) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                let mut graph = Self::from_text(&name, &text, folder, environment)?;
                graph.files.extend(std::path::absolute(path));
                Ok(graph)
            }
            Err(found) => {
                let diagnostic = Diagnostic {
                    severity: Severity::Error,
                    code: "unreadable-file",
                    message: format!("cannot read the Runefile `{name}`: {found}"),
                    labels: Vec::new(),
                    help: vec!["give the path of a Runefile, such as `Runefile.yml`".into()],
                };
                Err(Diagnostics::new(Arc::new(SourceText { name, text: String::new() }), vec![diagnostic]))
            }
        }
    }

    /// Builds the graph of a Runefile's text. `name` is for messages, `folder` is where the files are that it names.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the Runefile, and the warnings.
    pub fn from_text(
        name: &str,
        text: &str,
        folder: &Path,
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let mut diagnostics = Vec::new();
        let runefile = runefile::read(text, &mut diagnostics);
        let built = runefile.map(|r| {
            let version = r.version;
            let (nodes, outputs) = infer::build(&r, folder, environment, &mut diagnostics);
            (version, nodes, outputs, files::named(&r, folder, environment))
        });
        let source = Arc::new(SourceText { name: name.into(), text: text.into() });
        let diagnostics = Diagnostics::new(source, diagnostics);
        match built {
            Some((version, nodes, outputs, files)) if !diagnostics.has_errors() => {
                Ok(Self { version, nodes, outputs, files, warnings: diagnostics })
            }
            _ => Err(diagnostics),
        }
    }

    /// Builds the graph of a Runefile that [`runefile::parse`] read from `source`, and that may have been changed since.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, and the warnings; places are those of `source`.
    pub fn from_runefile(
        runefile: &Runefile,
        source: SourceText,
        folder: &Path,
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let mut diagnostics = Vec::new();
        let (nodes, outputs) = infer::build(runefile, folder, environment, &mut diagnostics);
        let warnings = Diagnostics::new(Arc::new(source), diagnostics);
        if warnings.has_errors() {
            return Err(warnings);
        }
        let files = files::named(runefile, folder, environment);
        Ok(Self { version: runefile.version, nodes, outputs, files, warnings })
    }

    /// Everything that there is to say about a Runefile, be it right or wrong.
    pub fn check(path: &Path, environment: &Environment<'_>) -> Diagnostics {
        match Self::load(path, environment) {
            Ok(graph) => graph.findings(),
            Err(diagnostics) => diagnostics,
        }
    }

    /// The version of the Runefile.
    pub fn version(&self) -> Version {
        self.version
    }

    /// What is doubtful about it.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// What is doubtful about it, and what is worth knowing: notes on stages that run here and not on a device, and on models that
    /// can't be calibrated.
    pub fn findings(&self) -> Diagnostics {
        let notes = self.nodes.iter().flat_map(device::notes);
        self.warnings.with(notes)
    }

    /// The stages, each after those that it reads; else in the order of the file.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn nodes_mut(&mut self) -> &mut [Node] {
        &mut self.nodes
    }

    /// The stages where data comes in.
    pub fn sources(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|n| matches!(n.kind, NodeKind::Source { .. }))
    }

    /// What the graph gives, in the order of the file.
    pub fn outputs(&self) -> &[GraphOutput] {
        &self.outputs
    }

    /// The files that the graph is made of, by their absolute paths: its Runefile, where it was read from a file, and all that this
    /// names, resources and models, be they used or not.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What travels on a port.
    pub fn facts(&self, port: PortId) -> Option<&Facts> {
        self.nodes.get(port.node)?.outputs.get(port.port).map(|p| &p.facts)
    }

    /// The port that `stage`, `stage.1` or `stage.port-name` stands for.
    pub fn find_port(&self, reference: &str) -> Option<PortId> {
        let (stage, port) = reference.split_once('.').unwrap_or((reference, "0"));
        let node = self.nodes.iter().position(|n| n.name == stage)?;
        let port = match port.parse() {
            Ok(index) => wiring::select(&self.nodes[node].outputs, &Port::Index(index)),
            Err(_) => wiring::select(&self.nodes[node].outputs, &Port::Name(port.into())),
        }?;
        Some(PortId { node, port })
    }

    /// The references of all ports, as [`Graph::find_port`] reads them.
    pub fn port_names(&self) -> impl Iterator<Item = String> {
        self.nodes.iter().flat_map(|node| {
            (0..node.outputs.len()).map(|i| if i == 0 { node.name.clone() } else { format!("{}.{i}", node.name) })
        })
    }

    /// The graph in the DOT language of Graphviz, types and shapes on the edges.
    pub fn to_dot(&self) -> String {
        dot::write(self)
    }

    /// The graph as an SVG picture, types and shapes on the edges.
    pub fn to_svg(&self) -> String {
        svg::write(self)
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("nodes", &self.nodes).field("outputs", &self.outputs).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.name)
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}
