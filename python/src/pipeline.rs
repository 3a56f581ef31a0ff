//! Pipelines: Runefiles that are ready to run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use runeblocks_calibrate::Words;
use runeblocks_core::{BlockError, Facts, Tensor, TensorView, nearest};
use runeblocks_graph::{ExecError, Executor, Graph, Node, PortId, StageKind, StageTime};
use serde_json::{Map, Value};

use crate::block::lock;
use crate::clips::{Clips, Fault};
use crate::facts::Facts as PyFacts;
use crate::inputs::Given;
use crate::pipeline_stream::PipelineStream;
use crate::tensor::Input;
use crate::{batch, expected, tensor, value};

/// Arrays with their names and facts.
pub(crate) type Named<'py> = Vec<(String, Bound<'py, PyAny>, PyFacts)>;

/// How long a stage has taken: its name, how often it ran, the last run and all runs in seconds.
pub(crate) type Time = (String, u64, f64, f64);

/// A Runefile that is ready to run, by any number of threads.
#[pyclass(module = "runeblocks._native", frozen)]
pub(crate) struct Pipeline(Arc<Shared>);

/// What calls and streams of a pipeline share.
pub(crate) struct Shared {
    /// The Runefile's name.
    pub(crate) name: String,
    /// It is never run; executors are made of its clones.
    graph: Mutex<Graph>,
    pub(crate) sources: Vec<(String, Facts)>,
    outputs: Vec<Port>,
    /// Every port, by the name under which it can be read.
    ports: Vec<Port>,
    /// The references of all ports, each with its place in `ports`.
    references: HashMap<String, usize>,
    nodes: Vec<Stage>,
    digest: Option<String>,
    scores: Option<Words>,
    idle: Mutex<Vec<Executor>>,
    times: Mutex<Vec<StageTime>>,
}

/// What there is to tell of a stage.
struct Stage {
    name: String,
    kind: &'static str,
    what: String,
    args: Map<String, Value>,
    inputs: Vec<String>,
    outputs: Vec<(String, Facts)>,
    front_end: Option<String>,
}

/// A port that can be read after a run.
#[derive(Clone)]
pub(crate) struct Port {
    id: PortId,
    name: String,
    facts: Facts,
}

impl Pipeline {
    pub(crate) fn new(graph: Graph) -> Self {
        let sources = graph.sources().map(|node| (node.name().to_owned(), node.outputs()[0].facts.clone()));
        let port = |name: &str, id: PortId| Some(Port { id, name: name.to_owned(), facts: graph.facts(id)?.clone() });
        let outputs: Vec<Port> = graph.outputs().iter().filter_map(|output| port(&output.name, output.port)).collect();
        let ports: Vec<Port> = graph.port_names().filter_map(|name| port(&name, graph.find_port(&name)?)).collect();
        let mut references = HashMap::new();
        for (place, Port { id, name, .. }) in ports.iter().enumerate() {
            let node = &graph.nodes()[id.node];
            references.insert(name.clone(), place);
            references.insert(format!("{}.{}", node.name(), id.port), place);
            references.entry(format!("{}.{}", node.name(), node.outputs()[id.port].name)).or_insert(place);
        }
        let model = graph.nodes().iter().find(|node| matches!(node.kind(), StageKind::Model { .. }));
        Pipeline(Arc::new(Shared {
            name: graph.warnings().source().name.clone(),
            sources: sources.collect(),
            outputs,
            ports,
            references,
            nodes: graph.nodes().iter().map(|node| Stage::new(&graph, node)).collect(),
            digest: model.and_then(|model| front_end(&graph, model)),
            scores: Words::find(&graph),
            idle: Mutex::default(),
            times: Mutex::new(vec![StageTime::default(); graph.nodes().len()]),
            graph: Mutex::new(graph),
        }))
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.0.clone()
    }
}

#[pymethods]
impl Pipeline {
    /// Each input with its facts.
    #[getter]
    fn inputs(&self) -> Vec<(String, PyFacts)> {
        self.0.sources.iter().map(|(name, facts)| (name.clone(), PyFacts(facts.clone()))).collect()
    }

