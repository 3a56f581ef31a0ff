//! Counts the instructions a frame of every kernel at every level, and holds them against those of `instructions.json`.
//!
//! See `benches/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::process::ExitCode;

use runeblocks_benches::{Baseline, Figures, RUSTC, TARGET, TOLERANCE, callgrind, kernels};
use runeblocks_micro::Level;

const USAGE: &str = "\
Counts the instructions a frame of every kernel at every level that this machine has under valgrind.

Usage: instructions [--check | --renew] [--json]

  --check  fail where a figure is more than 3 % above that of benches/instructions.json
  --renew  write the figures to benches/instructions.json
  --json   end with one line: instructions a frame of the whole front end (micro_speech), by level";

/// The kernel that stands for all.
const WHOLE: &str = "front_end/micro_speech";
/// The exit code where there is no valgrind.
const NO_VALGRIND: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--count", level] = arguments[..] {
        run_counted(level.parse().expect("the parent process names a level"));
        return ExitCode::SUCCESS;
    }
    if arguments == ["--help"] {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What runs under valgrind, which may have fewer levels than the machine.
fn run_counted(level: Level) {
    if !level.is_available() {
        return;
    }
    for mut kernel in kernels(level) {
        callgrind::runeblocks_counted(&mut || kernel.run());
        println!("{}/{} {}", kernel.name, kernel.config, kernel.frames);
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Box<dyn Error>> {
    let mut options = [("--check", false), ("--renew", false), ("--json", false)];
    for argument in arguments {
        let option = options.iter_mut().find(|(name, _)| name == argument);
        option.ok_or_else(|| format!("unknown argument `{argument}`\n\n{USAGE}"))?.1 = true;
    }
    let [check, renew, json] = options.map(|(_, given)| given);
    if check && renew {
        return Err(format!("--check and --renew exclude each other\n\n{USAGE}").into());
    }
    if cfg!(debug_assertions) {
        return Err("this counts what the optimiser made: run it with `cargo run --release`".into());
    }
    let Some(valgrind) = callgrind::version()? else {
        eprintln!("error: there is no valgrind here, which counts instructions: install the package `valgrind`");
        return Ok(ExitCode::from(NO_VALGRIND));
    };
    let found = Baseline { target: TARGET.into(), rustc: RUSTC.into(), valgrind, instructions_per_frame: measure()? };
    print_table(&found.instructions_per_frame);
    let mut code = ExitCode::SUCCESS;
    if renew {
        found.write(&Baseline::path())?;
    }
    if check {
        let report = Baseline::read(&Baseline::path())?.check(&found);
        print!("{}", report.text());
        if report.failures.is_empty() {
            println!("no figure that is held is more than {:.0} % above its baseline", 100.0 * TOLERANCE);
        } else {
            code = ExitCode::FAILURE;
        }
    }
    if json {
        let levels = found.instructions_per_frame.iter();
        let whole: BTreeMap<_, _> = levels.map(|(level, kernels)| (level, kernels[WHOLE])).collect();
        println!("{}", serde_json::to_string(&whole)?);
    }
    Ok(code)
}

/// Counts at every level, each in a process of its own.
fn measure() -> Result<Figures, Box<dyn Error>> {
    let mut figures = Figures::new();
    for level in Level::available() {
        let mut kernels = BTreeMap::new();
        for (line, count) in callgrind::count(&["--count", level.name()])? {
            let (kernel, frames) = line.rsplit_once(' ').ok_or("the child process printed something else")?;
            let tenths = (10.0 * count as f64 / frames.parse::<f64>()?).round();
            kernels.insert(kernel.to_owned(), tenths / 10.0);
        }
        if !kernels.is_empty() {
            figures.insert(level.name().to_owned(), kernels);
        }
    }
    Ok(figures)
}

/// A row a kernel, a column a level.
fn print_table(figures: &Figures) {
    let levels: Vec<_> = Level::ALL.iter().filter_map(|level| figures.get_key_value(level.name())).collect();
    println!(
        "{:<32}{}",
        "instructions a frame",
        levels.iter().map(|(name, _)| format!("{name:>12}")).collect::<String>()
    );
    for kernel in figures.values().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        let cell = |count: Option<&f64>| format!("{:>12}", count.map_or(String::new(), |count| format!("{count:.1}")));
        println!("{kernel:<32}{}", levels.iter().map(|(_, kernels)| cell(kernels.get(kernel))).collect::<String>());
    }
}
