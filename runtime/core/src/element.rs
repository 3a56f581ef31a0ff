//! Element types of tensors.

use alloc::{string::ToString, sync::Arc, vec::Vec};
use core::{fmt, str::FromStr};

use ndarray::{ArcArray, ArrayViewD, IxDyn};

use crate::{BlockError, Tensor, TensorView, buffer::Data};

/// The element of a UTF-8 tensor: shared, so that a block can emit one of its words without allocating.
pub type Text = Arc<str>;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that a tensor can hold.
pub trait Element: sealed::Sealed + Clone + Default + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The tag of this type.
    const TYPE: ElementType;

    #[doc(hidden)]
    fn wrap(view: ArrayViewD<'_, Self>) -> TensorView<'_>;
    #[doc(hidden)]
    fn unwrap(view: TensorView<'_>) -> Option<ArrayViewD<'_, Self>>;
    #[doc(hidden)]
    fn own(array: ArcArray<Self, IxDyn>) -> Tensor;
    #[doc(hidden)]
    fn values(data: &mut Data) -> Option<&mut Vec<Self>>;
}

/// An element that is a number.
pub trait Number: Element + Copy + PartialOrd {
    /// The value as `f64`: exact, save for 64-bit integers beyond 2⁵³, which are rounded.
    fn to_f64(self) -> f64;
}

/// Calls `$m!` with every element type: variant, Rust type, name.
macro_rules! with_elements {
    ($m:ident) => {
        $m! {
            numbers: U8 u8 "u8", I8 i8 "i8", U16 u16 "u16", I16 i16 "i16", U32 u32 "u32", I32 i32 "i32",
                U64 u64 "u64", I64 i64 "i64", F32 f32 "f32", F64 f64 "f64";
            text: Utf8 Text "utf8"
        }
    };
}
pub(crate) use with_elements;

macro_rules! element_types {
    (numbers: $($n:ident $nt:ident $ns:literal),+; text: $u:ident $ut:ident $us:literal) => {
        /// The type of a tensor's elements.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ElementType {
            $(#[doc = concat!("`", $ns, "`")] $n,)+
            /// UTF-8 text.
            $u,
        }

        impl ElementType {
            /// Every element type.
            pub const ALL: &'static [ElementType] = &[$(ElementType::$n,)+ ElementType::$u];
            /// The element types that are numbers.
            pub const NUMBERS: &'static [ElementType] = &[$(ElementType::$n),+];

            /// The name as it is written in Runefiles, in lower case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$n => $ns,)+ Self::$u => $us }
            }

            /// Bytes of one element; `None` for text.
            #[must_use]
            pub const fn size(self) -> Option<usize> {
                match self { $(Self::$n => Some(size_of::<$nt>()),)+ Self::$u => None }
            }
        }

        $(element_types! { @impl $n $nt })+
        element_types! { @impl $u $ut }

        $(impl Number for $nt {
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss, clippy::unnecessary_cast, reason = "one body for all numbers")]
            fn to_f64(self) -> f64 { self as f64 }
        })+
    };
    (@impl $v:ident $t:ty) => {
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const TYPE: ElementType = ElementType::$v;
            fn wrap(view: ArrayViewD<'_, Self>) -> TensorView<'_> { TensorView::$v(view) }
            fn unwrap(view: TensorView<'_>) -> Option<ArrayViewD<'_, Self>> {
                match view { TensorView::$v(view) => Some(view), _ => None }
            }
            fn values(data: &mut Data) -> Option<&mut Vec<Self>> {
                match data { Data::$v(values) => Some(values), _ => None }
            }
            fn own(array: ArcArray<Self, IxDyn>) -> Tensor { Tensor::$v(array) }
        }
    };
}
with_elements!(element_types);

impl ElementType {
    /// The element types that are whole numbers.
    pub const INTEGERS: &'static [ElementType] = &[
        ElementType::U8,
        ElementType::I8,
        ElementType::U16,
        ElementType::I16,
        ElementType::U32,
        ElementType::I32,
        ElementType::U64,
        ElementType::I64,
    ];

    /// The least and the greatest value of an integer type, those of 64 bits rounded; `None` for floats and text.
    #[must_use]
    pub const fn bounds(self) -> Option<(f64, f64)> {
        Some(match self {
            ElementType::U8 => (0.0, u8::MAX as f64),
            ElementType::I8 => (i8::MIN as f64, i8::MAX as f64),
            ElementType::U16 => (0.0, u16::MAX as f64),
            ElementType::I16 => (i16::MIN as f64, i16::MAX as f64),
            ElementType::U32 => (0.0, u32::MAX as f64),
            ElementType::I32 => (i32::MIN as f64, i32::MAX as f64),
            ElementType::U64 => (0.0, u64::MAX as f64),
            ElementType::I64 => (i64::MIN as f64, i64::MAX as f64),
            ElementType::F32 | ElementType::F64 | ElementType::Utf8 => return None,
        })
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ElementType {
    type Err = BlockError;

    /// Reads a name in any case (`I16`, `i16`).
    fn from_str(name: &str) -> Result<Self, BlockError> {
        ElementType::ALL.iter().copied().find(|t| t.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            BlockError::Argument {
                name: "type".to_string(),
                found: alloc::format!("`{name}`"),
                expected: alloc::format!(
                    "an element type: {}",
                    crate::suggest::or_list(ElementType::ALL.iter().map(|t| t.name()))
                ),
                help: None,
            }
        })
    }
}

/// Element types as text: `i8`, `i8 or u16`, `any number`, `any type`.
pub(crate) fn one_of(types: &[ElementType]) -> alloc::string::String {
    if types == ElementType::NUMBERS {
        return "any number".to_string();
    }
    if types == ElementType::INTEGERS {
        return "any integer".to_string();
    }
    if types == ElementType::ALL {
        return "any type".to_string();
    }
    crate::suggest::or_list(types.iter().map(|t| t.name()))
}
