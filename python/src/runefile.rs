//! Runefiles, and what there is to say about them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use runeblocks_graph::diagnostic::SourceText;
use runeblocks_graph::{Diagnostics, Environment, Graph, ResourceContent};
use runeblocks_model::{Backend, Loader};

use crate::descriptor::registry;
use crate::pipeline::Pipeline;

/// One finding: severity, code, message, file, line, column, help, and all of it as text.
pub(crate) type Finding = (String, String, String, String, Option<usize>, Option<usize>, Vec<String>, String);

/// Where a Runefile is: its path, or its text and the folder of the files that it names.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Text(String, PathBuf),
    Path(PathBuf),
}

/// The pipeline of a Runefile, where it has no error, and all findings.
#[pyfunction]
#[pyo3(signature = (source, backend=None, resources=None, allow_other_front_end=false))]
pub(crate) fn load(
    py: Python<'_>,
    source: Source,
    backend: Option<&str>,
    resources: Option<&Bound<'_, PyDict>>,
    allow_other_front_end: bool,
) -> PyResult<(Option<Pipeline>, Vec<Finding>)> {
    let backend = backend.map(self::backend).transpose()?;
    let contents = resources.map(contents).transpose()?.unwrap_or_default();
    let built = py.detach(|| {
        let models = Loader { backend };
        let mut environment = Environment::new(registry(), &models);
        environment.resources = contents;
        environment.allow_other_front_end = allow_other_front_end;
        match &source {
            Source::Path(path) => Graph::load(path, &environment),
            Source::Text(text, folder) => Graph::from_text("Runefile", text, folder, &environment),
        }
    });
    Ok(match built {
        Ok(graph) => {
            let found = findings(&graph.findings());
            (Some(Pipeline::new(graph)), found)
        }
        Err(diagnostics) => (None, findings(&diagnostics)),
    })
}

/// The backend of a name.
pub(crate) fn backend(name: &str) -> PyResult<&'static dyn Backend> {
    runeblocks_model::backend_named(name).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// What takes the place of resources: a text, bytes, or the path of a file.
fn contents(resources: &Bound<'_, PyDict>) -> PyResult<BTreeMap<String, ResourceContent>> {
    let content = |name: &str, value: &Bound<'_, PyAny>| {
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(ResourceContent::Text(text.to_string()));
        }
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(ResourceContent::Binary(bytes.as_bytes().to_vec()));
        }
        value.extract().map(ResourceContent::File).map_err(|_| {
            let found = value.get_type();
            PyTypeError::new_err(format!("the resource `{name}` is {found}: expected a text, bytes, or a pathlib.Path"))
        })
    };
    resources
        .iter()
        .map(|(name, value)| {
            let name = runeblocks_core::text::key(&name.extract::<String>()?);
            let content = content(&name, &value)?;
            Ok((name, content))
        })
        .collect()
}

fn findings(diagnostics: &Diagnostics) -> Vec<Finding> {
    let SourceText { name, text } = diagnostics.source();
    let source = Arc::new(SourceText { name: name.clone(), text: text.clone() });
    let finding = |item: &runeblocks_graph::Diagnostic| {
        let place = item.labels.first().map(|label| label.span);
        let text = Diagnostics::new(source.clone(), vec![item.clone()]).to_string();
        (
            item.severity.as_str().to_owned(),
            item.code.to_owned(),
            item.message.clone(),
            name.clone(),
            place.map(|span| span.line),
            place.map(|span| span.column),
            item.help.clone(),
            text,
        )
    };
    diagnostics.items().iter().map(finding).collect()
}
