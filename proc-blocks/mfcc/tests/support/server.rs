//! The references in a process of their own: `reference/serve.py`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::chain::Frames;

/// A running `serve.py`.
pub struct Server {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it with an interpreter.
    pub fn start(python: &OsStr) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/reference/serve.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("the interpreter {} does not start: {error}", python.display()));
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Server { child, requests, answers }
    }

    /// Sends a request, with its samples where it names no file, and reads what each stage of the reference gives.
    pub fn ask(&mut self, mut request: Value, samples: Option<&[i16]>) -> Vec<Frames> {
        let bytes: Vec<u8> = samples.into_iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
        if samples.is_some() {
            request["bytes"] = json!(bytes.len());
        }
        // A server that has ended shows when its answer is read.
        let _ = writeln!(self.requests, "{request}").and_then(|()| self.requests.write_all(&bytes));
        let _ = self.requests.flush();
        let answer = self.line();
        let frames = answer["frames"].as_u64().unwrap() as usize;
        let read = |entry: &Value| {
            let width = entry[1].as_u64().unwrap() as usize;
            let mut bytes = vec![0; 4 * frames * width];
            self.answers.read_exact(&mut bytes).unwrap();
            let (values, _) = bytes.as_chunks::<4>();
            let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Frames { name: entry[0].as_str().unwrap().to_owned(), width, values }
        };
        answer["arrays"].as_array().unwrap().iter().map(read).collect()
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(
            !line.is_empty(),
            "reference/serve.py ended: are the packages of proc-blocks/mfcc/reference/requirements.txt installed?"
        );
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is waiting for a request, so there is nothing to lose; that it may have ended already is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
