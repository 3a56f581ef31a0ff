//! Times models at every level against LiteRT, in one run.
//!
//! See `benches/README.md`.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use runeblocks_int8::{Interpreter, Level, Options, Program, Rounding};
use runeblocks_tflite::ModelFile;

const USAGE: &str = "\
Times models at every level, and in LiteRT where RUNEBLOCKS_PYTHON names an interpreter that has ai-edge-litert.

Usage: models [MODEL.tflite...]

Without models: that of the keyword spotter, and where the folder of shared models is (RUNEBLOCKS_SHARED), those of it.";

/// Turns that each takes; the best time of all counts.
const ROUNDS: usize = 7;
/// How long a turn is.
const TURN: Duration = Duration::from_millis(150);

/// The shared models that are timed.
const SHARED: [&str; 6] = [
    "tflm_micro_speech/models/micro_speech_quantized.tflite",
    "hotg_microspeech/models/model_2021-05-12_f47a63a7.tflite",
    "mlcommons_kws/kws_ref_model.tflite",
    "wakeword/wheel_models/okay_nabu.tflite",
    "wakeword/wheel_models/hey_mycroft.tflite",
    "tflm_person_detection/person_detect.tflite",
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err("this times what the optimiser made: run it with `cargo run --release`".into());
    }
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.iter().any(|argument| argument.as_os_str() == "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    let models = if arguments.is_empty() { defaults() } else { arguments };
    let mut litert = LiteRt::start()?;
    let levels: Vec<Level> = Level::available().collect();
    let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
    println!("| µs an invocation | {} | XNNPACK | ratio | reference kernels | ratio |", names.join(" | "));
    println!("|---|{}---:|---:|---:|---:|", "---:|".repeat(levels.len()));
    for path in models {
        println!("{}", row(&path, &levels, litert.as_mut())?);
    }
    Ok(())
}

fn defaults() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = env::var_os("RUNEBLOCKS_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from).join("models");
    let own = root.join("models/keyword/keyword_int8.tflite");
    if !shared.is_dir() {
        eprintln!("SKIP the shared models: there is no folder {}", shared.display());
    }
    std::iter::once(own).chain(SHARED.iter().map(|name| shared.join(name)).filter(|path| path.exists())).collect()
}

/// The table's row of a model: the best times of all turns.
fn row(path: &Path, levels: &[Level], mut litert: Option<&mut LiteRt>) -> Result<String, Box<dyn Error>> {
    let file = ModelFile::from_bytes(std::fs::read(path)?)?;
    let mut ours = Vec::new();
    for &level in levels {
        let program = Program::new(&file, Options { level, rounding: Rounding::Tflm })?;
        let arena = vec![0_u8; program.arena_bytes() + 15];
        ours.push(Interpreter::new(program, arena)?);
    }
    let mut best = vec![f64::INFINITY; levels.len()];
    let mut theirs = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for (interpreter, best) in ours.iter_mut().zip(&mut best) {
            let end = Instant::now() + TURN;
            while Instant::now() < end {
                for index in 0..interpreter.program().inputs().len() {
                    let bytes: Vec<u8> =
                        (0..interpreter.program().inputs()[index].bytes).map(|k| (37 * k % 101) as u8).collect();
                    interpreter.write_input(index, &bytes)?;
                }
                let start = Instant::now();
                interpreter.invoke()?;
                *best = best.min(start.elapsed().as_secs_f64() * 1e6);
            }
        }
        if let Some(litert) = litert.as_deref_mut() {
            let times = litert.best(path)?;
            theirs.iter_mut().zip(times).for_each(|(best, time)| *best = best.min(time));
        }
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut row = format!("| {name} |");
    for time in &best {
        write!(row, " {time:.1} |")?;
    }
    let fastest = best.iter().copied().fold(f64::INFINITY, f64::min);
    for time in theirs {
        if time.is_finite() {
            write!(row, " {time:.1} | {:.2} |", fastest / time)?;
        } else {
            write!(row, " – | – |")?;
        }
    }
    Ok(row)
}

/// A running `serve.py`.
struct LiteRt {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl LiteRt {
    /// Starts it with the interpreter that `RUNEBLOCKS_PYTHON` names; `None` with a line where it names none.
    fn start() -> Result<Option<Self>, Box<dyn Error>> {
        let Some(python) = env::var_os("RUNEBLOCKS_PYTHON") else {
            eprintln!("SKIP LiteRT: RUNEBLOCKS_PYTHON names no interpreter");
            return Ok(None);
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/models/serve.py");
        let mut command = Command::new(python);
        let mut process =
            command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("no pipes to the interpreter".into());
        };
        Ok(Some(Self { process, questions, answers: BufReader::new(answers) }))
    }

    /// The best time of an invocation by XNNPACK and by the reference kernels, in µs; infinite where there is none.
    fn best(&mut self, path: &Path) -> Result<[f64; 2], Box<dyn Error>> {
        writeln!(self.questions, "{} {}", path.display(), TURN.as_secs_f64())?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the interpreter of RUNEBLOCKS_PYTHON ended: has it the package ai-edge-litert?".into());
        }
        let mut times = [f64::INFINITY; 2];
        for (time, text) in times.iter_mut().zip(line.split_whitespace()) {
            *time = text.parse::<f64>().map_or(f64::INFINITY, |nanoseconds| nanoseconds / 1e3);
        }
        Ok(times)
    }
}

impl Drop for LiteRt {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
