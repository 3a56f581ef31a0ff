//! SELECT_V2.

use runeblocks_tflite::TensorType::Bool;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::operands::{Operands, common_shape};
use crate::ops::shared::check_kind;

/// Each element of input 1 where input 0 is true, of input 2 where it is not.
struct Select {
    operands: Operands<3>,
    /// Bytes of an element.
    size: usize,
    inputs: [usize; 3],
    output: usize,
}

impl Op for Select {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([condition, yes, no], output, _) = memory.get(self.inputs, self.output);
        let mut outputs = output.chunks_exact_mut(self.size);
        let [condition_step, yes_step, no_step] = self.operands.steps;
        self.operands.runs(|[condition_from, yes_from, no_from]| {
            for (index, output) in (0..self.operands.length).zip(&mut outputs) {
                let from = if condition[condition_from + index * condition_step] != 0 {
                    &yes[(yes_from + index * yes_step) * self.size..]
                } else {
                    &no[(no_from + index * no_step) * self.size..]
                };
                output.copy_from_slice(&from[..self.size]);
            }
        });
        Ok(())
    }
}

/// SELECT_V2, whose inputs are broadcast.
pub(super) fn select_v2(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(3..=3, 1)?;
    let (condition, yes, no, output) = (node.input(0)?, node.input(1)?, node.input(2)?, node.output(0)?);
    check_kind("input 0", condition, &[Bool])?;
    check_kind("input 2", no, &[yes.kind])?;
    check_kind("output", output, &[yes.kind])?;
    let Some(size) = yes.kind.bytes(1) else {
        refuse!("its inputs are {}: expected elements of a fixed size", yes.kind);
    };
    let shapes = [condition.shape.as_slice(), &yes.shape, &no.shape];
    node.check_shape(0, &common_shape(&shapes)?)?;
    let operands = Operands::new(shapes)?;
    Prepared::run(Select { operands, size, inputs: [condition.index, yes.index, no.index], output: output.index })
}
