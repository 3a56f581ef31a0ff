//! SOFTMAX of `int8` in floating point, as LiteRT has it where XNNPACK's rounding is followed.

use alloc::boxed::Box;

use crate::error::Refusal;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::number::Integer;
use crate::ops::shared::{cast, cast_mut};

/// Rows of `int8`. Shares of 1 are rounded once to 256ths: to the nearest, ties up.
pub(super) struct RoundedSoftmax {
    /// By difference from the row's greatest.
    exponentials: Box<[f32; 256]>,
    depth: usize,
    input: usize,
    output: usize,
}

impl RoundedSoftmax {
    pub(super) fn prepare(node: &Node<'_>, beta: f32, depth: usize) -> Result<Prepared, Refusal> {
        let (scale, _) = node.input(0)?.quantization()?;
        let exponential = |difference: usize| libm::exp((-scale * beta * difference as f32).into()) as f32;
        let exponentials = Box::new(core::array::from_fn(exponential));
        Prepared::run(Self { exponentials, depth, input: node.input(0)?.index, output: node.output(0)?.index })
    }
}

impl Op for RoundedSoftmax {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let rows = cast::<i8>(input).chunks_exact(self.depth.max(1));
        for (row, output) in rows.zip(cast_mut::<i8>(output).chunks_exact_mut(self.depth.max(1))) {
            let greatest = row.iter().copied().max().unwrap_or(0);
            let exponential = |value: &i8| self.exponentials[usize::from(greatest.abs_diff(*value))];
            let reciprocal = 1.0 / row.iter().map(exponential).sum::<f32>();
            for (output, value) in output.iter_mut().zip(row) {
                let share = exponential(value) * reciprocal * 256.0;
                *output = i8::saturated((share + 0.5) as i32 - 128);
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        size_of::<[f32; 256]>()
    }
}
