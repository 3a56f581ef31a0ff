//! Values of arguments, between Python and JSON.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde_json::{Map, Value};

/// Arguments by their names.
pub(crate) fn arguments(block: &str, args: &Bound<'_, PyDict>) -> PyResult<Map<String, Value>> {
    args.iter()
        .map(|(name, value)| {
            let name = name.extract::<String>()?;
            let value = from_python(&value, &|found| format!("{block}: the argument `{name}` is {found}"))?;
            Ok((name, value))
        })
        .collect()
}

/// The JSON of a value: a number (those of NumPy too), a truth value, a text, nothing, or a sequence of such.
fn from_python(value: &Bound<'_, PyAny>, fault: &dyn Fn(&str) -> String) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_string().into());
    }
    if value.is_instance_of::<PyBool>() {
        return Ok(value.extract::<bool>()?.into());
    }
    if value.is_instance_of::<PyInt>() {
        // One that is too great for a block is great enough as a float to be refused with its bounds.
        return match value.extract::<i64>() {
            Ok(integer) => Ok(integer.into()),
            Err(_) => float(value.extract::<f64>()?, fault),
        };
    }
    if value.is_instance_of::<PyFloat>() {
        return float(value.extract::<f64>()?, fault);
    }
    if value.hasattr("tolist")? {
        return from_python(&value.call_method0("tolist")?, fault);
    }
    if let Ok(items) = value.extract::<Vec<Bound<'_, PyAny>>>() {
        return items.iter().map(|item| from_python(item, fault)).collect();
    }
    let found =
        format!("a value of the type `{}`: expected a number, a text, or a list of texts", value.get_type().name()?);
    Err(PyTypeError::new_err(fault(&found)))
}

fn float(value: f64, fault: &dyn Fn(&str) -> String) -> PyResult<Value> {
    match serde_json::Number::from_f64(value) {
        Some(number) => Ok(number.into()),
        None => Err(PyValueError::new_err(fault(&format!("{value}: expected a finite number")))),
    }
}

/// The Python object of a JSON value.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => integer.into_pyobject(py)?.into_any(),
            (None, Some(integer)) => integer.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::Array(items) => {
            let items = items.iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(map) => dict(py, map)?.into_any(),
    })
}

/// A dictionary of a JSON object.
pub(crate) fn dict<'py>(py: Python<'py>, map: &Map<String, Value>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in map {
        dict.set_item(name, to_python(py, value)?)?;
    }
    Ok(dict)
}
