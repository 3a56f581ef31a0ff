//! Features that something else made.

use ndarray::Axis;
use runeblocks_core::{Facts, Tensor, numeric};

use crate::ParityError;

/// Recorded features, a row of the first axis for each recording.
pub(super) struct Recorded {
    tensor: Tensor,
    /// What is known of the features of one recording.
    facts: Facts,
}

impl Recorded {
    /// The features of so many recordings.
    pub(super) fn new(tensor: &Tensor, clips: usize) -> Result<Self, ParityError> {
        let view = tensor.view();
        let shape = view.shape().to_vec();
        let refuse = |expected: String| ParityError::Recorded {
            found: format!("{} {shape:?}", tensor.element_type()),
            expected,
        };
        let of_clip = match shape[..] {
            [first, ref rest @ ..] if first == clips && !rest.is_empty() => rest.to_vec(),
            _ if clips == 1 && shape.len() < 3 => shape.clone(),
            _ => return Err(refuse(format!("[{clips}, frames, channels], for as many recordings"))),
        };
        let whole: Vec<usize> = std::iter::once(clips).chain(of_clip.iter().copied()).collect();
        let facts = Facts::new(tensor.element_type(), &of_clip[..]);
        let numbers = view.reshape(&whole).map_err(|error| refuse(format!("{:?}", error.expected)))?;
        if numbers.clone().numeric().is_none() {
            return Err(refuse("numbers".to_owned()));
        }
        Ok(Recorded { tensor: numbers.to_tensor(), facts })
    }

    /// What is known of the features of one recording.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The features of the recording at that place.
    pub(super) fn clip(&self, at: usize) -> Tensor {
        let view = self.tensor.view();
        match view.clone().numeric() {
            Some(numbers) => numeric!(numbers, array => Tensor::from(array.index_axis(Axis(0), at).to_owned())),
            None => view.to_tensor(),
        }
    }
}
