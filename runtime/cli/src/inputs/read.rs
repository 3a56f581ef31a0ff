//! Files as tensors, as an input takes them.

use std::path::Path;

use ndarray::{Array2, Array3, Axis as Dimension};
use runeblocks_core::{Axis, Facts, Tensor};
use runeblocks_graph::runefile::PixelFormat;
use runeblocks_graph::{Node, StageKind};
use runeblocks_io::image::{Colour, Image};
use runeblocks_io::sound::Fit;
use runeblocks_io::table::Table;
use runeblocks_io::{file, raw};

use super::fitted::{Fitted, Part, Unit, liveliest};
use super::{Feed, InputOptions, random};
use crate::failure::{Exit, Failure};

/// The tensor that a value gives an input, and what was done to its length where something was.
pub fn tensor(
    options: &InputOptions,
    feed: Feed,
    path: &Path,
    node: &Node,
) -> Result<(Tensor, Option<Fitted>), Failure> {
    let facts = &node.outputs()[0].facts;
    let tensor = match feed {
        Feed::Sound => return sound(options, path, facts),
        Feed::Acceleration => return acceleration(options, path, facts),
        Feed::Image => {
            let format = if let StageKind::Source { pixel_format, .. } = node.kind() { pixel_format } else { None };
            image(options, path, facts, format.unwrap_or_default())
        }
        Feed::Raw => numbers(path, facts),
        Feed::Random => seeded(path, facts, node.name()),
    };
    Ok((tensor?, None))
}

fn sound(options: &InputOptions, path: &Path, facts: &Facts) -> Result<(Tensor, Option<Fitted>), Failure> {
    let sound = options.sound_options.read(path, facts.sample_rate)?;
    let (given, unit) = (sound.samples().len(), Unit::Samples(Some(sound.sample_rate())));
    let Some(taken) = facts.shape.count().filter(|taken| *taken != given) else { return Ok((sound.into(), None)) };
    let (loudest, title) = (sound.loudest(taken), path.display().to_string());
    let (fit, begin) = match options.fit {
        None => (Fit::Exact, 0),
        Some(Part::Start) => (Fit::PadOrTrim, 0),
        Some(Part::Loudest) => (Fit::Loudest, loudest),
    };
    let sound = sound.fit(taken, fit).map_err(|error| error.in_file(path))?;
    Ok((sound.into(), Some(Fitted { title, unit, given, taken, begin, loudest })))
}

fn acceleration(options: &InputOptions, path: &Path, facts: &Facts) -> Result<(Tensor, Option<Fitted>), Failure> {
    const AXES: usize = 3;
    let table = Table::<f32>::read(path)?.into_values();
    let (rows, columns) = table.dim();
    let refuse = |message: String| Failure::new(Exit::Input, format!("{}: {message}", path.display()));
    if columns != AXES {
        return Err(refuse(format!("it has {columns} columns, and {AXES} are expected: x, y and z")));
    }
    let Some(expected) = facts.shape.count().map(|count| count / AXES).filter(|expected| *expected != rows) else {
        return Ok((table.into(), None));
    };
    let Some(part) = options.fit else {
        return Err(refuse(format!("it has {rows} rows, and {expected} are expected")).help(match rows > expected {
            true => "take the part with most movement with `--fit=loudest`, or its start with `--fit`",
            false => "add zeros to its end with `--fit`",
        }));
    };
    let loudest = liveliest(table.view(), expected);
    let begin = if part == Part::Loudest { loudest } else { 0 };
    let fitted = Array2::from_shape_fn((expected, AXES), |(row, column)| {
        table.get((begin + row, column)).copied().unwrap_or(0.0)
    });
    let (unit, title) = (Unit::Rows, path.display().to_string());
    Ok((fitted.into(), Some(Fitted { title, unit, given: rows, taken: expected, begin, loudest })))
}

fn image(options: &InputOptions, path: &Path, facts: &Facts, format: PixelFormat) -> Result<Tensor, Failure> {
    let colour = if format == PixelFormat::Grayscale { Colour::Grey } else { Colour::Rgb };
    let mut image = Image::read(path, colour)?;
    let (height, width, _) = image.pixels().dim();
    if let Some((rows, columns)) = size(facts, format).filter(|size| *size != (height, width)) {
        if !options.resize {
            return Err(Failure::new(
                Exit::Input,
                format!(
                    "{}: it has {width} × {height} pixels (width × height), and {columns} × {rows} are expected",
                    path.display()
                ),
            )
            .help("scale it with `--resize`"));
        }
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        image = image.resize(side(rows), side(columns)).map_err(|error| error.in_file(path))?;
    }
    let mut pixels: Array3<u8> = image.into_pixels();
    if format == PixelFormat::Bgr {
        pixels.invert_axis(Dimension(2));
    }
    Ok(pixels.into())
}

/// Height and width of the images that an input takes, where its shape tells: the channels are its last axis, or not there.
fn size(facts: &Facts, format: PixelFormat) -> Option<(usize, usize)> {
    let shape = facts.shape.fixed()?;
    match shape[..] {
        [.., height, width, channels] if channels == format.channels() => Some((height, width)),
        [.., height, width] if format.channels() == 1 => Some((height, width)),
        _ => None,
    }
}

fn numbers(path: &Path, facts: &Facts) -> Result<Tensor, Failure> {
    if let Some(shape) = facts.shape.fixed() {
        return Ok(raw::read(path, facts.element_type, &shape)?);
    }
    let bytes = file::read(path)?;
    let row: usize = facts.shape.axes().iter().map(|axis| if let Axis::Fixed(n) = axis { *n } else { 1 }).product();
    let rows = bytes.len() / (row * facts.element_type.size().unwrap_or(1)).max(1);
    let shape: Vec<_> =
        facts.shape.axes().iter().map(|axis| if let Axis::Fixed(n) = axis { *n } else { rows }).collect();
    Ok(raw::parse(&bytes, facts.element_type, &shape).map_err(|error| error.in_file(path))?)
}

fn seeded(seed: &Path, facts: &Facts, name: &str) -> Result<Tensor, Failure> {
    let Some(number) = seed.to_str().and_then(|seed| seed.parse().ok()) else {
        return Err(Failure::new(Exit::Usage, format!("the seed is `{}`: expected a whole number", seed.display()))
            .help("write `--random 1`"));
    };
    let shape = facts.shape.fixed();
    shape.and_then(|shape| random::tensor(number, facts.element_type, &shape)).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            format!("the input `{name}` takes {facts}, which has no length to fill with random numbers"),
        )
        .help("give the input a shape in the Runefile, or feed it from a file")
    })
}
