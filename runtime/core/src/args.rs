//! Arguments of blocks: one declaration gives the struct, its defaults, the checks, the schema and the documentation.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{BlockError, BlockErrors, Words, suggest};

/// The arguments of a block, declared with [`args!`](crate::args).
pub trait Args: Serialize + DeserializeOwned + Clone + Send + 'static {
    /// One entry for each argument, in the order of declaration.
    const SPECS: &'static [ArgSpec];
}

/// What values an argument takes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ArgKind {
    /// `true` or `false`.
    Bool,
    /// An integer between the bounds of its Rust type.
    Integer {
        /// The least value of the Rust type.
        min: i64,
        /// The greatest value of the Rust type, or of `i64` if that is less.
        max: i64,
    },
    /// A finite number.
    Float,
    /// Text.
    Text,
    /// A list of words, or a text with a word a line, as [`Words`] reads them.
    Words,
    /// One of some names.
    Choice(&'static [&'static str]),
}

/// A Rust type that an argument can have.
pub trait ArgValue {
    /// What values it takes.
    const KIND: ArgKind;
    /// Whether it may be left out without a default.
    const OPTIONAL: bool = false;

    /// The value as JSON, floats by their shortest decimal form.
    fn to_json(&self) -> Value;
}

macro_rules! integers {
    ($($t:ty)+) => { $(
        impl ArgValue for $t {
            const KIND: ArgKind = ArgKind::Integer {
                min: <$t>::MIN as i64,
                max: if <$t>::MAX as u64 > i64::MAX as u64 { i64::MAX } else { <$t>::MAX as i64 },
            };
            fn to_json(&self) -> Value { (*self).into() }
        }
    )+ };
}
integers!(u8 i8 u16 i16 u32 i32 u64 i64 usize);

macro_rules! floats {
    ($($t:ty)+) => { $(
        impl ArgValue for $t {
            const KIND: ArgKind = ArgKind::Float;
            fn to_json(&self) -> Value { self.to_string().parse::<f64>().map_or(Value::Null, Value::from) }
        }
    )+ };
}
floats!(f32 f64);

impl ArgValue for bool {
    const KIND: ArgKind = ArgKind::Bool;
    fn to_json(&self) -> Value {
        (*self).into()
    }
}

impl ArgValue for String {
    const KIND: ArgKind = ArgKind::Text;
    fn to_json(&self) -> Value {
        self.as_str().into()
    }
}

impl ArgValue for Vec<String> {
    const KIND: ArgKind = ArgKind::Words;
    fn to_json(&self) -> Value {
        self.as_slice().into()
    }
}

impl<T: ArgValue> ArgValue for Option<T> {
    const KIND: ArgKind = T::KIND;
    const OPTIONAL: bool = true;
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }
}

/// The declaration of one argument.
#[derive(Debug, Clone, Copy)]
pub struct ArgSpec {
    /// The name.
    pub name: &'static str,
    /// Other names by which it may be given.
    pub aliases: &'static [&'static str],
    /// What it does: the first paragraph of its documentation.
    pub summary: &'static str,
    /// What values it takes.
    pub kind: ArgKind,
    /// The value it has unless it is given; `None` for an argument that must be given.
    pub default: Option<fn() -> Value>,
    /// The unit of a number.
    pub unit: Option<&'static str>,
    /// The least value.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
}

impl ArgSpec {
    /// What the argument should be, as text: `an integer from 1 to 8`.
    #[must_use]
    pub fn expected(&self) -> String {
        let mut text = match self.kind {
            ArgKind::Bool => "true or false".to_owned(),
            ArgKind::Integer { .. } => "an integer".to_owned(),
            ArgKind::Float => "a number".to_owned(),
            ArgKind::Text => "a text".to_owned(),
            ArgKind::Words => "a list of words, or a text with one word a line".to_owned(),
            ArgKind::Choice(names) => suggest::or_list(names.iter().copied()),
        };
        text += &match self.bounds() {
            (Some(min), Some(max)) => format!(" from {min} to {max}"),
            (Some(min), None) => format!(" of at least {min}"),
            (None, Some(max)) => format!(" of at most {max}"),
            (None, None) => String::new(),
        };
        if let Some(unit) = self.unit {
            text += &format!(" ({unit})");
        }
        text
    }

