//! Whose rounding is followed.

use core::fmt;
use core::str::FromStr;

use alloc::format;
use alloc::string::String;

/// Whose rounding operators follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// TensorFlow Lite Micro's: in fixed point, convolutions twice.
    #[default]
    Tflm,
    /// XNNPACK's on x86-64, and where XNNPACK does not run an operator LiteRT's: convolutions once, in 32-bit floating point.
    /// It is defined for `int8` and `uint8`; an operator that can't follow it refuses.
    Xnnpack,
}

impl Rounding {
    /// Every rounding.
    pub const ALL: [Rounding; 2] = [Rounding::Tflm, Rounding::Xnnpack];

    /// The name by which it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Rounding::Tflm => "tflm",
            Rounding::Xnnpack => "xnnpack",
        }
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rounding {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|rounding| rounding.name() == name);
        found.ok_or_else(|| format!("`{name}` is no rounding: expected tflm or xnnpack"))
    }
}
