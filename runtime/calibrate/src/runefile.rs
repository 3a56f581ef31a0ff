//! A Runefile with another model and other words, all else as it was.

use std::path::Path;

use runeblocks_core::Digest;
use runeblocks_graph::runefile::{self, ArgumentValue, Stage, StageKind};
use runeblocks_graph::{Argument, Span};

use crate::{CalibrateError, SpotterError};

/// What is to be another.
pub(crate) struct Changes<'a> {
    /// The stage of the model.
    pub model: &'a str,
    /// The stage that knows the words.
    pub label: &'a str,
    /// The new model's file, from the Runefile's folder.
    pub file: &'a Path,
    pub words: &'a [String],
    /// What the new model was trained on.
    pub front_end: Option<Digest>,
}

impl Changes<'_> {
    /// The text of a Runefile with the changes; a front end is told where one was.
    ///
    /// # Errors
    ///
    /// When there are no such stages, or the text does not come to say what it should.
    pub(crate) fn write(&self, text: &str) -> Result<String, CalibrateError> {
        let (model, label) = self.find(text).ok_or(SpotterError::NoWords)?;
        let StageKind::Model { file, front_end, .. } = &model.kind else { return Err(SpotterError::NoWords.into()) };
        let (_, place) = words(&label).ok_or(SpotterError::NoWords)?;
        let path = match &file.value {
            // As it was written, but for the last segment.
            ArgumentValue::Literal(path) => {
                let name = self.file.file_name().unwrap_or_default().to_string_lossy();
                match path.texts().as_str().and_then(|path| path.rsplit_once('/')) {
                    Some((folder, _)) => format!("{folder}/{name}"),
                    None => name.into_owned(),
                }
            }
            ArgumentValue::Resource(_) => self.file.to_string_lossy().into_owned(),
        };
        let quoted_words: Vec<_> = self.words.iter().map(|word| quoted(word)).collect();
        let mut edits = vec![(file.span, quoted(&path)), list(text, place, &quoted_words, self.words)];
        for shape in model.expect.iter().filter_map(|expected| expected.shape.as_ref()) {
            let axes = ["1".to_owned(), self.words.len().to_string()];
            edits.push(list(text, shape.span, &axes, &axes));
        }
        if let (Some(old), Some(new)) = (front_end, self.front_end) {
            edits.push((old.span, new.to_string()));
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut new = text.to_owned();
        for (span, written) in edits {
            // The text of a block scalar ends with its last line break.
            let end = span.start + new[span.start..span.end].trim_end().len();
            new.replace_range(span.start..end, &written);
        }
        let is_right = self.find(&new).is_some_and(|(model, label)| {
            let is_file = matches!(&model.kind, StageKind::Model { file, .. }
                if matches!(&file.value, ArgumentValue::Literal(literal) if *literal.texts() == path.as_str()));
            is_file && words(&label).is_some_and(|(words, _)| words == self.words)
        });
        if is_right { Ok(new) } else { Err(CalibrateError::Rewrite) }
    }

    /// The stages of the model and of the label, in a Runefile without errors.
    fn find(&self, text: &str) -> Option<(Stage, Stage)> {
        let parsed = runefile::parse("", text);
        let runefile = parsed.runefile.filter(|_| !parsed.diagnostics.has_errors())?;
        let stage = |name: &str| runefile.stages.iter().find(|stage| stage.name.value == name).cloned();
        Some((stage(self.model)?, stage(self.label)?))
    }
}

/// The words of a label, where they stand in the Runefile, and their place.
fn words(label: &Stage) -> Option<(Vec<String>, Span)> {
    let arg = label.args.iter().find(|arg| matches!(arg.name.value.as_str(), "wordlist" | "labels"))?;
    let words = match &arg.value.value {
        ArgumentValue::Literal(value) => {
            Argument { name: "wordlist", value: value.texts().clone(), is_given: true }.words()
        }
        ArgumentValue::Resource(_) => Vec::new(),
    };
    Some((words, arg.value.span))
}

/// Items as they are written at a place, and the place: a line each in a block scalar, where they stand as `plain`, and in a
/// list of lines; else a list in brackets.
fn list(text: &str, mut at: Span, items: &[String], plain: &[String]) -> (Span, String) {
    let before = &text[..at.start];
    let header = before.trim_end().trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    if header.ends_with(['|', '>']) {
        return (at, plain.join(&format!("\n{}", " ".repeat(at.column - 1))));
    }
    // The place of a list of lines begins at its first dash, or behind it.
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let dash = match line.trim() {
        "-" => Some(line.find('-').unwrap_or_default()),
        "" if text[at.start..].starts_with("- ") => Some(line.len()),
        _ => None,
    };
    match dash {
        Some(column) => {
            at.start -= line.len() - column;
            (at, format!("- {}", items.join(&format!("\n{}- ", " ".repeat(column)))))
        }
        None => (at, format!("[{}]", items.join(", "))),
    }
}

