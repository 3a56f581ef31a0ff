//! Tensors that come in, held against the facts of their source.

use runeblocks_core::{Axis, Facts, TensorView};
use smallvec::SmallVec;

/// The shape under which the graph sees a tensor; `None` where the tensor is not what the facts tell.
///
/// Axes of length 1 do not count. A flat tensor is cut into rows. Along the stream axis there may be any number of rows.
pub(super) fn fit(view: &TensorView<'_>, facts: &Facts) -> Option<SmallVec<[usize; 8]>> {
    if view.element_type() != facts.element_type {
        return None;
    }
    let axes = facts.shape.axes();
    let fixed = |axis: &Axis| if let Axis::Fixed(length) = axis { Some(*length) } else { None };
    if axes.len() == view.shape().len()
        && axes.iter().zip(view.shape()).all(|(axis, length)| fixed(axis).is_none_or(|fixed| fixed == *length))
    {
        return Some(SmallVec::from_slice(view.shape()));
    }
    let row: usize = axes.iter().filter_map(fixed).product();
    let rows = view.len().checked_div(row).filter(|rows| rows * row == view.len())?;
    let stream = facts.shape.is_stream();
    if !stream && rows != 1 {
        return None;
    }
    let shape: SmallVec<[usize; 8]> = axes.iter().map(|axis| fixed(axis).unwrap_or(rows)).collect();
    let long = |shape: &[usize]| shape.iter().copied().filter(|n| *n != 1).collect::<SmallVec<[usize; 8]>>();
    let (given, wanted) = (long(view.shape()), long(&shape));
    (given == wanted || given.len() <= 1).then_some(shape)
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayD;
    use runeblocks_core::{ElementType, Shape, Tensor};

    use super::*;

    fn fits(given: &[usize], wanted: impl Into<Shape>) -> Option<Vec<usize>> {
        let tensor = Tensor::from(ArrayD::<f32>::zeros(given));
        fit(&tensor.view(), &Facts::new(ElementType::F32, wanted)).map(|s| s.to_vec())
    }

    #[test]
    fn clips_fit_with_and_without_axes_of_length_one() {
        assert_eq!(fits(&[16000], [1, 16000]), Some(vec![1, 16000]));
        assert_eq!(fits(&[128, 3], [1, 128, 3, 1]), Some(vec![1, 128, 3, 1]));
        assert_eq!(fits(&[384], [1, 128, 3, 1]), Some(vec![1, 128, 3, 1]));
        assert_eq!(fits(&[], [1, 1]), Some(vec![1, 1]));
        assert_eq!(fits(&[3, 128], [1, 128, 3, 1]), None);
        assert_eq!(fits(&[8000, 2], [16000]), None, "two channels are not one");
        assert_eq!(fits(&[15999], [16000]), None);
        assert_eq!(fits(&[0], [16000]), None);
    }

    #[test]
    fn pieces_of_streams_have_any_number_of_rows() {
        let stream = || [Axis::Stream, Axis::Fixed(3)];
        assert_eq!(fits(&[5, 3], stream()), Some(vec![5, 3]));
        assert_eq!(fits(&[0, 3], stream()), Some(vec![0, 3]));
        assert_eq!(fits(&[1, 3], stream()), Some(vec![1, 3]));
        assert_eq!(fits(&[3], stream()), Some(vec![1, 3]));
        assert_eq!(fits(&[15], stream()), Some(vec![5, 3]));
        assert_eq!(fits(&[0], stream()), Some(vec![0, 3]));
        assert_eq!(fits(&[3, 5], stream()), None);
        assert_eq!(fits(&[14], stream()), None);
        assert_eq!(fits(&[7], [Axis::Stream]), Some(vec![7]));
        assert_eq!(fits(&[1, 7], [Axis::Stream]), Some(vec![7]));
    }

    #[test]
    fn types_are_not_converted() {
        let tensor = Tensor::from(vec![1i8, 2]);
        assert_eq!(fit(&tensor.view(), &Facts::new(ElementType::F32, [2])), None);
    }
}
