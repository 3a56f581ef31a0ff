//! The C front end as the wheels ship it.

use std::error::Error;
use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, mem, slice};

use libloading::os::unix::{Library, RTLD_LAZY, RTLD_LOCAL};
use runeblocks_frontend::Config;

/// Where the wheels put the library of each dialect, and what they are.
pub struct Wheels {
    /// The library of TensorFlow's op.
    pub tf: PathBuf,
    /// The extension of pymicro-features.
    pub tflm: PathBuf,
    /// The names and versions of the wheels, and of the C library: what the tables of `tflm` depend on.
    pub versions: String,
}

impl Wheels {
    const ASK: &str = "
import glob, importlib.metadata, platform, reference
packages = {'tf': 'tensorflow-cpu', 'tflm': 'pymicro-features'}
for dialect in packages:
    print(glob.glob(reference.LIBRARIES[dialect])[0])
print(', '.join(f'{name} {importlib.metadata.version(name)}' for name in packages.values()), end=', ')
print(*platform.libc_ver())
";

    /// Asks the Python that `RUNEBLOCKS_PYTHON` names, or else `python3`.
    pub fn find() -> Result<Self, Box<dyn Error>> {
        let python = env::var("RUNEBLOCKS_PYTHON").unwrap_or("python3".into());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/frontend/reference");
        let output = Command::new(&python).args(["-B", "-c", Self::ASK]).env("PYTHONPATH", folder).output();
        let output = output.map_err(|error| {
            format!("{python}: {error}\nhelp: name an interpreter with the reference wheels in RUNEBLOCKS_PYTHON")
        })?;
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = text.lines().collect();
        let &[tf, tflm, versions] = &lines[..] else {
            return Err(format!(
                "{python} does not have the reference wheels: {}\n\
                help: pip install -r runtime/frontend/reference/requirements.txt into an environment, and name its \
                interpreter in RUNEBLOCKS_PYTHON",
                errors.lines().last().unwrap_or_default()
            )
            .into());
        };
        Ok(Wheels { tf: tf.into(), tflm: tflm.into(), versions: versions.into() })
    }

    /// Whether the C library here is the one whose functions the dialect `tflm` is defined by.
    pub fn defines_tflm(&self) -> bool {
        self.versions.ends_with("glibc 2.36")
    }
}

/// `struct FrontendConfig` of `frontend_util.h`, its parts one after another.
#[repr(C)]
struct NativeConfig {
    window_size: usize,
    window_step: usize,
    num_channels: c_int,
    upper_band_limit: f32,
    lower_band_limit: f32,
    output_scale_shift: c_int,
    smoothing_bits: c_int,
    even_smoothing: f32,
    odd_smoothing: f32,
    min_signal_remaining: f32,
    enable_pcan: c_int,
    pcan_strength: f32,
    pcan_offset: f32,
    gain_bits: c_int,
    enable_log: c_int,
    scale_shift: c_int,
}

/// `struct FrontendState` of `frontend.h`: some 250 bytes, of which nothing is read here.
#[repr(C)]
struct State([u64; 64]);

/// `struct FrontendOutput` of `frontend.h`.
#[repr(C)]
struct Output {
    values: *const u16,
    size: usize,
}

type Populate = unsafe extern "C" fn(*const NativeConfig, *mut State, c_int) -> c_int;
type Process = unsafe extern "C" fn(*mut State, *const i16, usize, *mut usize) -> Output;
type Change = unsafe extern "C" fn(*mut State);

/// A front end in one of the libraries.
pub struct Reference {
    process: Process,
    reset: Change,
    free: Change,
    state: Box<State>,
}

#[expect(unsafe_code, reason = "functions of a C library")]
impl Reference {
    /// Opens the library and makes the tables.
    pub fn new(path: &Path, config: &Config) -> Result<Self, Box<dyn Error>> {
        // SAFETY: the wheels' libraries may be opened anywhere: what they run at this is the start of C++ objects.
        let library = unsafe { Library::open(Some(path), RTLD_LAZY | RTLD_LOCAL)? };
        // SAFETY: the functions have these signatures in `frontend.h` and `frontend_util.h`, the same in both wheels.
        let (populate, process, reset, free) = unsafe {
            (
                *library.get::<Populate>(b"FrontendPopulateState\0")?,
                *library.get::<Process>(b"FrontendProcessSamples\0")?,
                *library.get::<Change>(b"FrontendReset\0")?,
                *library.get::<Change>(b"FrontendFreeStateContents\0")?,
            )
        };
        // It stays open: TensorFlow's leaves functions to be called when the process ends.
        mem::forget(library);
        let native = NativeConfig {
            window_size: config.window_size as usize,
            window_step: config.window_step as usize,
            num_channels: config.num_channels as c_int,
            upper_band_limit: config.upper_band_limit,
            lower_band_limit: config.lower_band_limit,
            output_scale_shift: 7,
            smoothing_bits: config.smoothing_bits as c_int,
            even_smoothing: config.even_smoothing,
            odd_smoothing: config.odd_smoothing,
            min_signal_remaining: config.min_signal_remaining,
            enable_pcan: config.enable_pcan.into(),
            pcan_strength: config.pcan_strength,
            pcan_offset: config.pcan_offset,
            gain_bits: config.gain_bits as c_int,
            enable_log: config.enable_log.into(),
            scale_shift: config.scale_shift as c_int,
        };
        let mut state = Box::new(State([0; 64]));
        // SAFETY: both structures are as the library declares them, and the state is zeroed as it asks for.
        if unsafe { populate(&raw const native, &raw mut *state, config.sample_rate as c_int) } == 0 {
            return Err(format!("{} refuses the configuration", path.display()).into());
        }
        Ok(Reference { process, reset, free, state })
    }

    /// Writes the features of a clip, from the initial state.
    ///
    /// # Panics
    ///
    /// Where there is no room for every frame.
    pub fn process_clip(&mut self, mut samples: &[i16], mut features: &mut [u16]) {
        let state = &raw mut *self.state;
        // SAFETY: `new` has filled the state.
        unsafe { (self.reset)(state) };
        while !samples.is_empty() {
            let mut used = 0;
            // SAFETY: as above; the library reads at most as many samples as it is told that there are.
            let output = unsafe { (self.process)(state, samples.as_ptr(), samples.len(), &raw mut used) };
            samples = &samples[used..];
            if !output.values.is_null() {
                // SAFETY: the library gives `size` values of its own, which stay as they are until the next call.
                let frame = unsafe { slice::from_raw_parts(output.values, output.size) };
                let (row, rest) = features.split_at_mut(frame.len());
                row.copy_from_slice(frame);
                features = rest;
            }
        }
    }
}

#[expect(unsafe_code, reason = "functions of a C library")]
impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: `new` has filled the state, and nothing uses it any more.
        unsafe { (self.free)(&raw mut *self.state) };
    }
}

/// What pymicro-features needs of the interpreter in order to be opened outside of it. Its front end uses none of this.
#[expect(unsafe_code, reason = "symbols by which the dynamic linker finds data")]
mod interpreter {
    #[used]
    #[unsafe(no_mangle)]
    static PyExc_ValueError: [usize; 8] = [0; 8];
    #[used]
    #[unsafe(no_mangle)]
    static _Py_NoneStruct: [usize; 8] = [0; 8];
}
