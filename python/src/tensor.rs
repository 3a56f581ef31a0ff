//! Arrays of NumPy as tensors, and tensors as arrays.

use ndarray::{ArrayD, Axis, IxDyn};
use numpy::{
    PyArray, PyArrayDescr, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use runeblocks_core::{ElementType, Tensor, TensorView, Text, numeric};

/// Which arrays there can be, as text.
pub(crate) const EXPECTED: &str = "integers of 8 to 64 bits, float32, float64 or str";

/// The most axes of an array.
const MAX_AXES: usize = 32;

macro_rules! arrays {
    ($($variant:ident $t:ty, $name:literal, $kind:literal $bytes:literal);+) => {
        /// An array that is borrowed from Python.
        pub(crate) enum Input<'py> {
            $($variant(PyReadonlyArrayDyn<'py, $t>),)+
            Utf8(ArrayD<Text>),
        }

        impl<'py> Input<'py> {
            /// Borrows an array. One that is not aligned, or in the other byte order, is copied, and so is text.
            pub(crate) fn new(array: &Bound<'py, PyUntypedArray>) -> PyResult<Self> {
                let dtype = array.dtype();
                let Some(element_type) = element_type(&dtype) else {
                    return Err(PyTypeError::new_err(format!("an array of {dtype}: expected {EXPECTED}")));
                };
                if array.ndim() > MAX_AXES {
                    let found = array.ndim();
                    return Err(PyValueError::new_err(format!("an array of {found} axes: expected at most {MAX_AXES}")));
                }
                if element_type == ElementType::Utf8 {
                    return texts(array).map(Input::Utf8);
                }
                let array = if is_regular(array) {
                    array.clone()
                } else {
                    array.call_method1("astype", (dtype_name(element_type),))?.cast_into()?
                };
                Ok(match element_type {
                    $(ElementType::$variant => Input::$variant(array.cast::<PyArrayDyn<$t>>()?.try_readonly()?),)+
                    ElementType::Utf8 => texts(&array).map(Input::Utf8)?,
                })
            }

            /// The tensor.
            pub(crate) fn view(&self) -> TensorView<'_> {
                match self {
                    $(Input::$variant(array) => array.as_array().into(),)+
                    Input::Utf8(array) => array.view().into(),
                }
            }
        }

        /// Runs one body for a view of any element type; the array is bound to the given name.
        macro_rules! any {
            ($view:expr, $array:ident => $body:expr) => {
                match $view { $(TensorView::$variant($array) => $body,)+ TensorView::Utf8($array) => $body }
            };
        }

        /// The element type of a dtype, in whichever byte order.
        pub(crate) fn element_type(dtype: &Bound<'_, PyArrayDescr>) -> Option<ElementType> {
            match (dtype.kind(), dtype.itemsize()) {
                $(($kind, $bytes) => Some(ElementType::$variant),)+
                (b'U' | b'O', _) => Some(ElementType::Utf8),
                _ => None,
            }
        }

        /// NumPy's name of an element type.
        pub(crate) fn dtype_name(element_type: ElementType) -> &'static str {
            match element_type { $(ElementType::$variant => $name,)+ ElementType::Utf8 => "str" }
        }
    };
}
arrays! {
    U8 u8, "uint8", b'u' 1; I8 i8, "int8", b'i' 1; U16 u16, "uint16", b'u' 2; I16 i16, "int16", b'i' 2;
    U32 u32, "uint32", b'u' 4; I32 i32, "int32", b'i' 4; U64 u64, "uint64", b'u' 8; I64 i64, "int64", b'i' 8;
    F32 f32, "float32", b'f' 4; F64 f64, "float64", b'f' 8
}

/// Whether the elements can be read where they lie.
fn is_regular(array: &Bound<'_, PyUntypedArray>) -> bool {
    let dtype = array.dtype();
    let size = dtype.itemsize() as isize;
    let whole = array.strides().iter().all(|stride| stride % size == 0);
    whole && array.is_aligned() && dtype.is_native_byteorder().unwrap_or(true) && !array.is_empty()
        || (array.is_empty() && array.is_c_contiguous() && dtype.is_native_byteorder().unwrap_or(true))
}

fn texts(array: &Bound<'_, PyUntypedArray>) -> PyResult<ArrayD<Text>> {
    let words: Vec<String> = array.call_method0("ravel")?.call_method0("tolist")?.extract()?;
    let words = words.into_iter().map(Text::from).collect();
    ArrayD::from_shape_vec(IxDyn(array.shape()), words).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// A new array with the elements of a tensor.
pub(crate) fn to_numpy<'py>(py: Python<'py>, view: TensorView<'_>) -> PyResult<Bound<'py, PyAny>> {
    match view {
        TensorView::Utf8(words) => from_texts(py, words.iter(), words.shape()),
        view => match view.numeric() {
            Some(numbers) => Ok(numeric!(numbers, array => PyArray::from_array(py, &array).into_any())),
            None => Err(PyTypeError::new_err("a tensor that is neither numbers nor text")),
        },
    }
}

/// A new array of words.
pub(crate) fn from_texts<'py, 'a>(
    py: Python<'py>,
    words: impl Iterator<Item = &'a Text>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyAny>> {
    let words = PyList::new(py, words.map(|word| &**word).collect::<Vec<_>>())?;
    let dtype = PyDict::new(py);
    dtype.set_item("dtype", "str")?;
    py.import("numpy")?.call_method("array", (words,), Some(&dtype))?.call_method1("reshape", (shape.to_vec(),))
}

/// A new array of zeros.
pub(crate) fn zeros<'py>(
    py: Python<'py>,
    element_type: ElementType,
    shape: &[usize],
) -> PyResult<Bound<'py, PyUntypedArray>> {
    Ok(py.import("numpy")?.call_method1("zeros", (shape.to_vec(), dtype_name(element_type)))?.cast_into()?)
}

/// A tensor whose elements lie one beside the other, in row-major order.
pub(crate) enum Contiguous<'a> {
    /// As it was.
    Borrowed(TensorView<'a>),
    /// A copy of one that did not.
    Copied(Tensor),
}

impl<'a> Contiguous<'a> {
    /// Copies where that is needed.
    pub(crate) fn new(view: TensorView<'a>) -> Self {
        any!(view, array => {
            if array.is_standard_layout() {
                Contiguous::Borrowed(array.into())
            } else {
                Contiguous::Copied(array.as_standard_layout().into_owned().into())
            }
        })
    }

    /// The tensor.
    pub(crate) fn view(&self) -> TensorView<'_> {
        match self {
            Contiguous::Borrowed(view) => part(view.clone(), &[]),
            Contiguous::Copied(tensor) => tensor.view(),
        }
    }
}

/// The part of a tensor at a place along each of its first axes.
pub(crate) fn part<'b, 'a: 'b>(view: TensorView<'a>, places: &[usize]) -> TensorView<'b> {
    any!(view, array => {
        let mut array = array;
        for &place in places {
            array = array.index_axis_move(Axis(0), place);
        }
        array.reborrow().into()
    })
}
