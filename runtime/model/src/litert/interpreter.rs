//! An interpreter of the library, with all that it needs as long as it lives.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use runeblocks_tflite::Bytes;

use super::library::{Arguments, Library, Owned, RawInterpreter, RawTensor};

/// The status `kTfLiteOk`.
const OK: c_int = 0;

/// Threads that an interpreter computes with.
const THREADS: i32 = 1;

/// What is kept of what an interpreter reports, in bytes: each report at most so long, and no further ones beyond.
const REPORTED: usize = 500;

/// A model's bytes where the library may read them: constants are aligned in memory as they are in the file.
#[derive(Clone)]
pub(super) struct ModelBytes {
    bytes: Bytes,
    /// Where in them the model lies.
    range: Range<usize>,
}

impl ModelBytes {
    /// The alignment that the format gives to constants.
    const ALIGNMENT: usize = 16;

    /// Shares the bytes where they are aligned, and else copies them.
    pub(super) fn new(bytes: Bytes) -> Self {
        let past = |bytes: &[u8]| bytes.as_ptr().addr() % Self::ALIGNMENT;
        if past(&bytes) == 0 {
            let range = 0..bytes.len();
            return Self { bytes, range };
        }
        let mut copy: Arc<[u8]> = vec![0; bytes.len() + Self::ALIGNMENT - 1].into();
        let start = (Self::ALIGNMENT - past(&copy)) % Self::ALIGNMENT;
        let range = start..start + bytes.len();
        Arc::make_mut(&mut copy)[range.clone()].copy_from_slice(&bytes);
        Self { bytes: copy.into(), range }
    }

    fn get(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }
}

/// An interpreter whose tensors are allocated.
pub(super) struct Interpreter {
    // The fields are dropped in this order.
    raw: Owned<RawInterpreter>,
    /// What it reported since it was last asked to do something.
    reports: Arc<Mutex<String>>,
    library: Arc<Library>,
    /// The interpreter reads constants where they lie.
    _model: ModelBytes,
}

// SAFETY: the library ties an interpreter to no thread; it only asks that no two use it at once. What it reports goes to a
// mutex.
unsafe impl Send for Interpreter {}

/// A side of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Input,
    Output,
}

impl Interpreter {
    /// Makes an interpreter of a model, in its initial state.
    ///
    /// # Errors
    ///
    /// What the library says when it refuses the model.
    pub(super) fn new(library: &Arc<Library>, model: &ModelBytes) -> Result<Self, String> {
        let functions = &library.functions;
        let reports = Arc::new(Mutex::new(String::new()));
        let refused = |by: &str| Err(said(library, &reports, || format!("{by} gave nothing")));
        let bytes = model.get();
        // SAFETY: the model and the options may be deleted once the interpreter is made. The bytes and the reports outlive
        // it: they are kept beside it and dropped after it.
        let raw = unsafe {
            let file = (functions.model_create)(bytes.as_ptr().cast(), bytes.len());
            let Some(file) = Owned::new(file, functions.model_delete) else { return refused("TfLiteModelCreate") };
            let options = Owned::new((functions.options_create)(), functions.options_delete);
            let Some(options) = options else { return refused("TfLiteInterpreterOptionsCreate") };
            (functions.options_set_num_threads)(options.pointer(), THREADS);
            let to = Arc::as_ptr(&reports).cast_mut().cast();
            (functions.options_set_error_reporter)(options.pointer(), report, to);
            let raw = (functions.interpreter_create)(file.pointer(), options.pointer());
            let Some(raw) = Owned::new(raw, functions.interpreter_delete) else {
                return refused("TfLiteInterpreterCreate");
            };
            raw
        };
        let interpreter = Self { raw, reports, library: Arc::clone(library), _model: model.clone() };
        // SAFETY: the interpreter is alive, and no one else uses it.
        let status = unsafe { (interpreter.library.functions.allocate_tensors)(interpreter.raw.pointer()) };
        interpreter.check(status, "TfLiteInterpreterAllocateTensors")?;
        Ok(interpreter)
    }

