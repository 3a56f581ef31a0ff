//! Places in a Runefile.

use std::fmt;

/// A range of bytes of a source text, with the line and column of its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just after the last byte.
    pub end: usize,
    /// Line of the first byte, from 1.
    pub line: usize,
    /// Column of the first byte in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and the place where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// Finds the span of byte ranges in one text.
#[derive(Debug)]
pub(crate) struct Locator<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
    /// Byte offset of every character, left empty for a text of ASCII alone.
    characters: Vec<usize>,
}

impl<'a> Locator<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
            .collect();
        let characters = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(i, _)| i).collect() };
        Self { text, line_starts, characters }
    }

    /// The byte offset of the character of that index.
    pub(crate) fn byte_of_char(&self, index: usize) -> usize {
        if self.characters.is_empty() {
            index.min(self.text.len())
        } else {
            self.characters.get(index).copied().unwrap_or(self.text.len())
        }
    }

    /// The index of the character that starts at a byte.
    fn char_of_byte(&self, byte: usize) -> usize {
        if self.characters.is_empty() { byte } else { self.characters.partition_point(|start| *start < byte) }
    }

    /// The span of bytes `start..end`, both moved back onto character boundaries inside the text.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let floor = |at: usize| {
            let mut at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(start);
        let end = floor(end).max(start);
        let line = self.line_starts.partition_point(|s| *s <= start);
        let line_start = self.line_starts[line - 1];
        let column = self.char_of_byte(start) - self.char_of_byte(line_start) + 1;
        Span { start, end, line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let text = "a\né: öx\n";
        let locator = Locator::new(text);
        let at = text.find('x').unwrap();
        let span = locator.span(at, at + 1);
        assert_eq!((span.line, span.column), (2, 5));
        assert_eq!(locator.byte_of_char(6), at);
        assert_eq!(locator.byte_of_char(100), text.len());
        assert_eq!(&text[span.start..span.end], "x");
    }

    #[test]
    fn never_splits_a_character() {
        let text = "éé";
        let span = Locator::new(text).span(1, 3);
        assert_eq!((span.start, span.end), (0, 2));
        assert_eq!(Locator::new("").span(9, 12), Span { start: 0, end: 0, line: 1, column: 1 });
    }
}
