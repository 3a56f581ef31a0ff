//! `inspect`: everything that is known of a Runefile or a model without running it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_core::Facts;
use runeblocks_graph::{Argument, Graph, Node, PortId, StageKind, runefile::Version, verdict};
use runeblocks_io::file;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::models;
use crate::pipeline::PipelineOptions;
use crate::terminal::{self, Paint};

/// Show everything that is known of a Runefile, or of a model, without running it
#[derive(Debug, Args)]
#[command(after_help = "\
Of a Runefile: the stages in the order in which they run, element type and shape of what they
give, arguments with their values, the digest of the front end, and the buffers that a run takes.
Of a model: as model-info.

Examples:
  runeblocks inspect Runefile.yml
  runeblocks inspect model.tflite --json")]
pub struct Inspect {
    /// A Runefile or a model
    #[arg(value_name = "RUNEFILE|MODEL.tflite")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pipeline: PipelineOptions,
}

impl Inspect {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        if is_model(&self.file) {
            return models::describe(&self.file, self.json);
        }
        let graph = self.pipeline.load(&self.file)?;
        let mut view = View::of(&graph);
        let executor = graph.into_executor(&[]);
        view.buffers = executor.map(|executor| executor.buffer_count()).map_err(|error| error.to_string());
        if self.json { terminal::print_json(&view.to_json()) } else { terminal::print(view.to_text(&self.file)) }
    }
}

/// Whether a file is a TensorFlow Lite model, by its identifier or else by its name.
fn is_model(path: &Path) -> bool {
    let mut start = [0; 8];
    let read = match file::stdin(path) {
        Some(mut bytes) => bytes.read_exact(&mut start),
        None => File::open(path).and_then(|mut file| file.read_exact(&mut start)),
    };
    (read.is_ok() && start[4..] == *runeblocks_model::FILE_IDENTIFIER.as_bytes())
        || path.extension().is_some_and(|extension| extension == "tflite")
}

/// A graph as it is shown.
struct View {
    version: u32,
    stages: Vec<Stage>,
    outputs: Vec<(String, Facts)>,
    /// How many buffers a run takes; or why it can't be run.
    buffers: Result<usize, String>,
}

struct Stage {
    name: String,
    kind: &'static str,
    what: String,
    from: Vec<String>,
    outputs: Vec<(String, Facts)>,
    args: Vec<Argument>,
    /// What is known of the inputs beyond their one-line form.
    known: Vec<String>,
    /// Why it does not run on a device.
    device: Vec<String>,
    /// Whether a model can be calibrated, and why not.
    calibratable: Option<Result<(), String>>,
}

impl View {
    fn of(graph: &Graph) -> Self {
        let stage = |node: &Node| {
            let (kind, what) = match node.kind() {
                StageKind::Source { kind, .. } => ("input", kind.to_string()),
                StageKind::Block(block) => ("block", block.name().to_owned()),
                StageKind::Model { path, .. } => ("model", path.display().to_string()),
                _ => ("stage", String::new()),
            };
            Stage {
                name: node.name().to_owned(),
                kind,
                what,
                from: node.inputs().iter().map(|input| port_name(graph, input.from)).collect(),
                outputs: node.outputs().iter().map(|port| (port.name.clone(), port.facts.clone())).collect(),
                args: graph.arguments(node),
                device: node.device(),
                calibratable: match node.kind() {
                    StageKind::Model { model, .. } => Some(model.calibratable()),
                    _ => None,
                },
                known: node.inputs().iter().filter_map(|input| graph.facts(input.from)).flat_map(details).collect(),
            }
        };
        let output = |port: PortId| graph.facts(port).cloned();
        View {
            version: if graph.version() == Version::V1 { 1 } else { 2 },
            stages: graph.nodes().iter().map(stage).collect(),
            outputs: graph.outputs().iter().filter_map(|o| Some((o.name.clone(), output(o.port)?))).collect(),
            buffers: Ok(0),
        }
    }

