//! Text that people see as equal: labels, words, names and paths come from keyboards, editors and file systems that write
//! one letter in different ways.

use alloc::string::String;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text as it is compared: in Normalization Form C (Unicode Standard Annex #15), without white space, byte order marks and
/// zero-width characters around it.
///
/// ```
/// # use runeblocks_core::text::key;
/// assert_eq!(key("u\u{308}les "), key("\u{feff}\u{fc}les"));
/// ```
#[must_use]
pub fn key(text: &str) -> String {
    trimmed(text).nfc().collect()
}

/// A text without white space, byte order marks and zero-width characters around it, as it is shown.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
}

/// A text as it is typed by someone whose keyboard lacks its accents: in Normalization Form D, without combining marks.
#[must_use]
pub fn unaccented(text: &str) -> String {
    trimmed(text).nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// Whether two texts are one to a person.
#[must_use]
pub fn equal(a: &str, b: &str) -> bool {
    a == b || key(a) == key(b)
}