    /// The least and the greatest value: as declared, else those of the Rust type where they say something.
    fn bounds(&self) -> (Option<f64>, Option<f64>) {
        let (mut min, mut max) = (self.min, self.max);
        if let ArgKind::Integer { min: least, max: greatest } = self.kind {
            min = min.or((least > i64::MIN).then_some(least as f64));
            max = max.or((greatest < i64::MAX && greatest != i64::from(u32::MAX)).then_some(greatest as f64));
        }
        (min, max)
    }

    /// The JSON Schema of the argument.
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut schema = match self.kind {
            ArgKind::Bool => json!({ "type": "boolean" }),
            ArgKind::Integer { .. } => json!({ "type": "integer" }),
            ArgKind::Float => json!({ "type": "number" }),
            ArgKind::Text => json!({ "type": "string" }),
            ArgKind::Words => json!({ "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ] }),
            ArgKind::Choice(names) => json!({ "enum": names }),
        };
        let (min, max) = self.bounds();
        let unit = self.unit.map(|unit| format!(" Unit: {unit}.")).unwrap_or_default();
        schema["description"] = format!("{}{unit}", self.summary).into();
        let number = |bound: f64| if is_whole(bound) { json!(bound as i64) } else { json!(bound) };
        if let Some(min) = min {
            schema["minimum"] = number(min);
        }
        if let Some(max) = max {
            schema["maximum"] = number(max);
        }
        if let Some(default) = self.default.map(|default| default()).filter(|default| !default.is_null()) {
            schema["default"] = default;
        }
        schema
    }

    /// Brings a value into the form that the argument's Rust type reads.
    fn accept(&self, value: &Value, notation: Notation) -> Result<Value, BlockError> {
        let error = || BlockError::Argument {
            name: self.name.to_owned(),
            found: found(value),
            expected: self.expected(),
            help: None,
        };
        let parsed = match value {
            Value::String(text) if notation == Notation::V1 => match self.kind {
                ArgKind::Integer { .. } | ArgKind::Float | ArgKind::Bool => {
                    serde_json::from_str::<Value>(text.trim()).ok().filter(|v| v.is_number() || v.is_boolean())
                }
                _ => None,
            },
            _ => None,
        };
        let value = parsed.as_ref().unwrap_or(value);
        if value.is_null() && self.default.is_some_and(|default| default().is_null()) {
            return Ok(Value::Null);
        }
        let (value, number) = match (self.kind, value) {
            (ArgKind::Bool, Value::Bool(_)) | (ArgKind::Text, Value::String(_)) => (value.clone(), None),
            (ArgKind::Integer { min, max }, Value::Number(number)) => {
                let whole = |x: f64| is_whole(x).then_some(x as i64);
                let integer = number.as_i64().or_else(|| whole(number.as_f64()?)).ok_or_else(error)?;
                if integer > max {
                    // The greatest value of the Rust type goes unsaid until a value exceeds it.
                    let spec = ArgSpec { max: self.max.or(Some(max as f64)), ..*self };
                    return Err(BlockError::Argument {
                        name: self.name.to_owned(),
                        found: found(value),
                        expected: spec.expected(),
                        help: None,
                    });
                }
                if integer < min {
                    return Err(error());
                }
                (integer.into(), Some(integer as f64))
            }
            (ArgKind::Float, Value::Number(number)) => (value.clone(), number.as_f64()),
            (ArgKind::Words, _) => {
                let fault = |fault| BlockError::Words { name: self.name.to_owned(), fault };
                (Words::read(value).map_err(fault)?.ok_or_else(error)?.list.into(), None)
            }
            (ArgKind::Choice(names), Value::String(name)) => {
                let name = names.iter().find(|valid| valid.eq_ignore_ascii_case(name)).ok_or_else(error)?;
                (Value::from(*name), None)
            }
            _ => return Err(error()),
        };
        match number {
            Some(x) if self.min.is_some_and(|min| x < min) || self.max.is_some_and(|max| x > max) => Err(error()),
            _ => Ok(value),
        }
    }
}

/// Whether `x` is a whole number that `i64` and `f64` both hold exactly.
fn is_whole(x: f64) -> bool {
    x % 1.0 == 0.0 && x.abs() < 9e15
}

/// A value as it is quoted in an error.
fn found(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        Value::Null => "empty".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// How strictly argument values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// Values have the type of their argument.
    #[default]
    Typed,
    /// Numbers and booleans may also be written as texts, as Runefiles of version 1 do.
    V1,
}

/// Reads arguments by their declaration: names (aliases too), kinds, bounds and defaults.
///
/// # Errors
///
/// Every fault that there is, not just the first.
pub fn parse_args<A: Args>(given: &Map<String, Value>, notation: Notation) -> Result<A, BlockErrors> {
    let values = resolve_args(A::SPECS, given, notation)?;
    serde_json::from_value(Value::Object(values)).map_err(|error| {
        BlockErrors::from(BlockError::Argument {
            name: "args".to_owned(),
            found: error.to_string(),
            expected: "the arguments as they are declared".to_owned(),
            help: None,
        })
    })
}

/// A value for each argument: that which is given, under the argument's own name and in the form that its Rust type
/// reads, or the default.
pub(crate) fn resolve_args(
    specs: &[ArgSpec],
    given: &Map<String, Value>,
    notation: Notation,
) -> Result<Map<String, Value>, BlockErrors> {
    let mut errors = Vec::new();
    let mut values = Map::new();
    for (name, value) in given {
        let known = |spec: &&ArgSpec| spec.name == name || spec.aliases.contains(&name.as_str());
        let Some(spec) = specs.iter().find(known) else {
            let help = suggest::help(name, specs.iter().map(|spec| spec.name));
            errors.push(BlockError::UnknownArgument { name: name.clone(), help });
            continue;
        };
        match spec.accept(value, notation) {
            Ok(_) if values.contains_key(spec.name) => errors.push(BlockError::Argument {
                name: spec.name.to_owned(),
                found: "given twice".to_owned(),
                expected: "one value".to_owned(),
                help: Some(format!("`{}` is the same as `{}`", spec.aliases.join("`, `"), spec.name)),
            }),
            Ok(value) => drop(values.insert(spec.name.to_owned(), value)),
            Err(error) => errors.push(error),
        }
    }
    for spec in specs {
        match spec.default {
            _ if values.contains_key(spec.name) || errors.iter().any(|e| e.argument() == Some(spec.name)) => {}
            Some(default) => drop(values.insert(spec.name.to_owned(), default())),
            None => errors.push(BlockError::MissingArgument { name: spec.name.to_owned(), expected: spec.expected() }),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(BlockErrors(errors)) }
}

/// Declares the arguments of a block.
///
/// Each field has a documentation comment, a type that is an [`ArgValue`], and, each at will and in this order: a
/// default (`= value`; an argument without one must be given), `unit`, `min`, `max` (both inclusive) and `alias`es.
/// The struct is read and written by serde; where every field has a default it implements [`Default`].
///
/// ```
/// runeblocks_core::args! {
///     /// Arguments of a window.
///     pub struct WindowArgs {
///         /// Length of a window.
///         window_size: u32 = 25, unit "ms", min 1, max 1_000, alias "size";
///         /// Names of the channels.
///         channels: Vec<String>;
///     }
/// }
/// ```
#[macro_export]
macro_rules! args {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $field:ident: $ty:ty = $default:expr
                    $(, unit $unit:literal)? $(, min $min:expr)? $(, max $max:expr)? $(, alias $alias:literal)*;
            )*
        }
    ) => {
        $crate::args! { @struct [$($doc)*] $vis $name default { $( [$($field_doc)*] $field: $ty )* } }
        $crate::args! { @specs $name { $(
            [$($field_doc)*] $field: $ty = [$default] [$($unit)?] [$($min)?] [$($max)?] [$($alias)*];
        )* } }

        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }
    };
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $field:ident: $ty:ty $(= $default:expr)?
                    $(, unit $unit:literal)? $(, min $min:expr)? $(, max $max:expr)? $(, alias $alias:literal)*;
            )*
        }
    ) => {
        $crate::args! { @struct [$($doc)*] $vis $name { $( [$($field_doc)*] $field: $ty )* } }
        $crate::args! { @specs $name { $(
            [$($field_doc)*] $field: $ty = [$($default)?] [$($unit)?] [$($min)?] [$($max)?] [$($alias)*];
        )* } }
    };
    (@struct [$($doc:literal)*] $vis:vis $name:ident $($default:ident)? { $( [$($field_doc:literal)*] $field:ident: $ty:ty )* }) => {
        $(#[doc = $doc])*
        #[derive(
            Debug, Clone, PartialEq, $crate::private::serde::Serialize, $crate::private::serde::Deserialize,
        )]
        #[serde(crate = "runeblocks_core::private::serde", deny_unknown_fields $(, $default)?)]
        $vis struct $name {
            $( $(#[doc = $field_doc])* pub $field: $ty, )*
        }
    };
    (@specs $name:ident { $(
        [$($field_doc:literal)*] $field:ident: $ty:ty = [$($default:expr)?] [$($unit:literal)?] [$($min:expr)?] [$($max:expr)?] [$($alias:literal)*];
    )* }) => {
        impl $crate::Args for $name {
            const SPECS: &'static [$crate::ArgSpec] = &[ $( $crate::ArgSpec {
                name: stringify!($field),
                aliases: &[$($alias),*],
                summary: concat!($($field_doc),*).trim_ascii(),
                kind: <$ty as $crate::ArgValue>::KIND,
                default: $crate::args!(@default $ty $(, $default)?),
                unit: $crate::args!(@option $($unit)?),
                min: $crate::args!(@option $($min as f64)?),
                max: $crate::args!(@option $($max as f64)?),
            } ),* ];
        }
    };
    (@default $ty:ty, $default:expr) => {
        Some(|| <$ty as $crate::ArgValue>::to_json(&$default))
    };
    (@default $ty:ty) => {
        if <$ty as $crate::ArgValue>::OPTIONAL { Some(|| $crate::private::serde_json::Value::Null) } else { None }
    };
    (@option $value:expr) => { Some($value) };
    (@option) => { None };
}

