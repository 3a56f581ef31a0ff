//! References from one stage to a port of another.

use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};

/// A reference to an output of a stage: `stage`, `stage.1` or `stage.port-name`.
#[derive(Clone, Debug, PartialEq)]
pub struct PortRef {
    /// The reference as it is written.
    pub text: String,
    /// Where it is written.
    pub span: Span,
    /// The stage.
    pub stage: String,
    /// Which of its outputs.
    pub port: Port,
}

/// One of the outputs of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// The first, none being named.
    First,
    /// By its place, from 0.
    Index(usize),
    /// By its name.
    Name(String),
}

/// Whether a text is a name: a letter or `_`, then letters, digits, `_` and `-`.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Reads a reference; names of ports are read where `by_name` says so.
pub(super) fn parse(text: &Spanned<String>, by_name: bool) -> Result<PortRef, Diagnostic> {
    let error = |found: &str| {
        let forms = if by_name { "`stage`, `stage.1` or `stage.port-name`" } else { "`stage` or `stage.1`" };
        Diagnostic::error("reference", text.span, format!("`{}` is not a reference to a stage: {found}", text.value))
            .help(format!("write {forms}; a name has letters, digits, `_` and `-`, and starts with a letter or `_`"))
    };
    let (stage, port) = match text.value.split_once('.') {
        None => (text.value.as_str(), Port::First),
        Some((stage, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            let index = port.parse().map_err(|_| error(&format!("no stage has an output {port}")))?;
            (stage, Port::Index(index))
        }
        Some((stage, port)) if by_name && is_name(port) => (stage, Port::Name(port.into())),
        Some((_, port)) => return Err(error(&format!("`{port}` after the dot is not an output"))),
    };
    if !is_name(stage) {
        return Err(error(&format!("`{stage}` is not a name")));
    }
    Ok(PortRef { text: text.value.clone(), span: text.span, stage: stage.into(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(text: &str, by_name: bool) -> Option<(String, Port)> {
        let text = Spanned::new(text.to_owned(), Span::default());
        parse(&text, by_name).ok().map(|r| (r.stage, r.port))
    }

    #[test]
    fn reads_stages_and_ports() {
        assert_eq!(port("fft", false), Some(("fft".into(), Port::First)));
        assert_eq!(port("_a-b.12", false), Some(("_a-b".into(), Port::Index(12))));
        assert_eq!(port("fft.spectrum", true), Some(("fft".into(), Port::Name("spectrum".into()))));
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", ".", "fft.", ".0", "1fft", "a.b.c", "a b", "é", "fft.99999999999999999999999", "fft.-1"] {
            assert_eq!(port(text, true), None, "{text}");
        }
        assert_eq!(port("fft.spectrum", false), None);
    }
}
