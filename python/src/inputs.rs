//! What a block is called with.

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use runeblocks_core::{Axis, BlockErrors, Descriptor, ElementType, Facts, Port, PortType, Shape};

use crate::error;
use crate::facts::{self, Facts as PyFacts};
use crate::tensor::{self, Input};

/// An array, and the facts that it carries, if any.
pub(crate) type Given<'py> = (Bound<'py, PyUntypedArray>, Option<Bound<'py, PyFacts>>);

/// The inputs of a call.
pub(crate) struct Inputs<'py> {
    pub(crate) arrays: Vec<Input<'py>>,
    /// The lengths of the axes before those that the ports have: a batch of as many.
    pub(crate) leading: Vec<usize>,
    /// The facts of one of the batch.
    pub(crate) facts: Vec<Facts>,
}

impl<'py> Inputs<'py> {
    /// Checks element types and ranks. Where `batch` is none, axes beyond those of the ports are those of a batch; else
    /// there are so many of them.
    pub(crate) fn new(descriptor: &Descriptor, given: &[Given<'py>], batch: Option<usize>) -> PyResult<Self> {
        let ports: Vec<_> = descriptor.inputs().collect();
        if given.len() != ports.len() {
            let names: Vec<_> = ports.iter().map(|(port, _)| port.name).collect();
            let (found, expected) = (given.len(), ports.len());
            let text = format!("{}: {found} inputs: expected {expected} ({})", descriptor.name(), names.join(", "));
            return Err(PyTypeError::new_err(text));
        }
        let mut leading: Option<&[usize]> = None;
        let (mut arrays, mut all_facts) = (Vec::with_capacity(given.len()), Vec::with_capacity(given.len()));
        for ((array, carried), (port, of)) in given.iter().zip(&ports) {
            let fault = |remedy: &str| {
                let (found, expected) = (described(array), expected(*port, *of));
                format!("{}: the input `{}` is {found}: expected {expected}{remedy}", descriptor.name(), port.name)
            };
            let element_type = tensor::element_type(&array.dtype()).filter(|found| of.types.contains(found));
            let Some(element_type) = element_type else {
                let remedy = if let [only] = of.types { remedy(array, *only) } else { String::new() };
                return Err(PyTypeError::new_err(fault(&remedy)));
            };
            let shape = array.shape();
            let lead = match (batch, of.rank) {
                (Some(lead), _) => lead,
                (None, Some(rank)) => shape.len().saturating_sub(rank),
                (None, None) => 0,
            };
            if shape.len() < lead || of.rank.is_some_and(|rank| shape.len() != lead + rank) {
                return Err(PyValueError::new_err(fault("")));
            }
            let (lead, shape) = shape.split_at(lead);
            if leading.is_some_and(|leading| leading != lead) {
                return Err(PyValueError::new_err(fault(", and batches of one length")));
            }
            leading = Some(lead);
            let facts = match carried {
                Some(carried) if carried.get().0.element_type == element_type => {
                    Facts { shape: shape.into(), ..carried.get().0.clone() }
                }
                _ => Facts::new(element_type, shape),
            };
            arrays.push(Input::new(array)?);
            all_facts.push(facts);
        }
        Ok(Inputs { arrays, leading: leading.unwrap_or_default().to_vec(), facts: all_facts })
    }

    /// The facts of a stream of which these are a piece: the first axis is the one along which it arrives.
    pub(crate) fn stream(&self, descriptor: &Descriptor) -> PyResult<Vec<Facts>> {
        let stream = |facts: &Facts| match facts.shape.axes() {
            [_, rest @ ..] => {
                let shape = Shape::from([&[Axis::Stream], rest].concat());
                Ok(Facts { shape, ..facts.clone() })
            }
            [] => Err(PyValueError::new_err(format!(
                "{}: a piece of a stream has no axes: expected at least 1, along which the stream arrives",
                descriptor.name()
            ))),
        };
        self.facts.iter().map(stream).collect()
    }
}

/// The exception for what a block's `infer` refuses.
pub(crate) fn refused(descriptor: &Descriptor, inputs: &[Facts], errors: impl Into<BlockErrors>) -> PyErr {
    let plain = |facts: &Facts| *facts == Facts::new(facts.element_type, facts.shape.clone());
    let made = descriptor.inputs().any(|(_, of)| of.rank.is_some_and(|rank| rank > 1));
    let hint = if made && inputs.iter().any(plain) {
        " (what a block makes carries its facts; runeblocks.with_facts gives them to any array)"
    } else {
        ""
    };
    error::with_hint(descriptor.name(), errors, hint)
}

/// An array as errors show it.
pub(crate) fn described(array: &Bound<'_, PyUntypedArray>) -> String {
    format!("{} {}", array.dtype(), facts::text(&array.shape().into()))
}

/// What a port takes, by NumPy's names.
fn expected(port: Port, of: PortType) -> String {
    let types = match of.types {
        types if types == ElementType::NUMBERS => "any number".to_owned(),
        types if types == ElementType::INTEGERS => "any integer".to_owned(),
        types if types == ElementType::ALL => "any number or text".to_owned(),
        types => types.iter().map(|&t| tensor::dtype_name(t)).collect::<Vec<_>>().join(" or "),
    };
    match of.rank {
        None => types,
        Some(_) => {
            let axes = port.axes.join(", ");
            let comma = if port.axes.len() == 1 { "," } else { "" };
            format!("{types} ({axes}{comma}), or (n, {axes}) for a batch")
        }
    }
}

/// What to do about an element type where another is expected.
pub(crate) fn remedy(array: &Bound<'_, PyUntypedArray>, only: ElementType) -> String {
    let name = tensor::dtype_name(only);
    let Some(found) = tensor::element_type(&array.dtype()).filter(|found| ElementType::NUMBERS.contains(found)) else {
        return String::new();
    };
    if matches!(found, ElementType::F32 | ElementType::F64) && only == ElementType::I16 {
        return "; give scale=\"pcm16\" for samples from -1 to 1, or convert them with .astype(numpy.int16)".to_owned();
    }
    format!("; convert it with .astype(numpy.{name}) if its values are that")
}
