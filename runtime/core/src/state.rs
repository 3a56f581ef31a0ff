//! The state of a block as bytes, so that a stream can be stopped and taken up again.

use alloc::{format, string::ToString, vec::Vec};

use crate::BlockError;

/// Collects what a block carries from call to call. Numbers are stored in little-endian order, slices with their length.
#[derive(Debug, Default)]
pub struct StateWriter(pub(crate) Vec<u8>);

/// Reads what a [`StateWriter`] wrote, in the same order.
#[derive(Debug)]
pub struct StateReader<'a>(pub(crate) &'a [u8]);

macro_rules! state {
    ($($t:ty: $put:ident, $take:ident);+) => {
        impl StateWriter {
            $(#[doc = concat!("Stores a slice of `", stringify!($t), "`.")]
            pub fn $put(&mut self, values: &[$t]) {
                self.0.extend_from_slice(&(values.len() as u64).to_le_bytes());
                values.iter().for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
            })+
        }

        impl StateReader<'_> {
            $(#[doc = concat!("Takes a slice of `", stringify!($t), "` of any length up to `most`.")]
            ///
            /// # Errors
            ///
            /// When the state ends before the slice does, or the slice is longer than `most`.
            pub fn $take(&mut self, most: usize) -> Result<Vec<$t>, BlockError> {
                let count = self.count(most)?;
                let bytes = self.bytes(count * size_of::<$t>())?;
                Ok(bytes.chunks_exact(size_of::<$t>()).map(|chunk| {
                    let mut value = [0; size_of::<$t>()];
                    value.copy_from_slice(chunk);
                    <$t>::from_le_bytes(value)
                }).collect())
            })+
        }
    };
}
state! { u8: put_u8, take_u8; i16: put_i16, take_i16; u32: put_u32, take_u32; i32: put_i32, take_i32; u64: put_u64, take_u64; f32: put_f32, take_f32; f64: put_f64, take_f64 }

impl StateReader<'_> {
    fn count(&mut self, most: usize) -> Result<usize, BlockError> {
        let mut count = [0; 8];
        count.copy_from_slice(self.bytes(8)?);
        let count = u64::from_le_bytes(count);
        usize::try_from(count).ok().filter(|count| *count <= most).ok_or_else(|| BlockError::State {
            found: format!("one with {count} values in a row"),
            expected: format!("at most {most}"),
        })
    }

    fn bytes(&mut self, count: usize) -> Result<&[u8], BlockError> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(|| BlockError::State {
            found: "cut short".to_string(),
            expected: format!("{count} more bytes where {} are left", self.0.len()),
        })?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn end(&self) -> Result<(), BlockError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(BlockError::State { found: format!("{} bytes too long", self.0.len()), expected: "its end".to_string() })
    }
}
