//! What is done alike for every element type.

use ndarray::IxDyn;
use runeblocks_core::{BlockError, Buffer, ElementType, TensorView, Text};

/// Calls `$m!` with every element type and its Rust type.
macro_rules! each_type {
    ($m:ident) => {
        $m! { U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32, U64 u64, I64 i64, F32 f32, F64 f64, Utf8 Text }
    };
}

macro_rules! functions {
    ($($variant:ident $rust:ty),+) => {
        /// Copies a tensor, row-major, under a shape of as many elements.
        pub(super) fn copy(from: &TensorView<'_>, shape: &[usize], to: &mut Buffer) -> Result<(), BlockError> {
            match from {
                $(TensorView::$variant(from) => {
                    let mut to = to.write::<$rust, _>(IxDyn(shape))?;
                    to.iter_mut().zip(from.iter()).for_each(|(to, from)| to.clone_from(from));
                })+
            }
            Ok(())
        }

        /// Leaves nothing in a buffer but a shape without elements.
        pub(super) fn clear(buffer: &mut Buffer, shape: &[usize]) -> Result<(), BlockError> {
            match buffer.element_type() {
                $(ElementType::$variant => { buffer.write::<$rust, _>(IxDyn(shape))?; })+
            }
            Ok(())
        }

        /// The same elements under another shape; `None` where it holds another number of them.
        pub(super) fn reshape<'a>(view: TensorView<'a>, shape: &[usize]) -> Option<TensorView<'a>> {
            Some(match view {
                $(TensorView::$variant(array) => TensorView::$variant(array.into_shape_with_order(IxDyn(shape)).ok()?),)+
            })
        }
    };
}
each_type!(functions);
