//! The references in a process of their own: `reference/serve.py`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::stages::Arrays;

/// A running `serve.py`.
pub struct Server {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Those whose library is installed.
    pub dialects: Vec<String>,
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
        let mut server = Server { child, requests, answers, dialects: Vec::new() };
        let hello = server.line();
        server.dialects =
            hello["dialects"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        server
    }

    /// Sends a request with its samples; `None` where the reference refuses the configuration.
    pub fn ask(&mut self, mut request: Value, samples: &[i16]) -> Option<Arrays> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        request["bytes"] = json!(bytes.len());
        writeln!(self.requests, "{request}").unwrap();
        self.requests.write_all(&bytes).unwrap();
        self.requests.flush().unwrap();
        let answer = self.line();
        let arrays = answer["arrays"].as_array()?;
        let read = |entry: &Value| {
            let mut bytes = vec![0; entry[1].as_u64().unwrap() as usize];
            self.answers.read_exact(&mut bytes).unwrap();
            (entry[0].as_str().unwrap().to_owned(), bytes)
        };
        Some(arrays.iter().map(read).collect())
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(
            !line.is_empty(),
            "reference/serve.py ended: are tensorflow-cpu==2.21.0, pymicro-features==2.0.2 and numpy installed?"
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
