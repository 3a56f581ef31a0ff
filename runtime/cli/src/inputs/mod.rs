//! The files that a pipeline is run on, each bound to the input that it feeds.

mod fitted;
mod random;
mod read;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_core::{Tensor, text};
use runeblocks_graph::runefile::SourceKind;
use runeblocks_graph::{Graph, Node, StageKind};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::sound::SoundOptions;
pub use fitted::Fitted;
use fitted::Part;

/// What the inputs of a pipeline are fed with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Inputs")]
pub struct InputOptions {
    /// Sound files for a sound input; several are run one after another
    #[arg(long, value_name = "[NAME=]CLIP.wav", num_args = 1..)]
    sound: Vec<OsString>,
    /// CSV files (columns x, y, z; a row a sample) for an accelerometer input
    #[arg(long, visible_alias = "accelerometer", value_name = "[NAME=]FILE.csv", num_args = 1..)]
    acceleration: Vec<OsString>,
    /// PNG or JPEG files for an image input
    #[arg(long, value_name = "[NAME=]FILE", num_args = 1..)]
    image: Vec<OsString>,
    /// Files of little-endian numbers for a raw input, or for any input by its name
    #[arg(long, value_name = "[NAME=]FILE", num_args = 1..)]
    raw: Vec<OsString>,
    /// Seeds of random numbers for a random input, or for any input by its name
    #[arg(long, value_name = "[NAME=]SEED", num_args = 1..)]
    random: Vec<OsString>,
    /// Add zeros to the end of data that is too short, and of data that is too long take its start, or the part in which
    /// there is most sound or movement
    #[arg(long, value_name = "start|loudest", value_enum, hide_possible_values = true, num_args = 0..=1, require_equals = true,
        default_missing_value = "start")]
    fit: Option<Part>,
    /// Scale images of another size than the one expected
    #[arg(long)]
    resize: bool,
    #[command(flatten)]
    sound_options: SoundOptions,
}

/// The way in which a value feeds an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    Sound,
    Acceleration,
    Image,
    Raw,
    Random,
}

impl Feed {
    fn option(self) -> &'static str {
        match self {
            Feed::Sound => "--sound",
            Feed::Acceleration => "--acceleration",
            Feed::Image => "--image",
            Feed::Raw => "--raw",
            Feed::Random => "--random",
        }
    }

    /// The way that is meant for a kind of input.
    fn of(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Sound => Feed::Sound,
            SourceKind::Accelerometer => Feed::Acceleration,
            SourceKind::Image => Feed::Image,
            SourceKind::Raw => Feed::Raw,
            SourceKind::Random => Feed::Random,
        }
    }

    /// Whether an input of that kind may be fed this way when it is named.
    fn suits(self, kind: SourceKind) -> bool {
        matches!(self, Feed::Raw | Feed::Random) || self == Feed::of(kind)
    }
}

/// The values that an input is fed with: one, or one for each run.
#[derive(Debug)]
struct Bound {
    name: String,
    values: Vec<(Feed, PathBuf)>,
}

/// Which values feed which input, for each run.
#[derive(Debug)]
pub struct Inputs<'a> {
    options: &'a InputOptions,
    bound: Vec<Bound>,
    runs: usize,
}

/// What an input is fed with in a run.
#[derive(Debug)]
pub struct Read {
    /// The name of the input.
    pub input: String,
    /// What was read.
    pub tensor: Tensor,
    /// What was done to its length, where something was.
    pub fitted: Option<Fitted>,
}

impl InputOptions {
    /// Binds what is given to the inputs of a graph.
    ///
    /// # Errors
    ///
    /// When an input is not fed or takes more than can be held, or something given feeds none.
    pub fn bind(&self, graph: &Graph) -> Result<Inputs<'_>, Failure> {
        let given = [
            (Feed::Sound, &self.sound),
            (Feed::Acceleration, &self.acceleration),
            (Feed::Image, &self.image),
            (Feed::Raw, &self.raw),
            (Feed::Random, &self.random),
        ];
        let mut values: HashMap<&str, Vec<(Feed, PathBuf)>> = HashMap::new();
        for (feed, value) in given.iter().flat_map(|(feed, values)| values.iter().map(|value| (*feed, value))) {
            let (node, path) = target(graph, feed, value)?;
            values.entry(node.name()).or_default().push((feed, path));
        }
        let runs = values.values().map(Vec::len).max().unwrap_or(1);
        let mut bound = Vec::new();
        for node in graph.sources() {
            let Some(values) = values.remove(node.name()) else { return Err(unfed(node)) };
            if values.len() != 1 && values.len() != runs {
                return Err(Failure::new(
                    Exit::Usage,
                    format!("the input `{}` is given {} times, and another {runs} times", node.name(), values.len()),
                )
                .help("give each input once, or once for each run"));
            }
            bound.push(Bound { name: node.name().to_owned(), values });
        }
        Ok(Inputs { options: self, bound, runs })
    }
}

