//! Ours and theirs, on the same sound, by turns.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use runeblocks_benches::{RUSTC, SECONDS, callgrind, preset, replace, speech_like};
use runeblocks_frontend::{Config, MicroFrontend};
use runeblocks_micro::{Dialect, Level};
use rustix::time::{ClockId, clock_gettime};

use crate::reference::{Reference, Wheels};

const USAGE: &str = "\
Times the front end at every level against the C reference in the wheels, and counts instructions where valgrind is.

Usage: compare [--renew]

  --renew  write the table to benches/README.md";

const ROUNDS: usize = 101;

/// Both have a window of 30 ms and 40 channels.
const PRESETS: [&str; 2] = ["micro_speech", "micro_wake_word"];

const BEGIN: &str = "<!-- compare -->\n";
const END: &str = "<!-- /compare -->\n";

pub fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        [] => run(false),
        ["--renew"] => run(true),
        ["--count", tf, tflm] => run_counted(tf.as_ref(), tflm.as_ref()),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the features of a clip, from the initial state.
type ProcessClip = Box<dyn FnMut(&[i16], &mut [u16])>;

/// A front end under a name.
struct Contestant {
    name: String,
    process_clip: ProcessClip,
}

impl Contestant {
    fn ours(config: &Config, dialect: Dialect, level: Level) -> Result<Self, Box<dyn Error>> {
        let mut front_end = MicroFrontend::with_level(config, dialect, level)?;
        let process_clip = move |samples: &[i16], features: &mut [u16]| {
            front_end.process_clip_into(samples, features).expect("there is room for every frame");
        };
        Ok(Contestant { name: format!("Runeblocks, {level}"), process_clip: Box::new(process_clip) })
    }

    fn theirs(name: &str, library: &Path, config: &Config) -> Result<Self, Box<dyn Error>> {
        let mut reference = Reference::new(library, config)?;
        let process_clip = move |samples: &[i16], features: &mut [u16]| reference.process_clip(samples, features);
        Ok(Contestant { name: name.into(), process_clip: Box::new(process_clip) })
    }
}

/// What all are given.
struct Trial {
    config: Config,
    samples: Vec<i16>,
    frames: usize,
}

impl Trial {
    fn new(name: &str) -> Result<Self, Box<dyn Error>> {
        let (config, samples) = (preset(name), speech_like());
        let frames = MicroFrontend::new(&config, Dialect::Tf)?.rows_of(samples.len());
        Ok(Trial { config, samples, frames })
    }

    /// Room for all features.
    fn features(&self) -> Vec<u16> {
        vec![u16::MAX; self.frames * self.config.num_channels as usize]
    }

    /// The contestants, the one to which the others are compared first.
    fn contestants(&self, tf: &Path, tflm: &Path) -> Result<Vec<Contestant>, Box<dyn Error>> {
        let mut contestants = vec![
            Contestant::theirs("C, in the wheel of TensorFlow", tf, &self.config)?,
            Contestant::theirs("C, in the wheel of pymicro-features", tflm, &self.config)?,
        ];
        for level in Level::available() {
            contestants.push(Contestant::ours(&self.config, Dialect::Tf, level)?);
        }
        Ok(contestants)
    }

    /// Holds every level to a reference.
    fn hold(&self, dialect: Dialect, reference: &mut Contestant) -> Result<(), Box<dyn Error>> {
        let (mut expected, mut found) = (self.features(), self.features());
        (reference.process_clip)(&self.samples, &mut expected);
        for level in Level::available() {
            let mut ours = Contestant::ours(&self.config, dialect, level)?;
            found.fill(u16::MAX);
            (ours.process_clip)(&self.samples, &mut found);
            if found != expected {
                let text = format!("{}, dialect {dialect}: other features than those of {}", ours.name, reference.name);
                return Err(text.into());
            }
        }
        Ok(())
    }

