//! A model prepared to run.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use runeblocks_micro::Level;
use runeblocks_tflite::{ModelFile, TensorType};

use crate::Rounding;
use crate::constants::{Constant, Constants};
use crate::error::LoadError;
use crate::load;
use crate::op::Op;

/// How a model is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The form of the kernels. All of them give the same bits.
    pub level: Level,
    /// Whose rounding is followed.
    pub rounding: Rounding,
}

/// Where the bytes of a tensor are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Not in memory: the tensor is not used, or is a handle.
    Nowhere,
    /// In the file, or a copy.
    Constant(Constant),
    /// In the arena.
    Arena(Range<usize>),
}

/// An input or output of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Port {
    /// Its name in the file.
    pub name: String,
    /// Its element type in the file.
    pub element_type: TensorType,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its size in bytes.
    pub bytes: usize,
    pub(crate) tensor: usize,
    pub(crate) was_unsigned: bool,
}

/// A subgraph prepared to run.
pub(crate) struct Graph {
    pub(crate) steps: Vec<Step>,
    /// Of each tensor, and after them of each variable.
    pub(crate) places: Vec<Place>,
}

/// An operator that has something to do.
pub(crate) struct Step {
    pub(crate) operator: usize,
    pub(crate) name: String,
    pub(crate) op: Box<dyn Op>,
    pub(crate) scratch: Range<usize>,
}

/// Memory with the value that each of its bytes has after a reset.
#[derive(Clone, Debug)]
pub(crate) struct Initial {
    pub(crate) range: Range<usize>,
    pub(crate) value: u8,
}

/// A model prepared to run. It holds no state: any number of interpreters can share it.
pub struct Program {
    pub(crate) constants: Constants,
    pub(crate) main: Graph,
    /// The subgraphs that give variables their first values, each with its number in the file.
    pub(crate) called_once: Vec<(usize, Graph)>,
    pub(crate) initial: Vec<Initial>,
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    pub(crate) state_bytes: usize,
    pub(crate) arena_bytes: usize,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Program");
        f.field("inputs", &self.inputs).field("outputs", &self.outputs);
        f.field("state_bytes", &self.state_bytes).field("arena_bytes", &self.arena_bytes).finish_non_exhaustive()
    }
}

impl Program {
    /// Prepares a model.
    ///
    /// # Errors
    ///
    /// When the model can't be run; all operators that can't are named at once.
    pub fn new(file: &ModelFile, options: Options) -> Result<Self, LoadError> {
        load::load(file, options)
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// Bytes of the arena, where it is aligned to 16 bytes; up to 15 more where it is not.
    pub fn arena_bytes(&self) -> usize {
        self.arena_bytes
    }

    /// Bytes at the arena's begin that carry over from one invocation to the next.
    pub fn state_bytes(&self) -> usize {
        self.state_bytes
    }

    /// Bytes that were prepared beside the file: packed weights, factors, copies of constants.
    pub fn prepared_bytes(&self) -> usize {
        let graphs = self.called_once.iter().map(|(_, graph)| graph).chain([&self.main]);
        let steps = graphs.flat_map(|graph| &graph.steps);
        self.constants.held_bytes() + steps.map(|step| step.op.prepared_bytes()).sum::<usize>()
    }

    /// The operators that have something to do, in the order in which they run: the number in the first subgraph, and the
    /// name.
    pub fn operators(&self) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.main.steps.iter().map(|step| (step.operator, step.name.as_str()))
    }
}
