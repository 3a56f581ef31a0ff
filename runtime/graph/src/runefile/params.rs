//! The arguments of sources: one table a kind, for reading and for the JSON Schema.

use runeblocks_core::{ElementType, Shape};
use serde_json::{Value as Json, json};

use super::fields::Reader;
use super::source::{PixelFormat, SourceKind};
use super::{Argument, ArgumentValue, Version};
use crate::diagnostic::{Diagnostic, did_you_mean, list};
use crate::span::{Span, Spanned};
use crate::yaml::number;

#[derive(Clone, Copy)]
enum ParamKind {
    Integer { max: u64, unit: &'static str },
    Milliseconds,
    ElementType,
    Shape,
    PixelFormat,
}

struct Param {
    name: &'static str,
    /// The names in version 1, lower case with `_`.
    v1: &'static [&'static str],
    kind: ParamKind,
    required: bool,
    doc: &'static str,
}

impl Param {
    const fn optional(self) -> Self {
        Self { required: false, ..self }
    }
}

const fn param(name: &'static str, v1: &'static [&'static str], kind: ParamKind, doc: &'static str) -> Param {
    Param { name, v1, kind, required: true, doc }
}

const MAX_MILLISECONDS: f64 = 86_400_000.0;
const RATE: ParamKind = ParamKind::Integer { max: 10_000_000, unit: "Hz" };
const SIDE: ParamKind = ParamKind::Integer { max: 65_535, unit: "pixels" };

const SOUND: &[Param] = &[
    param("sample_rate", &["hz"], RATE, "Samples per second."),
    param(
        "duration_ms",
        &["sample_duration_ms", "sample_duration"],
        ParamKind::Milliseconds,
        "Length of a clip. Without it, the sound is a stream.",
    )
    .optional(),
];
const ACCELEROMETER: &[Param] = &[
    param(
        "samples",
        &["n"],
        ParamKind::Integer { max: 1 << 32, unit: "samples" },
        "Samples of a recording. Without them, the accelerations are a stream.",
    )
    .optional(),
    param("sample_rate", &["hz"], RATE, "Samples per second.").optional(),
];
const IMAGE: &[Param] = &[
    param("width", &["width"], SIDE, "Points in a row."),
    param("height", &["height"], SIDE, "Rows."),
    param("pixel_format", &["pixel_format"], ParamKind::PixelFormat, "Channels of a point; `rgb` without it.")
        .optional(),
];
const RAW: &[Param] = &[
    param("element_type", &[], ParamKind::ElementType, "Type of the elements; `u8` without it.").optional(),
    param("shape", &[], ParamKind::Shape, "Shape of the tensor. Without it, the elements are a stream.").optional(),
    param(
        "length",
        &["length", "n"],
        ParamKind::Integer { max: 1 << 40, unit: "bytes" },
        "Bytes of the tensor, as a check on type and shape.",
    )
    .optional(),
];

enum ParamValue {
    Integer(u64),
    Number(f64),
    ElementType(ElementType),
    Shape(Shape),
    PixelFormat(PixelFormat),
}

impl SourceKind {
    fn params(self) -> &'static [Param] {
        match self {
            Self::Sound => SOUND,
            Self::Accelerometer => ACCELEROMETER,
            Self::Image => IMAGE,
            Self::Raw | Self::Random => RAW,
        }
    }

    /// The JSON Schema of the arguments.
    pub(super) fn args_schema(self) -> Json {
        let mut properties = serde_json::Map::new();
        for param in self.params() {
            let mut schema = match param.kind {
                ParamKind::Integer { max, .. } => json!({ "type": "integer", "minimum": 1, "maximum": max }),
                ParamKind::Milliseconds => {
                    json!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_MILLISECONDS as u64 })
                }
                ParamKind::ElementType => json!({ "$ref": "#/$defs/elementType" }),
                ParamKind::Shape => json!({ "$ref": "#/$defs/shape" }),
                ParamKind::PixelFormat => json!({ "enum": PixelFormat::ALL.map(|(name, _)| name) }),
            };
            schema["description"] = match param.kind {
                ParamKind::Integer { unit, .. } => format!("{} Unit: {unit}.", param.doc).into(),
                ParamKind::Milliseconds => format!("{} Unit: ms.", param.doc).into(),
                _ => param.doc.into(),
            };
            properties.insert(param.name.into(), schema);
        }
        let required: Vec<_> = self.params().iter().filter(|p| p.required).map(|p| p.name).collect();
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }
}

