//! The element types that a TensorFlow Lite file can name.

use core::fmt;

use runeblocks_core::ElementType;

/// The element type of a tensor as a TensorFlow Lite file names it (`TensorType` of the file's schema).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TensorType {
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 half precision.
    Float16,
    /// Signed 32 bits.
    Int32,
    /// Unsigned 8 bits.
    Uint8,
    /// Signed 64 bits.
    Int64,
    /// Text.
    String,
    /// One byte, zero or one.
    Bool,
    /// Signed 16 bits.
    Int16,
    /// Two single precision numbers.
    Complex64,
    /// Signed 8 bits.
    Int8,
    /// IEEE 754 double precision.
    Float64,
    /// Two double precision numbers.
    Complex128,
    /// Unsigned 64 bits.
    Uint64,
    /// A handle of a resource (a variable, a table).
    Resource,
    /// A value of any type.
    Variant,
    /// Unsigned 32 bits.
    Uint32,
    /// Unsigned 16 bits.
    Uint16,
    /// Signed 4 bits, two in a byte.
    Int4,
    /// A code that this version does not know.
    Unknown(i8),
}

impl TensorType {
    /// The type that a code of the file format stands for.
    #[must_use]
    pub fn from_code(code: i8) -> Self {
        match code {
            0 => Self::Float32,
            1 => Self::Float16,
            2 => Self::Int32,
            3 => Self::Uint8,
            4 => Self::Int64,
            5 => Self::String,
            6 => Self::Bool,
            7 => Self::Int16,
            8 => Self::Complex64,
            9 => Self::Int8,
            10 => Self::Float64,
            11 => Self::Complex128,
            12 => Self::Uint64,
            13 => Self::Resource,
            14 => Self::Variant,
            15 => Self::Uint32,
            16 => Self::Uint16,
            17 => Self::Int4,
            code => Self::Unknown(code),
        }
    }

    /// Bytes that `elements` elements take, or `None` where the type has no fixed size or the count overflows.
    pub fn bytes(self, elements: usize) -> Option<usize> {
        let size = match self {
            Self::Int4 => return Some(elements.div_ceil(2)),
            Self::Uint8 | Self::Int8 | Self::Bool => 1,
            Self::Float16 | Self::Int16 | Self::Uint16 => 2,
            Self::Float32 | Self::Int32 | Self::Uint32 => 4,
            Self::Int64 | Self::Uint64 | Self::Float64 | Self::Complex64 => 8,
            Self::Complex128 => 16,
            Self::String | Self::Resource | Self::Variant | Self::Unknown(_) => return None,
        };
        elements.checked_mul(size)
    }

    /// Whether integers of this type stand for real numbers by a scale and a zero point in quantised models.
    pub fn holds_quantised_values(self) -> bool {
        matches!(self, Self::Int8 | Self::Uint8 | Self::Int16 | Self::Uint16 | Self::Int4)
    }

    /// The element type of a tensor on an edge, or `None` where edges have none.
    pub fn element_type(self) -> Option<ElementType> {
        Some(match self {
            Self::Float32 => ElementType::F32,
            Self::Float64 => ElementType::F64,
            Self::Int8 => ElementType::I8,
            Self::Uint8 => ElementType::U8,
            Self::Int16 => ElementType::I16,
            Self::Uint16 => ElementType::U16,
            Self::Int32 => ElementType::I32,
            Self::Uint32 => ElementType::U32,
            Self::Int64 => ElementType::I64,
            Self::Uint64 => ElementType::U64,
            Self::String => ElementType::Utf8,
            _ => return None,
        })
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Float32 => "float32",
            Self::Float16 => "float16",
            Self::Int32 => "int32",
            Self::Uint8 => "uint8",
            Self::Int64 => "int64",
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int16 => "int16",
            Self::Complex64 => "complex64",
            Self::Int8 => "int8",
            Self::Float64 => "float64",
            Self::Complex128 => "complex128",
            Self::Uint64 => "uint64",
            Self::Resource => "resource",
            Self::Variant => "variant",
            Self::Uint32 => "uint32",
            Self::Uint16 => "uint16",
            Self::Int4 => "int4",
            Self::Unknown(code) => return write!(f, "unknown element type {code}"),
        })
    }
}

impl serde::Serialize for TensorType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
