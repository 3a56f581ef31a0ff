//! Numbers as little-endian bytes.

use ndarray::{Array, ArrayD, IxDyn, ShapeBuilder};
use runeblocks_core::{Number, Tensor};

/// A number with a fixed size in bytes.
pub(crate) trait LittleEndian: Number {
    /// The type as NumPy writes it.
    const DESCR: &'static str;

    /// The bytes, least significant first.
    fn bytes(self) -> impl AsRef<[u8]>;

    /// The numbers in `bytes`, whose length is a multiple of the size.
    fn numbers(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! little_endian {
    ($($t:ty: $descr:literal),+) => {$(
        impl LittleEndian for $t {
            const DESCR: &'static str = $descr;

            fn bytes(self) -> impl AsRef<[u8]> {
                self.to_le_bytes()
            }

            fn numbers(bytes: &[u8]) -> Vec<Self> {
                let (chunks, _) = bytes.as_chunks();
                chunks.iter().map(|chunk| Self::from_le_bytes(*chunk)).collect()
            }
        }
    )+};
}
little_endian!(
    u8: "|u1", i8: "|i1", u16: "<u2", i16: "<i2", u32: "<u4", i32: "<i4", u64: "<u8", i64: "<i8", f32: "<f4", f64: "<f8"
);

/// A tensor of these elements, in row-major order whatever `column_major` says about theirs; `None` when they do not fill the shape.
pub(crate) fn tensor<T: runeblocks_core::Element>(
    values: Vec<T>,
    shape: &[usize],
    column_major: bool,
) -> Option<Tensor> {
    let array = Array::from_shape_vec(IxDyn(shape).set_f(column_major), values).ok()?;
    let array: ArrayD<T> = if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() };
    Some(array.into())
}
