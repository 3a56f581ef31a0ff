//! Reading golden files: lines of words, comments behind `#`.

use std::fmt::Debug;
use std::str::{FromStr, SplitWhitespace};

use sha2::{Digest as _, Sha256};

/// The first 16 hexadecimal digits of the SHA-256 of some bytes.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines that are no comments.
pub fn lines(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

/// The words of a line.
pub struct Words<'a>(SplitWhitespace<'a>);

impl<'a> Words<'a> {
    /// Those of `line`.
    pub fn of(line: &'a str) -> Self {
        Words(line.split_whitespace())
    }

    /// The next word.
    pub fn text(&mut self) -> &'a str {
        self.0.next().expect("a golden line has a word for every column")
    }

    /// The next word as a number.
    pub fn number<T: FromStr<Err: Debug>>(&mut self) -> T {
        self.text().parse().expect("a number")
    }

    /// The next word as a float, written as its bits.
    pub fn float(&mut self) -> f32 {
        f32::from_bits(u32::from_str_radix(self.text(), 16).expect("the bits of a float"))
    }
}

/// The values of a line of a full golden, such as `window 1 2 3`, as text.
pub fn joined<T: ToString>(name: &str, values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    format!("  {name} {}", values.join(" "))
}
