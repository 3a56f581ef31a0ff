//! Tensors and views of them.

use alloc::vec::Vec;

use ndarray::{ArcArray, Array, ArrayViewD, Axis, Dimension, IxDyn};

use crate::{Element, ElementType, Text, element::with_elements};

/// A view could not be given another shape.
///
/// The element counts differ, or the elements do not lie in row-major order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tensor of shape {found:?} can't be seen as {expected:?}")]
pub struct ReshapeError {
    /// The tensor's shape.
    pub found: Vec<usize>,
    /// The shape asked for.
    pub expected: Vec<usize>,
}

macro_rules! tensors {
    (numbers: $($n:ident $nt:ident $ns:literal),+; text: $u:ident $ut:ident $us:literal) => {
        /// An owned tensor of any element type. Cloning shares the elements.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Tensor {
            $(#[doc = concat!("Elements of type `", $ns, "`.")] $n(ArcArray<$nt, IxDyn>),)+
            /// UTF-8 text.
            $u(ArcArray<$ut, IxDyn>),
        }

        /// A borrowed tensor of any element type.
        #[derive(Debug, Clone, PartialEq)]
        pub enum TensorView<'a> {
            $(#[doc = concat!("Elements of type `", $ns, "`.")] $n(ArrayViewD<'a, $nt>),)+
            /// UTF-8 text.
            $u(ArrayViewD<'a, $ut>),
        }

        /// A borrowed tensor of numbers; [`numeric!`](crate::numeric) runs one body for each element type.
        #[derive(Debug, Clone, PartialEq)]
        pub enum NumericView<'a> {
            $(#[doc = concat!("Elements of type `", $ns, "`.")] $n(ArrayViewD<'a, $nt>),)+
        }

        impl Tensor {
            /// A view of the whole tensor.
            #[must_use]
            pub fn view(&self) -> TensorView<'_> {
                match self {
                    $(Tensor::$n(array) => TensorView::$n(array.view()),)+
                    Tensor::$u(array) => TensorView::$u(array.view()),
                }
            }
        }

        impl<'a> TensorView<'a> {
            /// The type of the elements.
            #[must_use]
            pub fn element_type(&self) -> ElementType {
                match self { $(Self::$n(_) => ElementType::$n,)+ Self::$u(_) => ElementType::$u }
            }

            /// The length of each axis.
            #[must_use]
            pub fn shape(&self) -> &[usize] {
                match self { $(Self::$n(array) => array.shape(),)+ Self::$u(array) => array.shape() }
            }

            /// A tensor with a copy of the elements.
            #[must_use]
            pub fn to_tensor(&self) -> Tensor {
                match self {
                    $(Self::$n(array) => Tensor::$n(array.to_shared()),)+
                    Self::$u(array) => Tensor::$u(array.to_shared()),
                }
            }

            /// The same elements, row-major, under another shape.
            ///
            /// # Errors
            ///
            /// When the counts differ or the elements are not contiguous.
            pub fn reshape(self, shape: &[usize]) -> Result<TensorView<'a>, ReshapeError> {
                let error = |found: IxDyn| ReshapeError {
                    found: found.slice().to_vec(),
                    expected: shape.to_vec(),
                };
                match self {
                    $(Self::$n(array) => {
                        let found = array.raw_dim();
                        array.into_shape_with_order(IxDyn(shape)).map(Self::$n).map_err(|_| error(found))
                    })+
                    Self::$u(array) => {
                        let found = array.raw_dim();
                        array.into_shape_with_order(IxDyn(shape)).map(Self::$u).map_err(|_| error(found))
                    }
                }
            }

            /// The view of a numeric tensor; `None` for text.
            #[must_use]
            pub fn numeric(self) -> Option<NumericView<'a>> {
                match self { $(Self::$n(array) => Some(NumericView::$n(array)),)+ Self::$u(_) => None }
            }

            fn drop_leading_axis(self) -> Self {
                match self {
                    $(Self::$n(array) => Self::$n(array.index_axis_move(Axis(0), 0)),)+
                    Self::$u(array) => Self::$u(array.index_axis_move(Axis(0), 0)),
                }
            }
        }

        /// Runs one body for a [`NumericView`] of any element type; the array is bound to the given name.
        ///
        /// ```
        /// use runeblocks_core::{numeric, Number, Tensor};
        /// let view = Tensor::from(vec![1u8, 2, 3]).view().numeric().map(|view| {
        ///     numeric!(view, array => array.iter().map(|x| x.to_f64()).sum::<f64>())
        /// });
        /// assert_eq!(view, Some(6.0));
        /// ```
        #[macro_export]
        macro_rules! numeric {
            ($view:expr, $array:ident => $body:expr) => {
                match $view { $($crate::NumericView::$n($array) => $body,)+ }
            };
        }
    };
}
with_elements!(tensors);

impl<'a> TensorView<'a> {
    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The array behind the view, if its elements are of type `T`.
    #[must_use]
    pub fn array<T: Element>(self) -> Option<ArrayViewD<'a, T>> {
        T::unwrap(self)
    }

    /// Drops leading axes of length 1 until `rank` axes are left, or as many as can be dropped.
    #[must_use]
    pub fn squeeze_to(mut self, rank: usize) -> Self {
        while self.shape().len() > rank && self.shape().first() == Some(&1) {
            self = self.drop_leading_axis();
        }
        self
    }
}

impl Tensor {
    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.view().element_type()
    }
}

impl<T: Element, D: Dimension> From<Array<T, D>> for Tensor {
    fn from(array: Array<T, D>) -> Self {
        T::own(array.into_dyn().into_shared())
    }
}

impl<T: Element> From<Vec<T>> for Tensor {
    fn from(values: Vec<T>) -> Self {
        Array::from_vec(values).into()
    }
}

impl<'a, T: Element, D: Dimension> From<ndarray::ArrayView<'a, T, D>> for TensorView<'a> {
    fn from(view: ndarray::ArrayView<'a, T, D>) -> Self {
        T::wrap(view.into_dyn())
    }
}