/// Arguments of a source, read by its table.
pub(super) struct Values {
    given: Vec<(&'static str, Span, ParamValue)>,
    pub(super) failed: bool,
}

impl Values {
    pub(super) fn read(
        kind: SourceKind,
        at: Span,
        args: &[Argument],
        version: Version,
        reader: &mut Reader<'_>,
    ) -> Self {
        let params = kind.params();
        let mut values = Self { given: Vec::new(), failed: false };
        let mut named = Vec::new();
        for arg in args {
            let name = match version {
                Version::V1 => arg.name.value.to_ascii_lowercase().replace('-', "_"),
                Version::V2 => arg.name.value.clone(),
            };
            let known = |p: &&Param| match version {
                Version::V1 => p.v1.contains(&name.as_str()),
                Version::V2 => p.name == name,
            };
            let Some(param) = params.iter().find(known) else {
                values.failed |= version == Version::V2;
                // One that is misspelt is not missing too.
                named.extend(meant(kind, &arg.name.value, version));
                reader.push(unknown(kind, arg, version));
                continue;
            };
            named.push(param.name);
            match param.value(&arg.value, version) {
                Ok(value) => values.given.push((param.name, arg.value.span, value)),
                Err(diagnostic) => {
                    values.failed = true;
                    reader.push(diagnostic);
                }
            }
        }
        for missing in params.iter().filter(|p| p.required && !named.contains(&p.name)) {
            let name = if version == Version::V1 { missing.v1[0] } else { missing.name };
            values.failed = true;
            reader.push(
                Diagnostic::error("missing-argument", at, format!("the argument `{name}` is missing: {}", missing.doc))
                    .help(format!("write `args: {{ {name}: … }}`, {}", missing.expected(version))),
            );
        }
        values
    }

    pub(super) fn integer(&self, name: &str) -> Option<(u64, Span)> {
        self.given.iter().find_map(|(n, span, value)| match value {
            ParamValue::Integer(value) if *n == name => Some((*value, *span)),
            _ => None,
        })
    }

    pub(super) fn number(&self) -> Option<(f64, Span)> {
        self.given.iter().find_map(|(_, span, v)| if let ParamValue::Number(x) = v { Some((*x, *span)) } else { None })
    }

    pub(super) fn element_type(&self) -> Option<ElementType> {
        self.given.iter().find_map(|(_, _, v)| if let ParamValue::ElementType(t) = v { Some(*t) } else { None })
    }

    pub(super) fn shape(&self) -> Option<&Shape> {
        self.given.iter().find_map(|(_, _, v)| if let ParamValue::Shape(s) = v { Some(s) } else { None })
    }

    pub(super) fn pixel_format(&self) -> Option<PixelFormat> {
        self.given.iter().find_map(|(_, _, v)| if let ParamValue::PixelFormat(f) = v { Some(*f) } else { None })
    }
}

/// The argument that version 1 calls by this name, or the nearest one.
fn meant(kind: SourceKind, name: &str, version: Version) -> Option<&'static str> {
    let renamed = kind.params().iter().find(|p| version == Version::V2 && p.v1.contains(&name));
    renamed.map(|p| p.name).or_else(|| runeblocks_core::nearest(name, kind.params().iter().map(|p| p.name)))
}

