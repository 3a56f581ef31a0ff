//! Counted instructions held against committed ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{error::Error, fs};

use serde::{Deserialize, Serialize};

/// The part of a committed figure by which the one found may be above it, and be below it without a remark.
pub const TOLERANCE: f64 = 0.03;

/// Instructions a frame: by level, by kernel.
pub type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// Figures, and what they depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The target that the kernels were built for.
    pub target: String,
    /// The compiler that they were built with.
    pub rustc: String,
    /// The counter.
    pub valgrind: String,
    /// The figures.
    pub instructions_per_frame: Figures,
}

/// What [`Baseline::check`] has to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Each a reason to fail.
    pub failures: Vec<String>,
    /// Each something to know.
    pub notes: Vec<String>,
}

impl Baseline {
    /// The committed file.
    #[must_use]
    pub fn path() -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "instructions.json"].iter().collect()
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// Where it is not there, or holds something else.
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let error = |error: &dyn Error| format!("{}: {error}; --renew writes it", path.display());
        let text = fs::read_to_string(path).map_err(|e| error(&e))?;
        Ok(serde_json::from_str(&text).map_err(|e| error(&e))?)
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// Where the folder can't be written to.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        replace(path, &(text + "\n"))
    }

    /// Holds what was `found` against this.
    #[must_use]
    pub fn check(&self, found: &Baseline) -> Report {
        let mut report = Report::default();
        let Report { failures, notes } = &mut report;
        if found.target != self.target {
            notes.push(format!("nothing is held: the baseline is of {}, and this is {}", self.target, found.target));
            return report;
        }
        for (name, found, baseline) in
            [("rustc", &found.rustc, &self.rustc), ("valgrind", &found.valgrind, &self.valgrind)]
        {
            if found != baseline {
                notes.push(format!(
                    "{name} is `{found}`, the baseline was counted with `{baseline}`: figures may differ"
                ));
            }
        }
        for level in self.instructions_per_frame.keys() {
            if !found.instructions_per_frame.contains_key(level) {
                notes.push(format!("{level}: not checked, as this machine can't run it"));
            }
        }
        for (level, found) in &found.instructions_per_frame {
            let empty = BTreeMap::new();
            let baseline = self.instructions_per_frame.get(level).unwrap_or(&empty);
            for kernel in found.keys().chain(baseline.keys()).collect::<BTreeSet<_>>() {
                match (found.get(kernel), baseline.get(kernel)) {
                    (Some(found), Some(baseline)) => {
                        let change = found / baseline - 1.0;
                        let text = format!(
                            "{kernel} at {level}: {found:.1} instructions a frame, {baseline:.1} in the baseline, {:+.1} %",
                            100.0 * change
                        );
                        if change > TOLERANCE {
                            failures.push(text);
                        } else if change < -TOLERANCE {
                            notes.push(text + ": renew the baseline with --renew, so that this is kept");
                        }
                    }
                    (Some(_), None) => {
                        failures.push(format!("{kernel} at {level}: not in the baseline; --renew adds it"));
                    }
                    (None, _) => failures.push(format!("{kernel} at {level}: in the baseline only; --renew drops it")),
                }
            }
        }
        report
    }
}

impl Report {
    /// One line each, the failures last.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.notes.iter().map(|line| ("note", line));
        lines.chain(self.failures.iter().map(|line| ("error", line))).fold(String::new(), |mut text, (kind, line)| {
            let _ = writeln!(text, "{kind}: {line}");
            text
        })
    }
}

/// Gives a file these contents, at once or not at all.
///
/// # Errors
///
/// Where its folder can't be written to.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(figures: &[(&str, &[(&str, f64)])]) -> Baseline {
        let kernels = |kernels: &[(&str, f64)]| kernels.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
        Baseline {
            target: "x86_64-unknown-linux-gnu".into(),
            rustc: "rustc 1.95.0".into(),
            valgrind: "valgrind-3.19.0".into(),
            instructions_per_frame: figures.iter().map(|&(level, k)| (level.to_owned(), kernels(k))).collect(),
        }
    }

    #[test]
    fn three_percent_are_let_through() {
        let committed = baseline(&[("avx2", &[("fft/512", 1000.0), ("sqrt/op", 200.0)])]);
        let found = baseline(&[("avx2", &[("fft/512", 1029.9), ("sqrt/op", 194.1)])]);
        assert_eq!(committed.check(&found), Report::default());
    }

    #[test]
    fn changes_are_reported() {
        let committed = baseline(&[("avx2", &[("fft/512", 1000.0), ("old", 1.0), ("sqrt/op", 200.0)]), ("neon", &[])]);
        let mut found = baseline(&[("avx2", &[("fft/512", 1031.0), ("new", 1.0), ("sqrt/op", 193.0)])]);
        found.rustc = "rustc 1.96.0".into();
        assert_eq!(
            committed.check(&found).text(),
            "\
note: rustc is `rustc 1.96.0`, the baseline was counted with `rustc 1.95.0`: figures may differ
note: neon: not checked, as this machine can't run it
note: sqrt/op at avx2: 193.0 instructions a frame, 200.0 in the baseline, -3.5 %: renew the baseline with --renew, so that this is kept
error: fft/512 at avx2: 1031.0 instructions a frame, 1000.0 in the baseline, +3.1 %
error: new at avx2: not in the baseline; --renew adds it
error: old at avx2: in the baseline only; --renew drops it
"
        );
    }

    #[test]
    fn other_targets_are_not_held() {
        let mut found = baseline(&[]);
        found.target = "aarch64-unknown-linux-gnu".into();
        assert_eq!(
            baseline(&[]).check(&found).text(),
            "note: nothing is held: the baseline is of x86_64-unknown-linux-gnu, and this is aarch64-unknown-linux-gnu\n"
        );
    }

    #[test]
    fn files_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instructions.json");
        assert!(Baseline::read(&path).unwrap_err().to_string().ends_with("(os error 2); --renew writes it"));
        let written = baseline(&[("avx2", &[("fft/512", 1000.5)])]);
        written.write(&path).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), written);
    }
}
