//! Runs quantised TensorFlow Lite models with the bits of TensorFlow Lite Micro.
//!
//! A [`Program`] is a model prepared to run: its operators with their constants, and the plan of the one arena that all
//! tensors stand in. An [`Interpreter`] runs it in memory that its caller supplies, and allocates nothing while it does.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod arithmetic;
mod constants;
mod error;
mod fixed_point;
mod fuzzing;
mod interpreter;
pub mod kernel;
mod load;
mod math;
mod memory;
mod op;
mod ops;
mod plan;
mod program;
mod rounding;
mod sigmoid_table;
mod tensor;
mod variables;

pub use error::{LoadError, OperatorError, Refusal, RunError};
pub use fuzzing::fuzz_program;
pub use interpreter::Interpreter;
pub use program::{Options, Port, Program};
pub use rounding::Rounding;
pub use runeblocks_micro::Level;
