//! Views of tensors: which bytes they have, and in which order.

use alloc::format;
use alloc::vec::Vec;

use runeblocks_tflite::TensorType;

use crate::error::{Refusal, refuse};
use crate::tensor::Tensor;

/// An axis of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// Number of elements.
    pub(super) length: usize,
    /// Bytes from one to the next; below 0 where they are in reverse, 0 where they are all the same one.
    pub(super) stride: isize,
}

/// Elements of a tensor in a shape of their own. Every element of a view is one of the tensor.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The place of the first element, in bytes.
    pub(super) start: usize,
    /// Bytes of an element.
    pub(super) element: usize,
    /// The axes, the outermost first.
    pub(super) axes: Vec<Axis>,
}

impl View {
    /// All elements of a tensor in its own shape.
    pub(super) fn of(tensor: &Tensor) -> Result<Self, Refusal> {
        let element = match tensor.kind {
            TensorType::Int4 => None,
            kind => kind.bytes(1),
        };
        let Some(element) = element else {
            refuse!("its tensor {:?} is {}: expected elements of whole bytes", tensor.name, tensor.describe());
        };
        let mut stride = element as isize;
        let mut axes = Vec::new();
        for &length in tensor.shape.iter().rev() {
            axes.push(Axis { length, stride });
            stride = stride.saturating_mul(length as isize);
        }
        axes.reverse();
        Ok(Self { start: 0, element, axes })
    }

    /// The lengths of the axes.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.length).collect()
    }

    /// `count` elements along an axis: the first is number `begin`, each next one `step` further.
    pub(super) fn slice(mut self, axis: usize, begin: usize, count: usize, step: isize) -> Result<Self, Refusal> {
        let Some(Axis { length, stride }) = self.axes.get_mut(axis) else {
            refuse!("its axis {axis} is none of {}", self.axes.len());
        };
        if count > 0 {
            let way = isize::try_from(count - 1).ok().and_then(|steps| steps.checked_mul(step));
            let last = way.and_then(|way| begin.checked_add_signed(way));
            if begin >= *length || last.is_none_or(|last| last >= *length) {
                refuse!(
                    "it takes {count} elements by steps of {step} from number {begin} on, and axis {axis} has {length}"
                );
            }
            self.start = self.start.wrapping_add_signed(begin as isize * *stride);
        }
        // With one element there is no step.
        *stride = stride.checked_mul(step).unwrap_or(0);
        *length = count;
        Ok(self)
    }

    /// The elements with one index of an axis, without that axis.
    pub(super) fn select(self, axis: usize, index: usize) -> Result<Self, Refusal> {
        let mut view = self.slice(axis, index, 1, 1)?;
        view.axes.remove(axis);
        Ok(view)
    }

    /// With an axis of length 1 put in before `axis`.
    pub(super) fn insert(mut self, axis: usize) -> Self {
        self.axes.insert(axis, Axis { length: 1, stride: 0 });
        self
    }

    /// With an axis made two: the second of the length `inner`.
    pub(super) fn divide(mut self, axis: usize, inner: usize) -> Result<Self, Refusal> {
        let Axis { length, stride } = self.axes[axis];
        if inner == 0 || !length.is_multiple_of(inner) {
            refuse!("its axis {axis} has the length {length}: expected a multiple of {inner}, and no 0");
        }
        self.axes[axis] = Axis { length: length / inner, stride: stride.saturating_mul(inner as isize) };
        self.axes.insert(axis + 1, Axis { length: inner, stride });
        Ok(self)
    }

    /// With the axes in another order: `order` names for each place the axis that comes there.
    pub(super) fn permute(mut self, order: &[usize]) -> Result<Self, Refusal> {
        let rank = self.axes.len();
        if order.len() != rank || (0..rank).any(|axis| !order.contains(&axis)) {
            refuse!("its order of axes is {order:?}: expected each of the {rank} once");
        }
        self.axes = order.iter().map(|&axis| self.axes[axis]).collect();
        Ok(self)
    }

    /// Repeated along axes of length 1, and along new ones before the first, to a shape.
    pub(super) fn broadcast(mut self, shape: &[usize]) -> Result<Self, Refusal> {
        let own = self.shape();
        let fits = |(&length, &wanted): (&usize, &usize)| length == wanted || length == 1;
        if own.len() > shape.len() || !own.iter().rev().zip(shape.iter().rev()).all(fits) {
            let shown = format!("{own:?}");
            refuse!("its input has the shape {shown}, which can't be repeated to {shape:?}");
        }
        let new = core::iter::repeat_n(Axis { length: 1, stride: 0 }, shape.len() - own.len());
        self.axes.splice(0..0, new);
        for (axis, &wanted) in self.axes.iter_mut().zip(shape) {
            if axis.length != wanted {
                *axis = Axis { length: wanted, stride: 0 };
            }
        }
        Ok(self)
    }
}
