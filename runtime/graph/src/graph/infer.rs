//! Builds the graph: makes each stage and infers the facts of its outputs, in the order in which stages run.
//!
//! A stage with an error has no facts; the stages behind it are made, so that their own errors are found, but not checked
//! against it.

use std::collections::HashSet;
use std::path::Path;

use runeblocks_core::{ArgKind, BlockError, Descriptor, DynBlock, Facts, Notation};
use serde_json::{Map, Value as Json};

use super::files::Resources;
use super::proposal::Names;
use super::refusal::{argument_error, argument_of, infer_error};
use super::{
    Environment, GraphOutput, Node, NodeInput, NodeKind, OutputPort, PortId, assert, cycle, model_stage, size, wiring,
    words,
};
use crate::diagnostic::{Diagnostic, count, did_you_mean, list};
use crate::runefile::{ArgumentValue, Runefile, Source, Stage, StageKind, Version};
use crate::span::{Span, Spanned};

/// An edge that arrives at a stage: what travels on it and the name of the stage that it leaves.
pub(super) struct Arrival<'a> {
    pub(super) facts: Facts,
    /// The reference that makes the edge.
    pub(super) span: Span,
    /// The reference as it is written.
    pub(super) reference: &'a str,
    /// The stage that it comes from.
    pub(super) from: &'a Spanned<String>,
    /// The block of that stage, where it is one.
    pub(super) block: Option<&'static Descriptor>,
}

impl Arrival<'_> {
    /// The greatest of the numbers, where the block says that they lie between 0 and it.
    pub(super) fn greatest(&self) -> Option<f64> {
        self.block.filter(|block| block.name() == "normalize").map(|_| 1.0)
    }
}

/// A stage that is made.
struct Made {
    kind: NodeKind,
    /// Stage and port that each input comes from.
    inputs: Vec<(usize, usize)>,
    reshapes: Vec<Option<Vec<usize>>>,
    outputs: Vec<OutputPort>,
}

struct Builder<'a, 'd> {
    runefile: &'a Runefile,
    environment: &'a Environment<'a>,
    resources: Resources<'a>,
    inputs: &'a [Vec<Option<usize>>],
    made: Vec<Option<Made>>,
    names: Names,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// Builds nodes in the order in which they run, and outputs; both are whole only if no error was found.
pub(super) fn build(
    runefile: &Runefile,
    folder: &Path,
    environment: &Environment<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Node>, Vec<GraphOutput>) {
    let wiring = wiring::resolve(runefile, diagnostics);
    let order = wiring::order(&wiring.inputs);
    cycle::report(runefile, &wiring.inputs, &order, diagnostics);
    let resources = Resources::new(runefile, folder, environment, diagnostics);
    let mut builder = Builder {
        runefile,
        environment,
        resources,
        inputs: &wiring.inputs,
        made: runefile.stages.iter().map(|_| None).collect(),
        names: Names::new(runefile),
        diagnostics,
    };
    for &stage in &order {
        builder.made[stage] = builder.stage(stage, true);
    }
    let ordered: HashSet<usize> = order.iter().copied().collect();
    for stage in (0..runefile.stages.len()).filter(|s| !ordered.contains(s)) {
        builder.stage(stage, false);
    }
    let outputs = builder.outputs(&wiring.outputs);
    let made = std::mem::take(&mut builder.made);
    finish(runefile, &order, made, &outputs, diagnostics)
}

/// Puts the stages into their order and reports those that nothing needs, where there is no error.
fn finish(
    runefile: &Runefile,
    order: &[usize],
    mut made: Vec<Option<Made>>,
    outputs: &[(String, usize, usize)],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Node>, Vec<GraphOutput>) {
    let mut places = vec![usize::MAX; made.len()];
    order.iter().enumerate().for_each(|(place, stage)| places[*stage] = place);
    let mut needed = vec![false; made.len()];
    outputs.iter().for_each(|(_, stage, _)| needed[*stage] = true);
    for &stage in order.iter().rev() {
        let Some(made) = &made[stage] else { continue };
        if needed[stage] {
            made.inputs.iter().for_each(|(source, _)| needed[*source] = true);
        }
    }
    if diagnostics.iter().all(|d| d.severity == crate::Severity::Warning) {
        for (stage, _) in runefile.stages.iter().zip(&needed).filter(|(_, needed)| !**needed) {
            let name = &stage.name.value;
            diagnostics.push(
                Diagnostic::warning("unused-stage", stage.name.span, format!("no output needs the stage `{name}`"))
                    .help(format!("name `{name}`, or a stage that reads it, among the outputs, or remove it")),
            );
        }
    }
    let nodes = order
        .iter()
        .filter_map(|&stage| {
            let made = made[stage].take()?;
            let inputs = made
                .inputs
                .iter()
                .zip(made.reshapes)
                .map(|(&(source, port), reshape)| NodeInput { from: PortId { node: places[source], port }, reshape });
            let name = &runefile.stages[stage].name;
            let inputs = inputs.collect();
            Some(Node { name: name.value.clone(), span: name.span, inputs, outputs: made.outputs, kind: made.kind })
        })
        .collect();
    let outputs = outputs
        .iter()
        .map(|(name, stage, port)| GraphOutput {
            name: name.clone(),
            port: PortId { node: places[*stage], port: *port },
        })
        .collect();
    (nodes, outputs)
}

impl<'a> Builder<'a, '_> {
    /// Makes a stage. `None` where there is an error, here or before it, or where the order says that it cannot run.
    fn stage(&mut self, index: usize, runs: bool) -> Option<Made> {
        let stage = &self.runefile.stages[index];
        let made = match &stage.kind {
            StageKind::Invalid => None,
            StageKind::Source(source) => self.source(stage, source),
            StageKind::Block { name } => self.block(index, stage, name, runs),
            StageKind::Model { file, front_end, backend } => {
                let (path, model) = self.load_model(file, backend.as_ref())?;
                let (sources, arrivals) = self.arrivals(index, runs)?;
                let wanted = model_stage::Stage { stage, file: file.span, front_end: front_end.as_ref() };
                let allow = self.environment.allow_other_front_end;
                let (model, outputs, reshapes) =
                    wanted.connect(model, &arrivals, allow, &mut self.names, self.diagnostics)?;
                Some(Made { kind: NodeKind::Model { path, model }, inputs: sources, reshapes, outputs })
            }
        }?;
        assert::outputs(stage, &made.outputs, self.diagnostics);
        self.diagnostics.extend(size::check(stage, &made.outputs));
        Some(made)
    }

