//! Version 1, as HOTG's Rune read it.

use super::fields::{Reader, get};
use super::source::{self, SourceKind};
use super::{Output, Runefile, Stage, StageKind, Version, resource};
use crate::diagnostic::{Diagnostic, list};
use crate::span::{Span, Spanned};
use crate::yaml::{Entry, Node};

const TOP: &[&str] = &["version", "image", "pipeline", "resources"];
const KINDS: &[&str] = &["capability", "proc-block", "model", "out"];
const COMMON: &[&str] = &["inputs", "outputs", "args"];
const KEYS: resource::Keys = resource::Keys { inline: "inline", typed: true };

pub(super) fn read(entries: &[Entry], reader: &mut Reader<'_>) -> Option<Runefile> {
    let mut runefile =
        Runefile { version: Version::V1, stages: Vec::new(), outputs: Vec::new(), resources: Vec::new() };
    for entry in entries {
        match entry.key.value.as_str() {
            "version" | "image" => {}
            "pipeline" => {
                for entry in reader.mapping(&entry.value, "`pipeline`").unwrap_or_default() {
                    stage(entry, &mut runefile, reader);
                }
            }
            "resources" => runefile.resources = resource::read(&entry.value, &KEYS, reader),
            _ => reader.unknown_key(entry, "a Runefile of version 1", TOP),
        }
    }
    Some(runefile)
}

/// The block of `hotg-ai/proc-blocks@v0.11.3#most_confident_indices`: the last segment, in kebab-case.
fn block_name(path: &str) -> String {
    path.rsplit(['#', '/']).next().unwrap_or(path).replace('_', "-")
}

/// The span of the block's name inside its path, where the path is written in one piece.
fn block_span(path: &Spanned<String>) -> Span {
    let name = path.value.rsplit(['#', '/']).next().unwrap_or_default().len();
    let quotes = (path.span.end - path.span.start).saturating_sub(path.value.len());
    let skipped = path.value.len() - name;
    if quotes > 2 || !path.value.is_ascii() {
        return path.span;
    }
    let start = path.span.start + quotes / 2 + skipped;
    Span { start, end: start + name, line: path.span.line, column: path.span.column + quotes / 2 + skipped }
}

fn stage(entry: &Entry, runefile: &mut Runefile, reader: &mut Reader<'_>) {
    let mut stage = Stage::new(&entry.key);
    reader.check_name(&entry.key, "a stage");
    let Some(fields) = reader.mapping(&entry.value, "a stage") else {
        runefile.stages.push(stage);
        return;
    };
    let kinds: Vec<&Entry> = fields.iter().filter(|f| KINDS.contains(&f.key.value.as_str())).collect();
    for field in fields {
        let key = field.key.value.as_str();
        if !KINDS.contains(&key) && !COMMON.contains(&key) {
            reader.unknown_key(field, "a stage of version 1", &[KINDS, COMMON].concat());
        }
    }
    if let Some(outputs) = get(fields, "outputs") {
        stage.expect = reader.expected(outputs, "`outputs`", "dimensions", false);
    }
    if let Some(args) = get(fields, "args") {
        stage.args = reader.arguments(args);
    }
    if let Some(inputs) = get(fields, "inputs") {
        stage.inputs_span = inputs.span;
        match reader.references(inputs, "an input", false) {
            Some(references) => stage.inputs = references,
            None => {
                runefile.stages.push(stage);
                return;
            }
        }
    }
    let [kind] = kinds[..] else {
        reader.push(kind_count(&entry.key, &kinds));
        runefile.stages.push(stage);
        return;
    };
    stage.kind = match kind.key.value.as_str() {
        "capability" => capability(&kind.value, &mut stage, reader),
        "proc-block" => reader
            .string(&kind.value, "the block")
            .map(|path| StageKind::Block { name: Spanned::new(block_name(&path.value), block_span(&path)) }),
        "model" => model(&kind.value, reader),
        _ => {
            out(&kind.value, stage, runefile, reader);
            return;
        }
    }
    .unwrap_or(StageKind::Invalid);
    if matches!(stage.kind, StageKind::Source(_)) {
        stage.args.clear();
    }
    runefile.stages.push(stage);
}

fn kind_count(name: &Spanned<String>, kinds: &[&Entry]) -> Diagnostic {
    let help = format!("a stage has exactly one of {}", list(KINDS));
    let [first, second, ..] = kinds else {
        return Diagnostic::error("stage-kind", name.span, format!("nothing says what the stage `{}` is", name.value))
            .help(help);
    };
    let message = format!("the stage `{}` is two things: `{}` and `{}`", name.value, first.key.value, second.key.value);
    Diagnostic::error("stage-kind", second.key.span, message)
        .at("second here")
        .label(first.key.span, "first here")
        .help(help)
}

fn capability(node: &Node, stage: &mut Stage, reader: &mut Reader<'_>) -> Option<StageKind> {
    let name = reader.string(node, "the capability")?;
    let kind = SourceKind::read(&name, Version::V1, reader)?;
    let kind = Spanned::new(kind, node.span);
    Some(StageKind::Source(source::read(kind, &stage.args, &stage.expect, Version::V1, reader)))
}

fn model(node: &Node, reader: &mut Reader<'_>) -> Option<StageKind> {
    reader.string(node, "the model")?;
    let file = reader.argument_value(node);
    Some(StageKind::Model { file, front_end: None, backend: None })
}

fn out(node: &Node, stage: Stage, runefile: &mut Runefile, reader: &mut Reader<'_>) {
    if let Some(sink) = reader.string(node, "`out`")
        && !sink.value.eq_ignore_ascii_case("serial")
    {
        reader.push(
            Diagnostic::error("unknown-sink", sink.span, format!("there is no output `{}`", sink.value))
                .help("write `out: serial`"),
        );
    }
    if stage.inputs.is_empty() {
        reader.push(
            Diagnostic::error(
                "missing-input",
                stage.name.span,
                format!("the stage `{}` has nothing to put out", stage.name.value),
            )
            .help("name the stages under `inputs:`"),
        );
    }
    for port in stage.inputs {
        runefile.outputs.push(Output { port, sink: Some(stage.name.clone()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_names_the_block() {
        assert_eq!(block_name("hotg-ai/proc-blocks@v0.11.3#most_confident_indices"), "most-confident-indices");
        assert_eq!(block_name("hotg-ai/rune#proc_blocks/noise-filtering"), "noise-filtering");
        assert_eq!(block_name("fft"), "fft");
    }

    #[test]
    fn the_span_is_that_of_the_name() {
        let text = "x: \"a/b#fft\"";
        let path = Spanned::new("a/b#fft".into(), Span { start: 3, end: 12, line: 1, column: 4 });
        let span = block_span(&path);
        assert_eq!((&text[span.start..span.end], span.column), ("fft", 9));
    }
}
