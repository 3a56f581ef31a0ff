//! Runs models.

use runeblocks_int8::{Interpreter, Level, Options, Program, Rounding};
use runeblocks_tflite::ModelFile;

/// The model, prepared for a level.
pub fn program(model: &[u8], level: Level, rounding: Rounding) -> Result<Program, String> {
    let file = ModelFile::from_bytes(model.to_vec()).map_err(|error| error.to_string())?;
    Program::new(&file, Options { level, rounding }).map_err(|error| error.to_string())
}

/// An interpreter with an arena of its own.
pub fn interpreter(program: &Program) -> Interpreter<&Program, Vec<u8>> {
    Interpreter::new(program, vec![0xa5; program.arena_bytes() + 15]).unwrap()
}

/// The outputs of each invocation, or what was refused.
pub fn outputs(
    interpreter: &mut Interpreter<&Program, Vec<u8>>,
    invocations: &[Vec<Vec<u8>>],
) -> Result<Vec<Vec<Vec<u8>>>, String> {
    let mut answers = Vec::new();
    for inputs in invocations {
        for (index, input) in inputs.iter().enumerate() {
            interpreter.write_input(index, input).map_err(|error| error.to_string())?;
        }
        interpreter.invoke().map_err(|error| error.to_string())?;
        let sizes: Vec<usize> = interpreter.program().outputs().iter().map(|port| port.bytes).collect();
        let outputs = sizes.into_iter().enumerate().map(|(index, bytes)| {
            let mut output = vec![0; bytes];
            interpreter.read_output(index, &mut output).map(|()| output).map_err(|error| error.to_string())
        });
        answers.push(outputs.collect::<Result<_, _>>()?);
    }
    Ok(answers)
}
