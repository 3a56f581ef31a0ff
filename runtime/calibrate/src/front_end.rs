//! The stages of a Runefile before its model.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use runeblocks_core::{ElementType, Facts, SampleRate, Tensor};
use runeblocks_graph::diagnostic::SourceText;
use runeblocks_graph::runefile::{self, ArgumentValue, Output, Runefile, SourceKind};
use runeblocks_graph::{Environment, Graph, Node, PortId, Spanned, StageKind};
use runeblocks_io::file;
use serde_json::Value;

use crate::{ParityError, SpotterError};

/// Another value for an argument of a block: `stage.argument=value`, the value as JSON, or else a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The stage.
    pub stage: String,
    /// The argument.
    pub argument: String,
    /// Its value.
    pub value: Value,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { stage, argument, value } = self;
        match value.as_str() {
            Some(text) => write!(f, "{stage}.{argument}={text}"),
            None => write!(f, "{stage}.{argument}={value}"),
        }
    }
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, value)| Some((name.split_once('.')?, value)));
        match parts {
            Some(((stage, argument), value)) if !stage.is_empty() && !argument.is_empty() => Ok(Change {
                stage: stage.to_owned(),
                argument: argument.to_owned(),
                value: serde_json::from_str(value).unwrap_or_else(|_| value.into()),
            }),
            _ => Err("expected STAGE.ARGUMENT=VALUE, such as fft.dialect=tflm".to_owned()),
        }
    }
}

/// The stages of a Runefile that its first model takes its input from; all that its first output needs where there is no model.
#[derive(Debug)]
pub struct FrontEnd {
    graph: Graph,
    input: String,
    changes: Vec<Change>,
}

/// What travels behind a stage of a front end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tap {
    /// The port, as [`Graph::find_port`] reads it.
    pub(crate) port: String,
    /// The block, or the kind of input.
    pub(crate) kind: String,
    /// What is known of its tensors.
    pub(crate) facts: Facts,
}

impl FrontEnd {
    /// Reads the front end of a Runefile, some arguments changed. Its model is not read, and may be one of another input.
    ///
    /// # Errors
    ///
    /// When the Runefile can't be read, or is not valid up to its model; when a stage that is to be changed is no block of it;
    /// when its input is not one sound.
    pub fn read(path: &Path, changes: &[Change], environment: &Environment<'_>) -> Result<Self, ParityError> {
        let bytes = file::read(path)?;
        let name = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| ParityError::NotText { path: path.to_path_buf() })?;
        let parsed = runefile::parse(&name, &text);
        let mut runefile = match parsed.runefile {
            Some(runefile) if !parsed.diagnostics.has_errors() => runefile,
            _ => return Err(ParityError::Runefile(Box::new(parsed.diagnostics))),
        };
        for change in changes {
            apply(change, &mut runefile, environment)?;
        }
        cut(&mut runefile);
        let folder = path.parent().unwrap_or(Path::new(""));
        let graph = Graph::from_runefile(&runefile, SourceText { name, text }, folder, environment)
            .map_err(|diagnostics| ParityError::Runefile(Box::new(diagnostics)))?;
        let sources: Vec<_> = graph.sources().collect();
        let input = match sources[..] {
            [node] if matches!(node.kind(), StageKind::Source { kind: SourceKind::Sound, .. }) => {
                node.name().to_owned()
            }
            [node] => {
                let found = format!("`{}`, {}", node.name(), node.outputs()[0].facts);
                return Err(SpotterError::Inputs { found }.into());
            }
            _ => return Err(SpotterError::Inputs { found: format!("{} inputs", sources.len()) }.into()),
        };
        Ok(FrontEnd { graph, input, changes: changes.to_vec() })
    }

    /// Reads the front end of a Runefile in the form in which features are recorded: where these are `u16`, a last block
    /// `noise-filtering` gives the whole numbers that its other forms are made of.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_for(path: &Path, recorded: &Tensor, environment: &Environment<'_>) -> Result<Self, ParityError> {
        let front_end = Self::read(path, &[], environment)?;
        let taps = front_end.taps();
        let is_there = taps.iter().any(|tap| tap.facts.element_type == recorded.element_type());
        let Some(last) = taps.last().filter(|last| last.kind == "noise-filtering") else { return Ok(front_end) };
        if is_there || recorded.element_type() != ElementType::U16 {
            return Ok(front_end);
        }
        let change =
            |argument: &str, value: Value| Change { stage: last.port.clone(), argument: argument.to_owned(), value };
        let mut changes = vec![change("out_type", "uint16".into())];
        let node = front_end.graph.nodes().iter().find(|node| node.name() == last.port);
        let args = node.map_or_else(Vec::new, |node| front_end.graph.arguments(node));
        if args.iter().any(|arg| arg.name == "scale" && arg.is_given) {
            changes.push(change("scale", 1.into()));
        }
        Self::read(path, &changes, environment)
    }

    /// What was changed in the Runefile.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The stages, as a graph of their own.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The name of the input.
    pub(crate) fn input(&self) -> &str {
        &self.input
    }

    /// The rate and the number of samples that are taken, where they are known.
    pub(crate) fn sound(&self) -> (Option<SampleRate>, Option<usize>) {
        let facts = self.graph.sources().next().map(|node| &node.outputs()[0].facts);
        (facts.and_then(|facts| facts.sample_rate), facts.and_then(|facts| facts.shape.count()))
    }

    /// What travels behind each stage, in the order in which they run; the features at the end.
    pub(crate) fn taps(&self) -> Vec<Tap> {
        let end = self.graph.outputs().first().map(|output| output.port);
        let ports = self.graph.nodes().iter().enumerate().flat_map(|(node, of)| {
            (0..of.outputs().len())
                .map(move |port| (PortId { node, port }, of))
                .filter(move |(port, _)| Some(*port) != end)
        });
        let last = end.and_then(|port| Some((port, self.graph.nodes().get(port.node)?)));
        let tap = |(PortId { port, .. }, node): (PortId, &Node)| Tap {
            port: if port == 0 { node.name().to_owned() } else { format!("{}.{port}", node.name()) },
            kind: kind(node),
            facts: node.outputs()[port].facts.clone(),
        };
        ports.chain(last).map(tap).collect()
    }
}

