//! Where the time of a model goes.

use std::time::Instant;

use runeblocks_int8::{Interpreter, Program};
use serde::Serialize;

use crate::ModelFile;

/// How long each operator of a model takes.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    /// The time of all operators together, in µs.
    pub microseconds: f64,
    /// Bytes of the arena.
    pub arena: usize,
    /// Bytes prepared beside the file.
    pub prepared: usize,
    /// The operators that have something to do, in the order in which they run.
    pub operators: Vec<OperatorTime>,
}

/// How long an operator takes.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorTime {
    /// Its number in the file.
    pub operator: usize,
    /// Its name.
    pub name: String,
    /// Its multiply-accumulates.
    pub macs: u64,
    /// The least time of all runs, in µs.
    pub microseconds: f64,
}

impl Profile {
    /// Runs a program of the file on zeros, on this thread.
    ///
    /// # Errors
    ///
    /// What the interpreter says, when the model can't be run on zeros.
    pub fn measure(file: &ModelFile, program: &Program, runs: u32) -> Result<Self, String> {
        // Up to 15 bytes are lost where the memory is not aligned.
        let arena = vec![0; program.arena_bytes() + 15];
        let mut interpreter = Interpreter::new(program, arena).map_err(|error| error.to_string())?;
        let mut least = vec![f64::INFINITY; program.operators().len()];
        for _ in 0..runs {
            for (index, port) in program.inputs().iter().enumerate() {
                interpreter.write_input(index, &vec![0; port.bytes]).map_err(|error| error.to_string())?;
            }
            let mut last = Instant::now();
            let timed = interpreter.invoke_watched(|operator| {
                let now = Instant::now();
                least[operator] = least[operator].min((now - last).as_secs_f64() * 1e6);
                last = Instant::now();
            });
            timed.map_err(|error| error.to_string())?;
        }
        let time = |((operator, name), &microseconds): ((usize, &str), &f64)| {
            let macs = file.main().operators[operator].macs;
            OperatorTime { operator, name: name.to_owned(), macs, microseconds }
        };
        Ok(Profile {
            microseconds: least.iter().sum(),
            arena: program.arena_bytes(),
            prepared: program.prepared_bytes(),
            operators: program.operators().zip(&least).map(time).collect(),
        })
    }
}
