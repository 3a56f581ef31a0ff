//! What is known of the tensors on an edge before any data flows.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use serde::Serialize;

use crate::{Buffer, Digest, Element, ElementType};

/// Samples per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SampleRate(pub u32);

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// One axis of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// An axis of known length.
    Fixed(usize),
    /// The axis along which data arrives: each call brings any number of rows, none too.
    Stream,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Axis::Fixed(length) => write!(f, "{length}"),
            Axis::Stream => f.write_str("stream"),
        }
    }
}

/// The axes of a tensor, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<Axis>);

impl Shape {
    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.0
    }

    /// Whether data arrives along one of the axes.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.0.contains(&Axis::Stream)
    }

    /// The lengths, if every axis is fixed.
    #[must_use]
    pub fn fixed(&self) -> Option<Vec<usize>> {
        self.0.iter().map(|axis| if let Axis::Fixed(n) = axis { Some(*n) } else { None }).collect()
    }

    /// How many elements there are, if every axis is fixed and the product can be addressed.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.fixed()?.into_iter().try_fold(1, usize::checked_mul)
    }

    /// The shape without leading axes of length 1, down to `rank` axes.
    #[must_use]
    pub fn squeeze_to(&self, rank: usize) -> Shape {
        let mut axes = &self.0[..];
        while axes.len() > rank && axes[0] == Axis::Fixed(1) {
            axes = &axes[1..];
        }
        Shape(axes.to_vec())
    }

    /// Whether a tensor of this shape may be seen as `other`, row-major: the axes are the same but for those of length
    /// 1, or one of the two is flat and their counts are equal.
    #[must_use]
    pub fn is_view_of(&self, other: &Shape) -> bool {
        let squeeze = |s: &Shape| s.0.iter().copied().filter(|a| *a != Axis::Fixed(1)).collect::<Vec<_>>();
        let (a, b) = (squeeze(self), squeeze(other));
        a == b || ((a.len() <= 1 || b.len() <= 1) && self.count().is_some() && self.count() == other.count())
    }
}

impl From<Vec<Axis>> for Shape {
    fn from(axes: Vec<Axis>) -> Self {
        Shape(axes)
    }
}

impl<const N: usize> From<[Axis; N]> for Shape {
    fn from(axes: [Axis; N]) -> Self {
        Shape(axes.to_vec())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(lengths: [usize; N]) -> Self {
        lengths[..].into()
    }
}

impl From<&[usize]> for Shape {
    fn from(lengths: &[usize]) -> Self {
        Shape(lengths.iter().copied().map(Axis::Fixed).collect())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, axis) in self.0.iter().enumerate() {
            write!(f, "{}{axis}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}

/// How frames were cut from samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Framing {
    /// Samples in a window.
    pub window: u32,
    /// Samples from the start of one window to the start of the next.
    pub hop: u32,
}

/// The affine quantisation of a whole tensor: real = scale × (stored − zero point).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantization {
    /// The real step between two stored values.
    pub scale: f32,
    /// The stored value of real zero.
    pub zero_point: i32,
}

impl Quantization {
    /// Whether stored values of one may be read as those of the other: equal zero points, and scales within 2 % of each
    /// other. Scales are taken from recordings, and a range is divided by 255 or by 256, so that models for one front end
    /// differ by as much.
    #[must_use]
    pub fn agrees_with(self, other: Self) -> bool {
        let most = 0.02 * self.scale.abs().max(other.scale.abs());
        self.zero_point == other.zero_point && (self.scale - other.scale).abs() <= most
    }

    /// The real number that a stored value stands for.
    #[must_use]
    pub fn real(self, stored: f64) -> f64 {
        f64::from(self.scale) * (stored - f64::from(self.zero_point))
    }

    /// The scale in digits that are the same number to readers in single and in double precision, which may pass it on in
    /// single precision.
    #[must_use]
    pub fn scale_digits(self) -> String {
        let digits = self.scale.to_string();
        match digits.parse::<f64>() {
            Ok(read) if read as f32 == self.scale => digits,
            _ => f64::from(self.scale).to_string(),
        }
    }
}

impl fmt::Display for Quantization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scale {}, zero point {}", self.scale, self.zero_point)
    }
}