/// A text as YAML reads it, in quotes where it needs them.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_word = text.trim_start_matches("./").starts_with(char::is_alphabetic) && text.chars().all(plain);
    let means_else = matches!(
        text.to_ascii_lowercase().as_str(),
        "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "y" | "n"
    );
    if is_word && !means_else { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(text: &str, words: &[&str]) -> Result<String, CalibrateError> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let file = Path::new("deep/b.tflite");
        Changes { model: "net", label: "word", file, words: &words, front_end: Some(Digest([0x12; 32])) }.write(text)
    }

    #[test]
    fn only_the_model_and_the_words_change() {
        let text = "# Words.\nversion: 2\npipeline:\n  x: { input: sound, args: { sample_rate: 8000 } }\n  \
                    net: { model: deep/a.tflite, from: x, expect: [{ type: i8, shape: [1, 2] }] } # here\n  \
                    top: { block: most-confident-indices, from: net }\n  \
                    word: { block: label, from: top, args: { wordlist: [a, b] } }\noutputs: [word]\n";
        let new = rewrite(text, &["üles", "no", "a: b"]).unwrap();
        let expected = text.replace("deep/a.tflite", "deep/b.tflite").replace("[1, 2]", "[1, 3]");
        assert_eq!(new, expected.replace("[a, b]", "[üles, \"no\", \"a: b\"]"));
    }

    #[test]
    fn a_list_of_lines_stays_one() {
        let text = "version: 1\nimage: runicos/base\npipeline:\n  net:\n    model: ./a.tflite\n    inputs: [x]\n    outputs:\n    \
                    - { type: I8, dimensions: [1, 2] }\n  word:\n    proc-block: \"hotg#label\"\n    inputs: [net]\n    \
                    outputs:\n    - { type: UTF8, dimensions: [1] }\n    args:\n      wordlist: |\n        up\n        \
                    down\n  serial:\n    out: serial\n    inputs: [word]\n";
        let new = rewrite(text, &["silence", "up", "down"]).unwrap();
        assert!(new.contains("model: ./b.tflite\n") && new.contains("dimensions: [1, 3]"), "{new}");
        assert!(new.contains("wordlist: |\n        silence\n        up\n        down\n  serial:"), "{new}");
    }

    /// A Runefile whose model and words are written as given.
    fn runefile(model: &str, wordlist: &str) -> String {
        format!(
            "version: 2\nresources:\n  file: {{ path: deep/a.tflite }}\npipeline:\n  x: {{ input: sound, args: {{ sample_rate: 8000 }} }}\n  \
             net:\n    model: {model}\n    from: x\n    front_end: {}\n    expect:\n    - shape:\n      - 1\n      - 2\n  \
             top: {{ block: most-confident-indices, from: net }}\n  word:\n    block: label\n    from: top\n    args:\n      \
             wordlist:{wordlist}\noutputs: [word]\n",
            Digest([0xab; 32])
        )
    }

    #[test]
    fn a_list_with_a_dash_a_line_stays_one() {
        for indent in ["      ", "        "] {
            let old = runefile("deep/a.tflite", &format!("\n{indent}- a\n{indent}- \"b\""));
            let new = rewrite(&old, &["no", "b", "c"]).unwrap();
            let expected = runefile("deep/b.tflite", &format!("\n{indent}- \"no\"\n{indent}- b\n{indent}- c"))
                .replace("      - 1\n      - 2", "      - 1\n      - 3")
                .replace(&Digest([0xab; 32]).to_string(), &Digest([0x12; 32]).to_string());
            assert_eq!(new, expected);
        }
    }

    #[test]
    fn a_model_that_is_a_resource_is_written_as_its_path() {
        let new = rewrite(&runefile("$file", " [a, b]"), &["a", "c"]).unwrap();
        assert!(new.contains("model: deep/b.tflite\n") && new.contains("wordlist: [a, c]\n"), "{new}");
    }

    #[test]
    fn what_cannot_be_written_in_the_form_of_the_file_is_refused() {
        let lines = runefile("deep/a.tflite", " |\n        a\n        b");
        assert!(rewrite(&lines, &["a", "c"]).is_ok());
        let error = rewrite(&lines, &["a", "c\nd"]).unwrap_err().to_string();
        assert!(error.ends_with("write its words as a list in brackets"), "{error}");
        assert!(matches!(rewrite("version: 2\n", &["a"]), Err(CalibrateError::Spotter(SpotterError::NoWords))));
    }
}
