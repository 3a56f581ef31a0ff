//! The digest of a front end.

use runeblocks_core::Digest;
use sha2::{Digest as _, Sha256};

/// Makes the digest that names a front end: SHA-256 of its configuration and its integer tables.
///
/// Two front ends of the `micro_frontend` with the same digest give the same bits for the same samples, and two in floating
/// point the same to their tolerance. The serialisation that is hashed, all
/// integers little-endian:
///
/// 1. the domain, as a text: `runeblocks.fft.v1` for the half up to the filterbank, `runeblocks.noise-filtering.v1` for
///    the half behind it, and so on for each block;
/// 2. then the fields, each as its name, one byte of kind, and its value. A text (and a name) is its length in bytes as
///    `u32`, then UTF-8.
///
/// | kind | value |
/// |---|---|
/// | `s` | a text |
/// | `u` | a `u64` (booleans are 0 or 1) |
/// | `f` | the bits of an `f32`, as `u32` |
/// | `i` | the number of elements as `u32`, then that many `i16` |
/// | `b` | the number of bytes as `u32`, then the bytes: the digest of the half before |
///
/// ```
/// use runeblocks_micro::FrontEndHasher;
///
/// let of = |rate| FrontEndHasher::new("runeblocks.fft.v1").unsigned("sample_rate", rate).finish();
/// assert_eq!(of(16_000), of(16_000));
/// assert_ne!(of(16_000), of(8_000));
/// ```
#[derive(Clone, Debug)]
pub struct FrontEndHasher(Sha256);

impl FrontEndHasher {
    /// Begins a serialisation with its domain.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let mut hasher = FrontEndHasher(Sha256::new());
        hasher.sized(domain.as_bytes());
        hasher
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.field(name, b's');
        self.sized(value.as_bytes());
        self
    }

    /// Adds a whole number.
    #[must_use]
    pub fn unsigned(mut self, name: &str, value: u64) -> Self {
        self.field(name, b'u');
        self.0.update(value.to_le_bytes());
        self
    }

    /// Adds a floating-point number, by its bits.
    #[must_use]
    pub fn float(mut self, name: &str, value: f32) -> Self {
        self.field(name, b'f');
        self.0.update(value.to_bits().to_le_bytes());
        self
    }

    /// Adds a table of integers.
    #[must_use]
    pub fn table(mut self, name: &str, values: &[i16]) -> Self {
        self.field(name, b'i');
        self.length(values.len());
        for value in values {
            self.0.update(value.to_le_bytes());
        }
        self
    }

    /// Adds bytes, such as the digest of the half before.
    #[must_use]
    pub fn bytes(mut self, name: &str, value: &[u8]) -> Self {
        self.field(name, b'b');
        self.sized(value);
        self
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }

    fn field(&mut self, name: &str, kind: u8) {
        self.sized(name.as_bytes());
        self.0.update([kind]);
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.update(bytes);
    }

    /// Names and tables are far below 2³² elements.
    fn length(&mut self, length: usize) {
        self.0.update((length as u32).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_its_documented_serialisation() {
        let made = FrontEndHasher::new("d")
            .text("t", "x")
            .unsigned("u", 5)
            .float("f", 1.0)
            .table("i", &[-2])
            .bytes("b", &[7])
            .finish();
        let mut bytes = std::vec::Vec::new();
        bytes.extend(b"\x01\0\0\0d");
        bytes.extend(b"\x01\0\0\0ts\x01\0\0\0x");
        bytes.extend(b"\x01\0\0\0uu\x05\0\0\0\0\0\0\0");
        bytes.extend(b"\x01\0\0\0ff\0\0\x80\x3f");
        bytes.extend(b"\x01\0\0\0ii\x01\0\0\0\xfe\xff");
        bytes.extend(b"\x01\0\0\0bb\x01\0\0\0\x07");
        assert_eq!(made.0, <[u8; 32]>::from(Sha256::digest(&bytes)));
    }
}
