//! The int8 backend: quantised models, with the bits of TensorFlow Lite Micro, or of XNNPACK.

use runeblocks_core::{Buffer, TensorView};
use runeblocks_int8::{Interpreter, Level, LoadError, Options, Program, Rounding};

use crate::{Backend, Memory, ModelError, ModelFile, Reasons, Session, backend, elements};

/// Runs quantised models, and float32 ones, by [`runeblocks_int8`].
///
/// There are two backends of it: `int8` rounds as TensorFlow Lite Micro does, `int8-xnnpack` as LiteRT on x86-64, and
/// runs the quantised operators for which that is defined.
#[derive(Debug, Clone, Copy, Default)]
pub struct Int8 {
    /// Whose rounding is followed.
    pub rounding: Rounding,
}

impl Int8 {
    fn program(self, file: &ModelFile, level: Level) -> Result<Program, LoadError> {
        Program::new(file, Options { level, rounding: self.rounding })
    }

    fn reasons(self, error: LoadError) -> Reasons {
        let reasons = match error {
            LoadError::Operators(errors) => errors.iter().map(ToString::to_string).collect(),
            error => vec![error.to_string()],
        };
        Reasons { backend: self.name(), reasons, help: None }
    }
}

impl Backend for Int8 {
    fn name(&self) -> &'static str {
        match self.rounding {
            Rounding::Tflm => "int8",
            Rounding::Xnnpack => "int8-xnnpack",
        }
    }

    fn supports(&self, file: &ModelFile) -> Result<(), Reasons> {
        self.program(file, Level::Plain).map(|_| ()).map_err(|error| self.reasons(error))
    }

    fn memory(&self, file: &ModelFile) -> Option<Memory> {
        let program = self.program(file, Level::Plain).ok()?;
        let (arena, state, prepared) = (program.arena_bytes(), program.state_bytes(), program.prepared_bytes());
        Some(Memory { arena, state, prepared })
    }

    fn load(&self, file: &ModelFile) -> Result<Box<dyn Session>, ModelError> {
        let backend = self.name();
        let level = Level::choose().map_err(|error| ModelError::Load { backend, message: error.to_string() })?;
        let program = self.program(file, level).map_err(|error| ModelError::Unsupported(self.reasons(error)))?;
        // Up to 15 bytes are lost where the memory is not aligned.
        let arena = vec![0; program.arena_bytes() + 15];
        let interpreter = Interpreter::new(program, arena)
            .map_err(|error| ModelError::Load { backend, message: error.to_string() })?;
        Ok(Box::new(Int8Session { backend, file: file.clone(), interpreter, bytes: Vec::new() }))
    }
}

/// A model in its arena.
struct Int8Session {
    backend: &'static str,
    file: ModelFile,
    interpreter: Interpreter<Program, Vec<u8>>,
    /// An input that does not lie in one piece, put together.
    bytes: Vec<u8>,
}

impl Session for Int8Session {
    fn run(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), ModelError> {
        backend::check_tensors(&self.file, inputs, outputs)?;
        let backend = self.backend;
        let failed = |message: String| ModelError::Run { backend, message };
        for (index, view) in inputs.iter().enumerate() {
            let write = |bytes: &[u8]| self.interpreter.write_input(index, bytes).map_err(|error| error.to_string());
            elements::with_bytes(view, &mut self.bytes, write).transpose().map_err(failed)?;
        }
        self.interpreter.invoke().map_err(|error| failed(error.to_string()))?;
        for (index, (buffer, tensor)) in outputs.iter_mut().zip(self.file.outputs()).enumerate() {
            let read = |bytes: &mut [u8]| self.interpreter.read_output(index, bytes).map_err(|error| error.to_string());
            elements::write_bytes(buffer, &tensor.shape, read).map_err(failed)?;
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.interpreter.reset();
    }

    fn save(&self, state: &mut Vec<u8>) {
        state.extend_from_slice(self.interpreter.state());
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), ModelError> {
        let (expected, found) = (self.interpreter.program().state_bytes(), state.len());
        self.interpreter.restore(state).map_err(|_| ModelError::State { expected, found })
    }
}
