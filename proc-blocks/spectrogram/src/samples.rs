//! Samples of either element type.

use ndarray::ArrayView1;
use runeblocks_core::{ElementType, InputPort, PortType, TensorView};

/// A sample of sound.
pub trait Sample: Copy {
    /// The sample where full scale is −1 to 1.
    fn to_f32(self) -> f32;
}

impl Sample for i16 {
    /// 1/32768 of it, as `librosa.load` reads 16-bit files.
    fn to_f32(self) -> f32 {
        f32::from(self) / 32_768.0
    }
}

impl Sample for f32 {
    fn to_f32(self) -> f32 {
        self
    }
}

/// The input: samples of one of two element types.
#[derive(Debug, Clone)]
pub enum Samples<'a> {
    /// 16-bit PCM, full scale −32768 to 32767.
    I16(ArrayView1<'a, i16>),
    /// Full scale −1 to 1.
    F32(ArrayView1<'a, f32>),
}

impl Samples<'_> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Samples::I16(samples) => samples.len(),
            Samples::F32(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> InputPort<'a> for Samples<'a> {
    const PORT: PortType = PortType { types: &[ElementType::I16, ElementType::F32], rank: Some(1) };

    fn bind(view: TensorView<'a>) -> Option<Self> {
        match view.squeeze_to(1) {
            TensorView::I16(samples) => samples.into_dimensionality().ok().map(Samples::I16),
            TensorView::F32(samples) => samples.into_dimensionality().ok().map(Samples::F32),
            _ => None,
        }
    }
}
