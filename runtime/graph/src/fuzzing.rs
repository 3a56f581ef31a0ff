//! Bodies of fuzz targets: they must hold for every input.

use crate::runefile;

/// Reads a Runefile and writes out what was found.
///
/// # Panics
///
/// When a finding points outside the text or an unreadable Runefile has no finding: an error of this crate.
pub fn runefile(text: &str) {
    let parsed = runefile::parse("Runefile.yml", text);
    for finding in parsed.diagnostics.items() {
        for label in &finding.labels {
            assert!(text.get(label.span.start..label.span.end).is_some(), "{finding:?} points outside the text");
            assert!(label.span.line > 0 && label.span.column > 0, "{finding:?} has no place");
        }
    }
    assert!(parsed.runefile.is_some() || parsed.diagnostics.has_errors(), "an unreadable Runefile without an error");
    assert_eq!(parsed.diagnostics.to_string().is_empty(), parsed.diagnostics.is_empty());
    assert_eq!(parsed.diagnostics.to_json().as_array().map(Vec::len), Some(parsed.diagnostics.items().len()));
}