    fn to_json(&self) -> Value {
        let facts = |(name, facts): &(String, Facts)| {
            let mut json = facts.to_json();
            json["name"] = name.as_str().into();
            json
        };
        let stage = |stage: &Stage| {
            let args: Map<_, _> = stage.args.iter().map(|arg| (arg.name.to_owned(), arg.value.clone())).collect();
            let mut json = json!({
                "name": stage.name, "kind": stage.kind, stage.kind: stage.what, "from": stage.from, "args": args,
                "outputs": stage.outputs.iter().map(facts).collect::<Vec<_>>(),
                "device": verdict_json(&stage.device),
            });
            if let Some(calibratable) = &stage.calibratable {
                json["calibratable"] = verdict_json(calibratable.as_ref().err().map_or(&[], std::slice::from_ref));
            }
            json
        };
        json!({
            "version": self.version,
            "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
            "outputs": self.outputs.iter().map(facts).collect::<Vec<_>>(),
            "buffers": self.buffers.as_ref().ok(),
            "obstacle": self.buffers.as_ref().err(),
        })
    }

    fn to_text(&self, path: &Path) -> String {
        let paint = Paint::stdout();
        let mut text = String::new();
        let mut line = |line: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        };
        line(format!("{}: a Runefile of version {}, {} stages", path.display(), self.version, self.stages.len()));
        for stage in &self.stages {
            line(String::new());
            let from = if stage.from.is_empty() { String::new() } else { format!(" of {}", stage.from.join(", ")) };
            line(format!("{}: {} {}{from}", paint.strong(&stage.name), stage.kind, stage.what));
            for arg in &stage.args {
                let value = shown(arg);
                let note = if arg.is_given { String::new() } else { paint.faint("  (default)") };
                line(format!("    {} = {value}{note}", arg.name));
            }
            if stage.kind == "model" || !stage.device.is_empty() {
                line(format!("    device: {}", verdict(&stage.device)));
            }
            if let Some(calibratable) = &stage.calibratable {
                let reasons = calibratable.as_ref().err().map_or(&[][..], std::slice::from_ref);
                line(format!("    calibratable: {}", verdict(reasons)));
            }
            for (name, facts) in &stage.outputs {
                line(format!("  gives {name}: {facts}"));
                let news = details(facts).into_iter().filter(|detail| !stage.known.contains(detail));
                news.for_each(|detail| line(format!("    {}", paint.faint(&detail))));
            }
        }
        line(String::new());
        for (name, facts) in &self.outputs {
            line(format!("output {}: {facts}", paint.strong(name)));
        }
        line(match &self.buffers {
            Ok(1) => "a run takes 1 buffer".to_owned(),
            Ok(count) => format!("a run takes {count} buffers"),
            Err(reason) => format!("it can't be run: {reason}"),
        });
        text
    }
}

/// Whether something can be done, and why not.
fn verdict_json(reasons: &[String]) -> Value {
    json!({ "yes": reasons.is_empty(), "reasons": reasons })
}

/// The reference to a port.
fn port_name(graph: &Graph, port: PortId) -> String {
    let name = graph.nodes().get(port.node).map_or("", Node::name);
    if port.port == 0 { name.to_owned() } else { format!("{name}.{}", port.port) }
}

/// What facts know beyond their one-line form.
fn details(facts: &Facts) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(framing) = facts.framing {
        details.push(format!("frames of {} samples, one every {}", framing.window, framing.hop));
    }
    if let Some(size) = facts.fft_size {
        details.push(format!("FFT of {size} points"));
    }
    if let Some(digest) = facts.front_end {
        details.push(format!("front end {digest}"));
    }
    details
}

/// An argument's value in one line.
fn shown(argument: &Argument) -> String {
    match &argument.value {
        Value::Null => "none".to_owned(),
        Value::String(text) if !text.contains('\n') => text.clone(),
        Value::String(_) | Value::Array(_) => argument.words().join(", "),
        other => other.to_string(),
    }
}
