//! What the blocks of the `micro_frontend` share.
//!
//! * [`Dialect`]: which reference the tables follow;
//! * [`Level`]: which form of a kernel runs, scalar or with SIMD;
//! * [`math`]: the floating-point functions that the tables are made with, pinned so that every target makes the same
//!   tables;
//! * [`int`]: integer helpers of the fixed-point stages;
//! * [`FrontEndHasher`]: the digest that names a front end, its configuration and its tables;
//! * [`argument`]: the error of an argument.
//!
//! ```
//! use runeblocks_micro::{Dialect, int};
//!
//! assert_eq!(Dialect::default(), Dialect::Tf);
//! assert_eq!(Dialect::Tflm.to_string(), "tflm");
//! assert_eq!(int::most_significant_bit(40), 6);
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod dialect;
mod digest;
mod error;
pub mod int;
mod level;
pub mod math;

pub use dialect::Dialect;
pub use digest::FrontEndHasher;
pub use error::argument;
pub use level::{LEVEL_VARIABLE, Level};
