//! Runs a graph.

mod error;
mod input;
mod plan;
mod state;

use std::time::{Duration, Instant};

use runeblocks_core::{BlockError, Buffer, Facts, ReshapeError, TensorView};
use smallvec::SmallVec;

pub use error::ExecError;

use self::plan::Plan;
use crate::diagnostic::{did_you_mean, list};
use crate::graph::{Graph, GraphOutput, Node, NodeKind, PortId};

/// Runs a graph, on a clip or on a stream piece by piece.
///
/// Every buffer is there from the start and grows to what it has to hold; once it has held as much, nothing allocates.
pub struct Executor {
    graph: Graph,
    plan: Plan,
    pool: Vec<Buffer>,
    steps: Vec<Step>,
    /// Outputs and kept ports, by the names under which they can be asked for.
    readable: Vec<GraphOutput>,
}

/// One stage as it is run.
struct Step {
    /// Stands in for the stage's buffers in the pool while the stage writes them.
    written: Vec<Buffer>,
    time: StageTime,
}

/// How long a stage has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTime {
    /// How often it ran.
    pub runs: u64,
    /// How long the last run took.
    pub last: Duration,
    /// How long all runs took together.
    pub total: Duration,
}

impl Graph {
    /// Prepares the graph to be run.
    ///
    /// The tensors of the ports named in `keep` (`stage`, `stage.1` or `stage.port-name`) can be read after each run,
    /// as those of the outputs can.
    ///
    /// # Errors
    ///
    /// When a model cannot be run here, or a port of `keep` is not there.
    pub fn into_executor(self, keep: &[&str]) -> Result<Executor, ExecError> {
        Executor::new(self, keep)
    }
}

/// `file:line:column` of a stage.
fn place(graph: &Graph, node: usize) -> String {
    format!("{}:{}", graph.warnings().source().name, graph.nodes()[node].span())
}

impl Executor {
    fn new(graph: Graph, keep: &[&str]) -> Result<Self, ExecError> {
        for (i, node) in graph.nodes().iter().enumerate() {
            if let NodeKind::Model { model, .. } = &node.kind
                && let Some(reason) = model.obstacle()
            {
                return Err(ExecError::Obstacle { stage: node.name().into(), place: place(&graph, i), reason });
            }
        }
        let mut readable = graph.outputs().to_vec();
        for name in keep {
            let port = graph.find_port(name).ok_or_else(|| {
                let names: Vec<String> = graph.port_names().collect();
                unknown("output", name, names.iter().map(String::as_str))
            })?;
            readable.push(GraphOutput { name: (*name).into(), port });
        }
        let ports: Vec<PortId> = readable.iter().map(|r| r.port).collect();
        let plan = Plan::new(&graph, &ports);
        let pool = plan.buffers.iter().map(|t| Buffer::new(*t)).collect();
        let steps = graph.nodes().iter().map(Step::new).collect();
        Ok(Self { graph, plan, pool, steps, readable })
    }