    /// Each output with its facts.
    #[getter]
    fn outputs(&self) -> Vec<(String, PyFacts)> {
        self.0.outputs.iter().map(|port| (port.name.clone(), PyFacts(port.facts.clone()))).collect()
    }

    /// Each stage: `name`, `kind`, `what`, `args`, `inputs`, `outputs` and `front_end`.
    fn nodes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.0.nodes.iter().map(|node| node.describe(py)).collect()
    }

    /// The digest of the front end whose features the first model gets.
    #[getter]
    fn digest(&self) -> Option<String> {
        self.0.digest.clone()
    }

    /// The port of the scores behind the first label, and the words that they belong to.
    #[getter]
    fn scores(&self) -> Option<(String, Vec<String>)> {
        let scores = self.0.scores.as_ref()?;
        Some((scores.scores.clone(), scores.words.clone()))
    }

    /// The outputs for a clip, or for each of a batch, and the ports named in `keep`.
    #[pyo3(signature = (given, keep, batch=false))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        given: Vec<Given<'py>>,
        keep: Vec<String>,
        batch: bool,
    ) -> PyResult<Named<'py>> {
        let wanted = self.0.wanted(&keep)?;
        let inputs = self.0.borrow(&given)?;
        let views: Vec<TensorView<'_>> = inputs.iter().map(Input::view).collect();
        if !batch {
            let done = py.detach(|| {
                let mut executor = self.0.take()?;
                let done = self.0.run(&mut executor, &views, false);
                let made = done.and_then(|()| self.0.tensors(&executor, &wanted));
                self.0.give_back(executor);
                made.map_err(WorkError::Exec)
            });
            let made = done.map_err(|error| self.0.refused(&given, error, false))?;
            return self.0.arrays(py, wanted, &made);
        }
        let facts: Vec<Facts> = wanted.iter().map(|port| port.facts.clone()).collect();
        let leading = self.0.clips(&given)?;
        let work = Work { shared: &self.0, wanted: &wanted };
        let fault = |error| self.0.refused(&given, error, true);
        let arrays = batch::run(py, &self.0.name, &work, &facts, &views, &[leading], fault)?;
        let made = arrays.into_iter().zip(wanted).map(|(array, port)| {
            let shape = [&[leading], &port.facts.shape.fixed().unwrap_or_default()[..]].concat();
            (port.name, array, PyFacts(Facts { shape: shape[..].into(), ..port.facts }))
        });
        Ok(made.collect())
    }

    /// A stream through stages of its own.
    fn stream(&self, py: Python<'_>) -> PyResult<PipelineStream> {
        let executor = py.detach(|| self.0.make())?;
        Ok(PipelineStream::new(self.0.clone(), executor))
    }

    /// How long each stage has taken in all calls, in the order in which they run.
    fn times(&self) -> Vec<Time> {
        let times = lock(&self.0.times).clone();
        self.0.nodes.iter().zip(times).map(|(node, time)| seconds(&node.name, time)).collect()
    }

    /// The graph in the language of Graphviz.
    fn dot(&self) -> String {
        lock(&self.0.graph).to_dot()
    }

    /// The graph as an SVG picture.
    fn svg(&self) -> String {
        lock(&self.0.graph).to_svg()
    }
}

impl Shared {
    /// The graph, to be run by others.
    pub(crate) fn graph(&self) -> Result<Graph, Fault> {
        Ok(lock(&self.graph).try_clone()?)
    }

    /// An executor in its initial state, every port of which can be read.
    fn make(&self) -> Result<Executor, Fault> {
        let graph = self.graph()?;
        let is_output = |port: &&Port| self.outputs.iter().any(|output| output.name == port.name);
        let keep: Vec<&str> =
            self.ports.iter().filter(|port| !is_output(port)).map(|port| port.name.as_str()).collect();
        Ok(graph.into_executor(&keep)?)
    }

    fn take(&self) -> Result<Executor, Fault> {
        let idle = lock(&self.idle).pop();
        idle.map_or_else(|| self.make(), Ok)
    }

