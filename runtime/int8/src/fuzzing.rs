//! The body of the fuzz target for programs.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use runeblocks_tflite::{ModelFile, TensorInfo};

use crate::{Interpreter, Level, LoadError, Options, Program, Rounding, RunError};

/// The greatest arena of a program that is run, in bytes.
const MAX_ARENA_BYTES: usize = 1 << 24;

/// The greatest product of read and written elements of an operator that is run.
const MAX_WORK: usize = 1 << 24;

/// The outputs of two invocations, or why there are none.
type Answer = Result<[Vec<Vec<u8>>; 2], String>;

/// Makes programs of bytes for every level and rounding, and runs them. Models that would take long are not run.
///
/// # Panics
///
/// When levels differ, or a reset does not lead back to the initial state: errors of this crate.
pub fn fuzz_program(bytes: &[u8]) {
    let Ok(file) = ModelFile::from_bytes(bytes.to_vec()) else { return };
    if work(&file).is_some_and(|work| work <= MAX_WORK) {
        Rounding::ALL.into_iter().for_each(|rounding| at_every_level(&file, rounding));
    }
}

fn at_every_level(file: &ModelFile, rounding: Rounding) {
    let mut expected = None;
    for level in Level::available() {
        let found = match Program::new(file, Options { level, rounding }) {
            Ok(program) if program.arena_bytes() > MAX_ARENA_BYTES => continue,
            Ok(program) => Ok(answer(&program)),
            Err(error) => Err(error),
        };
        let expected = expected.get_or_insert_with(|| found.clone());
        assert_eq!(found, *expected, "at {level}");
    }
}

/// What a program gives, the same after a reset.
fn answer(program: &Program) -> Answer {
    let mut interpreter = match Interpreter::new(program, vec![0xa5; program.arena_bytes() + 15]) {
        Ok(interpreter) => interpreter,
        Err(error @ LoadError::Arena { .. }) => panic!("the arena is as long as it is said to be: {error}"),
        Err(error) => return Err(error.to_string()),
    };
    let answer = run(&mut interpreter);
    interpreter.reset();
    assert_eq!(run(&mut interpreter), answer, "after a reset");
    answer.map_err(|error| error.to_string())
}

/// Runs on zeros, then on bytes that all differ from zero.
fn run(interpreter: &mut Interpreter<&Program, Vec<u8>>) -> Result<[Vec<Vec<u8>>; 2], RunError> {
    let mut answers = [Vec::new(), Vec::new()];
    for (answer, byte) in answers.iter_mut().zip([0, 0x6d]) {
        let sizes = |ports: &[crate::Port]| ports.iter().map(|port| port.bytes).enumerate().collect::<Vec<_>>();
        for (index, bytes) in sizes(interpreter.program().inputs()) {
            interpreter.write_input(index, &vec![byte; bytes])?;
        }
        interpreter.invoke()?;
        for (index, bytes) in sizes(interpreter.program().outputs()) {
            let mut output = vec![0; bytes];
            interpreter.read_output(index, &mut output)?;
            answer.push(output);
        }
    }
    Ok(answers)
}

/// The sum over all operators of the product of what they read and what they write, in elements; `None` where it
/// overflows.
fn work(file: &ModelFile) -> Option<usize> {
    let mut sum = 0_usize;
    for graph in &file.subgraphs {
        for operator in &graph.operators {
            let elements = |sum: usize, index: usize| sum.checked_add(extent(&graph.tensors[index]));
            let read = operator.inputs.iter().flatten().copied().try_fold(1, elements)?;
            let written = operator.outputs.iter().copied().try_fold(1, elements)?;
            sum = sum.checked_add(read.checked_mul(written)?)?;
        }
    }
    Some(sum)
}

/// The number of elements, axes of length 0 left out.
fn extent(tensor: &TensorInfo) -> usize {
    tensor.shape.iter().map(|&length| length.max(1)).product()
}
