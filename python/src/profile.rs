//! Where the time of a model goes.

use runeblocks_int8::{Level, Options, Program, Rounding};
use runeblocks_model::{ModelFile, Profile};
use serde_json::Value;

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
    let measured = Profile::measure(file, &program, runs.max(1))?;
    let mut json = serde_json::to_value(&measured).map_err(|error| error.to_string())?;
    json["level"] = level.name().into();
    Ok(json)
}