    fn give_back(&self, executor: Executor) {
        lock(&self.idle).push(executor);
    }

    /// The outputs, and the ports of these names.
    pub(crate) fn wanted(&self, keep: &[String]) -> PyResult<Vec<Port>> {
        let mut wanted = self.outputs.clone();
        for name in keep {
            let port = self.references.get(name).map(|&place| &self.ports[place]).ok_or_else(|| {
                let names: Vec<&str> = self.ports.iter().map(|port| port.name.as_str()).collect();
                let near = nearest(name, names.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
                let (near, expected) = (near.unwrap_or_default(), names.join(", "));
                PyValueError::new_err(format!("{}: there is no port `{name}`: expected {expected}{near}", self.name))
            })?;
            if !wanted.iter().any(|known| known.name == *name) {
                wanted.push(Port { name: name.clone(), ..port.clone() });
            }
        }
        Ok(wanted)
    }

    /// Borrows the inputs, in the order of the sources.
    pub(crate) fn borrow<'py>(&self, given: &[Given<'py>]) -> PyResult<Vec<Input<'py>>> {
        let pairs = given.iter().zip(&self.sources);
        pairs.map(|(given, (name, facts))| expected::borrow(&self.name, name, given, facts)).collect()
    }

    /// The clips of a batch.
    fn clips(&self, given: &[Given<'_>]) -> PyResult<usize> {
        use numpy::PyUntypedArrayMethods as _;
        let mut clips: Option<usize> = None;
        for ((array, _), (name, facts)) in given.iter().zip(&self.sources) {
            match (array.shape().first().copied(), clips) {
                (Some(found), None) => clips = Some(found),
                (Some(found), Some(expected)) if found == expected => {}
                (Some(found), Some(expected)) => {
                    let text = format!("{}: the input `{name}` has {found} clips: expected {expected}", self.name);
                    return Err(PyValueError::new_err(text));
                }
                (None, _) => return Err(expected::other_shape(&self.name, name, array, facts, true)),
            }
        }
        Ok(clips.unwrap_or_default())
    }

    /// Runs on a clip, or on what comes next of a stream.
    pub(crate) fn run(
        &self,
        executor: &mut Executor,
        views: &[TensorView<'_>],
        goes_on: bool,
    ) -> Result<(), ExecError> {
        let named = self.sources.iter().zip(views).map(|((name, _), view)| (name.as_str(), view.clone()));
        let named: Vec<_> = named.collect();
        if goes_on {
            return executor.process(&named);
        }
        executor.run(&named)?;
        for (time, (_, StageTime { last, .. })) in lock(&self.times).iter_mut().zip(executor.times()) {
            *time = StageTime { runs: time.runs + 1, last, total: time.total + last };
        }
        Ok(())
    }

    /// What the last run gave.
    pub(crate) fn tensors(&self, executor: &Executor, wanted: &[Port]) -> Result<Vec<Tensor>, ExecError> {
        wanted.iter().map(|port| Ok(executor.output(self.readable(port))?.to_tensor())).collect()
    }

    /// What a run gave, as arrays.
    pub(crate) fn arrays<'py>(&self, py: Python<'py>, wanted: Vec<Port>, made: &[Tensor]) -> PyResult<Named<'py>> {
        let array = |(port, tensor): (Port, &Tensor)| {
            let view = tensor.view();
            let facts = PyFacts(Facts { shape: view.shape().into(), ..port.facts });
            Ok((port.name, tensor::to_numpy(py, view)?, facts))
        };
        wanted.into_iter().zip(made).map(array).collect()
    }

    /// The name under which an executor has a port.
    fn readable<'a>(&'a self, port: &'a Port) -> &'a str {
        let mut known = self.outputs.iter().chain(&self.ports);
        known.find(|known| known.id == port.id).map_or(port.name.as_str(), |known| &known.name)
    }

    /// The exception for a run that failed; `clips` where a batch was run.
    pub(crate) fn exception(&self, given: &[Given<'_>], error: ExecError, clips: bool) -> PyErr {
        if let ExecError::Input { name, .. } = &error
            && let Some(((array, _), (name, facts))) = given.iter().zip(&self.sources).find(|(_, (n, _))| n == name)
        {
            return expected::other_shape(&self.name, name, array, facts, clips);
        }
        Fault::from(error).into()
    }
}

