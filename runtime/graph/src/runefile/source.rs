//! Sources: where data comes into a pipeline, and what is known of it.

use std::fmt;

use runeblocks_core::{Axis, ElementType, Facts, SampleRate, Shape};

use super::fields::Reader;
use super::params::Values;
use super::{Argument, Expected, Version};
use crate::diagnostic::{Diagnostic, count, did_you_mean, list};
use crate::span::{Span, Spanned};

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Sound of one channel: `i16[samples]`.
    Sound,
    /// Accelerations along x, y and z: `f32[samples, 3]`.
    Accelerometer,
    /// A picture: `u8[1, height, width, channels]`.
    Image,
    /// Any tensor, as it lies in a file.
    Raw,
    /// Any tensor of random numbers.
    Random,
}

/// The channels of a picture's points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// One channel of brightness.
    Grayscale,
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red.
    Bgr,
}

impl PixelFormat {
    pub(super) const ALL: [(&'static str, Self); 3] =
        [("grayscale", Self::Grayscale), ("rgb", Self::Rgb), ("bgr", Self::Bgr)];

    /// How many channels there are.
    pub fn channels(self) -> usize {
        if self == Self::Grayscale { 1 } else { 3 }
    }

    /// Reads a name in any case; of version 1's `@PixelFormat::GrayScale` what follows the colons.
    pub(super) fn read(text: &str) -> Option<Self> {
        let name = text.rsplit("::").next().unwrap_or(text);
        Self::ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, format)| *format)
    }
}

