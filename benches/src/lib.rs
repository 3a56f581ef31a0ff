//! What the benches of Runeblocks share: a signal, the kernels on it at every level, and their count of instructions.

mod baseline;
pub mod callgrind;
mod kernels;
mod signal;

pub use baseline::{Baseline, Figures, Report, TOLERANCE, replace};
pub use kernels::{Kernel, kernels, preset};
pub use signal::{SAMPLE_RATE, SECONDS, speech_like};

/// The compiler that this was built with.
pub const RUSTC: &str = env!("RUNEBLOCKS_BENCHES_RUSTC");
/// The target that this was built for.
pub const TARGET: &str = env!("RUNEBLOCKS_BENCHES_TARGET");
