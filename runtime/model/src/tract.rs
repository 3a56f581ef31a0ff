//! The tract backend: float32 models.
//!
//! tract-tflite gives wrong numbers without notice for most quantised models, so all of them are refused here.

mod flatten;
mod operators;
mod session;

use std::collections::BTreeSet;

use crate::{
    Backend, MAX_TENSOR_BYTES, ModelError, ModelFile, Operator, Reasons, Session, Subgraph, TensorInfo, TensorType,
};

use operators::{SUPPORTED, code};

/// Runs float32 models by tract.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tract;

/// Name of the backend.
const NAME: &str = "tract";

impl Backend for Tract {
    fn name(&self) -> &'static str {
        NAME
    }

    fn supports(&self, file: &ModelFile) -> Result<(), Reasons> {
        let graph = file.main();
        let mut reasons = Vec::new();
        let quantized = quantized(graph);
        let help = quantized.is_some().then(|| "use the backend int8, or a float32 version of the model".to_owned());
        reasons.extend(quantized);
        reasons.extend(missing_operators(graph));
        reasons.extend(ports(file));
        reasons.extend(unset(graph));
        for (index, operator) in graph.operators.iter().enumerate() {
            if let Some(reason) = refused(operator, graph) {
                reasons.push(format!("operator {index}, {}: {reason}", operator.name));
            }
        }
        reasons.extend(grown_constants(graph));
        Reasons::check(NAME, reasons, help)
    }

    fn load(&self, file: &ModelFile) -> Result<Box<dyn Session>, ModelError> {
        self.supports(file).map_err(ModelError::Unsupported)?;
        Ok(Box::new(session::TractSession::new(file)?))
    }
}

/// The quantised tensors and the operators that use them, in a sentence.
fn quantized(graph: &Subgraph) -> Option<String> {
    let tensors: Vec<&TensorInfo> = graph.tensors.iter().filter(|tensor| tensor.is_quantized()).collect();
    if tensors.is_empty() {
        return None;
    }
    let types: BTreeSet<String> = tensors.iter().map(|tensor| tensor.element_type.to_string()).collect();
    let users = graph
        .operators
        .iter()
        .filter(|op| op.inputs.iter().flatten().chain(&op.outputs).any(|&index| graph.tensors[index].is_quantized()));
    Some(format!(
        "it is quantised, and tract's numbers for such models are wrong: {} of its {} tensors hold {} ({}), in the operators {}",
        tensors.len(),
        graph.tensors.len(),
        types.into_iter().collect::<Vec<_>>().join(", "),
        some(tensors.iter().map(|tensor| format!("{:?}", tensor.name))),
        counted(users),
    ))
}

/// The operators that tract-tflite lacks, in a sentence.
fn missing_operators(graph: &Subgraph) -> Option<String> {
    let mut missing = graph.operators.iter().filter(|op| !SUPPORTED.contains(&op.code)).peekable();
    missing.peek()?;
    Some(format!("it uses operators that tract lacks: {}", counted(missing)))
}

/// Inputs and outputs that are not float32.
fn ports(file: &ModelFile) -> Vec<String> {
    let side = |what: &'static str, index: usize, tensor: &TensorInfo| {
        let float = tensor.element_type == TensorType::Float32 || tensor.is_quantized();
        (!float).then(|| format!("its {what} {index} {:?} is {}, expected float32", tensor.name, tensor.element_type))
    };
    let inputs = file.inputs().enumerate().filter_map(|(index, tensor)| side("input", index, tensor));
    inputs.chain(file.outputs().enumerate().filter_map(|(index, tensor)| side("output", index, tensor))).collect()
}

/// Tensors that are read before anything gives them a value, in a sentence: what the graph reads is an input, a constant,
/// or the output of an earlier operator.
fn unset(graph: &Subgraph) -> Option<String> {
    let mut set: Vec<bool> = graph.tensors.iter().map(|tensor| tensor.constant_bytes.is_some()).collect();
    graph.inputs.iter().for_each(|&index| set[index] = true);
    let mut found = BTreeSet::new();
    for operator in &graph.operators {
        found.extend(operator.inputs.iter().flatten().copied().filter(|&index| !set[index]));
        operator.outputs.iter().for_each(|&index| set[index] = true);
    }
    found.extend(graph.outputs.iter().copied().filter(|&index| !set[index]));
    let names = some(found.iter().map(|&index| format!("{:?}", graph.tensors[index].name)));
    (!found.is_empty()).then(|| format!("it reads tensors that nothing gives a value: {names}"))
}

