//! Arrays held against the facts of what takes them.

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use runeblocks_core::{Facts, Quantization};

use crate::facts;
use crate::inputs::{Given, described, known};
use crate::remedy::remedy;
use crate::tensor::{self, Input};

/// Borrows an array for an input, whose type and facts are checked; its shape is not. `what` says whose input it is.
pub(crate) fn borrow<'py>(what: &str, input: &str, given: &Given<'py>, expected: &Facts) -> PyResult<Input<'py>> {
    let (array, carried) = given;
    if tensor::element_type(&array.dtype()) != Some(expected.element_type) {
        let remedy = known(given).map(|found| remedy(&found, expected)).unwrap_or_default();
        return Err(PyTypeError::new_err(misfit(what, input, array, expected, &remedy)));
    }
    if let Some(carried) = carried.as_ref().map(|carried| &carried.get().0)
        && carried.element_type == expected.element_type
    {
        let fault = |found: String, wanted: String| {
            Err(PyValueError::new_err(format!("{what}: the input `{input}` is {found}: expected {wanted}")))
        };
        match (carried.sample_rate, expected.sample_rate) {
            (Some(found), Some(wanted)) if found != wanted => {
                let help = "(runeblocks.read_sound(path, sample_rate=…, resample=True) reads sound at any rate)";
                return fault(format!("sampled at {found}"), format!("{wanted} {help}"));
            }
            _ => {}
        }
        match (carried.front_end, expected.front_end) {
            (Some(found), Some(wanted)) if found != wanted => {
                return fault(format!("of the front end {found}"), format!("that of {wanted}"));
            }
            _ => {}
        }
        let text = |Quantization { scale, zero_point }| format!("scale {scale}, zero point {zero_point}");
        match (carried.quantization, expected.quantization) {
            (Some(found), Some(wanted)) if !found.agrees_with(wanted) => {
                return fault(format!("quantised with {}", text(found)), text(wanted) + &remedy(carried, expected));
            }
            _ => {}
        }
    }
    Input::new(array)
}

/// The exception for an array whose shape is not the one expected; `clips` where it is a batch of them.
pub(crate) fn other_shape(
    what: &str,
    input: &str,
    array: &Bound<'_, PyUntypedArray>,
    expected: &Facts,
    clips: bool,
) -> PyErr {
    let found: Vec<usize> = array.shape().to_vec();
    let wanted = expected.shape.axes().len();
    let remedy = match clips {
        true => " for each clip along its first axis",
        false if found.len() == wanted + 1 => "; `batch` takes many at once",
        false => "",
    };
    PyValueError::new_err(misfit(what, input, array, expected, remedy))
}

fn misfit(what: &str, input: &str, array: &Bound<'_, PyUntypedArray>, expected: &Facts, remedy: &str) -> String {
    let (found, dtype, shape) =
        (described(array), tensor::dtype_name(expected.element_type), facts::text(&expected.shape));
    format!("{what}: the input `{input}` is {found}: expected {dtype} {shape}{remedy}")
}
