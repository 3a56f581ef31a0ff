//! Runs a program in an arena.

use alloc::{format, vec};
use core::borrow::Borrow;
use core::ops::DerefMut;

use crate::constants::turn_sign;
use crate::error::{LoadError, OperatorError, RunError};
use crate::memory::{ALIGNMENT, Memory};
use crate::program::{Graph, Place, Port, Program};

/// A program and the arena in which it runs. What carries over from one invocation to the next is in the arena.
///
/// `P` is the program, or a pointer to it; `A` is the arena: a `Vec<u8>`, a `Box<[u8]>` or a `&mut [u8]`.
#[derive(Debug)]
pub struct Interpreter<P, A> {
    program: P,
    arena: A,
    /// Where in the arena the aligned part begins.
    start: usize,
}

impl<P: Borrow<Program>, A: DerefMut<Target = [u8]>> Interpreter<P, A> {
    /// An interpreter in its initial state. The arena is as long as [`Program::arena_bytes`], and up to 15 bytes longer
    /// where it is not aligned to 16 bytes.
    ///
    /// # Errors
    ///
    /// When the arena is too small, or an operator that gives variables their first values meets data that it can't take.
    pub fn new(program: P, arena: A) -> Result<Self, LoadError> {
        let start = arena.as_ptr().align_offset(ALIGNMENT);
        let (found, expected) = (arena.len(), program.borrow().arena_bytes.saturating_add(start));
        if found < expected {
            return Err(LoadError::Arena { found, expected });
        }
        let mut interpreter = Self { program, arena, start };
        interpreter.initialize().map_err(|error| LoadError::Operators(vec![error]))?;
        Ok(interpreter)
    }

    /// The program.
    pub fn program(&self) -> &Program {
        self.program.borrow()
    }

    /// Copies the bytes of an input into the arena, little-endian and row-major as in the file. An invocation may use the
    /// memory of its inputs for other tensors: write them all before each.
    ///
    /// # Errors
    ///
    /// When there is no such input, or the number of bytes is not the input's.
    pub fn write_input(&mut self, index: usize, bytes: &[u8]) -> Result<(), RunError> {
        let port = port("input", &self.program.borrow().inputs, index, bytes.len())?;
        let Place::Arena(range) = self.program.borrow().main.places[port.tensor].clone() else { return Ok(()) };
        let was_unsigned = port.was_unsigned;
        let input = &mut self.arena[self.start..][range];
        input.copy_from_slice(bytes);
        if was_unsigned {
            turn_sign(input);
        }
        Ok(())
    }

    /// Copies the bytes of an output out of the arena, after an invocation.
    ///
    /// # Errors
    ///
    /// When there is no such output, or the number of bytes is not the output's.
    pub fn read_output(&self, index: usize, bytes: &mut [u8]) -> Result<(), RunError> {
        let program = self.program.borrow();
        let port = port("output", &program.outputs, index, bytes.len())?;
        match &program.main.places[port.tensor] {
            Place::Arena(range) => bytes.copy_from_slice(&self.arena[self.start..][range.clone()]),
            Place::Constant(constant) => bytes.copy_from_slice(program.constants.get(constant)),
            Place::Nowhere => {}
        }
        if port.was_unsigned {
            turn_sign(bytes);
        }
        Ok(())
    }

    /// Runs the model once. Nothing is allocated unless it fails.
    ///
    /// # Errors
    ///
    /// When an operator meets data that it can't take, as an index out of bounds.
    pub fn invoke(&mut self) -> Result<(), RunError> {
        self.invoke_watched(|_| {})
    }

    /// Runs the model once, and calls `after` when each of [`Program::operators`] is done, with its place among them.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub fn invoke_watched(&mut self, after: impl FnMut(usize)) -> Result<(), RunError> {
        let program = self.program.borrow();
        run(program, 0, &program.main, &mut self.arena[self.start..], after).map_err(RunError::Operator)
    }

    /// Returns to the initial state: variables have their first values. Inputs have to be written again.
    pub fn reset(&mut self) {
        // What it runs has no inputs, and did not fail when the interpreter was made.
        let _ = self.initialize();
    }

    fn initialize(&mut self) -> Result<(), OperatorError> {
        let program = self.program.borrow();
        let arena = &mut self.arena[self.start..];
        for initial in &program.initial {
            arena[initial.range.clone()].fill(initial.value);
        }
        program.called_once.iter().try_for_each(|(subgraph, graph)| run(program, *subgraph, graph, arena, |_| {}))
    }

    /// What carries over to the next invocation.
    pub fn state(&self) -> &[u8] {
        &self.arena[self.start..][..self.program.borrow().state_bytes]
    }

    /// Takes up a state that [`state`](Self::state) gave.
    ///
    /// # Errors
    ///
    /// When its length is not that of this model's states.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), RunError> {
        let expected = self.program.borrow().state_bytes;
        if state.len() != expected {
            return Err(RunError::State { found: state.len(), expected });
        }
        self.arena[self.start..][..expected].copy_from_slice(state);
        Ok(())
    }
}

/// An input or output whose size is `bytes`.
fn port<'a>(what: &'static str, ports: &'a [Port], index: usize, bytes: usize) -> Result<&'a Port, RunError> {
    match ports.get(index) {
        Some(port) if port.bytes == bytes => Ok(port),
        Some(port) => {
            let (found, expected) =
                (format!("{bytes} bytes"), format!("{} for {} {:?}", port.bytes, port.element_type, port.shape));
            Err(RunError::Port { what, index, found, expected })
        }
        None => {
            let (found, expected) = (format!("no such {what}"), format!("0 to {}", ports.len().saturating_sub(1)));
            Err(RunError::Port { what, index, found, expected })
        }
    }
}

/// Runs a subgraph.
fn run(
    program: &Program,
    subgraph: usize,
    graph: &Graph,
    arena: &mut [u8],
    mut after: impl FnMut(usize),
) -> Result<(), OperatorError> {
    for (number, step) in graph.steps.iter().enumerate() {
        let scratch = step.scratch.clone();
        let mut memory = Memory { constants: &program.constants, places: &graph.places, arena: &mut *arena, scratch };
        step.op.run(&mut memory).map_err(|reason| {
            let (operator, name) = (step.operator, step.name.clone());
            OperatorError { subgraph, operator, name, reason }
        })?;
        after(number);
    }
    Ok(())
}