    /// The graph that is run.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Runs on a clip: what an earlier call left behind is forgotten.
    ///
    /// `inputs` names each source's stage and gives its tensor. Axes of length 1 do not count, a flat tensor is cut into rows,
    /// and the stream axis takes any number of them; the elements are copied.
    ///
    /// # Errors
    ///
    /// When the inputs are not those of the graph, or a stage fails.
    pub fn run(&mut self, inputs: &[(&str, TensorView<'_>)]) -> Result<(), ExecError> {
        self.reset();
        self.process(inputs)
    }

    /// Runs on a piece of a stream, going on from where the last call ended. `inputs` is as for [`Executor::run`].
    ///
    /// # Errors
    ///
    /// When the inputs are not those of the graph (no stage has run then), or a stage fails.
    pub fn process(&mut self, inputs: &[(&str, TensorView<'_>)]) -> Result<(), ExecError> {
        self.check_inputs(inputs)?;
        for node in 0..self.steps.len() {
            let start = Instant::now();
            self.step(node, inputs)?;
            let time = &mut self.steps[node].time;
            time.last = start.elapsed();
            time.total += time.last;
            time.runs += 1;
        }
        Ok(())
    }

    /// Nothing runs where an input does not fit, so that the piece can be given again.
    fn check_inputs(&self, inputs: &[(&str, TensorView<'_>)]) -> Result<(), ExecError> {
        for (name, _) in inputs {
            if !self.graph.sources().any(|s| s.name() == *name) {
                return Err(unknown("input", name, self.graph.sources().map(Node::name)));
            }
        }
        for source in self.graph.sources() {
            let facts = &source.outputs()[0].facts;
            let mut given = inputs.iter().filter(|(name, _)| *name == source.name());
            let (Some((_, view)), None) = (given.next(), given.next()) else {
                let found = inputs.iter().filter(|(name, _)| *name == source.name()).count();
                let expected = facts.to_string();
                return Err(ExecError::InputCount { name: source.name().into(), found, expected });
            };
            fit(source.name(), view, facts)?;
        }
        Ok(())
    }

    fn step(&mut self, index: usize, inputs: &[(&str, TensorView<'_>)]) -> Result<(), ExecError> {
        let Self { graph, plan, pool, steps, .. } = self;
        let step = &mut steps[index];
        let node = &mut graph.nodes_mut()[index];
        if let NodeKind::Source { .. } = node.kind {
            let facts = &node.outputs()[0].facts;
            let Some((name, view)) = inputs.iter().find(|(name, _)| *name == node.name()) else { return Ok(()) };
            let shape = fit(name, view, facts)?;
            let buffer = &mut pool[plan.ports[index][0]];
            return buffer.copy_from(view, &shape).map_err(|e| failed(graph, index, e));
        }
        // A stage that writes nothing gives nothing, not what another stage left in the buffer.
        for (buffer, output) in plan.ports[index].iter().zip(node.outputs()) {
            pool[*buffer].clear(output.facts.shape.axes().len());
        }
        for (buffer, written) in plan.ports[index].iter().zip(&mut step.written) {
            std::mem::swap(&mut pool[*buffer], written);
        }
        let result = run_node(node, plan, pool, &mut step.written);
        for (buffer, written) in plan.ports[index].iter().zip(&mut step.written) {
            std::mem::swap(&mut pool[*buffer], written);
        }
        result.map_err(|e| failed(graph, index, e))
    }

    /// Returns every stage to its initial state.
    pub fn reset(&mut self) {
        for node in self.graph.nodes_mut() {
            match &mut node.kind {
                NodeKind::Source { .. } => {}
                NodeKind::Block { block, .. } => block.reset(),
                NodeKind::Model { model, .. } => model.reset(),
            }
        }
    }

    /// What the last call gave on an output or a kept port, by the name as it is written in the Runefile or in `keep`.
    ///
    /// # Errors
    ///
    /// When there is no such output.
    pub fn output(&self, name: &str) -> Result<TensorView<'_>, ExecError> {
        match self.readable.iter().find(|r| r.name == name) {
            Some(readable) => Ok(self.pool[self.plan.buffer(readable.port)].view()),
            None => Err(unknown("output", name, self.readable.iter().map(|r| r.name.as_str()))),
        }
    }

    /// What the last call gave on all outputs, in the order of the Runefile.
    pub fn outputs(&self) -> impl Iterator<Item = (&str, TensorView<'_>)> {
        self.graph.outputs().iter().map(|o| (o.name.as_str(), self.pool[self.plan.buffer(o.port)].view()))
    }

    /// How long each stage has taken since the executor was made, by its name, in the order in which they run.
    pub fn times(&self) -> impl Iterator<Item = (&str, StageTime)> {
        self.graph.nodes().iter().zip(&self.steps).map(|(node, step)| (node.name(), step.time))
    }

    /// How many buffers there are; at most one for each port.
    pub fn buffer_count(&self) -> usize {
        self.pool.len()
    }

    /// The state of all stages.
    pub fn save(&self) -> Vec<u8> {
        state::save(self.graph.nodes())
    }

    /// Takes up a state that [`Executor::save`] gave for a graph of the same Runefile.
    ///
    /// # Errors
    ///
    /// When the state is another graph's, or damaged; every stage is then in its initial state.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), ExecError> {
        state::restore(self, state)
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("graph", &self.graph).field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Step {
    fn new(node: &Node) -> Self {
        let written = node.outputs().iter().map(|p| p.facts.buffer()).collect();
        Self { written, time: StageTime::default() }
    }
}

/// The shape under which the graph sees an input.
fn fit(name: &str, view: &TensorView<'_>, facts: &Facts) -> Result<SmallVec<[usize; 8]>, ExecError> {
    input::fit(view, facts).ok_or_else(|| ExecError::Input {
        name: name.into(),
        found: format!("{} {:?}", view.element_type(), view.shape()),
        expected: facts.to_string(),
    })
}

fn run_node(node: &mut Node, plan: &Plan, pool: &[Buffer], written: &mut [Buffer]) -> Result<(), BlockError> {
    let (inputs, kind) = node.inputs_and_kind();
    let mut views: SmallVec<[TensorView<'_>; 4]> = SmallVec::new();
    for input in inputs {
        let view = pool[plan.buffer(input.from)].view();
        views.push(match &input.reshape {
            None => view,
            Some(shape) => view.reshape(shape).map_err(|ReshapeError { found, expected }| BlockError::Data {
                found: format!("a tensor of shape {found:?}"),
                expected: format!("as many elements as {expected:?} has"),
                help: Some("a pipeline for clips takes them one by one, each from the initial state".into()),
            })?,
        });
    }
    match kind {
        NodeKind::Source { .. } => Ok(()),
        NodeKind::Block { block, .. } => block.process(&views, written),
        NodeKind::Model { model, .. } => model.process(&views, written),
    }
}

pub(crate) fn failed(graph: &Graph, node: usize, source: BlockError) -> ExecError {
    ExecError::Stage { stage: graph.nodes()[node].name().into(), place: place(graph, node), source: source.into() }
}

fn unknown<'a>(what: &'static str, name: &str, names: impl Iterator<Item = &'a str>) -> ExecError {
    let names: Vec<&str> = names.collect();
    let near = did_you_mean(name, names.iter().copied()).map(|near| near + " ").unwrap_or_default();
    ExecError::Unknown { what, name: name.into(), help: format!("{near}there are {}", list(names)) }
}
