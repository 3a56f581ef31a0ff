//! Broadcasting: inputs of several shapes, read as if they all had the output's.

use alloc::vec::Vec;

use crate::error::{Refusal, refuse};

/// How inputs are read along an output, in runs of consecutive outputs.
///
/// Shapes are aligned at their last axes, and an axis of an input that has the length 1 is read again for each index of the
/// output's. Neighbouring axes that every input reads in the same way are one.
#[derive(Debug)]
pub(crate) struct Operands<const N: usize> {
    /// Each axis but the last: its length, and how far each input moves for one index.
    outer: Vec<(usize, [usize; N])>,
    /// Outputs in a run; 0 where there are none.
    pub(crate) length: usize,
    /// How far each input moves for one output of a run: 0 or 1.
    pub(crate) steps: [usize; N],
}

/// The shape that shapes have together.
pub(crate) fn common_shape(shapes: &[&[usize]]) -> Result<Vec<usize>, Refusal> {
    let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
    let mut common = alloc::vec![1; rank];
    for (axis, common) in common.iter_mut().enumerate() {
        for length in shapes.iter().map(|shape| length(shape, axis, rank)).filter(|&length| length != 1) {
            if *common != 1 && length != *common {
                refuse!("its inputs have the shapes {shapes:?}: expected the same, or 1 where they differ");
            }
            *common = length;
        }
    }
    Ok(common)
}

/// The length of an axis of `rank` axes; 1 before the first that the shape has.
fn length(shape: &[usize], axis: usize, rank: usize) -> usize {
    (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis])
}

impl<const N: usize> Operands<N> {
    /// How inputs of these shapes are read along the shape that they have together.
    pub(crate) fn new(shapes: [&[usize]; N]) -> Result<Self, Refusal> {
        let common = common_shape(&shapes)?;
        if common.contains(&0) {
            return Ok(Self { outer: Vec::new(), length: 0, steps: [0; N] });
        }
        // From the last axis to the first; an input's step is 0 where it is read again.
        let mut axes: Vec<(usize, [usize; N])> = Vec::new();
        let mut strides = [1; N];
        for axis in (0..common.len()).rev().filter(|&axis| common[axis] != 1) {
            let lengths = shapes.map(|shape| length(shape, axis, common.len()));
            let mut steps = strides;
            for (input, &length) in lengths.iter().enumerate() {
                strides[input] *= length;
                if length == 1 {
                    steps[input] = 0;
                }
            }
            match axes.last_mut() {
                Some((length, inner)) if (0..N).all(|input| steps[input] == inner[input] * *length) => {
                    *length *= common[axis];
                }
                _ => axes.push((common[axis], steps)),
            }
        }
        axes.reverse();
        let (length, steps) = axes.pop().unwrap_or((1, [0; N]));
        Ok(Self { outer: axes, length, steps })
    }

    /// Calls `run` for each run of outputs, in order, with the places where the run begins in each input.
    pub(crate) fn runs(&self, mut run: impl FnMut([usize; N])) {
        if self.length > 0 {
            Self::walk(&self.outer, [0; N], &mut run);
        }
    }

    fn walk(axes: &[(usize, [usize; N])], mut places: [usize; N], run: &mut impl FnMut([usize; N])) {
        let Some(((length, steps), inner)) = axes.split_first() else { return run(places) };
        for _ in 0..*length {
            Self::walk(inner, places, run);
            for (place, step) in places.iter_mut().zip(steps) {
                *place += step;
            }
        }
    }
}

/// Outputs that are made at a time.
const CHUNK: usize = 64;

impl Operands<2> {
    /// Makes each output of one number of each input.
    pub(crate) fn apply<A: Copy, B: Copy, O>(&self, a: &[A], b: &[B], output: &mut [O], f: impl Fn(A, B) -> O + Copy) {
        let (Some(&first_a), Some(&first_b)) = (a.first(), b.first()) else { return };
        // A number that is read again for all of a run, as many times as a chunk needs it.
        let (mut again_a, mut again_b) = ([first_a; CHUNK], [first_b; CHUNK]);
        let needed = self.length.min(CHUNK);
        let mut runs = output.chunks_exact_mut(self.length.max(1));
        self.runs(|[from_a, from_b]| {
            let Some(run) = runs.next() else { return };
            let [step_a, step_b] = self.steps;
            if step_a == 0 {
                again_a[..needed].fill(a[from_a]);
            }
            if step_b == 0 {
                again_b[..needed].fill(b[from_b]);
            }
            for (start, outputs) in (0..).step_by(CHUNK).zip(run.chunks_mut(CHUNK)) {
                let a = if step_a == 0 { &again_a[..] } else { &a[from_a + start..] };
                let b = if step_b == 0 { &again_b[..] } else { &b[from_b + start..] };
                // The only place where `f` is called, so that it is worked into the loop.
                outputs.iter_mut().zip(a).zip(b).for_each(|((output, &a), &b)| *output = f(a, b));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn sums(a: &[usize], b: &[usize]) -> Vec<usize> {
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        let a_numbers: Vec<usize> = (0..count(a)).map(|n| 100 * n).collect();
        let b_numbers: Vec<usize> = (0..count(b)).collect();
        let mut output = vec![0; count(&common_shape(&[a, b]).unwrap())];
        Operands::new([a, b]).unwrap().apply(&a_numbers, &b_numbers, &mut output, |a, b| a + b);
        output
    }

    #[test]
    fn equal_shapes_are_one_run() {
        let operands = Operands::new([&[2, 3, 4], &[1, 2, 3, 4]]).unwrap();
        assert_eq!((operands.outer.len(), operands.length, operands.steps), (0, 24, [1, 1]));
    }

    #[test]
    fn axes_are_read_again() {
        assert_eq!(sums(&[2, 2], &[2]), [0, 101, 200, 301]);
        assert_eq!(sums(&[2, 1], &[1, 3]), [0, 1, 2, 100, 101, 102]);
        assert_eq!(sums(&[], &[2]), [0, 1]);
        assert_eq!(sums(&[2, 1, 2], &[2, 1]), [0, 100, 1, 101, 200, 300, 201, 301]);
        assert!(sums(&[0, 2], &[1, 1]).is_empty());
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(common_shape(&[&[2, 3], &[2]]).is_err());
        assert!(common_shape(&[&[0], &[3]]).is_err());
    }
}
