//! What is wrong with a Runefile, where, and how to put it right.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use runeblocks_core::nearest;
use serde_json::json;

use crate::span::Span;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The Runefile cannot be used.
    Error,
    /// The Runefile can be used, but hardly means what it says.
    Warning,
    /// Nothing is wrong, and it is worth knowing.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A text pointing at a place. The first label of a diagnostic is its primary one.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What there is to say about it; may be empty for the primary label.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// The rule that was broken, in kebab-case (`unknown-stage`), stable for programs to match.
    pub code: &'static str,
    /// One sentence: what was found and what was expected.
    pub message: String,
    /// Places, the first one primary. Empty where a finding belongs to no line.
    pub labels: Vec<Label>,
    /// What to do about it, a sentence each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    /// A note at a place.
    pub fn note(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, span, message.into())
    }

    fn new(severity: Severity, code: &'static str, span: Span, message: String) -> Self {
        let labels = vec![Label { span, text: String::new() }];
        Self { severity, code, message, labels, help: Vec::new() }
    }

    /// Gives the primary place its text.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

/// A Runefile's text and the name to show for it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The file's name as the user wrote it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// The most findings that are kept of one Runefile.
pub(crate) const MAX_FINDINGS: usize = 100;
/// The most names that a list of them spells out.
const MAX_NAMES: usize = 50;

/// The findings on one Runefile, errors and warnings, in the order of the file; of more than 100 the first ones, and how many
/// there are beside them.
///
/// `Display` writes them plainly, as `rustc` would: message, file, line and column, the
/// lines concerned with carets under them, and help. [`Diagnostics::render`] can colour them.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    source: Arc<SourceText>,
    items: Vec<Diagnostic>,
}

impl std::error::Error for Diagnostics {}

