//! Makes a program of a file: prepares every operator, then plans the arena.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use runeblocks_tflite::{ModelFile, TensorType};

use crate::constants::Constants;
use crate::error::{LoadError, OperatorError, Refusal};
use crate::memory::ALIGNMENT;
use crate::op::{Node, Prepared};
use crate::ops;
use crate::plan::{Request, plan};
use crate::program::{Graph, Initial, Options, Place, Port, Program, Step};
use crate::tensor::Tensor;
use crate::variables::Variables;

/// A subgraph with its operators prepared.
struct Prepare {
    subgraph: usize,
    tensors: Vec<Result<Tensor, Refusal>>,
    operators: Vec<Prepared>,
    /// Of each tensor, the one whose memory it has: its own, or one that it is another shape of.
    roots: Vec<usize>,
}

/// Makes a program.
pub(crate) fn load(file: &ModelFile, options: Options) -> Result<Program, LoadError> {
    let variables = Variables::of(file)?;
    let mut errors = Vec::new();
    let subgraphs = core::iter::once(0).chain(variables.called_once.iter().copied());
    let graphs: Vec<Prepare> =
        subgraphs.map(|subgraph| prepare(file, subgraph, options, &variables, &mut errors)).collect();
    if !errors.is_empty() {
        return Err(LoadError::Operators(errors));
    }
    let ports = |indices: &[usize]| indices.iter().map(|&index| port(&graphs[0], index)).collect::<Result<Vec<_>, _>>();
    let (inputs, outputs) = (ports(&file.main().inputs)?, ports(&file.main().outputs)?);

    let mut kept = Kept::default();
    for (&bytes, &fill) in variables.bytes.iter().zip(&variables.fills) {
        kept.take(bytes.unwrap_or(0), fill.unwrap_or(0));
    }
    let mut constants = Constants::new(file.shared_bytes());
    let mut arena_bytes = 0;
    let mut planned = Vec::new();
    let variables: Vec<Range<usize>> = kept.initial.iter().map(|initial| initial.range.clone()).collect();
    let kept_places: Vec<_> = graphs.iter().map(|graph| kept_tensors(graph, &mut kept)).collect();
    for (graph, kept_places) in graphs.into_iter().zip(kept_places) {
        let subgraph = graph.subgraph;
        let (mut graph, end) = place(file, graph, kept_places, kept.bytes, &mut constants)?;
        graph.places.extend(variables.iter().cloned().map(Place::Arena));
        arena_bytes = arena_bytes.max(end);
        planned.push((subgraph, graph));
    }
    let (_, main) = planned.remove(0);
    Ok(Program {
        constants,
        main,
        called_once: planned,
        initial: kept.initial,
        inputs,
        outputs,
        state_bytes: kept.bytes,
        arena_bytes,
    })
}

/// Prepares the operators of a subgraph.
fn prepare(
    file: &ModelFile,
    subgraph: usize,
    options: Options,
    variables: &Variables,
    errors: &mut Vec<OperatorError>,
) -> Prepare {
    let graph = &file.subgraphs[subgraph];
    let tensors: Vec<_> = graph.tensors.iter().enumerate().map(|(index, info)| Tensor::new(index, info)).collect();
    let mut roots: Vec<usize> = (0..tensors.len()).collect();
    let mut operators = Vec::new();
    for (number, operator) in graph.operators.iter().enumerate() {
        let Options { level, rounding } = options;
        let node = Node { file, subgraph, number, tensors: &tensors, variables, level, rounding };
        match ops::prepare(&node) {
            Ok(prepared) => {
                if let (Prepared::Alias, Some(&Some(from)), Some(&to)) =
                    (&prepared, operator.inputs.first(), operator.outputs.first())
                {
                    roots[to] = roots[from];
                }
                operators.push(prepared);
            }
            Err(reason) => {
                errors.push(OperatorError { subgraph, operator: number, name: operator.name.clone(), reason });
            }
        }
    }
    Prepare { subgraph, tensors, operators, roots }
}

fn port(graph: &Prepare, index: usize) -> Result<Port, LoadError> {
    let tensor = graph.tensors[index].as_ref().map_err(|refusal| LoadError::Graph(format!("the model: {refusal}")))?;
    if tensor.kind.bytes(1).is_none() {
        let name = &tensor.name;
        return Err(LoadError::Graph(format!("the port {name:?} is {}: expected numbers", tensor.kind)));
    }
    Ok(Port {
        name: tensor.name.clone(),
        element_type: if tensor.was_unsigned { TensorType::Uint8 } else { tensor.kind },
        shape: tensor.shape.clone(),
        bytes: tensor.bytes(),
        tensor: index,
        was_unsigned: tensor.was_unsigned,
    })
}

/// The part of the arena that carries over.
#[derive(Default)]
struct Kept {
    bytes: usize,
    initial: Vec<Initial>,
}

impl Kept {
    fn take(&mut self, bytes: usize, value: u8) -> Range<usize> {
        let range = self.bytes..self.bytes + bytes;
        self.bytes = range.end.next_multiple_of(ALIGNMENT);
        self.initial.push(Initial { range: range.clone(), value });
        range
    }
}