/// The input that a value is for, and the value without its name.
fn target<'a>(graph: &'a Graph, feed: Feed, value: &OsString) -> Result<(&'a Node, PathBuf), Failure> {
    let named = value.to_str().and_then(|value| value.split_once('='));
    if let Some((name, rest)) = named.filter(|_| !Path::new(value).exists()) {
        let Some(node) = graph.sources().find(|node| text::equal(node.name(), name)) else {
            return Err(Failure::new(Exit::Usage, format!("the pipeline has no input `{name}`")).help(inputs(graph)));
        };
        let kind = kind(node);
        if !feed.suits(kind) {
            return Err(Failure::new(
                Exit::Usage,
                format!("the input `{name}` takes {kind}, and {} gives something else", feed.option()),
            )
            .help(format!("write `{} {name}={rest}`", Feed::of(kind).option())));
        }
        return Ok((node, PathBuf::from(rest)));
    }
    let nodes: Vec<_> = graph.sources().filter(|node| Feed::of(kind(node)) == feed).collect();
    match nodes[..] {
        [node] => Ok((node, PathBuf::from(value))),
        [] => {
            let failure = Failure::new(Exit::Usage, format!("{} is given, and no input is for it", feed.option()));
            // These two may feed any input, which has to be named then.
            Err(match graph.sources().next().filter(|node| feed.suits(kind(node))) {
                Some(node) => failure.help(format!(
                    "name the input: `{} {}={}`; {}",
                    feed.option(),
                    node.name(),
                    Path::new(value).display(),
                    inputs(graph)
                )),
                None => failure.help(inputs(graph)),
            })
        }
        [first, ..] => {
            let names: Vec<_> = nodes.iter().map(|node| format!("`{}`", node.name())).collect();
            Err(Failure::new(Exit::Usage, format!("{} may be meant for each of {}", feed.option(), names.join(", ")))
                .help(format!("name the input: `{} {}={}`", feed.option(), first.name(), Path::new(value).display())))
        }
    }
}

fn kind(node: &Node) -> SourceKind {
    match node.kind() {
        StageKind::Source { kind, .. } => kind,
        _ => SourceKind::Raw,
    }
}

/// The inputs of a graph, in words.
fn inputs(graph: &Graph) -> String {
    let inputs: Vec<_> = graph
        .sources()
        .map(|node| format!("`{}` ({}, by {})", node.name(), kind(node), Feed::of(kind(node)).option()))
        .collect();
    if inputs.is_empty() {
        "the pipeline has no inputs".to_owned()
    } else {
        format!("its inputs: {}", inputs.join(", "))
    }
}

fn unfed(node: &Node) -> Failure {
    let facts = node.outputs().first().map(|port| port.facts.to_string()).unwrap_or_default();
    let feed = Feed::of(kind(node));
    let value = match feed {
        Feed::Sound => "CLIP.wav",
        Feed::Acceleration => "FILE.csv",
        Feed::Image => "FILE.png",
        Feed::Raw => "FILE",
        Feed::Random => "SEED",
    };
    Failure::new(Exit::Usage, format!("nothing feeds the input `{}`, which takes {facts}", node.name()))
        .help(format!("add `{} {value}`", feed.option()))
}

impl Inputs<'_> {
    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The value that tells one run from the others, for people.
    pub fn title(&self, run: usize) -> String {
        let several = self.bound.iter().find(|bound| bound.values.len() > 1).or(self.bound.first());
        several.map_or_else(String::new, |bound| value(bound, run).1.display().to_string())
    }

    /// The values of a run, by the names of their inputs.
    pub fn to_json(&self, run: usize) -> Value {
        let one = |bound: &Bound| (bound.name.clone(), Value::from(value(bound, run).1.display().to_string()));
        Value::Object(self.bound.iter().map(one).collect())
    }

    /// Reads the tensors of a run.
    ///
    /// # Errors
    ///
    /// When a file can't be read, or is not what its input takes.
    pub fn read(&self, run: usize, graph: &Graph) -> Result<Vec<Read>, Failure> {
        let mut read = Vec::new();
        for (bound, node) in self.bound.iter().zip(graph.sources()) {
            let (feed, path) = value(bound, run);
            let (tensor, fitted) = read::tensor(self.options, *feed, path, node)?;
            read.push(Read { input: bound.name.clone(), tensor, fitted });
        }
        Ok(read)
    }
}

fn value(bound: &Bound, run: usize) -> &(Feed, PathBuf) {
    &bound.values[if bound.values.len() == 1 { 0 } else { run }]
}
