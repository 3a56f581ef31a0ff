//! STRIDED_SLICE.

use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::transfer::Transfers;
use crate::ops::view::View;

/// A part of an axis.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    begin: usize,
    count: usize,
    step: isize,
}

/// One begin, end and stride, with what the masks say of them.
#[derive(Clone, Copy)]
struct Bounds {
    /// From the end where it is below 0; `None` for the first element, or the last where the stride is below 0.
    begin: Option<i64>,
    /// From the end where it is below 0; `None` for all that follow.
    end: Option<i64>,
    stride: i64,
}

impl Bounds {
    /// The part of an axis, cut to its length.
    fn of(self, length: usize) -> Result<Part, Refusal> {
        let (signed, stride) = (length as i64, self.stride);
        if stride == 0 {
            refuse!("a stride is 0: expected any other");
        }
        // The elements are numbers `first` up to `before_last`; backwards, one less.
        let [lowest, highest] = if stride > 0 { [0, signed] } else { [-1, signed - 1] };
        let place = |index: i64| (if index < 0 { index.saturating_add(signed) } else { index }).clamp(lowest, highest);
        let (first, last) = if stride > 0 { (lowest, highest) } else { (highest, lowest) };
        let begin = self.begin.map_or(first, place);
        let end = self.end.map_or(last, place);
        let way = if stride > 0 { end - begin } else { begin - end };
        let count = if way > 0 { (way as u64).div_ceil(stride.unsigned_abs()) as usize } else { 0 };
        // A stride beyond the axis is never taken.
        let step = stride.clamp(-signed - 1, signed + 1) as isize;
        Ok(Part { begin: if count > 0 { begin as usize } else { 0 }, count, step })
    }

    /// The one element that begins, where the axis is to vanish.
    fn only(self, length: usize) -> Result<usize, Refusal> {
        let begin = self.begin.unwrap_or(0);
        let place = if begin < 0 { begin.saturating_add(length as i64) } else { begin };
        match usize::try_from(place) {
            Ok(place) if place < length && self.stride > 0 => Ok(place),
            _ => refuse!(
                "it takes number {begin} of {length} elements with the stride {}: expected one of them and a stride above 0",
                self.stride
            ),
        }
    }
}

/// STRIDED_SLICE, with the meaning that TensorFlow gives to its masks.
pub(super) fn strided_slice(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(4..=4, 1)?;
    let Some(options) = node.options::<schema::StridedSliceOptions<'_>>() else {
        refuse!("it has no options: expected those of STRIDED_SLICE");
    };
    let input = node.input(0)?;
    let (begins, ends, strides) = (node.integers(1)?, node.integers(2)?, node.integers(3)?);
    let count = begins.len();
    if ends.len() != count || strides.len() != count || count > 32 {
        refuse!("it has {count} begins, {} ends and {} strides: expected as many of each", ends.len(), strides.len());
    }
    if options.ellipsis_mask().count_ones() > 1 {
        refuse!("its mask of ellipses is {:#b}: expected one at most", options.ellipsis_mask());
    }
    let is_set = |mask: i32, place: usize| mask >> place & 1 == 1;
    let new_axes = (0..count).filter(|&place| is_new(&options, place)).count();
    let ellipsis = (0..count).find(|&place| is_set(options.ellipsis_mask(), place));
    let sliced = count - new_axes - usize::from(ellipsis.is_some());
    let Some(skipped) = input.shape.len().checked_sub(sliced) else {
        refuse!("it slices {sliced} axes of the shape {:?}", input.shape);
    };
    let mut view = View::of(input)?;
    let mut axis = 0;
    for place in 0..count {
        if ellipsis == Some(place) {
            axis += skipped;
            continue;
        }
        if is_new(&options, place) {
            view = view.insert(axis);
            axis += 1;
            continue;
        }
        let begin = (!is_set(options.begin_mask(), place)).then_some(begins[place]);
        let end = if options.offset() { ends[place].saturating_add(begins[place]) } else { ends[place] };
        let end = (!is_set(options.end_mask(), place)).then_some(end);
        let bounds = Bounds { begin, end, stride: strides[place] };
        let length = view.axes[axis].length;
        if is_set(options.shrink_axis_mask(), place) {
            view = view.select(axis, bounds.only(length)?)?;
        } else {
            let part = bounds.of(length)?;
            view = view.slice(axis, part.begin, part.count, part.step)?;
            axis += 1;
        }
    }
    Transfers::one(input, &view, node.output(0)?)
}

/// Whether a place of the begins stands for a new axis of length 1. The ellipsis comes first.
fn is_new(options: &schema::StridedSliceOptions<'_>, place: usize) -> bool {
    options.new_axis_mask() >> place & 1 == 1 && options.ellipsis_mask() >> place & 1 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(begin: Option<i64>, end: Option<i64>, stride: i64) -> (usize, usize, isize) {
        let Part { begin, count, step } = Bounds { begin, end, stride }.of(5).unwrap();
        (begin, count, step)
    }

    #[test]
    fn parts_are_cut_to_the_axis() {
        assert_eq!(part(Some(1), Some(4), 2), (1, 2, 2));
        assert_eq!(part(Some(-2), Some(9), 1), (3, 2, 1));
        assert_eq!(part(Some(9), Some(-9), -2), (4, 3, -2));
        assert_eq!(part(None, None, -1), (4, 5, -1));
        assert_eq!(part(Some(3), Some(1), 1), (0, 0, 1));
        assert_eq!(part(Some(i64::MIN), Some(i64::MAX), i64::MAX), (0, 1, 6));
    }

    #[test]
    fn an_axis_that_vanishes_has_one_element() {
        let only = |begin, stride| Bounds { begin: Some(begin), end: None, stride }.only(5).ok();
        assert_eq!(
            [only(-1, 1), only(4, 1), only(5, 1), only(-6, 1), only(0, -1)],
            [Some(4), Some(4), None, None, None]
        );
    }
}
