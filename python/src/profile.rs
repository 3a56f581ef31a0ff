//! Where the time of a model goes.

use std::time::Instant;

use runeblocks_int8::{Interpreter, Level, Options, Program, Rounding};
use runeblocks_model::ModelFile;
use serde_json::{Value, json};

/// Runs a model on zeros, on this thread, and gives the least time of each operator of all runs in µs.
pub(crate) fn measure(file: &ModelFile, backend: &str, runs: u32) -> Result<Value, String> {
    let rounding = match backend {
        "int8" => Rounding::Tflm,
        "int8-xnnpack" => Rounding::Xnnpack,
        other => {
            return Err(format!(
                "the backend {other} does not tell the time of operators: expected int8 or int8-xnnpack"
            ));
        }
    };
    let level = Level::choose().map_err(|error| error.to_string())?;
    let program = Program::new(file, Options { level, rounding }).map_err(|error| error.to_string())?;
    // Up to 15 bytes are lost where the memory is not aligned.
    let arena = vec![0; program.arena_bytes() + 15];
    let mut interpreter = Interpreter::new(&program, arena).map_err(|error| error.to_string())?;
    let mut least = vec![f64::INFINITY; program.operators().len()];
    for _ in 0..runs.max(1) {
        for (index, port) in program.inputs().iter().enumerate() {
            interpreter.write_input(index, &vec![0; port.bytes]).map_err(|error| error.to_string())?;
        }
        let mut last = Instant::now();
        let timed = interpreter.invoke_watched(|operator| {
            least[operator] = least[operator].min(last.elapsed().as_secs_f64() * 1e6);
            last = Instant::now();
        });
        timed.map_err(|error| error.to_string())?;
    }
    let operators = program.operators().zip(&least).map(|((number, name), time)| {
        json!({ "operator": number, "name": name, "macs": file.main().operators[number].macs, "microseconds": time })
    });
    Ok(json!({
        "level": level.name(),
        "microseconds": least.iter().sum::<f64>(),
        "arena": program.arena_bytes(),
        "prepared": program.prepared_bytes(),
        "operators": operators.collect::<Vec<_>>(),
    }))
}