    fn source(&mut self, stage: &Stage, source: &Source) -> Option<Made> {
        if !stage.inputs.is_empty() {
            self.diagnostics.push(
                Diagnostic::error("wrong-count", stage.inputs_span, "data comes in here, so this stage has no inputs")
                    .label(source.span, "says that data comes in")
                    .help("remove the inputs"),
            );
        }
        let facts = source.facts.clone()?;
        Some(Made {
            kind: NodeKind::Source { kind: source.kind, pixel_format: source.pixel_format },
            inputs: Vec::new(),
            reshapes: Vec::new(),
            outputs: vec![OutputPort { name: "data".into(), facts }],
        })
    }

    fn block(&mut self, index: usize, stage: &Stage, name: &Spanned<String>, runs: bool) -> Option<Made> {
        let descriptor = self.descriptor(name)?;
        let ports = descriptor.inputs().len();
        let good_count = stage.inputs.len() == ports;
        if !good_count {
            let names = list(descriptor.inputs().map(|(port, _)| port.name));
            let found = count(stage.inputs.len(), "input");
            self.diagnostics.push(
                Diagnostic::error(
                    "wrong-count",
                    stage.inputs_span,
                    format!("the stage `{}` has {found}: expected {ports} ({names})", stage.name.value),
                )
                .label(name.span, format!("`{}` takes {names}", descriptor.name()))
                .help("name one stage for each input, in this order"),
            );
        }
        let made = self.make_block(stage, name, descriptor);
        let (sources, arrivals) = self.arrivals(index, runs && good_count)?;
        let (mut block, args) = made?;
        let facts: Vec<Facts> = arrivals.iter().map(|a| a.facts.clone()).collect();
        match block.infer(&facts) {
            Ok(outputs) => {
                if let ("quantize", [arrival], [made]) = (descriptor.name(), &arrivals[..], &outputs[..]) {
                    self.diagnostics.extend(self.names.cut(stage, arrival, made));
                }
                let names = descriptor.outputs().map(|(port, _)| port.name.to_owned());
                let names = names.chain((descriptor.outputs().len()..).map(|i| i.to_string()));
                let outputs = outputs.into_iter().zip(names).map(|(facts, name)| OutputPort { name, facts }).collect();
                let reshapes = vec![None; sources.len()];
                Some(Made { kind: NodeKind::Block { descriptor, args, block }, inputs: sources, reshapes, outputs })
            }
            Err(error) => {
                let mut diagnostic = infer_error(stage, name, descriptor, &arrivals, &error, &mut self.names);
                if error.argument().is_some() {
                    for &source in &sources {
                        diagnostic = self.label_origin(diagnostic, source);
                    }
                }
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// Points at the scores that indices, which come from a port, choose among: the edge is followed back to where they are made.
    fn label_origin(&self, diagnostic: Diagnostic, (mut stage, mut port): (usize, usize)) -> Diagnostic {
        let made = |stage: usize| self.made[stage].as_ref();
        let facts = |stage: usize, port: usize| made(stage).map(|made| &made.outputs[port].facts);
        let is_index = |stage, port| facts(stage, port).is_some_and(|facts| facts.classes.is_some());
        if !is_index(stage, port) {
            return diagnostic;
        }
        while is_index(stage, port)
            && let Some(&before) = made(stage).and_then(|made| made.inputs.first())
        {
            (stage, port) = before;
        }
        let name = &self.runefile.stages[stage].name;
        match facts(stage, port) {
            Some(facts) => {
                diagnostic.label(name.span, format!("the scores are of `{}`, which gives {facts}", name.value))
            }
            None => diagnostic,
        }
    }

    fn descriptor(&mut self, name: &Spanned<String>) -> Option<&'static Descriptor> {
        let registry = self.environment.registry;
        if let Ok(descriptor) = registry.get(&name.value) {
            return Some(descriptor);
        }
        let names: Vec<&str> = registry.iter().map(Descriptor::name).collect();
        let mut diagnostic =
            Diagnostic::error("unknown-block", name.span, format!("there is no block `{}`", name.value));
        diagnostic.help.extend(did_you_mean(&name.value, names.iter().copied()));
        self.diagnostics.push(diagnostic.help(format!("the blocks are {}", list(names))));
        None
    }

    /// The arguments with resources read; `None` where one cannot be.
    fn arguments(&mut self, stage: &Stage, descriptor: &Descriptor) -> Option<Map<String, Json>> {
        let mut args = Map::new();
        let mut good = true;
        for arg in &stage.args {
            let value = match &arg.value.value {
                ArgumentValue::Literal(literal) => Some(literal.of_kind(kind(descriptor, &arg.name.value)).clone()),
                ArgumentValue::Resource(name) => match self.resources.text(name, arg.value.span) {
                    Ok(text) => text.map(Json::String),
                    Err(diagnostic) => {
                        self.diagnostics.push(*diagnostic);
                        None
                    }
                },
            };
            good &= value.is_some();
            args.extend(value.map(|value| (arg.name.value.clone(), value)));
        }
        good.then_some(args)
    }

    fn make_block(
        &mut self,
        stage: &Stage,
        name: &Spanned<String>,
        descriptor: &'static Descriptor,
    ) -> Option<(Box<dyn DynBlock>, Map<String, Json>)> {
        let args = self.arguments(stage, descriptor)?;
        let notation = match self.runefile.version {
            Version::V1 => Notation::V1,
            Version::V2 => Notation::Typed,
        };
        match descriptor.create_with(&args, notation) {
            Ok(block) => {
                let lists = stage.args.iter().filter(|arg| kind(descriptor, &arg.name.value) == Some(ArgKind::Words));
                let numbered = lists.filter_map(|arg| self.written(arg).numbered(args.get(&arg.name.value)?));
                let numbered: Vec<_> = numbered.collect();
                self.diagnostics.extend(numbered);
                Some((block, args))
            }
            Err(errors) => {
                let error = |error: &BlockError| match (error, argument_of(stage, descriptor, error)) {
                    (BlockError::Words { fault, .. }, Some(arg)) => self.written(arg).error(fault),
                    _ => argument_error(stage, name, descriptor, error),
                };
                let errors: Vec<_> = errors.0.iter().map(error).collect();
                self.diagnostics.extend(errors);
                None
            }
        }
    }

    fn written(&self, argument: &'a crate::runefile::Argument) -> words::Written<'a> {
        let resource = match &argument.value.value {
            ArgumentValue::Resource(name) => self.runefile.resources.iter().find(|r| r.name.value == *name),
            ArgumentValue::Literal(_) => None,
        };
        words::Written { argument, resource }
    }

    fn load_model(
        &mut self,
        file: &Spanned<ArgumentValue>,
        backend: Option<&Spanned<String>>,
    ) -> Option<(std::path::PathBuf, Box<dyn crate::LoadedModel>)> {
        if let Some(backend) = backend
            && let Err(error) = self.environment.models.check_backend(&backend.value)
        {
            self.diagnostics.push(
                Diagnostic::error("unknown-backend", backend.span, error.to_string())
                    .help("leave `backend` out for the first that can run the model"),
            );
            return None;
        }
        let (path, bytes) = match self.resources.model(file) {
            Ok(found) => found?,
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                return None;
            }
        };
        match self.environment.models.load(&path, &bytes, backend.map(|backend| backend.value.as_str())) {
            Ok(model) => Some((path, model)),
            Err(error) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "model",
                        file.span,
                        format!("cannot load the model `{}`: {error}", path.display()),
                    )
                    .help("give a model file that TensorFlow Lite can load"),
                );
                None
            }
        }
    }

    /// What arrives at a stage; `None` where a stage before it has an error. References to ports that do not exist are
    /// reported.
    #[expect(clippy::type_complexity, reason = "stage and port of each input, beside what arrives there")]
    fn arrivals(&mut self, index: usize, runs: bool) -> Option<(Vec<(usize, usize)>, Vec<Arrival<'a>>)> {
        let stage = &self.runefile.stages[index];
        let mut sources = Vec::new();
        let mut arrivals = Vec::new();
        for (reference, source) in stage.inputs.iter().zip(&self.inputs[index]) {
            let Some((source, made)) = source.and_then(|s| Some((s, self.made[s].as_ref()?))) else { continue };
            let Some(port) = wiring::select(&made.outputs, &reference.port) else {
                self.diagnostics.push(wiring::unknown_port(reference, &made.outputs));
                continue;
            };
            sources.push((source, port));
            arrivals.push(Arrival {
                facts: made.outputs[port].facts.clone(),
                span: reference.span,
                reference: &reference.text,
                from: &self.runefile.stages[source].name,
                block: if let NodeKind::Block { descriptor, .. } = &made.kind { Some(*descriptor) } else { None },
            });
        }
        (runs && arrivals.len() == stage.inputs.len()).then_some((sources, arrivals))
    }

    /// The outputs: name, stage and port.
    fn outputs(&mut self, stages: &[Option<usize>]) -> Vec<(String, usize, usize)> {
        let runefile = self.runefile;
        let mut outputs: Vec<(String, usize, usize)> = Vec::new();
        for (output, stage) in runefile.outputs.iter().zip(stages) {
            let Some((stage, made)) = stage.and_then(|s| Some((s, self.made[s].as_ref()?))) else { continue };
            match wiring::select(&made.outputs, &output.port.port) {
                Some(port) if outputs.iter().any(|o| (o.1, o.2) == (stage, port)) => {
                    if runefile.version == Version::V2 {
                        self.diagnostics.push(
                            Diagnostic::error("duplicate-output", output.port.span, "this output is named twice")
                                .help("name it once"),
                        );
                    }
                }
                Some(port) => outputs.push((output.port.text.clone(), stage, port)),
                None => self.diagnostics.push(wiring::unknown_port(&output.port, &made.outputs)),
            }
        }
        if runefile.outputs.is_empty() && self.diagnostics.iter().all(|d| d.severity == crate::Severity::Warning) {
            let span = runefile.stages.first().map_or(Span { line: 1, column: 1, ..Span::default() }, |s| s.name.span);
            let help = match runefile.version {
                Version::V1 => "add a stage with `out: serial` and the `inputs` that are wanted",
                Version::V2 => "name the stages that are wanted: `outputs: [stage]`",
            };
            self.diagnostics.push(Diagnostic::error("no-output", span, "this pipeline gives nothing").help(help));
        }
        outputs
    }
}

/// What values an argument takes that is given under a name.
fn kind(descriptor: &Descriptor, name: &str) -> Option<ArgKind> {
    let mut specs = descriptor.args().iter();
    specs.find(|spec| spec.name == name || spec.aliases.contains(&name)).map(|spec| spec.kind)
}