/// Declares an enum that an argument can have; the first variant is the default. Names are matched in any case.
///
/// ```
/// runeblocks_core::choice! {
///     /// A window function.
///     pub enum Window {
///         /// Raised cosine.
///         Hann = "hann",
///         /// None.
///         Rectangular = "rectangular",
///     }
/// }
/// assert_eq!(Window::default().to_string(), "hann");
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident {
            $(#[doc = $first_doc:literal])* $first:ident = $first_text:literal
            $(, $(#[doc = $variant_doc:literal])* $variant:ident = $text:literal)* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, Default,
            $crate::private::serde::Serialize, $crate::private::serde::Deserialize,
        )]
        #[serde(crate = "runeblocks_core::private::serde")]
        $vis enum $name {
            $(#[doc = $first_doc])* #[default] #[serde(rename = $first_text)] $first,
            $( $(#[doc = $variant_doc])* #[serde(rename = $text)] $variant, )*
        }

        impl $name {
            /// The name by which it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { Self::$first => $first_text, $(Self::$variant => $text),* }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.name())
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::BlockError;

            fn from_str(name: &str) -> ::core::result::Result<Self, $crate::BlockError> {
                for choice in [Self::$first $(, Self::$variant)*] {
                    if choice.name().eq_ignore_ascii_case(name) {
                        return Ok(choice);
                    }
                }
                Err($crate::BlockError::unknown_choice(stringify!($name), name, &[$first_text $(, $text)*]))
            }
        }

        impl $crate::ArgValue for $name {
            const KIND: $crate::ArgKind = $crate::ArgKind::Choice(&[$first_text $(, $text)*]);

            fn to_json(&self) -> $crate::private::serde_json::Value {
                self.name().into()
            }
        }
    };
}
