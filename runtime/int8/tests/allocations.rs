//! A program and an arena are all that is allocated: running allocates nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/generate/mod.rs"]
mod generate;
#[path = "support/model.rs"]
mod model;
#[path = "support/random.rs"]
mod random;
#[path = "support/run.rs"]
#[expect(dead_code, reason = "what it runs it allocates for")]
mod run;

use allocation_counter::measure;
use random::Random;
use runeblocks_int8::{Interpreter, Level, Rounding};

/// Every operator, networks, and models with variables: inputs, invocations, outputs, resets and states.
#[test]
fn none_by_an_interpreter() {
    for (name, make) in generate::operators() {
        for seed in 1..4 {
            let case = make(&mut Random::of(name, seed));
            for level in Level::available() {
                // A model that the reference refuses may be refused here, too.
                let Ok(program) = run::program(&case.model, level, Rounding::Tflm) else { continue };
                let mut arena = vec![0; program.arena_bytes() + 15];
                let mut outputs: Vec<Vec<u8>> = program.outputs().iter().map(|port| vec![0; port.bytes]).collect();
                let mut state = vec![0; program.state_bytes()];
                let info = measure(|| {
                    let mut interpreter = Interpreter::new(&program, &mut arena[..]).unwrap();
                    for inputs in &case.invocations {
                        for (index, input) in inputs.iter().enumerate() {
                            interpreter.write_input(index, input).unwrap();
                        }
                        interpreter.invoke().unwrap();
                        for (index, output) in outputs.iter_mut().enumerate() {
                            interpreter.read_output(index, output).unwrap();
                        }
                        state.copy_from_slice(interpreter.state());
                        interpreter.reset();
                        interpreter.restore(&state).unwrap();
                    }
                });
                assert_eq!(info.count_total, 0, "{name}, seed {seed} at {level}");
            }
        }
    }
}
