//! `profile`: where the time of a model goes.

use std::path::PathBuf;

use clap::Args;
use runeblocks_int8::{Level, Options, Program, Rounding};
use runeblocks_model::{ModelFile, OperatorTime};

use crate::failure::{Exit, Failure};
use crate::models;
use crate::terminal::{self, columns};
use crate::values;

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
        let measured = runeblocks_model::Profile::measure(&file, &program, self.runs)
            .map_err(|error| Failure::new(Exit::Run, format!("{}: {error}", self.model.display())))?;
        if self.json {
            let mut json = values::json(&measured);
            json["level"] = level.name().into();
            terminal::print_json(&json)
        } else {
            terminal::print(as_text(&file, &measured, level))
        }
    }
}

fn as_text(file: &ModelFile, measured: &runeblocks_model::Profile, level: Level) -> String {
    let total = measured.microseconds;
    let mut rows = vec![["", "operator", "µs", "share", "MACs", "MACs a ns"].map(String::from).to_vec()];
    for OperatorTime { operator, name, macs, microseconds: time } in &measured.operators {
        let (count, rate) = if *macs == 0 {
            (String::new(), String::new())
        } else {
            (macs.to_string(), format!("{:.1}", *macs as f64 / time / 1e3))
        };
        rows.push(vec![
            operator.to_string(),
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
        measured.arena,
        measured.prepared,
        columns(&rows)
    )
}