    /// Times the contestants by turns.
    fn measure(&self, contestants: &mut [Contestant]) -> Vec<Measured> {
        let mut features = self.features();
        let mut times = vec![Vec::with_capacity(ROUNDS); contestants.len()];
        for _ in 0..ROUNDS {
            for (contestant, times) in contestants.iter_mut().zip(&mut times) {
                let start = processor_time();
                (contestant.process_clip)(black_box(&self.samples), black_box(&mut features));
                times.push((processor_time() - start).as_secs_f64() * 1e9 / self.frames as f64);
            }
        }
        let first = times[0].clone();
        let measured = |times: Vec<f64>| Measured {
            speed: median(first.iter().zip(&times).map(|(first, time)| first / time).collect()),
            nanoseconds_per_frame: median(times),
        };
        times.into_iter().map(measured).collect()
    }
}

/// What runs under valgrind.
fn run_counted(tf: &Path, tflm: &Path) -> Result<(), Box<dyn Error>> {
    for name in PRESETS {
        let trial = Trial::new(name)?;
        let mut features = trial.features();
        for mut contestant in trial.contestants(tf, tflm)? {
            let mut run = || (contestant.process_clip)(&trial.samples, &mut features);
            // The first run binds the functions of a library.
            run();
            callgrind::runeblocks_counted(&mut run);
            println!("{name}/{}", contestant.name);
        }
    }
    Ok(())
}

/// What one contestant was measured to take with one preset.
struct Measured {
    nanoseconds_per_frame: f64,
    /// How much faster than the first contestant.
    speed: f64,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What this thread has used: other work on the machine would otherwise be laid to the slower.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn run(renew: bool) -> Result<(), Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err("this times what the optimiser made: run it with `cargo run --release`".into());
    }
    let wheels = Wheels::find()?;
    let valgrind = callgrind::version()?;
    let counts: HashMap<String, u64> = match valgrind {
        Some(_) => {
            let [tf, tflm] = [&wheels.tf, &wheels.tflm].map(|path| path.to_string_lossy());
            callgrind::count(&["--count", &tf, &tflm])?.into_iter().collect()
        }
        None => HashMap::new(),
    };
    let mut rows: Vec<String> = Vec::new();
    for name in PRESETS {
        let trial = Trial::new(name)?;
        let mut contestants = trial.contestants(&wheels.tf, &wheels.tflm)?;
        trial.hold(Dialect::Tf, &mut contestants[0])?;
        if wheels.defines_tflm() {
            trial.hold(Dialect::Tflm, &mut contestants[1])?;
        } else {
            eprintln!(
                "note: not held to pymicro-features: the C library makes its tables, and those of glibc 2.36 count"
            );
        }
        rows.resize_with(contestants.len(), String::new);
        let measured = trial.measure(&mut contestants);
        for ((row, contestant), measured) in rows.iter_mut().zip(contestants).zip(measured) {
            if row.is_empty() {
                write!(row, "| {} |", contestant.name)?;
            }
            let Measured { nanoseconds_per_frame, speed } = measured;
            let count = counts.get(&format!("{name}/{}", contestant.name));
            let count = count.map_or("–".into(), |count| format!("{:.0}", *count as f64 / trial.frames as f64));
            write!(row, " {nanoseconds_per_frame:.0} | {speed:.2} | {count} |")?;
        }
    }
    let text = format!(
        "| | 20 ms hop: ns a frame | speed | instructions | 10 ms hop: ns a frame | speed | instructions |\n\
        |---|---:|---:|---:|---:|---:|---:|\n\
        {}\n\n\
        16 kHz, 30 ms window, 40 channels, all stages; {SECONDS} s of speech-like sound, one thread, medians of the \
        processor time in {ROUNDS} rounds by turns.\n\
        Speed is that of TensorFlow's wheel = 1, by round. Taken with {}, {RUSTC}, {} on {}.\n",
        rows.join("\n"),
        wheels.versions,
        valgrind.as_deref().unwrap_or("no valgrind"),
        processor()
    );
    print!("{text}");
    if renew {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = fs::read_to_string(&path)?;
        let (before, rest) = readme.split_once(BEGIN).ok_or("README.md has no place for the table")?;
        let (_, after) = rest.split_once(END).ok_or("README.md has no place for the table")?;
        replace(&path, &format!("{before}{BEGIN}\n{text}\n{END}{after}"))?;
    }
    Ok(())
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("an unknown processor", |(_, name)| name).to_owned()
}
