//! The memory of an invocation: constants, the arena, and where each tensor stands.

use core::ops::Range;

use crate::constants::Constants;
use crate::program::Place;

/// Alignment of everything in the arena, in bytes.
pub(crate) const ALIGNMENT: usize = 16;

/// What an operator may touch while it runs.
pub(crate) struct Memory<'a> {
    pub(crate) constants: &'a Constants,
    pub(crate) places: &'a [Place],
    /// Aligned to [`ALIGNMENT`].
    pub(crate) arena: &'a mut [u8],
    /// The operator's scratch, in the arena.
    pub(crate) scratch: Range<usize>,
}

impl Memory<'_> {
    /// Inputs, one output, and the operator's scratch.
    ///
    /// # Panics
    ///
    /// When the output is a constant or shares memory with an input: the plan rules both out.
    pub(crate) fn get<const N: usize>(
        &mut self,
        inputs: [usize; N],
        output: usize,
    ) -> ([&[u8]; N], &mut [u8], &mut [u8]) {
        let Place::Arena(output) = &self.places[output] else { panic!("an output is a constant") };
        let output = output.clone();
        let scratch = if self.scratch.is_empty() { output.end..output.end } else { self.scratch.clone() };
        let scratch_first = scratch.start < output.start;
        let [low, high] = if scratch_first { [scratch, output] } else { [output, scratch] };
        let (rest, above) = self.arena.split_at_mut(high.end);
        let (rest, upper) = rest.split_at_mut(high.start);
        let (rest, between) = rest.split_at_mut(low.end);
        let (below, lower) = rest.split_at_mut(low.start);
        let (below, between, above) = (&*below, &*between, &*above);
        let find = |index: usize| match &self.places[index] {
            Place::Constant(constant) => self.constants.get(constant),
            Place::Arena(range) if range.end <= low.start => &below[range.clone()],
            Place::Arena(range) if range.start >= high.end => &above[range.start - high.end..range.end - high.end],
            Place::Arena(range) => &between[range.start - low.end..range.end - low.end],
            Place::Nowhere => &[],
        };
        let inputs = inputs.map(find);
        if scratch_first { (inputs, upper, lower) } else { (inputs, lower, upper) }
    }
}