fn unknown(kind: SourceKind, arg: &Argument, version: Version) -> Diagnostic {
    let name = &arg.name.value;
    let (message, names): (_, Vec<&str>) = match version {
        Version::V1 => (
            format!("the capability {} has no argument `{name}`: it has no effect", kind.v1_name()),
            kind.params().iter().flat_map(|p| p.v1.iter().copied()).collect(),
        ),
        Version::V2 => {
            (format!("the input `{kind}` has no argument `{name}`"), kind.params().iter().map(|p| p.name).collect())
        }
    };
    let mut diagnostic = match version {
        Version::V1 => Diagnostic::warning("unknown-argument", arg.name.span, message),
        Version::V2 => Diagnostic::error("unknown-argument", arg.name.span, message),
    };
    let meant = kind.params().iter().find(|p| version == Version::V2 && p.v1.contains(&name.as_str()));
    match meant {
        Some(param) => diagnostic.help.push(format!("version 2 calls it `{}`", param.name)),
        None => diagnostic.help.extend(did_you_mean(name, names.iter().copied())),
    }
    diagnostic.help(format!("the arguments are {}", list(names)))
}

impl Param {
    fn expected(&self, version: Version) -> String {
        match self.kind {
            ParamKind::Integer { max, unit } => format!("a whole number from 1 to {max} ({unit})"),
            ParamKind::Milliseconds => format!("a number above 0 and at most {MAX_MILLISECONDS} (ms)"),
            ParamKind::ElementType => format!("one of {}", list(ElementType::NUMBERS.iter().map(|t| t.name()))),
            ParamKind::Shape => "a list of at most 8 axis lengths, each at least 1".into(),
            ParamKind::PixelFormat if version == Version::V1 => {
                "`@PixelFormat::GrayScale`, `@PixelFormat::RGB` or `@PixelFormat::BGR`".into()
            }
            ParamKind::PixelFormat => format!("one of {}", list(PixelFormat::ALL.map(|(name, _)| name))),
        }
    }

    fn value(&self, given: &Spanned<ArgumentValue>, version: Version) -> Result<ParamValue, Diagnostic> {
        let error = |found: String| {
            Diagnostic::error(
                "argument",
                given.span,
                format!("the argument `{}` is {found}: expected {}", self.name, self.expected(version)),
            )
        };
        let json = match &given.value {
            ArgumentValue::Literal(literal) => literal.value(),
            ArgumentValue::Resource(name) => {
                return Err(error(format!("the resource `${name}`")).help("write the value itself"));
            }
        };
        let found = || match json {
            Json::String(text) => format!("`{text}`"),
            other => other.to_string(),
        };
        let number_of = |text: &str| number(text.trim())?;
        let number = match json {
            Json::Number(n) => Some(n.clone()),
            Json::String(text) if version == Version::V1 => match self.kind {
                ParamKind::Milliseconds => match (text.strip_suffix("ms"), text.strip_suffix('s')) {
                    (Some(ms), _) => number_of(ms),
                    (None, Some(s)) => number_of(s).and_then(|n| serde_json::Number::from_f64(n.as_f64()? * 1000.0)),
                    (None, None) => number_of(text),
                },
                _ => number_of(text),
            },
            _ => None,
        };
        let value = match (self.kind, json) {
            (ParamKind::Integer { max, .. }, _) => {
                number.and_then(|n| n.as_u64()).filter(|n| (1..=max).contains(n)).map(ParamValue::Integer)
            }
            (ParamKind::Milliseconds, _) => {
                number.and_then(|n| n.as_f64()).filter(|n| *n > 0.0 && *n <= MAX_MILLISECONDS).map(ParamValue::Number)
            }
            (ParamKind::ElementType, Json::String(name)) => {
                name.parse().ok().filter(|t| ElementType::NUMBERS.contains(t)).map(ParamValue::ElementType)
            }
            (ParamKind::PixelFormat, Json::String(name)) => PixelFormat::read(name).map(ParamValue::PixelFormat),
            (ParamKind::Shape, Json::Array(items)) => {
                let axis = |n: &Json| n.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
                let lengths: Option<Vec<usize>> = items.iter().map(axis).collect();
                lengths
                    .map(|l| Shape::from(&l[..]))
                    .filter(|s| s.axes().len() <= 8 && s.count().is_some_and(|n| n <= isize::MAX as usize / 16))
                    .map(ParamValue::Shape)
            }
            _ => None,
        };
        value.ok_or_else(|| error(found()))
    }
}