    /// Number of inputs or outputs.
    pub(super) fn count(&self, side: Side) -> usize {
        let functions = &self.library.functions;
        // SAFETY: the interpreter is alive.
        let count = unsafe {
            match side {
                Side::Input => (functions.input_count)(self.raw.pointer()),
                Side::Output => (functions.output_count)(self.raw.pointer()),
            }
        };
        usize::try_from(count).unwrap_or(0)
    }

    /// The number by which the library calls a tensor's element type (`TfLiteType`).
    pub(super) fn element_type(&self, side: Side, index: usize) -> Result<c_int, String> {
        let tensor = self.tensor(side, index)?;
        // SAFETY: the tensor is one of the interpreter.
        Ok(unsafe { (self.library.functions.tensor_type)(tensor) })
    }

    /// The lengths of a tensor's axes.
    pub(super) fn shape(&self, side: Side, index: usize) -> Result<impl Iterator<Item = i32>, String> {
        let (tensor, functions) = (self.tensor(side, index)?, &self.library.functions);
        // SAFETY: the tensor is one of the interpreter.
        let axes = unsafe { (functions.tensor_num_dims)(tensor) };
        // SAFETY: as above, and the axis is one of them. The iterator borrows the interpreter.
        Ok((0..axes).map(move |axis| unsafe { (functions.tensor_dim)(tensor, axis) }))
    }

    /// The size of an output in bytes.
    pub(super) fn output_bytes(&self, index: usize) -> Result<usize, String> {
        let tensor = self.tensor(Side::Output, index)?;
        // SAFETY: the tensor is one of the interpreter.
        Ok(unsafe { (self.library.functions.tensor_byte_size)(tensor) })
    }

    /// Fills an input. `resize` gives it the size of the bytes before, which only tensors of text can take.
    pub(super) fn write(&mut self, index: usize, bytes: &[u8], resize: bool) -> Result<(), String> {
        let (tensor, functions) = (self.tensor(Side::Input, index)?, &self.library.functions);
        if resize {
            // SAFETY: the tensor is one of the interpreter, and no one else uses it.
            unsafe { (functions.tensor_realloc)(bytes.len(), tensor) };
        }
        self.check_memory(tensor, bytes.len())?;
        // SAFETY: the tensor has memory of this size, and so have the bytes.
        let status = unsafe { (functions.tensor_copy_from_buffer)(tensor, bytes.as_ptr().cast(), bytes.len()) };
        self.check(status, "TfLiteTensorCopyFromBuffer")
    }

    /// Runs the model.
    pub(super) fn invoke(&mut self) -> Result<(), String> {
        // SAFETY: the interpreter is alive, its tensors are allocated, and no one else uses it.
        let status = unsafe { (self.library.functions.invoke)(self.raw.pointer()) };
        self.check(status, "TfLiteInterpreterInvoke")
    }

    /// Copies an output.
    pub(super) fn read(&self, index: usize, bytes: &mut [u8]) -> Result<(), String> {
        let tensor = self.tensor(Side::Output, index)?;
        self.check_memory(tensor, bytes.len())?;
        let copy = self.library.functions.tensor_copy_to_buffer;
        // SAFETY: the tensor has memory of this size, and so have the bytes.
        let status = unsafe { copy(tensor, bytes.as_mut_ptr().cast(), bytes.len()) };
        self.check(status, "TfLiteTensorCopyToBuffer")
    }

    /// A tensor of the interpreter, which is there until its tensors are allocated again. Outputs are not to be written.
    fn tensor(&self, side: Side, index: usize) -> Result<*mut RawTensor, String> {
        let functions = &self.library.functions;
        let number = i32::try_from(index).ok().filter(|_| index < self.count(side));
        // SAFETY: the interpreter is alive, and has an input or output of this number.
        let tensor = number.map(|number| unsafe {
            match side {
                Side::Input => (functions.input)(self.raw.pointer(), number),
                Side::Output => (functions.output)(self.raw.pointer(), number).cast_mut(),
            }
        });
        tensor
            .filter(|tensor| !tensor.is_null())
            .ok_or_else(|| format!("the library has no {side:?} {index}").to_lowercase())
    }