/// The block of a stage, or its kind of input.
pub(crate) fn kind(node: &Node) -> String {
    match node.kind() {
        StageKind::Block(block) => block.name().to_owned(),
        StageKind::Model { .. } => "model".to_owned(),
        _ => "input".to_owned(),
    }
}

fn apply(change: &Change, runefile: &mut Runefile, environment: &Environment<'_>) -> Result<(), ParityError> {
    let blocks = || {
        let is_block = |stage: &&runefile::Stage| matches!(stage.kind, runefile::StageKind::Block { .. });
        runefile.stages.iter().filter(is_block).map(|stage| stage.name.value.clone()).collect()
    };
    let at = runefile.stages.iter().position(|stage| stage.name.value == change.stage);
    let found = at.and_then(|at| match &runefile.stages[at].kind {
        runefile::StageKind::Block { name } => Some((at, environment.registry.get(&name.value).ok())),
        _ => None,
    });
    let Some((at, block)) = found else {
        return Err(ParityError::NoBlock { stage: change.stage.clone(), blocks: blocks() });
    };
    let spec = block.and_then(|block| {
        let is_it = |name: &str, aliases: &[&str]| name == change.argument || aliases.contains(&&*change.argument);
        block.args().iter().find(|spec| is_it(spec.name, spec.aliases))
    });
    let stage = &mut runefile.stages[at];
    let span = stage.name.span;
    let is_it = |name: &str| {
        name == change.argument || spec.is_some_and(|spec| name == spec.name || spec.aliases.contains(&name))
    };
    let value = ArgumentValue::Literal(change.value.clone().into());
    match stage.args.iter_mut().find(|arg| is_it(&arg.name.value)) {
        Some(arg) => arg.value.value = value,
        None => stage.args.push(runefile::Argument {
            name: Spanned::new(change.argument.clone(), span),
            value: Spanned::new(value, span),
        }),
    }
    Ok(())
}

/// Drops the first model and all stages that its input does not need.
fn cut(runefile: &mut Runefile) {
    let model = runefile.stages.iter().find(|stage| matches!(stage.kind, runefile::StageKind::Model { .. }));
    let end = model.and_then(|model| model.inputs.first()).or(runefile.outputs.first().map(|output| &output.port));
    let Some(end) = end.cloned() else { return };
    let mut needed = vec![end.stage.clone()];
    let mut at = 0;
    while at < needed.len() {
        let stage = runefile.stages.iter().find(|stage| stage.name.value == needed[at]);
        for input in stage.into_iter().flat_map(|stage| &stage.inputs) {
            if !needed.contains(&input.stage) {
                needed.push(input.stage.clone());
            }
        }
        at += 1;
    }
    runefile.stages.retain(|stage| needed.contains(&stage.name.value));
    runefile.outputs = vec![Output { port: end, sink: None }];
}