impl Shared {
    fn refused(&self, given: &[Given<'_>], error: WorkError, clips: bool) -> PyErr {
        match error {
            WorkError::Exec(error) => self.exception(given, error, clips),
            WorkError::Other(fault) => fault.into(),
        }
    }
}

/// The clips of a batch and what is wanted of them.
struct Work<'a> {
    shared: &'a Shared,
    wanted: &'a [Port],
}

/// Why a clip of a batch can't be processed.
enum WorkError {
    Exec(ExecError),
    Other(Fault),
}

impl From<BlockError> for WorkError {
    fn from(error: BlockError) -> Self {
        WorkError::Other(error.into())
    }
}

impl From<Fault> for WorkError {
    fn from(fault: Fault) -> Self {
        WorkError::Other(fault)
    }
}

impl Clips for Work<'_> {
    type Runner = Executor;
    type Error = WorkError;

    fn take(&self) -> Result<Executor, WorkError> {
        self.shared.take().map_err(WorkError::Other)
    }

    fn give_back(&self, executor: Executor) {
        self.shared.give_back(executor);
    }

    fn clip(
        &self,
        executor: &mut Executor,
        inputs: &[TensorView<'_>],
        output: &mut dyn FnMut(usize, TensorView<'_>) -> Result<(), BlockError>,
    ) -> Result<(), WorkError> {
        self.shared.run(executor, inputs, false).map_err(WorkError::Exec)?;
        for (index, port) in self.wanted.iter().enumerate() {
            output(index, executor.output(self.shared.readable(port)).map_err(WorkError::Exec)?)?;
        }
        Ok(())
    }
}

pub(crate) fn seconds(name: &str, time: StageTime) -> Time {
    (name.to_owned(), time.runs, time.last.as_secs_f64(), time.total.as_secs_f64())
}

/// The digest of the front end that a stage makes, or that it gets where it is a model.
fn front_end(graph: &Graph, node: &Node) -> Option<String> {
    let facts = match node.kind() {
        StageKind::Model { .. } => graph.facts(node.inputs().first()?.from)?,
        _ => &node.outputs().first()?.facts,
    };
    facts.front_end.map(String::from)
}

impl Stage {
    fn new(graph: &Graph, node: &Node) -> Self {
        let (kind, what) = match node.kind() {
            StageKind::Source { kind, .. } => ("source", kind.name().to_owned()),
            StageKind::Block(descriptor) => ("block", descriptor.name().to_owned()),
            StageKind::Model { path, .. } => ("model", path.display().to_string()),
            _ => ("stage", String::new()),
        };
        let reference = |port: PortId| match (graph.nodes()[port.node].name(), port.port) {
            (name, 0) => name.to_owned(),
            (name, port) => format!("{name}.{port}"),
        };
        Stage {
            name: node.name().to_owned(),
            kind,
            what,
            args: node.args().cloned().unwrap_or_default(),
            inputs: node.inputs().iter().map(|input| reference(input.from)).collect(),
            outputs: node.outputs().iter().map(|port| (port.name.clone(), port.facts.clone())).collect(),
            front_end: front_end(graph, node),
        }
    }

    fn describe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let outputs = self.outputs.iter().map(|(name, facts)| (name, PyFacts(facts.clone())));
        let dict = PyDict::new(py);
        dict.set_item("name", &self.name)?;
        dict.set_item("kind", self.kind)?;
        dict.set_item("what", &self.what)?;
        dict.set_item("args", value::dict(py, &self.args)?)?;
        dict.set_item("inputs", &self.inputs)?;
        dict.set_item("outputs", outputs.collect::<Vec<_>>())?;
        dict.set_item("front_end", self.front_end.as_deref())?;
        Ok(dict)
    }
}
