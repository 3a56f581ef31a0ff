//! The numbers of tensors.

use bytemuck::{AnyBitPattern, NoUninit};
use runeblocks_tflite::TensorType;

/// A number that tensors hold.
pub(crate) trait Number: NoUninit + AnyBitPattern + Send + Sync {}

impl<T: NoUninit + AnyBitPattern + Send + Sync> Number for T {}

/// An integer of up to 32 bits.
pub(crate) trait Integer: Number + Ord {
    const KIND: TensorType;
    const LEAST: i32;
    const GREATEST: i32;

    fn widened(self) -> i32;

    /// The nearest that the type holds.
    fn saturated(value: i32) -> Self;
}

macro_rules! integers {
    ($($name:ident $kind:ident,)*) => {$(
        impl Integer for $name {
            const KIND: TensorType = TensorType::$kind;
            const LEAST: i32 = $name::MIN as i32;
            const GREATEST: i32 = $name::MAX as i32;

            #[inline]
            fn widened(self) -> i32 {
                self.into()
            }

            #[inline]
            fn saturated(value: i32) -> Self {
                value.clamp(Self::LEAST, Self::GREATEST) as $name
            }
        }
    )*};
}

integers! {
    i8 Int8,
    i16 Int16,
    i32 Int32,
}
