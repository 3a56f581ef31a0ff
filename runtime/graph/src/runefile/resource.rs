//! Resources: texts and files that arguments and models can name as `$name`.

use super::fields::{Reader, get};
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::yaml::{Entry, Node};

/// A resource as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name, without the `$`.
    pub name: Spanned<String>,
    /// Where its content is.
    pub value: ResourceValue,
    /// What its content is.
    pub kind: ResourceKind,
}

/// Where the content of a resource is.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceValue {
    /// In the Runefile.
    Inline(Spanned<String>),
    /// In a file, relative to the Runefile's folder.
    Path(Spanned<String>),
    /// An error is reported.
    Invalid,
}

/// What the content of a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
}

/// How a version spells the keys of a resource.
pub(super) struct Keys {
    pub(super) inline: &'static str,
    /// Whether there is a `type` key.
    pub(super) typed: bool,
}

pub(super) fn read(node: &Node, keys: &Keys, reader: &mut Reader<'_>) -> Vec<Resource> {
    let Some(entries) = reader.mapping(node, "`resources`") else { return Vec::new() };
    entries.iter().map(|entry| one(entry, keys, reader)).collect()
}

fn one(entry: &Entry, keys: &Keys, reader: &mut Reader<'_>) -> Resource {
    let mut resource = Resource { name: entry.key.clone(), value: ResourceValue::Invalid, kind: ResourceKind::Text };
    reader.check_name(&entry.key, "a resource");
    let Some(fields) = reader.mapping(&entry.value, "a resource") else { return resource };
    let (inline, path) = (get(fields, keys.inline), get(fields, "path"));
    let known: &[&str] = if keys.typed { &[keys.inline, "path", "type"] } else { &[keys.inline, "path"] };
    let mut unknown = false;
    for field in fields.iter().filter(|f| !known.contains(&f.key.value.as_str())) {
        reader.unknown_key(field, "a resource", known);
        unknown = true;
    }
    resource.value = match (inline, path) {
        (Some(text), None) => reader.string(text, "the text").map_or(ResourceValue::Invalid, ResourceValue::Inline),
        (None, Some(path)) => reader.string(path, "the path").map_or(ResourceValue::Invalid, ResourceValue::Path),
        (found, _) => {
            let found = if found.is_some() { "both" } else { "neither" };
            if found == "both" || !unknown {
                reader.push(
                    Diagnostic::error(
                        "resource",
                        entry.key.span,
                        format!(
                            "the resource `{}` has {found} of `{}` and `path`: expected one",
                            entry.key.value, keys.inline
                        ),
                    )
                    .help(format!("write `path: file.txt`, or `{}: \"…\"` for a text that stands here", keys.inline)),
                );
            }
            ResourceValue::Invalid
        }
    };
    if let Some(kind) = get(fields, "type").filter(|_| keys.typed)
        && let Some(name) = reader.string(kind, "the type of a resource")
    {
        match name.value.to_ascii_lowercase().as_str() {
            "string" => {}
            "binary" => resource.kind = ResourceKind::Binary,
            _ => reader.push(Diagnostic::error(
                "resource",
                name.span,
                format!("the type of a resource is `{}`: expected `string` or `binary`", name.value),
            )),
        }
    }
    resource
}
