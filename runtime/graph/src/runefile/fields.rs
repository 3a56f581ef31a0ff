//! Reading typed values out of the YAML tree, with a finding for each that is not as it should be.

use runeblocks_core::{Axis, ElementType, Shape};

use super::{Argument, ArgumentValue, Expected, Literal, PortRef, reference};
use crate::diagnostic::{Diagnostic, did_you_mean, list};
use crate::span::Spanned;
use crate::yaml::{Entry, Node, Value, number};

pub(super) struct Reader<'a> {
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn unexpected<T>(&mut self, node: &Node, what: &str, expected: &str) -> Option<T> {
        self.push(Diagnostic::error(
            "wrong-kind",
            node.span,
            format!("{what} is {}: expected {expected}", node.describe()),
        ));
        None
    }

    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Mapping(entries) => Some(entries),
            _ => self.unexpected(node, what, "a mapping (`key: value`)"),
        }
    }

    /// A text that is not empty: the characters of a scalar, whatever they look like, but for one that is nothing.
    pub(super) fn string(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match &node.value {
            Value::Scalar(s) if s.is_null() => {
                self.unexpected(node, what, "a text, in quotes if it looks like nothing")
            }
            Value::Scalar(s) if s.text.is_empty() => self.unexpected(node, what, "a text that is not empty"),
            Value::Scalar(s) => Some(Spanned::new(s.text.clone(), node.span)),
            _ => self.unexpected(node, what, "a text"),
        }
    }

    /// A list, or one value in place of a list of one.
    pub(super) fn one_or_many<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::Sequence(items) => items,
            Value::Scalar(_) => std::slice::from_ref(node),
            Value::Mapping(_) => {
                self.unexpected::<()>(node, what, "a name or a list of names");
                &[]
            }
        }
    }

    /// A list of references, or one. `None` where one of them is none, which is reported.
    pub(super) fn references(&mut self, node: &Node, what: &str, by_name: bool) -> Option<Vec<PortRef>> {
        let before = self.diagnostics.len();
        let mut references = Vec::new();
        for item in self.one_or_many(node, what) {
            let Some(text) = self.string(item, what) else { continue };
            match reference::parse(&text, by_name) {
                Ok(reference) => references.push(reference),
                Err(diagnostic) => self.push(diagnostic),
            }
        }
        (self.diagnostics.len() == before).then_some(references)
    }

    /// The whole number that a scalar is, quoted or not, without a finding where it is none.
    pub(super) fn integer(&self, node: &Node) -> Option<u64> {
        match &node.value {
            Value::Scalar(s) => number(s.text.trim())??.as_u64(),
            _ => None,
        }
    }

    /// A value, or the resource that `$name` stands for.
    pub(super) fn argument_value(&mut self, node: &Node) -> Spanned<ArgumentValue> {
        let literal = Literal::of(node);
        let name = literal.texts().as_str().and_then(|text| text.strip_prefix('$'));
        let value = match name.filter(|name| reference::is_name(name)) {
            Some(name) => ArgumentValue::Resource(name.into()),
            None => ArgumentValue::Literal(literal),
        };
        Spanned::new(value, node.span)
    }

    pub(super) fn arguments(&mut self, node: &Node) -> Vec<Argument> {
        if matches!(&node.value, Value::Scalar(s) if s.is_null()) {
            return Vec::new();
        }
        let Some(entries) = self.mapping(node, "`args`") else { return Vec::new() };
        entries.iter().map(|e| Argument { name: e.key.clone(), value: self.argument_value(&e.value) }).collect()
    }

    pub(super) fn element_type(&mut self, node: &Node) -> Option<Spanned<ElementType>> {
        let name = self.string(node, "the element type")?;
        if let Ok(element_type) = name.value.parse() {
            return Some(Spanned::new(element_type, node.span));
        }
        let names = ElementType::ALL.iter().map(|t| t.name());
        let mut diagnostic =
            Diagnostic::error("element-type", node.span, format!("there is no element type `{}`", name.value));
        let short = name.value.to_lowercase().replace("float", "f").replace("uint", "u").replace("int", "i");
        let meant = names.clone().find(|n| *n == short).map(|n| format!("did you mean `{n}`?"));
        diagnostic.help.extend(meant.or_else(|| did_you_mean(&name.value, names.clone())));
        self.push(diagnostic.help(format!("the element types are {}", list(names))));
        None
    }

    /// A list of axis lengths; `stream` stands for the axis along which data arrives where `streams` says so.
    pub(super) fn shape(&mut self, node: &Node, streams: bool) -> Option<Spanned<Shape>> {
        const MAX_RANK: usize = 8;
        let Value::Sequence(items) = &node.value else {
            return self.unexpected(node, "the shape", "a list of axis lengths, such as `[1, 1960]`");
        };
        if items.len() > MAX_RANK {
            self.push(
                Diagnostic::error(
                    "shape",
                    node.span,
                    format!("the shape has {} axes: expected at most {MAX_RANK}", items.len()),
                )
                .help("join axes into one"),
            );
            return None;
        }
        let mut axes = Vec::new();
        for item in items {
            match (&item.value, self.integer(item).map(usize::try_from)) {
                (Value::Scalar(s), _) if streams && s.text == "stream" && !axes.contains(&Axis::Stream) => {
                    axes.push(Axis::Stream);
                }
                (_, Some(Ok(length))) if length > 0 => axes.push(Axis::Fixed(length)),
                _ => {
                    let stream = if streams { " or, once, `stream`" } else { "" };
                    return self.unexpected(item, "this axis", &format!("a length of at least 1{stream}"));
                }
            }
        }
        let shape = Shape::from(axes);
        let fixed: Vec<Axis> = shape.axes().iter().copied().filter(|a| *a != Axis::Stream).collect();
        if Shape::from(fixed).count().is_none_or(|count| count > isize::MAX as usize / 16) {
            self.push(
                Diagnostic::error("shape", node.span, format!("a tensor of shape {shape} does not fit into memory"))
                    .help("write the shape that the stage gives, or leave it out"),
            );
            return None;
        }
        Some(Spanned::new(shape, node.span))
    }

    /// What is said of outputs: a list of mappings with a type and a shape.
    pub(super) fn expected(&mut self, node: &Node, what: &str, shape_key: &str, streams: bool) -> Vec<Expected> {
        let items = match &node.value {
            Value::Sequence(items) => items.as_slice(),
            Value::Mapping(_) => std::slice::from_ref(node),
            Value::Scalar(_) => {
                let expected = format!("a list such as `[{{type: f32, {shape_key}: [1, 4]}}]`");
                self.unexpected::<()>(node, what, &expected);
                return Vec::new();
            }
        };
        let mut all = Vec::new();
        for item in items {
            let mut expected = Expected { span: item.span, element_type: None, shape: None };
            let Some(entries) = self.mapping(item, "what is said of an output") else { continue };
            for entry in entries {
                match entry.key.value.as_str() {
                    "type" => expected.element_type = self.element_type(&entry.value),
                    key if key == shape_key => expected.shape = self.shape(&entry.value, streams),
                    _ => self.unknown_key(entry, "an output", &["type", shape_key]),
                }
            }
            all.push(expected);
        }
        all
    }

    pub(super) fn unknown_key(&mut self, entry: &Entry, of: &str, known: &[&str]) {
        let name = &entry.key.value;
        let mut diagnostic = Diagnostic::error("unknown-key", entry.key.span, format!("{of} has no key `{name}`"));
        diagnostic.help.extend(did_you_mean(name, known.iter().copied()));
        self.push(diagnostic.help(format!("the keys are {}", list(known))));
    }

    pub(super) fn check_name(&mut self, name: &Spanned<String>, what: &str) -> bool {
        let good = reference::is_name(&name.value);
        if !good {
            self.push(
                Diagnostic::error("name", name.span, format!("`{}` cannot name {what}", name.value))
                    .help("a name has letters, digits, `_` and `-`, and starts with a letter or `_`"),
            );
        }
        good
    }
}

/// The value of a key.
pub(super) fn get<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Node> {
    entries.iter().find(|e| e.key.value == key).map(|e| &e.value)
}
