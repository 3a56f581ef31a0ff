//! The litert backend: any model, by a TensorFlow Lite library that the user names.

#[expect(unsafe_code, reason = "the library's functions are foreign")]
mod interpreter;
#[expect(unsafe_code, reason = "the library's functions are foreign")]
mod library;
mod text;

use std::env;
use std::sync::Arc;

use ndarray::IxDyn;
use runeblocks_core::{Buffer, ElementType, TensorView, Text};

use crate::{Backend, ModelError, ModelFile, Reasons, Session, TensorInfo, backend, elements};
use interpreter::{Interpreter, ModelBytes, Side};
use library::Library;

/// Runs models by the C library of TensorFlow Lite (`libtensorflowlite_c`), on one thread.
///
/// The environment variable `RUNEBLOCKS_LITERT` names the library: a path, or a name without folders that the system's
/// loader finds. No library is part of Runeblocks; the Python wheel `pymicro-wakeword` has one. It is loaded into the
/// program when it is first needed and stays there.
///
/// The library decides which operators there are and which bits they give: those change from version to version, and with
/// the processor. State cannot be saved: [`Session::save`] gives nothing, and what is restored is the initial state.
///
/// **The library runs unchecked.** Only files that [`ModelFile`] accepts reach it, without operators that write to
/// constants; but options, custom data and the like are its own affair, and where it crashes the program does. Run models of
/// unknown origin by another backend, or in a process of their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Litert;

/// Name of the backend.
const NAME: &str = "litert";

/// The environment variable that names the library.
const VARIABLE: &str = "RUNEBLOCKS_LITERT";

impl Backend for Litert {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Opens the library.
    fn available(&self) -> Result<(), Reasons> {
        library().map(|_| ())
    }

    /// Has the library prepare the model, which takes as long as [`load`](Backend::load) does.
    fn supports(&self, file: &ModelFile) -> Result<(), Reasons> {
        LitertSession::new(file).map(|_| ())
    }

    fn load(&self, file: &ModelFile) -> Result<Box<dyn Session>, ModelError> {
        Ok(Box::new(LitertSession::new(file).map_err(ModelError::Unsupported)?))
    }
}

/// The library that the environment names.
fn library() -> Result<Arc<Library>, Reasons> {
    let path = env::var_os(VARIABLE).filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| format!("no library: {VARIABLE} is not set"));
    path.and_then(|path| Library::open(&path)).map_err(|reason| {
        let help = format!("name a libtensorflowlite_c in {VARIABLE}");
        Reasons { backend: NAME, reasons: vec![reason], help: Some(help) }
    })
}

/// A model in an interpreter of the library.
struct LitertSession {
    file: ModelFile,
    model: ModelBytes,
    library: Arc<Library>,
    /// `None` after a reset or a failure, until the next run.
    interpreter: Option<Interpreter>,
    /// Whether the interpreter has left its initial state.
    has_run: bool,
    /// A tensor that does not lie in one piece, put together.
    bytes: Vec<u8>,
}

impl LitertSession {
    fn new(file: &ModelFile) -> Result<Self, Reasons> {
        let library = library()?;
        Reasons::check(NAME, obstacles(file), None)?;
        let refused = |reason: String| Reasons { backend: NAME, reasons: vec![reason], help: None };
        let model = ModelBytes::new(file.shared_bytes());
        let interpreter = Interpreter::new(&library, &model).map_err(refused)?;
        Reasons::check(NAME, differences(file, &interpreter), None)?;
        let interpreter = Some(interpreter);
        Ok(Self { file: file.clone(), model, library, interpreter, has_run: false, bytes: Vec::new() })
    }

    fn invoke(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), String> {
        let interpreter = match &mut self.interpreter {
            Some(interpreter) => interpreter,
            none => none.insert(Interpreter::new(&self.library, &self.model)?),
        };
        self.has_run = true;
        for (index, view) in inputs.iter().enumerate() {
            write(interpreter, index, view, &mut self.bytes)?;
        }
        interpreter.invoke()?;
        for (index, (tensor, buffer)) in self.file.outputs().zip(outputs).enumerate() {
            if let Some(difference) = difference(interpreter, Side::Output, index, tensor) {
                return Err(difference);
            }
            read(interpreter, index, tensor, buffer, &mut self.bytes)?;
        }
        Ok(())
    }
}

impl Session for LitertSession {
    fn run(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), ModelError> {
        let failed = |message| ModelError::Run { backend: NAME, message };
        backend::check_tensors(&self.file, inputs, outputs)?;
        for (index, (tensor, buffer)) in self.file.outputs().zip(&*outputs).enumerate() {
            let (expected, found) = (tensor.element_type, buffer.element_type());
            if expected.element_type() != Some(found) {
                return Err(failed(format!("output {index} is {expected}, the buffer for it is one of {found}")));
            }
        }
        let result = self.invoke(inputs, outputs);
        if result.is_err() {
            // What a failed run left behind must not reach the next one.
            self.interpreter = None;
        }
        result.map_err(failed)
    }

