//! Running the program itself in a folder of its own.

#![allow(dead_code, reason = "every test file takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder that goes away with the test, in which the program is run.
pub struct Folder(TempDir);

/// What the program did.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    /// An empty folder.
    pub fn new() -> Self {
        Folder(TempDir::new().unwrap())
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Writes a WAV file of one channel and 16-bit samples.
    pub fn write_wav(&self, name: &str, rate: u32, samples: &[i16]) {
        self.write(name, wav(rate, 1, samples));
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command, with its output piped and nothing of the environment that could change it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runeblocks"));
        command.args(args).current_dir(self.0.path()).env_remove("COLUMNS").env_remove("NO_COLOR");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        Ran {
            status: status.code().expect("an exit status"),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Runs the program and expects success without a word on stderr; gives stdout.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{args:?}");
        ran.stdout
    }

    /// As [`Folder::ok`], for JSON.
    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        let text = self.ok(args);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Runs the program and expects that it fails with this status and exactly these words on stderr, and none on stdout.
    #[track_caller]
    pub fn fails(&self, args: &[&str], status: i32, stderr: &str) {
        let ran = self.run(args);
        assert_eq!(ran.stderr.trim_end(), stderr.trim_end(), "{args:?}");
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{args:?}");
    }
}

/// The bytes of a WAV file of 16-bit samples.
pub fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data = samples.len() as u32 * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(channels) * 2).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(16u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    samples.iter().for_each(|sample| bytes.extend(sample.to_le_bytes()));
    bytes
}

/// A tone of growing loudness.
pub fn tone(length: usize) -> Vec<i16> {
    (0..length).map(|n| ((n as f32 * 0.3).sin() * (n % 8000) as f32) as i16).collect()
}

/// A file of the repository, from this package's folder.
pub fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