/// Everything known of the tensors on an edge. What is `None` is not known, and is not checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The type of the elements.
    pub element_type: ElementType,
    /// The shape; at most one axis streams.
    pub shape: Shape,
    /// The rate of the samples, or of those that the frames were cut from.
    pub sample_rate: Option<SampleRate>,
    /// How the frames were cut.
    pub framing: Option<Framing>,
    /// Points of the FFT that made the spectrum.
    pub fft_size: Option<u32>,
    /// What the stored integers mean.
    pub quantization: Option<Quantization>,
    /// The front end that made the features.
    pub front_end: Option<Digest>,
    /// How many classes the elements, which are indices of classes, choose among: each is below it.
    pub classes: Option<usize>,
}

impl Facts {
    /// The facts of a tensor of which only type and shape are known.
    #[must_use]
    pub fn new(element_type: ElementType, shape: impl Into<Shape>) -> Self {
        Facts {
            element_type,
            shape: shape.into(),
            sample_rate: None,
            framing: None,
            fft_size: None,
            quantization: None,
            front_end: None,
            classes: None,
        }
    }

    /// As [`Facts::new`], the element type given as a Rust type.
    #[must_use]
    pub fn of<T: Element>(shape: impl Into<Shape>) -> Self {
        Facts::new(T::TYPE, shape)
    }

    /// The same facts with another element type and shape, without quantisation and classes.
    #[must_use]
    pub fn map(&self, element_type: ElementType, shape: impl Into<Shape>) -> Self {
        Facts { element_type, shape: shape.into(), quantization: None, classes: None, ..self.clone() }
    }

    /// What the elements stand for, where they are integers of which that is known.
    #[must_use]
    pub fn integer_quantization(&self) -> Option<Quantization> {
        self.quantization.filter(|_| ElementType::INTEGERS.contains(&self.element_type))
    }

    /// An empty buffer for such tensors.
    #[must_use]
    pub fn buffer(&self) -> Buffer {
        Buffer::new(self.element_type)
    }

    /// The facts as a JSON object; what is not known is left out.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let shape: Vec<_> = self
            .shape
            .axes()
            .iter()
            .map(|axis| match axis {
                Axis::Fixed(length) => serde_json::Value::from(*length),
                Axis::Stream => serde_json::Value::from("stream"),
            })
            .collect();
        let mut json = serde_json::json!({ "type": self.element_type.name(), "shape": shape });
        let rest = serde_json::json!({
            "sample_rate": self.sample_rate, "framing": self.framing, "fft_size": self.fft_size,
            "quantization": self.quantization, "front_end": self.front_end, "classes": self.classes,
        });
        if let (Some(json), serde_json::Value::Object(rest)) = (json.as_object_mut(), rest) {
            json.extend(rest.into_iter().filter(|(_, value)| !value.is_null()));
        }
        json
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.element_type, self.shape)?;
        if let Some(rate) = self.sample_rate {
            write!(f, " at {rate}")?;
        }
        if let Some(quantization) = self.quantization {
            write!(f, " ({quantization})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_a_scale_survive_double_precision() {
        // Its shortest digits in single precision lie, in double precision, halfway to the next number.
        let odd = f32::from_bits(0x15ae_43fd);
        assert_ne!(odd.to_string().parse::<f64>().map(|read| read as f32), Ok(odd));
        let patterns = (1..0x7f80_0000_u32).step_by(65_537).map(f32::from_bits);
        for scale in patterns.chain([odd, 0.1, 1.0, f32::MIN_POSITIVE, f32::MAX]) {
            let digits = Quantization { scale, zero_point: 0 }.scale_digits();
            assert_eq!(digits.parse(), Ok(scale), "{digits}");
            assert_eq!(digits.parse::<f64>().map(|read| read as f32), Ok(scale), "{digits}");
        }
        assert_eq!(Quantization { scale: 0.584_700_1, zero_point: 83 }.scale_digits(), "0.5847001");
    }
}