    fn reset(&mut self) {
        if self.has_run {
            self.interpreter = None;
            self.has_run = false;
        }
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), ModelError> {
        self.reset();
        if state.is_empty() { Ok(()) } else { Err(ModelError::State { expected: 0, found: state.len() }) }
    }
}

/// Why a model may not reach the library.
fn obstacles(file: &ModelFile) -> Vec<String> {
    let mut reasons = Vec::new();
    for tensor in file.inputs().chain(file.outputs()) {
        if tensor.element_type.element_type().is_none() {
            reasons.push(format!("its tensor `{}` is {}, which no edge can carry", tensor.name, tensor.element_type));
        }
    }
    for tensor in file.inputs().filter(|tensor| tensor.constant_bytes.is_some()) {
        reasons.push(format!("its input `{}` is a constant", tensor.name));
    }
    for (number, graph) in file.subgraphs.iter().enumerate() {
        for operator in &graph.operators {
            let outputs = operator.outputs.iter().map(|&index| &graph.tensors[index]);
            for tensor in outputs.filter(|tensor| tensor.constant_bytes.is_some()) {
                let (name, constant) = (&operator.name, &tensor.name);
                reasons.push(format!("{name} in its subgraph {number} writes to the constant `{constant}`"));
            }
        }
    }
    reasons
}

/// Where the library's view of the inputs and outputs is not the file's.
fn differences(file: &ModelFile, interpreter: &Interpreter) -> Vec<String> {
    let mut reasons = Vec::new();
    for (side, what, expected) in
        [(Side::Input, "inputs", file.inputs().len()), (Side::Output, "outputs", file.outputs().len())]
    {
        let found = interpreter.count(side);
        if found != expected {
            reasons.push(format!("the library found {found} {what}, the file has {expected}"));
        }
    }
    let inputs = file.inputs().enumerate().map(|(index, tensor)| (Side::Input, index, tensor));
    let outputs = file.outputs().enumerate().map(|(index, tensor)| (Side::Output, index, tensor));
    let found = inputs.chain(outputs).filter_map(|(side, index, tensor)| difference(interpreter, side, index, tensor));
    reasons.extend(found);
    reasons
}

/// Where the library's view of one tensor is not the file's.
fn difference(interpreter: &Interpreter, side: Side, index: usize, tensor: &TensorInfo) -> Option<String> {
    let (code, shape) = match (interpreter.element_type(side, index), interpreter.shape(side, index)) {
        (Ok(code), Ok(shape)) => (code, shape),
        (Err(error), _) | (_, Err(error)) => return Some(error),
    };
    let expected = tensor.element_type.element_type().map(library_code);
    let same = shape.map(|axis| usize::try_from(axis).ok()).eq(tensor.shape.iter().map(|&axis| Some(axis)));
    if expected == Some(code) && same {
        return None;
    }
    let shape: Vec<i32> = interpreter.shape(side, index).into_iter().flatten().collect();
    let (name, expected) = (&tensor.name, tensor.element_type);
    Some(format!(
        "the library has `{name}` with the shape {shape:?} and the TfLiteType {code}, the file says {:?} and {expected}",
        tensor.shape
    ))
}

/// The number by which the library calls an element type (`TfLiteType` of `c_api_types.h`).
fn library_code(element_type: ElementType) -> i32 {
    match element_type {
        ElementType::F32 => 1,
        ElementType::I32 => 2,
        ElementType::U8 => 3,
        ElementType::I64 => 4,
        ElementType::Utf8 => 5,
        ElementType::I16 => 7,
        ElementType::I8 => 9,
        ElementType::F64 => 11,
        ElementType::U64 => 13,
        ElementType::U32 => 16,
        ElementType::U16 => 17,
    }
}

/// Copies an input into the interpreter.
fn write(
    interpreter: &mut Interpreter,
    index: usize,
    view: &TensorView<'_>,
    bytes: &mut Vec<u8>,
) -> Result<(), String> {
    if let TensorView::Utf8(texts) = view {
        text::pack(texts.iter(), bytes)?;
        return interpreter.write(index, bytes, true);
    }
    let copied = elements::with_bytes(view, bytes, |bytes| interpreter.write(index, bytes, false));
    copied.unwrap_or_else(|| Err(format!("input {index} is neither text nor numbers")))
}

/// Copies an output out of the interpreter.
fn read(
    interpreter: &Interpreter,
    index: usize,
    tensor: &TensorInfo,
    buffer: &mut Buffer,
    bytes: &mut Vec<u8>,
) -> Result<(), String> {
    if buffer.element_type() != ElementType::Utf8 {
        return elements::write_bytes(buffer, &tensor.shape, |slots| interpreter.read(index, slots));
    }
    bytes.resize(interpreter.output_bytes(index)?, 0);
    interpreter.read(index, bytes)?;
    let texts = text::unpack(bytes)?;
    if texts.len() != tensor.elements() {
        return Err(format!("output {index} has {} texts, expected {}", texts.len(), tensor.elements()));
    }
    let mut slots = buffer.write::<Text, _>(IxDyn(&tensor.shape)).map_err(|error| error.to_string())?;
    for (slot, text) in slots.iter_mut().zip(texts) {
        *slot = text?.into();
    }
    Ok(())
}
