//! Moves elements from tensors to others.

use alloc::vec::Vec;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Op, Prepared};
use crate::ops::view::{Axis, View};
use crate::tensor::Tensor;

/// A loop over runs of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Loop {
    count: usize,
    /// Bytes to the next run that is read; wraps where it is a way back.
    from: usize,
    /// Bytes to the next run that is written; wraps likewise.
    to: usize,
}

/// Moves the elements of one view to those of another of the same shape.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    from: usize,
    to: usize,
    /// From the outermost.
    loops: Vec<Loop>,
    /// Bytes of a run.
    bytes: usize,
}

impl Transfer {
    /// A transfer with as few and long runs as the views allow.
    pub(super) fn new(from: &View, to: &View) -> Result<Self, Refusal> {
        if from.shape() != to.shape() || from.element != to.element {
            refuse!(
                "it moves {:?} elements of {} bytes to {:?} of {}: expected the same shape and type",
                from.shape(),
                from.element,
                to.shape(),
                to.element
            );
        }
        let mut axes: Vec<(Axis, Axis)> = from.axes.iter().copied().zip(to.axes.iter().copied()).collect();
        axes.retain(|(axis, _)| axis.length != 1);
        // What is written lies in order.
        axes.sort_by_key(|(_, to)| core::cmp::Reverse(to.stride.unsigned_abs()));
        let mut bytes = from.element;
        let mut loops: Vec<Loop> = Vec::new();
        for (from, to) in axes.into_iter().rev() {
            let (count, from, to) = (from.length, from.stride as usize, to.stride as usize);
            match loops.last_mut() {
                None if from == bytes && to == bytes => bytes *= count,
                Some(inner)
                    if from == inner.from.wrapping_mul(inner.count) && to == inner.to.wrapping_mul(inner.count) =>
                {
                    inner.count *= count;
                }
                _ => loops.push(Loop { count, from, to }),
            }
        }
        if bytes == 0 {
            loops = [Loop { count: 0, from: 0, to: 0 }].into();
        }
        loops.reverse();
        Ok(Self { from: from.start, to: to.start, loops, bytes })
    }

    /// Moves from the bytes of a tensor to those of another.
    #[inline]
    pub(super) fn run(&self, from: &[u8], to: &mut [u8]) {
        match self.bytes {
            1 => self.runs_of::<1>(from, to),
            2 => self.runs_of::<2>(from, to),
            4 => self.runs_of::<4>(from, to),
            8 => self.runs_of::<8>(from, to),
            bytes => walk(&self.loops, self.from, self.to, &mut |at_from, at_to| {
                to[at_to..][..bytes].copy_from_slice(&from[at_from..][..bytes]);
            }),
        }
    }

    /// Moves bytes, each with another value, as a table has them.
    pub(super) fn run_through(&self, table: &[u8; 256], from: &[u8], to: &mut [u8]) {
        walk(&self.loops, self.from, self.to, &mut |at_from, at_to| {
            for (from, to) in from[at_from..][..self.bytes].iter().zip(&mut to[at_to..][..self.bytes]) {
                *to = table[usize::from(*from)];
            }
        });
    }

    fn runs_of<const BYTES: usize>(&self, from: &[u8], to: &mut [u8]) {
        walk(&self.loops, self.from, self.to, &mut |at_from, at_to| {
            to[at_to..][..BYTES].copy_from_slice(&from[at_from..][..BYTES]);
        });
    }
}

/// Calls `run` with the places of each run.
#[inline]
fn walk(loops: &[Loop], mut from: usize, mut to: usize, run: &mut impl FnMut(usize, usize)) {
    match loops {
        [] => run(from, to),
        [inner] => {
            for _ in 0..inner.count {
                run(from, to);
                (from, to) = (from.wrapping_add(inner.from), to.wrapping_add(inner.to));
            }
        }
        [outer, rest @ ..] => {
            for _ in 0..outer.count {
                walk(rest, from, to, run);
                (from, to) = (from.wrapping_add(outer.from), to.wrapping_add(outer.to));
            }
        }
    }
}

/// An operator that only moves elements: transfers, each from a tensor to another.
#[derive(Default)]
pub(super) struct Transfers(Vec<(usize, usize, Transfer)>);

impl Transfers {
    /// Adds one.
    pub(super) fn add(&mut self, [from, to]: [&Tensor; 2], transfer: Transfer) {
        self.0.push((from.index, to.index, transfer));
    }

    /// An operator of one transfer, to all of the output.
    pub(super) fn one(from: &Tensor, view: &View, to: &Tensor) -> Result<Prepared, Refusal> {
        check_type(to, from)?;
        if view.shape() != to.shape {
            refuse!("its output has the shape {:?} in the file: expected {:?}", to.shape, view.shape());
        }
        let mut transfers = Self::default();
        transfers.add([from, to], Transfer::new(view, &View::of(to)?)?);
        Prepared::run(transfers)
    }
}

impl Op for Transfers {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        for (from, to, transfer) in &self.0 {
            let ([from], to, _) = memory.get([*from], *to);
            transfer.run(from, to);
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        let loops: usize = self.0.iter().map(|(.., transfer)| size_of_val(transfer.loops.as_slice())).sum();
        size_of_val(self.0.as_slice()) + loops
    }
}

/// Holds a tensor that is written to the element type of the one that is read.
pub(super) fn check_type(to: &Tensor, from: &Tensor) -> Result<(), Refusal> {
    if to.kind != from.kind || to.was_unsigned != from.was_unsigned {
        refuse!("it makes {} of {}: expected the same type", to.describe(), from.describe());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn view(element: usize, axes: &[(usize, isize)]) -> View {
        let axes = axes.iter().map(|&(length, stride)| Axis { length, stride }).collect();
        View { start: 0, element, axes }
    }

    #[test]
    fn adjacent_axes_are_one_run() {
        let whole = view(4, &[(2, 48), (1, 7), (3, 16), (4, 4)]);
        let transfer = Transfer::new(&whole, &whole).unwrap();
        assert_eq!(transfer, Transfer { from: 0, to: 0, loops: vec![], bytes: 96 });
    }

    #[test]
    fn a_transpose_is_written_in_order() {
        let (from, to) = (view(1, &[(2, 3), (3, 1)]), view(1, &[(2, 1), (3, 2)]));
        let transfer = Transfer::new(&from, &to).unwrap();
        let mut output = [0; 6];
        transfer.run(&[1, 2, 3, 4, 5, 6], &mut output);
        assert_eq!(output, [1, 4, 2, 5, 3, 6]);
    }

    #[test]
    fn nothing_is_moved_where_an_axis_is_empty() {
        for axes in [[(0, 3), (3, 1)], [(2, 0), (0, 1)]] {
            let empty = view(1, &axes);
            Transfer::new(&empty, &empty).unwrap().run(&[], &mut []);
        }
    }

    #[test]
    fn shapes_and_types_are_held_to_each_other() {
        assert!(Transfer::new(&view(1, &[(2, 1)]), &view(1, &[(3, 1)])).is_err());
        assert!(Transfer::new(&view(1, &[(2, 1)]), &view(2, &[(2, 2)])).is_err());
    }
}
