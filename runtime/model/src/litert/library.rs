//! The functions of a `libtensorflowlite_c`, bound while the program runs.
//!
//! Names, arguments and what they ask of the caller are those of the library's public headers `c_api.h`, `c_api_types.h`
//! and `common.h`. They are declared `C-unwind`: an exception of the library ends the program and does nothing worse.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::{CStr, OsStr, OsString, c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

/// Declares types of the library that are only ever pointed to.
macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[repr(C)]
        pub(super) struct $name([u8; 0]);
    )*};
}

opaque! {
    /// `TfLiteModel`.
    Model;
    /// `TfLiteInterpreterOptions`.
    Options;
    /// `TfLiteInterpreter`.
    RawInterpreter;
    /// `TfLiteTensor`.
    RawTensor;
}

/// A C `va_list` as it is passed to a function.
///
/// It is one pointer on every Unix that Rust supports: to the list itself, or to a copy of it that the caller made.
#[repr(transparent)]
pub(super) struct Arguments(pub(super) *mut c_void);

/// Takes what an interpreter reports: the user's data, a format as of `printf`, and its arguments.
pub(super) type Reporter = unsafe extern "C" fn(*mut c_void, *const c_char, Arguments);

/// Declares the table of functions: each with its name in the library and its type.
macro_rules! functions {
    ($($field:ident: $symbol:literal = fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions that are used here.
        pub(super) struct Functions {
            $(#[doc = concat!("`", $symbol, "`.")] pub(super) $field: unsafe extern "C-unwind" fn($($argument),*) $(-> $result)?,)*
        }

        impl Functions {
            /// Looks all of them up.
            ///
            /// # Safety
            ///
            /// Those that the library has are of the types that are declared here, and it is never closed.
            unsafe fn of(library: &libloading::Library) -> Result<Self, &'static str> {
                Ok(Self {
                    // SAFETY: the caller promises that they have these types.
                    $($field: *unsafe { library.get($symbol) }.map_err(|_| $symbol)?,)*
                })
            }
        }
    };
}

functions! {
    version: "TfLiteVersion" = fn() -> *const c_char;
    model_create: "TfLiteModelCreate" = fn(*const c_void, usize) -> *mut Model;
    model_delete: "TfLiteModelDelete" = fn(*mut Model);
    options_create: "TfLiteInterpreterOptionsCreate" = fn() -> *mut Options;
    options_delete: "TfLiteInterpreterOptionsDelete" = fn(*mut Options);
    options_set_num_threads: "TfLiteInterpreterOptionsSetNumThreads" = fn(*mut Options, i32);
    options_set_error_reporter: "TfLiteInterpreterOptionsSetErrorReporter" = fn(*mut Options, Reporter, *mut c_void);
    interpreter_create: "TfLiteInterpreterCreate" = fn(*const Model, *const Options) -> *mut RawInterpreter;
    interpreter_delete: "TfLiteInterpreterDelete" = fn(*mut RawInterpreter);
    allocate_tensors: "TfLiteInterpreterAllocateTensors" = fn(*mut RawInterpreter) -> c_int;
    invoke: "TfLiteInterpreterInvoke" = fn(*mut RawInterpreter) -> c_int;
    input_count: "TfLiteInterpreterGetInputTensorCount" = fn(*const RawInterpreter) -> i32;
    input: "TfLiteInterpreterGetInputTensor" = fn(*const RawInterpreter, i32) -> *mut RawTensor;
    output_count: "TfLiteInterpreterGetOutputTensorCount" = fn(*const RawInterpreter) -> i32;
    output: "TfLiteInterpreterGetOutputTensor" = fn(*const RawInterpreter, i32) -> *const RawTensor;
    tensor_type: "TfLiteTensorType" = fn(*const RawTensor) -> c_int;
    tensor_num_dims: "TfLiteTensorNumDims" = fn(*const RawTensor) -> i32;
    tensor_dim: "TfLiteTensorDim" = fn(*const RawTensor, i32) -> i32;
    tensor_byte_size: "TfLiteTensorByteSize" = fn(*const RawTensor) -> usize;
    tensor_data: "TfLiteTensorData" = fn(*const RawTensor) -> *mut c_void;
    tensor_copy_from_buffer: "TfLiteTensorCopyFromBuffer" = fn(*mut RawTensor, *const c_void, usize) -> c_int;
    tensor_copy_to_buffer: "TfLiteTensorCopyToBuffer" = fn(*const RawTensor, *mut c_void, usize) -> c_int;
    // Earlier versions give nothing back; whether it succeeded is seen by the tensor's size.
    tensor_realloc: "TfLiteTensorRealloc" = fn(usize, *mut RawTensor);
}

/// A library that has been opened, and stays so as long as the program runs.
pub(super) struct Library {
    pub(super) functions: Functions,
    /// The version that it says it is of.
    pub(super) version: String,
}

impl Library {
    /// The library of a path, or of a name that the system's loader finds. It is opened once.
    ///
    /// # Errors
    ///
    /// When it can't be loaded or lacks a function.
    pub(super) fn open(path: &OsStr) -> Result<Arc<Self>, String> {
        static OPEN: Mutex<BTreeMap<OsString, Arc<Library>>> = Mutex::new(BTreeMap::new());
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = open.get(path) {
            return Ok(Arc::clone(library));
        }
        let library = Arc::new(Self::load(path)?);
        open.insert(path.to_owned(), Arc::clone(&library));
        Ok(library)
    }

    fn load(path: &OsStr) -> Result<Self, String> {
        let shown = path.display();
        // SAFETY: loading runs the library's initialisers. The user has named it to be run.
        let library = unsafe { libloading::Library::new(path) }.map_err(|error| {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            format!("the library {shown} cannot be loaded: {cause}")
        })?;
        // It is never closed, whatever it is: libraries leave threads and handlers behind that call into them later.
        let library = ManuallyDrop::new(library);
        // SAFETY: functions of these names are those of TensorFlow Lite, whose headers give them these types. The library
        // stays open.
        let functions = unsafe { Functions::of(&library) }
            .map_err(|missing| format!("the library {shown} has no function {missing}"))?;
        // SAFETY: the function takes nothing and gives a text that lasts as long as the library, or null.
        let version = unsafe {
            let text = (functions.version)();
            if text.is_null() { "of no version".into() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        };
        Ok(Self { functions, version })
    }
}

/// An object of the library, which is deleted when it is dropped.
pub(super) struct Owned<T> {
    pointer: NonNull<T>,
    delete: unsafe extern "C-unwind" fn(*mut T),
}

impl<T> Owned<T> {
    /// Takes an object over; `None` where there is none.
    ///
    /// # Safety
    ///
    /// The pointer is null or that of an object that nothing else deletes, and `delete` is what deletes such objects.
    pub(super) unsafe fn new(pointer: *mut T, delete: unsafe extern "C-unwind" fn(*mut T)) -> Option<Self> {
        NonNull::new(pointer).map(|pointer| Self { pointer, delete })
    }

    /// The object, which is there as long as this is.
    pub(super) fn pointer(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `new` was promised an object that `delete` deletes and that nothing else does.
        unsafe { (self.delete)(self.pointer.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_loaded_is_said_with_its_path() {
        let error = Library::open(OsStr::new("/nowhere/lib.so")).err().expect("there is no such library");
        assert!(error.starts_with("the library /nowhere/lib.so cannot be loaded: "), "{error}");
        assert!(error.len() > "the library /nowhere/lib.so cannot be loaded: ".len(), "{error}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_library_is_refused() {
        let error = Library::open(OsStr::new("libc.so.6")).err().expect("it has no such functions");
        assert_eq!(error, "the library libc.so.6 has no function TfLiteVersion");
    }
}
