//! Instructions, counted by valgrind's tool callgrind.

use std::error::Error;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// Runs `work`, whose instructions are counted where this process runs under [`count`].
///
/// Its name is what callgrind looks for. (It takes patterns too, but not one for two purposes.)
#[expect(unsafe_code, reason = "a name without mangling; no other symbol is called like this")]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn runeblocks_counted(work: &mut dyn FnMut()) {
    work();
    black_box(());
}

/// The version of valgrind, `None` where there is no valgrind.
///
/// # Errors
///
/// Where it is there but can't be run.
pub fn version() -> io::Result<Option<String>> {
    match Command::new("valgrind").arg("--version").output() {
        Ok(output) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Runs this program with `arguments` under callgrind. For each time that it calls [`runeblocks_counted`] it has to
/// print a line; these are given back, each with the number of instructions of the call.
///
/// # Errors
///
/// Where the program fails, or there are not as many counts as lines.
pub fn count(arguments: &[&str]) -> Result<Vec<(String, u64)>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let profile = folder.path().join("profile");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=runeblocks_counted", "--dump-after=runeblocks_counted"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} under valgrind:\n{text}", output.status).into());
    }
    let lines: Vec<String> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
    let counts = (1..=lines.len()).map(|i| total(&profile.with_extension(i.to_string())));
    lines.into_iter().zip(counts).map(|(line, count)| Ok((line, count?))).collect()
}

/// The instructions of one profile.
fn total(profile: &Path) -> Result<u64, Box<dyn Error>> {
    let missing =
        || format!("{}: no count of instructions: is the program stripped of its symbols?", profile.display());
    let text = fs::read_to_string(profile).map_err(|error| format!("{} ({error})", missing()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).ok_or_else(missing)?;
    match total.trim().parse()? {
        0 => Err(missing().into()),
        total => Ok(total),
    }
}
