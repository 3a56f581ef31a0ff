//! YAML as a tree in which every key and value knows its place.
//!
//! The tree is built without recursion. Depth and total size (aliases expanded) are bounded, so that
//! no text can exhaust the stack or the memory.

mod scalar;

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

pub(crate) use self::scalar::{Scalar, number};
use crate::diagnostic::Diagnostic;
use crate::span::{Locator, Span, Spanned};

/// The longest text that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting that is read.
pub(crate) const MAX_DEPTH: usize = 64;
/// What all nodes may weigh together: a node weighs [`NODE_WEIGHT`] and the bytes of its text.
const MAX_WEIGHT: usize = 16 << 20;
const NODE_WEIGHT: usize = 64;

/// A value of a YAML document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub key: Spanned<String>,
    pub value: Node,
}

impl Node {
    /// What the node is, for messages.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Sequence(_) => "a list".into(),
            Value::Mapping(_) => "a mapping".into(),
            Value::Scalar(scalar) => match scalar.to_json() {
                serde_json::Value::Null => "nothing".into(),
                serde_json::Value::Bool(b) => format!("the boolean {b}"),
                serde_json::Value::Number(n) => format!("the number {n}"),
                _ => format!("the string {:?}", shorten(&scalar.text)),
            },
        }
    }

    fn weight(&self) -> usize {
        let mut weight = 0;
        let mut stack = vec![self];
        while let Some(node) = stack.pop() {
            weight += NODE_WEIGHT;
            match &node.value {
                Value::Scalar(s) => weight += s.text.len(),
                Value::Sequence(items) => stack.extend(items),
                Value::Mapping(entries) => {
                    for entry in entries {
                        weight += NODE_WEIGHT + entry.key.value.len();
                        stack.push(&entry.value);
                    }
                }
            }
        }
        weight
    }

    /// How many levels of lists and mappings the node has.
    fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut stack = vec![(self, 0)];
        while let Some((node, depth)) = stack.pop() {
            deepest = deepest.max(depth);
            match &node.value {
                Value::Scalar(_) => {}
                Value::Sequence(items) => stack.extend(items.iter().map(|n| (n, depth + 1))),
                Value::Mapping(entries) => {
                    stack.extend(entries.iter().map(|e| (&e.value, depth + 1)));
                }
            }
        }
        deepest
    }
}

/// The first part of a long text.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

enum Frame {
    Sequence {
        start: Span,
        anchor: usize,
        items: Vec<Node>,
    },
    /// `places` tells where among the entries each key stands.
    Mapping {
        start: Span,
        anchor: usize,
        entries: Vec<Entry>,
        places: HashMap<String, usize>,
        key: Option<Spanned<String>>,
    },
}

struct Builder<'a> {
    locator: &'a Locator<'a>,
    diagnostics: &'a mut Vec<Diagnostic>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    weight: usize,
    root: Option<Node>,
}

/// Reads the one document of a text.
///
/// Returns `None` where there is no tree to go on with; the reason is then among the diagnostics.
/// A key given twice is reported and its first value kept.
pub(crate) fn parse(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let locator = Locator::new(text);
    let whole = locator.span(0, 0);
    if text.len() > MAX_BYTES {
        diagnostics.push(
            Diagnostic::error(
                "too-large",
                whole,
                format!("this file has {} bytes; a Runefile has at most {MAX_BYTES}", text.len()),
            )
            .help("keep long texts in files of their own and name them under `resources:`"),
        );
        return None;
    }
    let mut builder =
        Builder { locator: &locator, diagnostics, stack: Vec::new(), anchors: HashMap::new(), weight: 0, root: None };
    match builder.build(Parser::new_from_str(text)) {
        Ok(()) => {}
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return None;
        }
    }
    let root = builder.root;
    if root.is_none() {
        diagnostics.push(
            Diagnostic::error("empty", whole, "this file is empty")
                .help("a Runefile starts with `version: 2`, then has `pipeline:` and `outputs:`"),
        );
    }
    root
}

