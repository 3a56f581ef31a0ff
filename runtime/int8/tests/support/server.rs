//! The references in a process of their own: `reference/serve.py`, which says what goes over its pipes.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use runeblocks_int8::Rounding;
use runeblocks_tflite::{ModelFile, TensorInfo, TensorType};

/// What runs the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// TensorFlow Lite Micro.
    Tflm,
    /// LiteRT with its reference kernels.
    LiteRtReference,
    /// LiteRT as it comes: XNNPACK, on one thread.
    LiteRt,
}

impl Runtime {
    /// What a model is held to. TensorFlow Lite Micro does not take quantised `uint8`.
    pub fn of(model: &[u8], rounding: Rounding) -> Self {
        let file = ModelFile::from_bytes(model.to_vec()).expect("models of the tests are sound");
        let is_unsigned =
            |tensor: &TensorInfo| tensor.element_type == TensorType::Uint8 && tensor.quantization.is_some();
        match rounding {
            Rounding::Tflm if file.main().tensors.iter().any(is_unsigned) => Runtime::LiteRtReference,
            Rounding::Tflm => Runtime::Tflm,
            Rounding::Xnnpack => Runtime::LiteRt,
        }
    }

    /// The name that `serve.py` knows it by.
    pub const fn name(self) -> &'static str {
        match self {
            Runtime::Tflm => "tflm",
            Runtime::LiteRtReference => "litert-ref",
            Runtime::LiteRt => "litert",
        }
    }
}

/// What is done with an interpreter.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// Runs it on the bytes of each input tensor.
    Invoke(&'a [Vec<u8>]),
    /// Resets its state, by the runtime's own means.
    Reset,
}

/// The arena of TensorFlow Lite Micro after the last invocation, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arena {
    /// All of it that is in use.
    pub total: usize,
    /// The tensors and scratch buffers that share memory.
    pub head: usize,
    /// What lives as long as the interpreter.
    pub tail: usize,
}

/// What a runtime makes of a model and its inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The bytes of each output tensor, for each invocation.
    pub outputs: Vec<Vec<Vec<u8>>>,
    /// `None` where the runtime has no arena.
    pub arena: Option<Arena>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The runtime does not take the model or an input, and says this.
    Refused(String),
    /// The runtime ended its process, and had printed this.
    Crashed(String),
}

/// A running `serve.py`.
pub struct Server {
    python: OsString,
    process: Process,
}

impl Server {
    /// Starts it with the interpreter that `RUNEBLOCKS_PYTHON` names.
    ///
    /// `None` where there is none, or it has not the packages; a line then says so.
    pub fn start() -> Option<Server> {
        let Some(python) = std::env::var_os("RUNEBLOCKS_PYTHON") else {
            println!("ignored, RUNEBLOCKS_PYTHON names no interpreter: nothing was compared");
            return None;
        };
        match Process::start(&python) {
            Ok(process) => Some(Server { python, process }),
            Err(error) => {
                println!(
                    "ignored, RUNEBLOCKS_PYTHON is {}, and reference/serve.py does not run with it: {error}; \
                     are the packages of reference/requirements.txt installed? Nothing was compared",
                    python.display()
                );
                None
            }
        }
    }

    /// Runs a model on inputs, with a fresh interpreter whose state carries on from one invocation to the next.
    pub fn run(&mut self, runtime: Runtime, model: &[u8], invocations: &[Vec<Vec<u8>>]) -> Result<Answer, Refusal> {
        let steps: Vec<Step<'_>> = invocations.iter().map(|inputs| Step::Invoke(inputs)).collect();
        self.run_steps(runtime, model, &steps)
    }

    /// As [`Server::run`], with resets between the invocations.
    pub fn run_steps(&mut self, runtime: Runtime, model: &[u8], steps: &[Step<'_>]) -> Result<Answer, Refusal> {
        self.process.ask(runtime, model, steps).unwrap_or_else(|error| {
            self.process = Process::start(&self.python)
                .unwrap_or_else(|again| panic!("reference/serve.py ended ({error}) and does not start again: {again}"));
            Err(Refusal::Crashed(format!("reference/serve.py ended: {error}")))
        })
    }
}

struct Process {
    child: Child,
    requests: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(python: &OsStr) -> io::Result<Process> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/reference/serve.py");
        let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = child.stdin.take().map(BufWriter::new);
        let answers = child.stdout.take().map(BufReader::new);
        let (Some(requests), Some(answers)) = (requests, answers) else { unreachable!("both are piped") };
        let mut process = Process { child, requests, answers };
        match process.text()? {
            hello if hello.is_empty() => Ok(process),
            refusal => Err(io::Error::other(refusal)),
        }
    }

    fn ask(&mut self, runtime: Runtime, model: &[u8], steps: &[Step<'_>]) -> io::Result<Result<Answer, Refusal>> {
        self.say_blob(runtime.name().as_bytes())?;
        self.say_blob(model)?;
        self.say(steps.len())?;
        for step in steps {
            match step {
                Step::Invoke(inputs) => {
                    self.say(inputs.len())?;
                    inputs.iter().try_for_each(|bytes| self.say_blob(bytes))?;
                }
                Step::Reset => self.requests.write_all(&u32::MAX.to_le_bytes())?,
            }
        }
        self.requests.flush()?;
        match self.number()? {
            0 => {
                let outputs = self.list(|process| process.list(Process::blob))?;
                let arena = match self.list(Process::number)?[..] {
                    [total, head, tail] => Some(Arena { total, head, tail }),
                    _ => None,
                };
                Ok(Ok(Answer { outputs, arena }))
            }
            1 => Ok(Err(Refusal::Refused(self.text()?))),
            _ => Ok(Err(Refusal::Crashed(self.text()?))),
        }
    }

    fn say(&mut self, number: usize) -> io::Result<()> {
        let number = u32::try_from(number).map_err(io::Error::other)?;
        self.requests.write_all(&number.to_le_bytes())
    }

    fn say_blob(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.say(bytes.len())?;
        self.requests.write_all(bytes)
    }

    fn number(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 4];
        self.answers.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn blob(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.number()?];
        self.answers.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn text(&mut self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.blob()?).into_owned())
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Process) -> io::Result<T>) -> io::Result<Vec<T>> {
        (0..self.number()?).map(|_| item(self)).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It is waiting for a request, so there is nothing to lose; that it may have ended already is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
