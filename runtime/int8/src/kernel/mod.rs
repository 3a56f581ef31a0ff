//! The operators that most of the time goes into: convolutions and matrix products.
//!
//! A [`Conv`] is made once from a [`Layer`] and run on many inputs. [`Level::Plain`](runeblocks_micro::Level::Plain)
//! computes each output as it is defined; every other level gives the same bits.

mod conv;
mod depthwise;
mod direct;
mod finish;
mod geometry;
mod padded;
mod product;
mod requantize;
mod vector;

pub use crate::arithmetic::Multiplier;
pub use conv::Conv;
pub use direct::{Activation, DirectConv};
pub use geometry::{Geometry, Kind, Layer};
pub use requantize::{Accumulator, Factors, Requantize};
