//! The descriptions of all blocks, and blocks by their names.

use std::sync::OnceLock;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use runeblocks_core::{ArgKind, ArgSpec, Descriptor, Port, PortType, Registry};
use serde_json::{Value, json};

use crate::{tensor, value};

/// All blocks.
pub(crate) fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(runeblocks_all::registry)
}

/// The block of that name.
pub(crate) fn find(name: &str) -> PyResult<&'static Descriptor> {
    registry().get(name).map_err(|error| match &error {
        runeblocks_core::RegistryError::Unknown { help, .. } => PyValueError::new_err(format!("{error} ({help})")),
        _ => PyValueError::new_err(error.to_string()),
    })
}

/// The description of each block: a dictionary with `name`, `summary`, `tags`, `implementation_version`, `inputs`,
/// `outputs`, `args` and `v1_defaults`. Element types are named as NumPy names them.
#[pyfunction]
pub(crate) fn descriptors(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyAny>>> {
    registry().iter().map(|descriptor| value::to_python(py, &describe(descriptor))).collect()
}

fn describe(descriptor: &Descriptor) -> Value {
    let info = descriptor.info();
    json!({
        "name": info.name,
        "summary": info.summary,
        "tags": info.tags,
        "implementation_version": info.implementation_version,
        "inputs": descriptor.inputs().map(port).collect::<Vec<_>>(),
        "outputs": descriptor.outputs().map(port).collect::<Vec<_>>(),
        "args": descriptor.args().iter().map(argument).collect::<Vec<_>>(),
        "v1_defaults": descriptor.v1_defaults(),
    })
}

/// A port; `axes` is null where it takes any shape.
fn port((port, of): (Port, PortType)) -> Value {
    let types: Vec<_> = of.types.iter().map(|&element_type| tensor::dtype_name(element_type)).collect();
    json!({
        "name": port.name,
        "types": types,
        "axes": if port.axes.is_empty() && of.rank.is_none() { None } else { Some(port.axes) },
        "summary": port.summary,
    })
}

fn argument(spec: &ArgSpec) -> Value {
    let (kind, choices) = match spec.kind {
        ArgKind::Bool => ("bool", None),
        ArgKind::Integer { .. } => ("int", None),
        ArgKind::Float => ("float", None),
        ArgKind::Words => ("words", None),
        ArgKind::Choice(names) => ("choice", Some(names)),
        _ => ("str", None),
    };
    json!({
        "name": spec.name,
        "aliases": spec.aliases,
        "summary": spec.summary,
        "kind": kind,
        "choices": choices,
        "required": spec.default.is_none(),
        "default": spec.default.map(|default| default()),
        "expected": spec.expected(),
    })
}