/// Why tract can't run one operator as it stands, or would do so wrongly.
fn refused(operator: &Operator, graph: &Subgraph) -> Option<String> {
    let tensor = |index: &usize| &graph.tensors[*index];
    let input = |n: usize| operator.inputs.get(n).and_then(Option::as_ref).map(tensor);
    if operator.inputs.iter().any(Option::is_none) {
        return Some("an optional input is left out".into());
    }
    if operator.outputs.is_empty() {
        return Some("it has no output".into());
    }
    let unusual = operator.inputs.iter().flatten().chain(&operator.outputs).map(tensor).find(|tensor| {
        let plain = matches!(
            tensor.element_type,
            TensorType::Float32 | TensorType::Int32 | TensorType::Int64 | TensorType::Bool
        );
        tensor.is_sparse || tensor.is_variable || !(plain || tensor.is_quantized())
    });
    if let Some(tensor) = unusual {
        let kind = match tensor {
            TensorInfo { is_sparse: true, .. } => "sparse".to_owned(),
            TensorInfo { is_variable: true, .. } => "variable".to_owned(),
            tensor => tensor.element_type.to_string(),
        };
        return Some(format!("the tensor {:?} is {kind}", tensor.name));
    }
    match operator.code {
        code::FULLY_CONNECTED | code::CONV_2D | code::DEPTHWISE_CONV_2D if operator.inputs.len() != 3 => {
            Some(format!("it has {} inputs, expected 3 (data, weights, bias)", operator.inputs.len()))
        }
        code::FULLY_CONNECTED if input(0)?.shape.len() != 2 && flatten::matrix(operator, graph).is_none() => {
            Some(format!("its input has the shape {:?} and its output is no matrix", input(0)?.shape))
        }
        code::DEPTHWISE_CONV_2D if input(0)?.shape.last() != input(1)?.shape.last() => {
            Some("its channel multiplier is not 1".into())
        }
        code::CONV_2D | code::DEPTHWISE_CONV_2D => {
            let channels =
                u64::try_from(*input(1)?.shape.get(if operator.code == code::CONV_2D { 0 } else { 3 })?).ok()?;
            let bytes = operator.macs.checked_div(channels)?.saturating_mul(4);
            (bytes > MAX_TENSOR_BYTES as u64)
                .then(|| format!("its windows unfold to {bytes} bytes, the limit is {MAX_TENSOR_BYTES}"))
        }
        code::SLICE if !(1..3).all(|n| input(n).is_some_and(|tensor| tensor.constant_bytes.is_some())) => {
            Some("its begin and size are not constants".into())
        }
        _ => None,
    }
}

/// Operators that would blow up a constant while the model is loaded, in a sentence.
///
/// Their result has a size that the content of another constant gives, so that a few damaged bytes could ask for any
/// amount of memory. Converters fold such operators, and none is left in a sound model.
fn grown_constants(graph: &Subgraph) -> Option<String> {
    let mut constant: Vec<bool> = graph.tensors.iter().map(|tensor| tensor.constant_bytes.is_some()).collect();
    let mut grown = Vec::new();
    for operator in &graph.operators {
        let first = operator.inputs.first().copied().flatten().is_some_and(|index| constant[index]);
        if first && code::SIZED_BY_CONTENT.contains(&operator.code) {
            grown.push(operator);
        }
        if operator.code == code::SHAPE || operator.inputs.iter().flatten().all(|&index| constant[index]) {
            operator.outputs.iter().for_each(|&index| constant[index] = true);
        }
    }
    (!grown.is_empty()).then(|| format!("it grows constants by {}", counted(grown.into_iter())))
}

/// Names with counts: `CONV_2D (5), SOFTMAX`.
fn counted<'a>(operators: impl Iterator<Item = &'a Operator>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for operator in operators {
        match counts.iter_mut().find(|(name, _)| *name == operator.name) {
            Some((_, count)) => *count += 1,
            None => counts.push((&operator.name, 1)),
        }
    }
    let names = counts.iter().map(|(name, n)| if *n == 1 { (*name).to_owned() } else { format!("{name} ({n})") });
    names.collect::<Vec<_>>().join(", ")
}

/// The first four of a list, and how many more there are.
fn some(mut items: impl Iterator<Item = String>) -> String {
    let mut text = items.by_ref().take(4).collect::<Vec<_>>().join(", ");
    let more = items.count();
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}