impl Diagnostics {
    /// Gathers findings on a text; they are sorted by place, errors and warnings mixed.
    pub fn new(source: Arc<SourceText>, mut items: Vec<Diagnostic>) -> Self {
        items.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
        items.dedup();
        let cut = items.split_off(items.len().min(MAX_FINDINGS));
        if !cut.is_empty() {
            let errors = cut.iter().filter(|d| d.severity == Severity::Error).count();
            let warnings = cut.iter().filter(|d| d.severity == Severity::Warning).count();
            let kinds = [(errors, "error"), (warnings, "warning"), (cut.len() - errors - warnings, "note")];
            let counts: Vec<_> = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| count(*n, what)).collect();
            items.push(Diagnostic {
                severity: match (errors, warnings) {
                    (0, 0) => Severity::Note,
                    (0, _) => Severity::Warning,
                    _ => Severity::Error,
                },
                code: "more-findings",
                message: format!("there are {} more", counts.join(" and ")),
                labels: Vec::new(),
                help: vec!["correct the ones above, then check again".into()],
            });
        }
        Self { source, items }
    }

    /// The same with some findings more.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = Diagnostic>) -> Self {
        Self::new(self.source.clone(), self.items.iter().cloned().chain(more).collect())
    }

    /// The findings.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// The text they are about.
    pub fn source(&self) -> &SourceText {
        &self.source
    }

    /// Whether an error is among them.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Writes all findings, with terminal colours if `colour` says so.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled().decor_style(DecorStyle::Unicode) } else { Renderer::plain() };
        let rendered: Vec<String> = self.items.iter().map(|d| renderer.render(&[self.group(d)])).collect();
        rendered.join("\n\n")
    }

    fn group<'a>(&'a self, diagnostic: &'a Diagnostic) -> Group<'a> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code));
        if !diagnostic.labels.is_empty() {
            let mut snippet = Snippet::source(&self.source.text).path(&self.source.name);
            for (i, label) in diagnostic.labels.iter().enumerate() {
                let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let text = (!label.text.is_empty()).then_some(label.text.as_str());
                snippet = snippet.annotation(kind.span(self.shown(label.span)).label(text));
            }
            group = group.element(snippet);
        }
        for help in &diagnostic.help {
            group = group.element(Level::HELP.message(help));
        }
        group
    }

    /// The part of a span that is shown: its first line, and a character where it is empty.
    fn shown(&self, span: Span) -> std::ops::Range<usize> {
        let text = &self.source.text;
        let tail = text.get(span.start..span.end).unwrap_or_default();
        let first_line = tail.lines().next().unwrap_or_default().trim_end();
        span.start.min(text.len())..(span.start + first_line.len()).min(text.len())
    }

    /// The findings as a JSON array, for programs: `severity`, `code`, `message`, `file`, `labels`
    /// (`line`, `column`, `start`, `end`, `text`) and `help`.
    pub fn to_json(&self) -> serde_json::Value {
        let item = |d: &Diagnostic| {
            let labels: Vec<_> = d
                .labels
                .iter()
                .map(|l| {
                    json!({
                        "line": l.span.line, "column": l.span.column,
                        "start": l.span.start, "end": l.span.end, "text": l.text,
                    })
                })
                .collect();
            json!({
                "severity": d.severity.as_str(), "code": d.code, "message": d.message,
                "file": self.source.name, "labels": labels, "help": d.help,
            })
        };
        self.items.iter().map(item).collect()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// `` `a`, `b` and `c` ``; of many the first ones, and how many more there are.
pub(crate) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let mut names = names.into_iter();
    let mut quoted: Vec<String> = names.by_ref().take(MAX_NAMES).map(|n| format!("`{}`", n.as_ref())).collect();
    let more = names.count();
    if more > 0 {
        quoted.push(format!("{more} more"));
    }
    match quoted.split_last() {
        None => "none".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// `1 input`, `2 inputs`.
pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `did you mean …?` where a name is near.
pub(crate) fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wanted, names).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Diagnostics {
        let text = "version: 2\npipeline:\n  fft: { block: ftf }\n";
        let source = Arc::new(SourceText { name: "Runefile.yml".into(), text: text.into() });
        let at = text.find("ftf").unwrap();
        let span = Span { start: at, end: at + 3, line: 3, column: 17 };
        let item = Diagnostic::error("unknown-block", span, "there is no block `ftf`")
            .at("not a block")
            .help("did you mean `fft`?");
        Diagnostics::new(source, vec![item])
    }

    #[test]
    fn renders_like_a_compiler() {
        let expected = "\
error[unknown-block]: there is no block `ftf`
 --> Runefile.yml:3:17
  |
3 |   fft: { block: ftf }
  |                 ^^^ not a block
  |
  = help: did you mean `fft`?";
        assert_eq!(sample().to_string(), expected);
        assert!(sample().render(true).contains("\u{1b}["));
    }

    #[test]
    fn speaks_json() {
        let json = sample().to_json();
        assert_eq!(json[0]["code"], "unknown-block");
        assert_eq!(json[0]["labels"][0]["line"], 3);
        assert_eq!(json[0]["help"][0], "did you mean `fft`?");
    }

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(did_you_mean("Wordlist", ["labels", "wordlist"]), Some("did you mean `wordlist`?".into()));
        assert_eq!(did_you_mean("xyz", ["labels", "wordlist"]), None);
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        let many: Vec<String> = (0..52).map(|i| i.to_string()).collect();
        assert!(list(many).ends_with("`48`, `49` and 2 more"));
    }

    #[test]
    fn many_findings_are_counted_and_an_error_among_them_is_not_lost() {
        let source = Arc::new(SourceText { name: "Runefile.yml".into(), text: "x".repeat(200) });
        let at = |start: usize| Span { start, end: start + 1, line: 1, column: start + 1 };
        let mut items: Vec<_> = (0..102).map(|i| Diagnostic::warning("doubt", at(i), "a doubt")).collect();
        items.push(Diagnostic::error("fault", at(150), "a fault"));
        let findings = Diagnostics::new(source, items);
        assert_eq!(findings.items().len(), MAX_FINDINGS + 1);
        assert!(findings.has_errors());
        assert_eq!(findings.items()[MAX_FINDINGS].message, "there are 1 error and 2 warnings more");
    }
}
