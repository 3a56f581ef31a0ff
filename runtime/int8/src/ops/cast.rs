//! CAST.

use runeblocks_tflite::TensorType::{Bool, Float32, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32};

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::elementwise;

/// Prepares conversions of what is read of each number to the type of the output.
macro_rules! convert {
    ($node:ident, $input:ty, $read:expr) => {{
        let read: fn($input) -> _ = $read;
        let output = $node.output(0)?;
        match output.kind {
            Int8 if output.was_unsigned => elementwise::map($node, move |x: $input| read(x) as u8 ^ 0x80),
            Int8 => elementwise::map($node, move |x: $input| read(x) as i8),
            Uint8 => elementwise::map($node, move |x: $input| read(x) as u8),
            Int16 => elementwise::map($node, move |x: $input| read(x) as i16),
            Uint16 => elementwise::map($node, move |x: $input| read(x) as u16),
            Int32 => elementwise::map($node, move |x: $input| read(x) as i32),
            Uint32 => elementwise::map($node, move |x: $input| read(x) as u32),
            Int64 => elementwise::map($node, move |x: $input| read(x) as i64),
            Float32 => elementwise::map($node, move |x: $input| read(x) as f32),
            Bool => elementwise::map($node, move |x: $input| u8::from(read(x) != 0 as $input)),
            kind => refuse!("its output is {kind}: expected float32, bool, or an integer of up to 64 bits"),
        }
    }};
}

/// CAST: numbers as those of another type, whatever the scales.
///
/// Integers lose the bits that do not fit. Numbers of `float32` lose their fraction, and what is out of the output's range
/// is its nearest end; a NaN is 0. As `bool` all but 0 is true.
pub(super) fn cast(node: &Node<'_>) -> Result<Prepared, Refusal> {
    elementwise::check(node)?;
    let input = node.input(0)?;
    match input.kind {
        Int8 if input.was_unsigned => convert!(node, u8, |x| x ^ 0x80),
        Int8 => convert!(node, i8, |x| x),
        Uint8 => convert!(node, u8, |x| x),
        Int16 => convert!(node, i16, |x| x),
        Uint16 => convert!(node, u16, |x| x),
        Int32 => convert!(node, i32, |x| x),
        Uint32 => convert!(node, u32, |x| x),
        Int64 => convert!(node, i64, |x| x),
        Float32 => convert!(node, f32, |x| x),
        Bool => convert!(node, u8, |x| u8::from(x != 0)),
        kind => refuse!("its input is {kind}: expected float32, bool, or an integer of up to 64 bits"),
    }
}