impl<'a> Builder<'a> {
    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.locator.byte_of_char(span.start.index());
        let end = self.locator.byte_of_char(span.end.index());
        self.locator.span(start, end)
    }

    fn build<'i>(&mut self, mut parser: Parser<'i, StrInput<'i>>) -> Result<(), Box<Diagnostic>> {
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|e| {
                let at = self.locator.byte_of_char(e.marker().index());
                let span = self.locator.span(at, at);
                Diagnostic::error("yaml", span, format!("this is not YAML: {}", e.info()))
                    .help("look at brackets, quotes and indentation here and in the lines before")
            })?;
            let span = self.span(span);
            match event {
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(_) => {
                    if self.root.is_some() {
                        return Err(Box::new(
                            Diagnostic::error(
                                "several-documents",
                                span,
                                "a second YAML document starts here; a Runefile is one document",
                            )
                            .help("put the second pipeline into a file of its own"),
                        ));
                    }
                }
                Event::Alias(anchor) => {
                    let Some(node) = self.anchors.get(&anchor).cloned() else {
                        return Err(Box::new(Diagnostic::error(
                            "yaml",
                            span,
                            "this alias stands inside the value that it names",
                        )));
                    };
                    self.spend(node.weight(), span)?;
                    self.check_depth(self.stack.len() + node.depth(), span)?;
                    self.complete(Node { span, value: node.value }, 0)?;
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let tagged = self.tag(tag.as_deref(), span);
                    let is_string = tagged || style != ScalarStyle::Plain;
                    self.spend(NODE_WEIGHT + text.len(), span)?;
                    let scalar = Scalar { text: text.into_owned(), is_string };
                    self.complete(Node { span, value: Value::Scalar(scalar) }, anchor)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.tag(tag.as_deref(), span);
                    self.spend(NODE_WEIGHT, span)?;
                    self.check_depth(self.stack.len() + 1, span)?;
                    self.stack.push(Frame::Sequence { start: span, anchor, items: Vec::new() });
                }
                Event::MappingStart(anchor, tag) => {
                    self.tag(tag.as_deref(), span);
                    self.spend(NODE_WEIGHT, span)?;
                    self.check_depth(self.stack.len() + 1, span)?;
                    self.stack.push(Frame::Mapping {
                        start: span,
                        anchor,
                        entries: Vec::new(),
                        places: HashMap::new(),
                        key: None,
                    });
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            }
        }
        Ok(())
    }

    /// Reports a tag that means nothing here; says whether it is `!!str`.
    fn tag(&mut self, tag: Option<&Tag>, span: Span) -> bool {
        let Some(tag) = tag else { return false };
        if !tag.is_yaml_core_schema() {
            self.diagnostics.push(
                Diagnostic::error("tag", span, format!("the tag `{tag}` has no meaning in a Runefile"))
                    .help("leave the tag out"),
            );
        }
        tag.is_yaml_core_schema() && tag.suffix == "str"
    }

    fn spend(&mut self, weight: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight <= MAX_WEIGHT {
            return Ok(());
        }
        Err(Box::new(
            Diagnostic::error("too-large", span, "this file holds more values, aliases expanded, than a Runefile may")
                .help("write out what is needed in place of aliases of aliases"),
        ))
    }

    fn check_depth(&self, depth: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        Err(Box::new(Diagnostic::error(
            "too-deep",
            span,
            format!("lists and mappings are nested more than {MAX_DEPTH} deep here"),
        )))
    }

    fn close(&mut self, end: Span) -> Result<(), Box<Diagnostic>> {
        let node = match self.stack.pop() {
            None => return Ok(()),
            Some(Frame::Sequence { start, anchor, items }) => {
                let last = items.last().map(|n| n.span.end);
                let span = self.whole(start, last, end);
                (Node { span, value: Value::Sequence(items) }, anchor)
            }
            Some(Frame::Mapping { start, anchor, entries, .. }) => {
                let last = entries.last().map(|e| e.value.span.end.max(e.key.span.end));
                let span = self.whole(start, last, end);
                (Node { span, value: Value::Mapping(entries) }, anchor)
            }
        };
        self.complete(node.0, node.1)
    }

    /// The span of a list or mapping: to its closing bracket, or to its last entry in block style.
    fn whole(&self, start: Span, last: Option<usize>, end: Span) -> Span {
        let closed_by_bracket = end.end > end.start;
        let end = if closed_by_bracket { end.end } else { last.unwrap_or(start.end) };
        self.locator.span(start.start, end)
    }

    /// Puts a finished node where it belongs: it is a key, a value, an item, or the root.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        if anchor != 0 {
            self.spend(node.weight(), node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, places, key, .. }) => match key.take() {
                None => match node.value {
                    Value::Scalar(scalar) => *key = Some(Spanned::new(scalar.text, node.span)),
                    _ => {
                        return Err(Box::new(Diagnostic::error(
                            "key",
                            node.span,
                            format!("a key is a name, but this is {}", node.describe()),
                        )));
                    }
                },
                Some(name) => {
                    if let Some(&first) = places.get(&name.value) {
                        self.diagnostics.push(
                            Diagnostic::error("duplicate-key", name.span, format!("`{}` is given twice", name.value))
                                .at("again here")
                                .label(entries[first].key.span, "first here")
                                .help("remove or rename one of the two"),
                        );
                    } else {
                        places.insert(name.value.clone(), entries.len());
                        entries.push(Entry { key: name, value: node });
                    }
                }
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let node = parse(text, &mut diagnostics);
        (node, diagnostics)
    }

    fn find<'n>(node: &'n Node, path: &[&str]) -> &'n Node {
        path.iter().fold(node, |node, key| match &node.value {
            Value::Mapping(entries) => &entries.iter().find(|e| e.key.value == *key).expect("key").value,
            Value::Sequence(items) => &items[key.parse::<usize>().unwrap()],
            Value::Scalar(_) => panic!("no {key} in a scalar"),
        })
    }

    #[test]
    fn spans_cover_what_was_written() {
        let text = "ä: 1 # c\nlist:\n  - 'öne'\n  - {a: [x, yy ], b: }\nblock: |\n  one\n  two\nend: z\r\n";
        let (node, diagnostics) = read(text);
        assert_eq!(diagnostics, []);
        let node = node.unwrap();
        let cut = |path: &[&str]| &text[find(&node, path).span.start..find(&node, path).span.end];
        assert_eq!(cut(&["ä"]), "1");
        assert_eq!(cut(&["list", "0"]), "'öne'");
        assert_eq!(cut(&["list", "1"]), "{a: [x, yy ], b: }");
        assert_eq!(cut(&["list", "1", "a"]), "[x, yy ]");
        assert_eq!(cut(&["list", "1", "a", "1"]), "yy");
        assert_eq!(cut(&["list"]), "- 'öne'\n  - {a: [x, yy ], b: }");
        assert_eq!(cut(&["end"]), "z");

        assert!(cut(&["block"]).contains("two"), "{:?}", cut(&["block"]));
        let Value::Scalar(block) = &find(&node, &["block"]).value else { panic!() };
        assert_eq!(block.text, "one\ntwo\n");
    }

    #[test]
    fn windows_line_ends_keep_the_spans_right() {
        let text = "a: 1\r\nb: two\r\n";
        let (node, _) = read(text);
        let node = node.unwrap();
        let span = find(&node, &["b"]).span;
        assert_eq!((&text[span.start..span.end], span.line, span.column), ("two", 2, 4));
    }

    #[test]
    fn a_key_given_twice_is_reported_with_both_places() {
        let (node, diagnostics) = read("a: 1\nb: 2\na: 3\n");
        assert_eq!(diagnostics.len(), 1);
        let lines: Vec<usize> = diagnostics[0].labels.iter().map(|l| l.span.line).collect();
        assert_eq!(lines, [3, 1]);
        assert_eq!(find(&node.unwrap(), &["a"]).describe(), "the number 1");
    }

    #[test]
    fn a_billion_laughs_are_stopped() {
        let mut text = String::from("a0: &a0 [lol, lol, lol]\n");
        for i in 1..30 {
            let p = i - 1;
            text += &format!("a{i}: &a{i} [*a{p}, *a{p}, *a{p}, *a{p}, *a{p}]\n");
        }
        let (node, diagnostics) = read(&text);
        assert_eq!((node, diagnostics[0].code), (None, "too-large"));
    }

    #[test]
    fn deep_nesting_is_stopped() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(50_000)] {
            let (node, diagnostics) = read(&text);
            assert!(node.is_none());
            assert!(matches!(diagnostics[0].code, "too-deep" | "yaml"), "{diagnostics:?}");
        }
        let mut text = format!("a0: &a0 {}x{}\n", "[".repeat(60), "]".repeat(60));
        for i in 1..40 {
            text += &format!("a{i}: &a{i} [*a{}]\n", i - 1);
        }
        assert_eq!(read(&text).1[0].code, "too-deep");
    }

    #[test]
    fn nonsense_is_refused_with_a_place() {
        for (text, code) in [
            ("a: [1, 2", "yaml"),
            ("a: *nowhere", "yaml"),
            ("a: &a [*a]", "yaml"),
            ("? [x]\n: 1", "key"),
            ("a: 1\n---\nb: 2\n", "several-documents"),
            ("", "empty"),
            ("# nothing\n", "empty"),
            ("a: !mine 1", "tag"),
        ] {
            let (_, diagnostics) = read(text);
            assert_eq!(diagnostics.first().map(|d| d.code), Some(code), "{text:?}");
        }
    }
}
