//! Facts of tensors.

use numpy::PyArrayDescr;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use runeblocks_core::{self as core, Axis, Digest, Framing, Quantization, SampleRate, Shape};

use crate::tensor;

/// What is known of a tensor beside its elements. What is not known is None, and is not checked.
///
/// Parameters
/// ----------
/// dtype: numpy.dtype
///     The type of the elements.
/// shape: tuple of int or None
///     The length of each axis; None for the one along which a stream arrives.
/// sample_rate: int, optional
///     Samples per second, of the sound that frames were cut from.
/// framing: (int, int), optional
///     Samples in a window, and from the start of one window to that of the next.
/// fft_size: int, optional
///     Points of the FFT that made the spectrum.
/// quantization: (float, int), optional
///     Scale and zero point: real = scale * (stored - zero point).
/// front_end: str, optional
///     The digest of the front end that made the features, 64 hexadecimal digits.
/// classes: int, optional
///     How many classes the elements, which are indices of classes, choose among.
#[pyclass(module = "runeblocks", frozen, eq)]
#[derive(Clone, PartialEq)]
pub(crate) struct Facts(pub(crate) core::Facts);

/// Reads a shape: one length, or a length for each axis.
fn shape_of(shape: &Bound<'_, PyAny>) -> PyResult<Shape> {
    let axes = shape.extract::<usize>().map(|length| vec![Some(length)]).or_else(|_| shape.extract());
    let axes: Vec<Option<usize>> = axes.map_err(|_| {
        let expected = "a length, or a sequence of lengths with None for the axis along which a stream arrives";
        PyTypeError::new_err(format!("the shape is {shape}: expected {expected}"))
    })?;
    if axes.iter().filter(|axis| axis.is_none()).count() > 1 {
        return Err(PyValueError::new_err(format!("the shape is {shape}: expected at most one None")));
    }
    Ok(axes.into_iter().map(|axis| axis.map_or(Axis::Stream, Axis::Fixed)).collect::<Vec<_>>().into())
}

#[pymethods]
impl Facts {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "one for each fact")]
    #[pyo3(signature = (dtype, shape, *, sample_rate=None, framing=None, fft_size=None, quantization=None, front_end=None, classes=None))]
    fn new(
        dtype: &Bound<'_, PyAny>,
        shape: &Bound<'_, PyAny>,
        sample_rate: Option<u32>,
        framing: Option<(u32, u32)>,
        fft_size: Option<u32>,
        quantization: Option<(f32, i32)>,
        front_end: Option<&str>,
        classes: Option<usize>,
    ) -> PyResult<Self> {
        let descr = PyArrayDescr::new(dtype.py(), dtype)?;
        let element_type = tensor::element_type(&descr)
            .ok_or_else(|| PyTypeError::new_err(format!("dtype is {descr}: expected {}", tensor::EXPECTED)))?;
        let front_end = front_end.map(str::parse::<Digest>).transpose();
        Ok(Facts(core::Facts {
            sample_rate: sample_rate.map(SampleRate),
            framing: framing.map(|(window, hop)| Framing { window, hop }),
            fft_size,
            quantization: quantization.map(|(scale, zero_point)| Quantization { scale, zero_point }),
            front_end: front_end.map_err(|error| PyValueError::new_err(error.to_string()))?,
            classes,
            ..core::Facts::new(element_type, shape_of(shape)?)
        }))
    }

    /// The type of the elements.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDescr>> {
        PyArrayDescr::new(py, tensor::dtype_name(self.0.element_type))
    }

    /// The length of each axis; None for the one along which a stream arrives.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, axes(&self.0.shape))
    }

    /// Samples per second.
    #[getter]
    fn sample_rate(&self) -> Option<u32> {
        self.0.sample_rate.map(|rate| rate.0)
    }

    /// Samples in a window, and from the start of one window to that of the next.
    #[getter]
    fn framing(&self) -> Option<(u32, u32)> {
        self.0.framing.map(|framing| (framing.window, framing.hop))
    }

    /// Points of the FFT that made the spectrum.
    #[getter]
    fn fft_size(&self) -> Option<u32> {
        self.0.fft_size
    }

    /// Scale and zero point: real = scale * (stored - zero point).
    #[getter]
    fn quantization(&self) -> Option<(f32, i32)> {
        self.0.quantization.map(|quantization| (quantization.scale, quantization.zero_point))
    }

    /// The digest of the front end that made the features, 64 hexadecimal digits.
    #[getter]
    fn front_end(&self) -> Option<String> {
        self.0.front_end.map(String::from)
    }

    /// How many classes the elements, which are indices of classes, choose among.
    #[getter]
    fn classes(&self) -> Option<usize> {
        self.0.classes
    }

    /// The same facts of a tensor of another shape.
    fn reshaped(&self, shape: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Facts(core::Facts { shape: shape_of(shape)?, ..self.0.clone() }))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let dtype = tensor::dtype_name(self.0.element_type);
        Ok(((dtype, axes(&self.0.shape)).into_pyobject(py)?, self.known(py)?))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut repr = format!("Facts('{}', {}", tensor::dtype_name(self.0.element_type), text(&self.0.shape));
        for (name, value) in self.known(py)? {
            repr += &format!(", {name}={}", value.repr()?);
        }
        Ok(repr + ")")
    }
}

impl Facts {
    /// What is known beside type and shape.
    fn known<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let known = PyDict::new(py);
        for (name, value) in [
            ("sample_rate", self.sample_rate().into_bound_py_any(py)?),
            ("framing", self.framing().into_bound_py_any(py)?),
            ("fft_size", self.fft_size().into_bound_py_any(py)?),
            ("quantization", self.quantization().into_bound_py_any(py)?),
            ("front_end", self.front_end().into_bound_py_any(py)?),
            ("classes", self.classes().into_bound_py_any(py)?),
        ] {
            if !value.is_none() {
                known.set_item(name, value)?;
            }
        }
        Ok(known)
    }
}

fn axes(shape: &Shape) -> Vec<Option<usize>> {
    shape.axes().iter().map(|&axis| if let Axis::Fixed(length) = axis { Some(length) } else { None }).collect()
}

/// A shape as Python writes it.
pub(crate) fn text(shape: &Shape) -> String {
    let axes: Vec<_> = axes(shape).into_iter().map(|a| a.map_or("None".to_owned(), |n| n.to_string())).collect();
    let comma = if axes.len() == 1 { "," } else { "" };
    format!("({}{comma})", axes.join(", "))
}
