//! Values of arguments as they are written.

use runeblocks_core::ArgKind;
use serde_json::Value as Json;

use crate::span::Span;
use crate::yaml::{Node, Value};

/// A value as it is written: what it means depends on whether a text is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    value: Json,
    texts: Json,
    items: Vec<Span>,
}

impl Literal {
    pub(super) fn of(node: &Node) -> Self {
        let items = match &node.value {
            Value::Sequence(items) => items.iter().map(|item| item.span).collect(),
            _ => Vec::new(),
        };
        Literal { value: json(node, &|scalar| scalar.to_json()), texts: json(node, &|scalar| scalar.to_text()), items }
    }

    /// The value with the types of YAML 1.2: `0x10` is the number 16.
    pub fn value(&self) -> &Json {
        &self.value
    }

    /// The value where texts are expected: what is written without quotes stands for its very characters, `0x10` for `0x10`. An empty
    /// scalar, `~` and `null` are nothing here too.
    pub fn texts(&self) -> &Json {
        &self.texts
    }

    /// The value for an argument of a kind.
    pub(crate) fn of_kind(&self, kind: Option<ArgKind>) -> &Json {
        match kind {
            Some(ArgKind::Text | ArgKind::Words) => &self.texts,
            _ => &self.value,
        }
    }

    /// The places of the items of a list.
    pub fn items(&self) -> &[Span] {
        &self.items
    }
}

impl From<Json> for Literal {
    fn from(value: Json) -> Self {
        Literal { texts: value.clone(), value, items: Vec::new() }
    }
}

/// The tree as JSON, its scalars read by `read`. Its depth is bounded where it is made.
fn json(node: &Node, read: &dyn Fn(&crate::yaml::Scalar) -> Json) -> Json {
    match &node.value {
        Value::Scalar(scalar) => read(scalar),
        Value::Sequence(items) => items.iter().map(|item| json(item, read)).collect(),
        Value::Mapping(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.value.clone(), json(&entry.value, read))).collect())
        }
    }
}
