//! Output buffers: grown once, then written again and again without allocating.

use alloc::{format, string::ToString, vec, vec::Vec};
use core::marker::PhantomData;

use ndarray::{ArrayView, ArrayViewD, ArrayViewMut, Dimension, IntoDimension, IxDyn};

use crate::{BlockError, Element, ElementType, Tensor, TensorView, Text, element::with_elements};

macro_rules! data {
    (numbers: $($n:ident $nt:ident $ns:literal),+; text: $u:ident $ut:ident $us:literal) => {
        #[doc(hidden)]
        #[derive(Debug, Clone, PartialEq)]
        pub enum Data { $($n(Vec<$nt>),)+ $u(Vec<$ut>) }

        impl Data {
            fn new(element_type: ElementType) -> Self {
                match element_type { $(ElementType::$n => Data::$n(Vec::new()),)+ ElementType::$u => Data::$u(Vec::new()) }
            }

            fn element_type(&self) -> ElementType {
                match self { $(Data::$n(_) => ElementType::$n,)+ Data::$u(_) => ElementType::$u }
            }

            fn view<'a>(&'a self, shape: &[usize]) -> Option<TensorView<'a>> {
                let shape = IxDyn(shape);
                Some(match self {
                    $(Data::$n(values) => TensorView::$n(ArrayView::from_shape(shape, values).ok()?),)+
                    Data::$u(values) => TensorView::$u(ArrayView::from_shape(shape, values).ok()?),
                })
            }

            fn clear(&mut self) {
                match self { $(Data::$n(values) => values.clear(),)+ Data::$u(values) => values.clear() }
            }

            fn copy_from(&mut self, view: &TensorView<'_>) -> bool {
                match (self, view) {
                    $((Data::$n(to), TensorView::$n(from)) => { replace(to, from); true })+
                    (Data::$u(to), TensorView::$u(from)) => { replace(to, from); true }
                    _ => false,
                }
            }
        }
    };
}
with_elements!(data);

/// Puts the values of a view in the place of others.
fn replace<T: Clone>(to: &mut Vec<T>, from: &ArrayViewD<'_, T>) {
    to.clear();
    match from.as_slice() {
        Some(values) => to.extend_from_slice(values),
        None => to.extend(from.iter().cloned()),
    }
}

/// A tensor that is written anew by each `process`: its shape may change from call to call, its memory is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Buffer {
    data: Data,
    shape: Vec<usize>,
}

impl Default for Buffer {
    /// An empty buffer of bytes.
    fn default() -> Self {
        Buffer::new(ElementType::U8)
    }
}

impl Buffer {
    /// An empty buffer (shape `[0]`) of one element type. It does not allocate elements until it is written.
    #[must_use]
    pub fn new(element_type: ElementType) -> Self {
        Buffer { data: Data::new(element_type), shape: vec![0] }
    }

    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.data.element_type()
    }

    /// What was written last.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the shape is only ever set together with the elements")]
    pub fn view(&self) -> TensorView<'_> {
        self.data.view(&self.shape).expect("a buffer holds as many elements as its shape says")
    }

    /// What was written last, as a tensor of its own.
    #[must_use]
    pub fn to_tensor(&self) -> Tensor {
        self.view().to_tensor()
    }

    /// Leaves no elements in the buffer, under a shape of as many axes, each of length 0.
    pub fn clear(&mut self, axes: usize) {
        self.data.clear();
        self.shape.clear();
        self.shape.resize(axes, 0);
    }

    /// Copies a tensor of the same element type, row-major, and gives it a shape of as many elements.
    ///
    /// # Errors
    ///
    /// When the element types or the counts differ.
    pub fn copy_from(&mut self, view: &TensorView<'_>, shape: &[usize]) -> Result<(), BlockError> {
        if count(shape) != Some(view.len()) {
            return Err(BlockError::Output {
                found: format!("a tensor of shape {:?}", view.shape()),
                expected: format!("as many elements as {shape:?} has"),
            });
        }
        if !self.data.copy_from(view) {
            return Err(BlockError::Output {
                found: format!("a tensor of {}", view.element_type()),
                expected: self.element_type().to_string(),
            });
        }
        self.shape.clear();
        self.shape.extend_from_slice(shape);
        Ok(())
    }

    /// Gives the buffer a shape and hands out its elements to be written, row-major. Elements keep what an earlier call
    /// left in them.
    ///
    /// # Errors
    ///
    /// When `T` is not the buffer's element type, or the shape has too many elements to address.
    pub fn write<T: Element, D: Dimension>(
        &mut self,
        shape: impl IntoDimension<Dim = D>,
    ) -> Result<ArrayViewMut<'_, T, D>, BlockError> {
        let shape = shape.into_dimension();
        let element_type = self.element_type();
        let too_large = |shape: &D| BlockError::Output {
            found: format!("a shape of {:?}", shape.slice()),
            expected: "a tensor that fits into memory".to_string(),
        };
        let values = T::values(&mut self.data).ok_or_else(|| BlockError::Output {
            found: format!("elements of {}", T::TYPE),
            expected: element_type.to_string(),
        })?;
        let count = count(shape.slice()).ok_or_else(|| too_large(&shape))?;
        if count > values.len() {
            values.try_reserve(count - values.len()).map_err(|_| too_large(&shape))?;
        }
        values.resize(count, T::default());
        self.shape.clear();
        self.shape.extend_from_slice(shape.slice());
        ArrayViewMut::from_shape(shape.clone(), values).map_err(|_| too_large(&shape))
    }
}

/// How many elements a shape has; `None` where its axes, those of length 0 left out, are more than an array can address.
fn count(shape: &[usize]) -> Option<usize> {
    let addressed = shape.iter().filter(|&&axis| axis != 0).try_fold(1usize, |n, &axis| n.checked_mul(axis));
    addressed.filter(|&n| isize::try_from(n).is_ok())?;
    Some(shape.iter().product())
}

/// The typed handle by which a block writes one output.
#[derive(Debug)]
pub struct Writer<'a, T, D> {
    buffer: &'a mut Buffer,
    types: PhantomData<(T, D)>,
}

impl<'a, T: Element, D: Dimension> Writer<'a, T, D> {
    /// A writer into `buffer`.
    pub fn new(buffer: &'a mut Buffer) -> Self {
        Writer { buffer, types: PhantomData }
    }

    /// Says how much there is this time (an axis may be 0) and hands out the elements to be written. Without this call
    /// the output keeps what it had.
    ///
    /// # Errors
    ///
    /// When the shape has too many elements to address.
    pub fn shape(self, shape: impl IntoDimension<Dim = D>) -> Result<ArrayViewMut<'a, T, D>, BlockError> {
        self.buffer.write(shape)
    }
}

/// The handle by which a block writes an output whose element type its arguments or inputs decide.
#[derive(Debug)]
pub struct AnyWriter<'a>(pub(crate) &'a mut Buffer);

impl<'a> AnyWriter<'a> {
    /// A writer into `buffer`.
    pub fn new(buffer: &'a mut Buffer) -> Self {
        AnyWriter(buffer)
    }

    /// The element type that `infer` settled.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.0.element_type()
    }

    /// As [`Writer::shape`], for elements of type `T`.
    ///
    /// # Errors
    ///
    /// When `T` is not the output's element type, or the shape has too many elements to address.
    pub fn shape<T: Element, D: Dimension>(
        self,
        shape: impl IntoDimension<Dim = D>,
    ) -> Result<ArrayViewMut<'a, T, D>, BlockError> {
        self.0.write(shape)
    }
}
