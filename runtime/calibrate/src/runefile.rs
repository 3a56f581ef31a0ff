//! A Runefile with another model and other words, all else as it was.

use runeblocks_graph::Span;
use runeblocks_graph::runefile::{self, ArgumentValue, Runefile, StageKind};

/// The text of a Runefile in which the stage `model` runs the file of that name in the same folder, and the stage `label`
/// has these words. `None` where there are no such stages.
pub(crate) fn rewrite(text: &str, model: &str, label: &str, file_name: &str, words: &[String]) -> Option<String> {
    let Runefile { stages, .. } = runefile::parse("", text).runefile?;
    let stage = |name: &str| stages.iter().find(|stage| stage.name.value == name);
    let (model, label) = (stage(model)?, stage(label)?);
    let StageKind::Model { file, .. } = &model.kind else { return None };
    let folder = match &file.value {
        ArgumentValue::Literal(path) => path.as_str()?.rsplit_once('/').map(|(folder, _)| folder),
        ArgumentValue::Resource(_) => None,
    };
    let path = folder.map_or_else(|| file_name.to_owned(), |folder| format!("{folder}/{file_name}"));
    let mut edits: Vec<(Span, String)> = vec![(file.span, quoted(&path))];
    let words_arg = label.args.iter().find(|arg| matches!(arg.name.value.as_str(), "wordlist" | "labels"))?;
    edits.push((words_arg.value.span, list(text, words_arg.value.span, words)));
    for expected in &model.expect {
        if let Some(shape) = &expected.shape {
            edits.push((shape.span, format!("[1, {}]", words.len())));
        }
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = text.to_owned();
    for (span, new) in edits {
        // The text of a block scalar ends with its last line break.
        let end = span.start + text[span.start..span.end].trim_end().len();
        text.replace_range(span.start..end, &new);
    }
    Some(text)
}

/// Words as they are written at a place: a line each in a block scalar, else a list.
fn list(text: &str, at: Span, words: &[String]) -> String {
    let header = text[..at.start].trim_end().trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    if header.ends_with(['|', '>']) {
        return words.join(&format!("\n{}", " ".repeat(at.column - 1)));
    }
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
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

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn only_the_model_and_the_words_change() {
        let text = "# Words.\nversion: 2\npipeline:\n  x: { input: sound, args: { sample_rate: 8000 } }\n  \
                    net: { model: deep/a.tflite, from: x, expect: [{ type: i8, shape: [1, 2] }] } # here\n  \
                    top: { block: most-confident-indices, from: net }\n  \
                    word: { block: label, from: top, args: { wordlist: [a, b] } }\noutputs: [word]\n";
        let new = rewrite(text, "net", "word", "b.tflite", &words(&["üles", "no", "a: b"])).unwrap();
        let expected = text.replace("deep/a.tflite", "deep/b.tflite").replace("[1, 2]", "[1, 3]");
        assert_eq!(new, expected.replace("[a, b]", "[üles, \"no\", \"a: b\"]"));
    }

    #[test]
    fn a_list_of_lines_stays_one() {
        let text = "version: 1\nimage: runicos/base\npipeline:\n  net:\n    model: ./a.tflite\n    inputs: [x]\n    outputs:\n    \
                    - { type: I8, dimensions: [1, 2] }\n  word:\n    proc-block: \"hotg#label\"\n    inputs: [net]\n    \
                    outputs:\n    - { type: UTF8, dimensions: [1] }\n    args:\n      wordlist: |\n        up\n        \
                    down\n  serial:\n    out: serial\n    inputs: [word]\n";
        let new = rewrite(text, "net", "word", "b.tflite", &words(&["silence", "up", "down"])).unwrap();
        assert!(new.contains("model: ./b.tflite\n") && new.contains("dimensions: [1, 3]"), "{new}");
        assert!(new.contains("wordlist: |\n        silence\n        up\n        down\n  serial:"), "{new}");
    }
}
