//! What is said of lists of words among the arguments of blocks.

use runeblocks_core::{Words, WordsFault};
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, list};
use crate::runefile::{Argument, ArgumentValue, Resource};

/// A list of words as it is written.
pub(super) struct Written<'a> {
    pub(super) argument: &'a Argument,
    /// The resource that it is, where it is one.
    pub(super) resource: Option<&'a Resource>,
}

impl Written<'_> {
    /// An argument that is no list of words.
    pub(super) fn error(&self, fault: &WordsFault) -> Diagnostic {
        let name = &self.argument.name;
        let items = match &self.argument.value.value {
            ArgumentValue::Literal(literal) => literal.items(),
            ArgumentValue::Resource(_) => &[],
        };
        let spans: Option<Vec<_>> = fault.places().iter().map(|&place| items.get(place).copied()).collect();
        let mut spans = spans.unwrap_or_default().into_iter().rev();
        let span = spans.next().unwrap_or(self.argument.value.span);
        let mut diagnostic = Diagnostic::error("words", span, format!("the argument `{}` has {fault}", name.value));
        for first in spans {
            diagnostic = diagnostic.at("again here").label(first, "first here");
        }
        if let Some(resource) = self.resource {
            let lines: Vec<_> = fault.places().iter().map(|place| format!("line {}", place + 1)).collect();
            let lines = if lines.is_empty() { "the words".into() } else { lines.join(" and ") };
            diagnostic = diagnostic.label(resource.name.span, format!("{lines} of this resource"));
        }
        diagnostic.help(self.remedy(fault))
    }

    fn remedy(&self, fault: &WordsFault) -> String {
        let name = &self.argument.name.value;
        match fault {
            WordsFault::FileName(file) => format!(
                "name the file as a resource: `resources: {{ labels: {{ path: {file} }} }}` and `{name}: $labels`, \
                 or write the words: `{name}: [up, down]`"
            ),
            WordsFault::Joined(words) if self.resource.is_none() => {
                let quoted =
                    |word: &String| if is_plain(word) { word.clone() } else { Json::from(word.as_str()).to_string() };
                let shown: Vec<_> = words.iter().take(20).map(quoted).collect();
                let more = if words.len() > shown.len() { ", …" } else { "" };
                format!("write a list: `{name}: [{}{more}]`", shown.join(", "))
            }
            fault => fault.help().into(),
        }
    }

    /// What is said where indices before the words are taken off.
    pub(super) fn numbered(&self, value: &Json) -> Option<Diagnostic> {
        let words = Words::read(value).ok().flatten().filter(|words| words.numbered)?;
        let shown = list(words.list.iter().take(2));
        let diagnostic = Diagnostic::warning(
            "numbered-words",
            self.argument.value.span,
            format!(
                "the words of `{}` have their indices before them, which are taken off: the first are {shown}",
                self.argument.name.value
            ),
        )
        .help("take the numbers away, or, where one belongs to its word, join the two: `0_silence`");
        Some(match self.resource {
            Some(resource) => diagnostic.label(resource.name.span, "they are of this resource"),
            None => diagnostic,
        })
    }
}

/// Whether a word is one in YAML without quotes.
fn is_plain(word: &str) -> bool {
    word.starts_with(char::is_alphabetic)
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'))
        && !matches!(word.to_ascii_lowercase().as_str(), "null" | "true" | "false" | "yes" | "no" | "on" | "off")
}
