//! Operators: what they see when they are prepared, and what they do when they run.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::{Bound, RangeBounds};

use runeblocks_micro::Level;
use runeblocks_tflite::{ModelFile, TensorType, schema};

use crate::Rounding;
use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::tensor::Tensor;
use crate::variables::Variables;

/// An operator with its constants prepared.
pub(crate) trait Op: Send + Sync {
    /// Reads its inputs and writes its outputs. Shapes and types are those that it was prepared for.
    ///
    /// # Errors
    ///
    /// When the inputs hold something that the operator can't take.
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal>;

    /// Bytes of what was prepared, beside the struct itself.
    fn prepared_bytes(&self) -> usize {
        0
    }
}

/// What comes of preparing an operator.
pub(crate) enum Prepared {
    /// It runs, with so many bytes of scratch.
    Run {
        /// The operator.
        op: Box<dyn Op>,
        /// Bytes of the arena that it needs while it runs.
        scratch: usize,
    },
    /// Its first output has the bytes of its first input, in another shape.
    Alias,
    /// There is nothing to do.
    Nothing,
}

impl Prepared {
    /// An operator that needs no scratch.
    pub(crate) fn run(op: impl Op + 'static) -> Result<Self, Refusal> {
        Ok(Prepared::Run { op: Box::new(op), scratch: 0 })
    }

    /// An operator that needs scratch.
    pub(crate) fn with_scratch(op: impl Op + 'static, scratch: usize) -> Result<Self, Refusal> {
        Ok(Prepared::Run { op: Box::new(op), scratch })
    }
}

/// An operator of the file while it is prepared.
pub(crate) struct Node<'a> {
    pub(crate) file: &'a ModelFile,
    pub(crate) subgraph: usize,
    pub(crate) number: usize,
    /// The tensors of its subgraph.
    pub(crate) tensors: &'a [Result<Tensor, Refusal>],
    pub(crate) variables: &'a Variables,
    pub(crate) level: Level,
    pub(crate) rounding: Rounding,
}

impl<'a> Node<'a> {
    /// What the file says of the operator.
    pub(crate) fn operator(&self) -> &'a runeblocks_tflite::Operator {
        &self.file.subgraphs[self.subgraph].operators[self.number]
    }

    /// The operator's options, or their defaults where it has none.
    pub(crate) fn options<T: schema::OptionsTable<'a>>(&self) -> Option<T> {
        self.file.operator(self.subgraph, self.number).builtin_options()
    }

    /// The number of inputs, left-out ones included.
    pub(crate) fn input_count(&self) -> usize {
        self.operator().inputs.len()
    }

    /// The number of outputs.
    pub(crate) fn output_count(&self) -> usize {
        self.operator().outputs.len()
    }

    /// An input that may be left out.
    pub(crate) fn optional(&self, number: usize) -> Result<Option<&'a Tensor>, Refusal> {
        match self.operator().inputs.get(number).copied().flatten() {
            Some(index) => self.tensor(index).map(Some),
            None => Ok(None),
        }
    }

    /// An input.
    pub(crate) fn input(&self, number: usize) -> Result<&'a Tensor, Refusal> {
        match self.optional(number)? {
            Some(tensor) => Ok(tensor),
            None => refuse!("it has no input {number}: expected one"),
        }
    }

    /// An output.
    pub(crate) fn output(&self, number: usize) -> Result<&'a Tensor, Refusal> {
        match self.operator().outputs.get(number) {
            Some(&index) => self.tensor(index),
            None => refuse!("it has no output {number}: expected one"),
        }
    }

    fn tensor(&self, index: usize) -> Result<&'a Tensor, Refusal> {
        self.tensors[index].as_ref().map_err(Clone::clone)
    }

    /// The bytes of an input that the file holds.
    pub(crate) fn constant(&self, number: usize) -> Result<&'a [u8], Refusal> {
        let tensor = self.input(number)?;
        let info = &self.file.subgraphs[self.subgraph].tensors[tensor.index];
        match self.file.constant(info) {
            Some(bytes) => Ok(bytes),
            None if tensor.elements() == 0 => Ok(&[]),
            None => refuse!("its input {number} ({:?}) is not in the file: expected a constant", tensor.name),
        }
    }

    /// The whole numbers of an input that the file holds as `int32` or `int64`.
    pub(crate) fn integers(&self, number: usize) -> Result<Vec<i64>, Refusal> {
        let bytes = self.constant(number)?;
        match self.input(number)?.kind {
            TensorType::Int32 => {
                Ok(bytes.as_chunks().0.iter().map(|&value| i32::from_le_bytes(value).into()).collect())
            }
            TensorType::Int64 => Ok(bytes.as_chunks().0.iter().map(|&value| i64::from_le_bytes(value)).collect()),
            kind => refuse!("its input {number} is {kind}: expected int32 or int64"),
        }
    }

    /// Holds the number of inputs and outputs to what the operator takes.
    pub(crate) fn check_counts(&self, inputs: impl RangeBounds<usize>, outputs: usize) -> Result<(), Refusal> {
        if !inputs.contains(&self.input_count()) {
            refuse!("it has {} inputs: expected {}", self.input_count(), shown(&inputs));
        }
        if self.output_count() != outputs {
            refuse!("it has {} outputs: expected {outputs}", self.output_count());
        }
        Ok(())
    }

    /// Holds the shape of an output to the one that follows from the inputs.
    pub(crate) fn check_shape(&self, number: usize, expected: &[usize]) -> Result<(), Refusal> {
        let output = self.output(number)?;
        if output.shape != expected {
            refuse!("its output {number} has the shape {:?} in the file: expected {expected:?}", output.shape);
        }
        Ok(())
    }
}

/// Counts that are allowed, as messages write them.
fn shown(counts: &impl RangeBounds<usize>) -> String {
    match (counts.start_bound(), counts.end_bound()) {
        (Bound::Included(least), Bound::Included(most)) if least == most => format!("{least}"),
        (Bound::Included(least), Bound::Included(most)) => format!("{least} to {most}"),
        (Bound::Included(least), _) => format!("{least} or more"),
        _ => "any number".into(),
    }
}