/// A source.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// Where that is written.
    pub span: Span,
    /// What is known of its tensor; `None` where an error is reported.
    pub facts: Option<Facts>,
    /// The channels of a picture.
    pub pixel_format: Option<PixelFormat>,
}
impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Sound, Self::Accelerometer, Self::Image, Self::Raw, Self::Random];

    /// The name in a Runefile of version 2.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Accelerometer => "accelerometer",
            Self::Image => "image",
            Self::Raw => "raw",
            Self::Random => "random",
        }
    }

    pub(super) fn v1_name(self) -> &'static str {
        match self {
            Self::Sound => "SOUND",
            Self::Accelerometer => "ACCEL",
            Self::Image => "IMAGE",
            Self::Raw => "RAW",
            Self::Random => "RAND",
        }
    }

    /// The kind of that name; an unknown one is reported.
    pub(super) fn read(name: &Spanned<String>, version: Version, reader: &mut Reader<'_>) -> Option<Self> {
        let text = name.value.as_str();
        let (found, names, what) = match version {
            Version::V1 => {
                let found = Self::ALL.into_iter().find(|k| k.v1_name().eq_ignore_ascii_case(text));
                (found, Self::ALL.map(Self::v1_name), "capability")
            }
            Version::V2 => {
                (Self::ALL.into_iter().find(|k| k.name() == text), Self::ALL.map(Self::name), "kind of input")
            }
        };
        if found.is_none() {
            let mut diagnostic = Diagnostic::error("unknown-source", name.span, format!("there is no {what} `{text}`"));
            diagnostic.help.extend(did_you_mean(text, names));
            reader.push(diagnostic.help(format!("they are {}", list(names))));
        }
        found
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads a source. In version 1 the declared output gives the shape; in version 2 the arguments do.
pub(super) fn read(
    kind: Spanned<SourceKind>,
    args: &[Argument],
    declared: &[Expected],
    version: Version,
    reader: &mut Reader<'_>,
) -> Source {
    let values = Values::read(kind.value, kind.span, args, version, reader);
    let pixel_format = (kind.value == SourceKind::Image).then(|| values.pixel_format().unwrap_or_default());
    let mut source = Source { kind: kind.value, span: kind.span, facts: None, pixel_format };
    if values.failed {
        return source;
    }
    let declared = declared.first().filter(|_| version == Version::V1);
    source.facts = match facts(&source, &values, declared, version) {
        Ok(facts) => Some(facts),
        Err(diagnostic) => {
            reader.push(*diagnostic);
            None
        }
    };
    source
}

fn facts(
    source: &Source,
    values: &Values,
    declared: Option<&Expected>,
    version: Version,
) -> Result<Facts, Box<Diagnostic>> {
    let shape = declared.and_then(|d| d.shape.as_ref());
    let element_type = declared.and_then(|d| d.element_type.as_ref());
    let fixed_type = match source.kind {
        SourceKind::Sound => Some(ElementType::I16),
        SourceKind::Accelerometer => Some(ElementType::F32),
        SourceKind::Image => Some(ElementType::U8),
        SourceKind::Raw | SourceKind::Random => None,
    };
    if let (Some(fixed), Some(declared)) = (fixed_type, element_type)
        && fixed != declared.value
    {
        return Err(Box::new(
            Diagnostic::error(
                "type-mismatch",
                declared.span,
                format!("the input `{}` gives {fixed}, but {} is declared", source.kind, declared.value),
            )
            .label(source.span, format!("gives {fixed}"))
            .help(format!("write `type: {fixed}`")),
        ));
    }
    // What the arguments say, and where; a declared shape must hold as many elements.
    let said: Option<(Shape, Span, String)> = match source.kind {
        SourceKind::Sound => match (values.integer("sample_rate"), values.number()) {
            (Some((rate, _)), Some((duration, span))) => {
                let samples = rate as f64 * duration / 1000.0;
                let whole = samples.round().max(1.0);
                // A duration is written in decimals, so it may miss the sample by a little.
                if (samples - whole).abs() > 0.01 {
                    let duration_of_whole = whole * 1000.0 / rate as f64;
                    return Err(Box::new(
                        Diagnostic::error(
                            "argument",
                            span,
                            format!("{duration} ms at {rate} Hz are {samples} samples: expected a whole number"),
                        )
                        .help(format!(
                            "write {} for {whole} samples",
                            (duration_of_whole * 10_000.0).round() / 10_000.0
                        )),
                    ));
                }
                let whole = whole as usize;
                Some((Shape::from([whole]), span, format!("{rate} Hz for {duration} ms are {whole} samples")))
            }
            _ => None,
        },
        SourceKind::Accelerometer => values.integer("samples").map(|(n, span)| {
            (
                Shape::from([n as usize, 3]),
                span,
                format!("{n} samples of x, y and z are {} numbers", n.saturating_mul(3)),
            )
        }),
        SourceKind::Image => match (values.integer("width"), values.integer("height")) {
            (Some((width, span)), Some((height, _))) => {
                let channels = source.pixel_format.unwrap_or_default().channels();
                let shape = Shape::from([1, height as usize, width as usize, channels]);
                Some((shape, span, format!("{width} × {height} points of {}", count(channels, "channel"))))
            }
            _ => None,
        },
        SourceKind::Raw | SourceKind::Random => values.shape().map(|s| (s.clone(), source.span, format!("shape {s}"))),
    };
    let element_type =
        fixed_type.or(element_type.map(|t| t.value)).or(values.element_type()).unwrap_or(ElementType::U8);
    let shape = match (shape, said) {
        (Some(declared), Some((said, span, reason))) if declared.value.count() != said.count() => {
            return Err(Box::new(
                Diagnostic::error(
                    "shape-mismatch",
                    declared.span,
                    format!("the declared shape {} does not hold what the arguments say: {reason}", declared.value),
                )
                .at(format!("{} elements", declared.value.count().unwrap_or(0)))
                .label(span, reason)
                .help(format!(
                    "write a shape of {} elements, such as {said}, or correct the arguments",
                    said.count().unwrap_or(0)
                )),
            ));
        }
        (Some(declared), _) => declared.value.clone(),
        (None, Some((said, ..))) => said,
        (None, None) => match (source.kind, values.integer("length")) {
            (SourceKind::Raw | SourceKind::Random, Some((bytes, span))) => {
                let size = element_type.size().unwrap_or(1) as u64;
                if bytes % size != 0 {
                    return Err(length_mismatch(bytes, span, element_type, None));
                }
                Shape::from([(bytes / size) as usize])
            }
            (SourceKind::Accelerometer, _) => Shape::from([Axis::Stream, Axis::Fixed(3)]),
            (SourceKind::Sound, _) if version == Version::V1 => {
                return Err(Box::new(
                    Diagnostic::error("missing-argument", source.span, "nothing says how long the sound is")
                        .help("write `sample_duration_ms: 1000` under `args`, or the samples under `outputs`"),
                ));
            }
            _ => Shape::from([Axis::Stream]),
        },
    };
    // Version 1 does not say what the `n` of random numbers counts.
    if (source.kind == SourceKind::Raw || version == Version::V2)
        && let Some((bytes, span)) = values.integer("length")
        && let Some(count) = shape.count()
        && count as u64 * element_type.size().unwrap_or(1) as u64 != bytes
    {
        return Err(length_mismatch(bytes, span, element_type, Some(&shape)));
    }
    let mut facts = Facts::new(element_type, shape);
    facts.sample_rate = values.integer("sample_rate").map(|(rate, _)| SampleRate(rate as u32));
    Ok(facts)
}

fn length_mismatch(bytes: u64, span: Span, element_type: ElementType, shape: Option<&Shape>) -> Box<Diagnostic> {
    let size = element_type.size().unwrap_or(1);
    let needed = match shape {
        Some(shape) => format!("{element_type} {shape} takes {}", shape.count().unwrap_or(0) * size),
        None => format!("an {element_type} takes {size}"),
    };
    Box::new(
        Diagnostic::error("shape-mismatch", span, format!("{bytes} bytes do not hold the tensor: {needed}"))
            .help("correct `length`, or leave it out"),
    )
}