    /// Holds the memory of a tensor against the size of what is copied.
    fn check_memory(&self, tensor: *const RawTensor, expected: usize) -> Result<(), String> {
        let functions = &self.library.functions;
        // SAFETY: the callers have just got the tensor from the interpreter.
        let (found, data) = unsafe { ((functions.tensor_byte_size)(tensor), (functions.tensor_data)(tensor)) };
        if found != expected {
            return Err(format!("a tensor of the library has {found} bytes, expected {expected}"));
        }
        if data.is_null() && found > 0 {
            return Err("a tensor of the library has no memory".into());
        }
        Ok(())
    }

    /// An error with what was reported, unless the status is that of success.
    fn check(&self, status: c_int, by: &str) -> Result<(), String> {
        if status != OK {
            return Err(said(&self.library, &self.reports, || format!("{by} gave the status {status}")));
        }
        // What comes with a success is advice.
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }
}

/// Takes what the library reported; `otherwise` stands for it where it said nothing.
fn said(library: &Library, reports: &Mutex<String>, otherwise: impl FnOnce() -> String) -> String {
    let said = std::mem::take(&mut *reports.lock().unwrap_or_else(PoisonError::into_inner));
    let said = if said.is_empty() { otherwise() } else { said };
    format!("TensorFlow Lite {} says: {said}", library.version)
}

/// Notes down one report of an interpreter: what errors are made of.
///
/// # Safety
///
/// `reports` is the mutex that was handed over with this function, the other two are as `vprintf` takes them.
unsafe extern "C" fn report(reports: *mut c_void, format: *const c_char, arguments: Arguments) {
    // SAFETY: the interpreter, which calls this, is dropped before its reports are.
    let reports = unsafe { &*reports.cast_const().cast::<Mutex<String>>() };
    // SAFETY: the caller hands on what the library gave.
    let text = unsafe { formatted(format, arguments) };
    let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
    if reports.len() < REPORTED {
        if !reports.is_empty() {
            reports.push_str("; ");
        }
        reports.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

/// A format with its arguments put in.
///
/// # Safety
///
/// Both are as `vprintf` takes them, and the arguments have not been used.
#[cfg(unix)]
unsafe fn formatted(format: *const c_char, arguments: Arguments) -> String {
    unsafe extern "C" {
        fn vsnprintf(to: *mut c_char, size: usize, format: *const c_char, arguments: Arguments) -> c_int;
    }
    let mut text = [0_u8; REPORTED];
    // SAFETY: it writes at most as many bytes as there are, the last of them a zero.
    unsafe { vsnprintf(text.as_mut_ptr().cast(), text.len(), format, arguments) };
    CStr::from_bytes_until_nul(&text).unwrap_or_default().to_string_lossy().into_owned()
}

/// A format as it is: nothing that can be linked against puts the arguments in.
///
/// # Safety
///
/// It is a text that ends in a zero.
#[cfg(not(unix))]
unsafe fn formatted(format: *const c_char, _arguments: Arguments) -> String {
    // SAFETY: the caller promises it.
    unsafe { CStr::from_ptr(format) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_aligned_and_aligned_ones_are_not_copied() {
        static BYTES: [u8; 100] = [7; 100];
        for skip in 0..ModelBytes::ALIGNMENT {
            let part = &BYTES[skip..];
            let model = ModelBytes::new(part.into());
            assert_eq!(model.get().as_ptr().addr() % ModelBytes::ALIGNMENT, 0);
            let shared = part.as_ptr().addr().is_multiple_of(ModelBytes::ALIGNMENT);
            assert_eq!(model.get().as_ptr() == part.as_ptr(), shared);
            assert_eq!(model.get(), part);
        }
    }
}