/// Gives the tensors of a subgraph that carry over their places. They start as zeros: 0, or the zero point of `int8`.
fn kept_tensors(graph: &Prepare, kept: &mut Kept) -> Vec<Option<Range<usize>>> {
    let place = |tensor: &Result<Tensor, Refusal>| {
        let tensor = tensor.as_ref().ok().filter(|tensor| tensor.is_variable && !tensor.is_constant)?;
        let zero = if tensor.kind == TensorType::Int8 { tensor.zero_points.first().copied().unwrap_or(0) } else { 0 };
        Some(kept.take(tensor.bytes(), zero as u8))
    };
    graph.tensors.iter().map(place).collect()
}

/// When a tensor's memory is in use: the operators that first and last touch it.
#[derive(Clone, Copy, Default)]
struct Life(Option<(usize, usize)>);

impl Life {
    fn at(&mut self, operator: usize) {
        let (first, last) = self.0.unwrap_or((operator, operator));
        self.0 = Some((first.min(operator), last.max(operator)));
    }
}

/// Plans the memory of a subgraph behind what carries over. Returns it and the end of its memory.
fn place(
    file: &ModelFile,
    graph: Prepare,
    kept: Vec<Option<Range<usize>>>,
    start: usize,
    constants: &mut Constants,
) -> Result<(Graph, usize), LoadError> {
    let info = &file.subgraphs[graph.subgraph];
    let lives = lives(file, &graph, &kept)?;
    let mut requests: Vec<Request> = Vec::new();
    for (index, tensor) in graph.tensors.iter().enumerate() {
        let takes_turns = tensor.as_ref().is_ok_and(|tensor| !tensor.is_constant) && kept[index].is_none();
        let life = lives[index].0.filter(|_| takes_turns);
        let bytes = life.and(tensor.as_ref().ok()).map_or(0, Tensor::bytes);
        let (first, last) = life.unwrap_or_default();
        requests.push(Request { bytes, first, last });
    }
    for (number, prepared) in graph.operators.iter().enumerate() {
        let bytes = if let Prepared::Run { scratch, .. } = prepared { *scratch } else { 0 };
        requests.push(Request { bytes, first: number + 1, last: number + 1 });
    }
    let (turns, bytes) = plan(&requests);
    let shifted = |range: &Range<usize>| range.start + start..range.end + start;
    let mut places = Vec::new();
    for (index, tensor) in graph.tensors.iter().enumerate() {
        let place = match tensor {
            Ok(tensor) if tensor.is_constant => match info.tensors[index].constant.clone() {
                Some(range) => Place::Constant(constants.add(tensor, range)),
                None => Place::Nowhere,
            },
            Ok(_) => match (&kept[index], lives[index].0) {
                (Some(range), _) => Place::Arena(range.clone()),
                (None, Some(_)) => Place::Arena(shifted(&turns[index])),
                (None, None) => Place::Nowhere,
            },
            Err(_) => Place::Nowhere,
        };
        places.push(place);
    }
    let places = graph.roots.iter().map(|&root| places[root].clone()).collect();
    let steps = graph.operators.into_iter().enumerate().filter_map(|(number, prepared)| {
        let Prepared::Run { op, .. } = prepared else { return None };
        let scratch = match &turns[graph.tensors.len() + number] {
            range if range.is_empty() => 0..0,
            range => shifted(range),
        };
        Some(Step { operator: number, name: info.operators[number].name.clone(), op, scratch })
    });
    Ok((Graph { steps: steps.collect(), places }, start + bytes))
}

/// When each tensor's memory is in use, by the number of the operator plus 1; 0 is before the first. Holds the graph to its
/// order: everything is written once, before it is read, and never by the operator that reads it.
fn lives(file: &ModelFile, graph: &Prepare, kept: &[Option<Range<usize>>]) -> Result<Vec<Life>, LoadError> {
    let info = &file.subgraphs[graph.subgraph];
    let mut lives = vec![Life::default(); graph.tensors.len()];
    let mut written: Vec<bool> = (0..graph.tensors.len())
        .map(|index| kept[index].is_some() || graph.tensors[index].as_ref().is_ok_and(|t| t.is_constant))
        .collect();
    let name = |index: usize| format!("the tensor {index} {:?}", info.tensors[index].name);
    let fail = |message| Err(LoadError::Graph(message));
    let mut touch = |index: usize, at: usize| {
        let root = graph.roots[index];
        lives[root].at(at);
    };
    for &index in &info.inputs {
        if written[index] {
            return fail(format!("{} is an input of the model and has a content of its own", name(index)));
        }
        written[index] = true;
        touch(index, 0);
    }
    for (number, operator) in info.operators.iter().enumerate() {
        for index in operator.inputs.iter().copied().flatten() {
            let elements = info.tensors[index].elements();
            if !written[index] && elements > 0 && info.tensors[index].element_type != TensorType::Resource {
                return fail(format!(
                    "operator {number} ({}) reads {}, which nothing has written",
                    operator.name,
                    name(index)
                ));
            }
            touch(index, number + 1);
        }
        for &index in &operator.outputs {
            if written[index] {
                return fail(format!("operator {number} ({}) writes {} again", operator.name, name(index)));
            }
            written[index] = true;
            touch(index, number + 1);
        }
    }
    for &index in &info.outputs {
        if !written[index] {
            return fail(format!("{} is an output of the model, and nothing writes it", name(index)));
        }
        touch(index, info.operators.len());
    }
    Ok(lives)
}
