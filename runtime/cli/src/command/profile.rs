//! `profile`: where the time of a model goes.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use runeblocks_int8::{Interpreter, Level, Options, Program, Rounding};
use runeblocks_model::ModelFile;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::models;
use crate::terminal::{self, columns};

/// Show how long each operator of a TensorFlow Lite model takes
#[derive(Debug, Args)]
#[command(after_help = "\
The model is run on zeros by the backend int8, on one thread. Times are the least of all runs: what the
operator takes when nothing else disturbs it. Compare times of one run only.

Examples:
  runeblocks profile model.tflite
  runeblocks profile model.tflite --runs 1000 --json")]
pub struct Profile {
    /// The model
    #[arg(value_name = "MODEL.tflite")]
    model: PathBuf,
    /// How often the model is run
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Profile {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let file = models::read(&self.model)?;
        let level = Level::choose().map_err(|error| Failure::block(Exit::Usage, &error))?;
        let program = Program::new(&file, Options { level, rounding: Rounding::Tflm }).map_err(|error| {
            Failure::new(
                Exit::Run,
                format!("{}: the int8 backend cannot run the model:\n{error}", self.model.display()),
            )
        })?;
        let failed = |error: String| Failure::new(Exit::Run, format!("{}: {error}", self.model.display()));
        let arena = vec![0; program.arena_bytes() + 15];
        let mut interpreter = Interpreter::new(&program, arena).map_err(|error| failed(error.to_string()))?;
        let mut least = vec![f64::INFINITY; program.operators().len()];
        for _ in 0..self.runs {
            for (index, port) in program.inputs().iter().enumerate() {
                interpreter.write_input(index, &vec![0; port.bytes]).map_err(|error| failed(error.to_string()))?;
            }
            let mut last = Instant::now();
            let timed = interpreter.invoke_watched(|operator| {
                let now = Instant::now();
                least[operator] = least[operator].min((now - last).as_secs_f64() * 1e6);
                last = Instant::now();
            });
            timed.map_err(|error| failed(error.to_string()))?;
        }
        if self.json {
            terminal::print_json(&as_json(&file, &program, level, &least))
        } else {
            terminal::print(as_text(&file, &program, level, &least))
        }
    }
}

fn as_json(file: &ModelFile, program: &Program, level: Level, least: &[f64]) -> serde_json::Value {
    let operators = program.operators().zip(least).map(|((number, name), time)| {
        json!({ "operator": number, "name": name, "macs": file.main().operators[number].macs, "microseconds": time })
    });
    json!({
        "level": level.name(),
        "microseconds": least.iter().sum::<f64>(),
        "arena": program.arena_bytes(),
        "prepared": program.prepared_bytes(),
        "operators": operators.collect::<Vec<_>>(),
    })
}

fn as_text(file: &ModelFile, program: &Program, level: Level, least: &[f64]) -> String {
    let total: f64 = least.iter().sum();
    let mut rows = vec![["", "operator", "µs", "share", "MACs", "MACs a ns"].map(String::from).to_vec()];
    for ((number, name), &time) in program.operators().zip(least) {
        let macs = file.main().operators[number].macs;
        let (count, rate) = if macs == 0 {
            (String::new(), String::new())
        } else {
            (macs.to_string(), format!("{:.1}", macs as f64 / time / 1e3))
        };
        rows.push(vec![
            number.to_string(),
            name.escape_debug().to_string(),
            format!("{time:.2}"),
            format!("{:.0} %", 100.0 * time / total),
            count,
            rate,
        ]);
    }
    rows.push(vec![
        String::new(),
        "all".into(),
        format!("{total:.2}"),
        String::new(),
        file.macs().to_string(),
        format!("{:.1}", file.macs() as f64 / total / 1e3),
    ]);
    format!(
        "kernels {level}, arena {} bytes, prepared {} bytes\n\n{}",
        program.arena_bytes(),
        program.prepared_bytes(),
        columns(&rows)
    )
}
