//! READ_VARIABLE and ASSIGN_VARIABLE.

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};

/// Copies the bytes of one place to another.
struct Copy {
    from: usize,
    to: usize,
}

impl Op for Copy {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([from], to, _) = memory.get([self.from], self.to);
        to.copy_from_slice(from);
        Ok(())
    }
}

/// The place of the variable that the first input is a handle of: behind those of the tensors.
fn variable(node: &Node<'_>) -> Result<usize, Refusal> {
    let handle = node.input(0)?.index;
    match node.variables.by_handle(node.subgraph, handle) {
        Some(variable) => Ok(node.tensors.len() + variable),
        None => refuse!("its first input is no handle of a variable: expected the output of a VAR_HANDLE"),
    }
}

/// READ_VARIABLE: the content of a variable.
pub(super) fn read(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(1..=1, 1)?;
    Prepared::run(Copy { from: variable(node)?, to: node.output(0)?.index })
}

/// ASSIGN_VARIABLE: a variable takes up a value.
pub(super) fn assign(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 0)?;
    Prepared::run(Copy { from: node.input(1)?.index, to: variable(node)? })
}
