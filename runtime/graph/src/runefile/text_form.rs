//! The text form that came before YAML (`FROM`, `CAPABILITY`, `RUN`): recognised, and refused with its translation.

use crate::diagnostic::Diagnostic;
use crate::span::Locator;

const INSTRUCTIONS: &[&str] = &["FROM", "CAPABILITY", "PROC_BLOCK", "MODEL", "OUT", "RUN"];

/// The finding for a text of the old form; `None` for any other text.
pub(super) fn refuse(text: &str) -> Option<Diagnostic> {
    let first = text.lines().find(|line| is_code(line))?;
    instruction(first)?;
    let start = first.as_ptr() as usize - text.as_ptr() as usize;
    let span = Locator::new(text).span(start, start + first.len());
    let mut diagnostic =
        Diagnostic::error("text-form", span, "this is the old text form of a Runefile, which is not read any more")
            .at("an instruction in place of YAML")
            .help("write it in YAML, with a stage for each instruction");
    if text.len() <= 8192 {
        diagnostic = diagnostic
            .help(format!("the stages of this file in the present form, to be completed:\n{}", translate(text)));
    }
    Some(diagnostic)
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// The instruction of a line and the words after it; a type in angle brackets is skipped.
fn instruction(line: &str) -> Option<(&'static str, Vec<&str>)> {
    let line = line.trim();
    let name = INSTRUCTIONS.iter().find(|name| line.starts_with(**name))?;
    let rest = &line[name.len()..];
    let rest = match rest.strip_prefix('<') {
        Some(types) => types.split_once('>')?.1,
        None => rest,
    };
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    Some((name, rest.split_whitespace().collect()))
}

/// The options of an instruction: `--name value` or `--name=value`.
fn options<'t>(words: &[&'t str]) -> Vec<(&'t str, &'t str)> {
    let mut options = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--") else { continue };
        match option.split_once('=') {
            Some(pair) => options.push(pair),
            None => {
                let value = words.next_if(|next| !next.starts_with("--"));
                options.push((option, value.copied().unwrap_or("true")));
            }
        }
    }
    options
}

fn translate(text: &str) -> String {
    let lines: Vec<_> = text.lines().filter(|l| is_code(l)).filter_map(instruction).collect();
    let order: Vec<&str> = lines.iter().filter(|(name, _)| *name == "RUN").flat_map(|(_, w)| w.clone()).collect();
    let before = |name: &str| {
        let at = order.iter().position(|n| *n == name).filter(|at| *at > 0)?;
        order.get(at - 1).copied()
    };
    let mut yaml = String::from("version: 2\npipeline:\n");
    let mut outputs = Vec::new();
    for (name, words) in &lines {
        let [first, rest @ ..] = words.as_slice() else { continue };
        let from = before(first).unwrap_or("STAGE");
        match *name {
            "CAPABILITY" => {
                let kind = rest.first().map(|k| k.to_lowercase()).unwrap_or_default();
                let kind = match kind.as_str() {
                    "accel" => "accelerometer",
                    "rand" => "random",
                    other => other,
                };
                let args: Vec<_> = options(rest)
                    .into_iter()
                    .map(|(option, value)| match option {
                        "hz" => format!("sample_rate: {value}"),
                        "sample-duration-ms" => format!("duration_ms: {value}"),
                        "n" => format!("samples: {value}"),
                        _ => format!("{}: {value}", option.replace('-', "_")),
                    })
                    .collect();
                yaml += &format!("  {first}: {{ input: {kind}{} }}\n", braces(&args));
            }
            "PROC_BLOCK" => {
                let path = rest.first().copied().unwrap_or_default();
                let block = path.rsplit(['#', '/']).next().unwrap_or(path).replace('_', "-");
                let args: Vec<_> = options(rest)
                    .into_iter()
                    .map(|(option, value)| {
                        let list = value.contains(',').then(|| format!("[{}]", value.replace(',', ", ")));
                        format!("{}: {}", option.replace('-', "_"), list.as_deref().unwrap_or(value))
                    })
                    .collect();
                yaml += &format!("  {first}: {{ block: {block}, from: {from}{} }}\n", braces(&args));
            }
            "MODEL" => {
                let file = rest.first().copied().unwrap_or_default();
                yaml += &format!("  {first}: {{ model: {file}, from: {from} }}\n");
            }
            "OUT" => outputs.extend(before(&first.to_lowercase()).or(before(first))),
            _ => {}
        }
    }
    yaml + &format!("outputs: [{}]", outputs.join(", "))
}

fn braces(args: &[String]) -> String {
    if args.is_empty() { String::new() } else { format!(", args: {{ {} }}", args.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "\
# spotter
FROM runicos/base
CAPABILITY<I16[16000]> audio SOUND --hz 16000 --sample-duration-ms 1000
PROC_BLOCK<I16[16000],I8[1960]> fft hotg-ai/rune#proc_blocks/fft
MODEL<I8[1960],I8[6]> model ./model.tflite
PROC_BLOCK<I8[6], UTF8> label hotg-ai/rune#proc_blocks/label --labels=up,down
OUT serial
RUN audio fft model label serial";

    #[test]
    fn the_old_form_is_translated() {
        let diagnostic = refuse(OLD).unwrap();
        assert_eq!((diagnostic.labels[0].span.line, diagnostic.code), (2, "text-form"));
        let expected = "\
version: 2
pipeline:
  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 1000 } }
  fft: { block: fft, from: audio }
  model: { model: ./model.tflite, from: fft }
  label: { block: label, from: model, args: { labels: [up, down] } }
outputs: [label]";
        assert!(diagnostic.help[1].ends_with(expected), "{}", diagnostic.help[1]);
        assert!(super::super::read(expected, &mut Vec::new()).is_some());
    }

    #[test]
    fn yaml_is_not_taken_for_it() {
        for text in ["version: 1\nFROM: x", "FROM: x", "MODEL", "RUNE a", "", "MODEL<x y"] {
            assert_eq!(refuse(text), None, "{text}");
        }
    }
}
