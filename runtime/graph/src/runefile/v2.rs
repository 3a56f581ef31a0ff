//! Version 2: the present form. Its keys are told once, here, for the reader and for the JSON Schema.

use super::fields::{Reader, get};
use super::source::{self, SourceKind};
use super::{Output, Runefile, Stage, StageKind, Version, resource};
use crate::diagnostic::{Diagnostic, did_you_mean, list};
use crate::span::Spanned;
use crate::yaml::{Entry, Node, Value};

/// A key and what it means.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) required: bool,
}

const fn required(name: &'static str, doc: &'static str) -> Key {
    Key { name, doc, required: true }
}

const fn optional(name: &'static str, doc: &'static str) -> Key {
    Key { name, doc, required: false }
}

pub(super) const TOP: &[Key] = &[
    required("version", "The form of this file: 2."),
    optional("resources", "Texts and files that arguments and models can name as `$name`."),
    required("pipeline", "The stages by their names, in any order."),
    required("outputs", "What the pipeline gives: `stage`, `stage.1` or `stage.port-name`."),
];

const EXPECT: Key =
    optional("expect", "What is said of the outputs, in their order; checked against what is inferred.");
const FROM: Key =
    required("from", "Where the inputs come from: `stage`, `stage.1`, `stage.port-name`, or a list of them.");

pub(super) const INPUT: &[Key] = &[
    required("input", "The kind of data that comes in here."),
    optional("args", "What is known of the data."),
    EXPECT,
];
pub(super) const BLOCK: &[Key] =
    &[required("block", "The name of the proc block."), FROM, optional("args", "The block's arguments."), EXPECT];
pub(super) const MODEL: &[Key] = &[
    required("model", "The model's file, relative to this file's folder, or a resource `$name`."),
    FROM,
    optional("front_end", "The digest of the front end that the model was trained on; another one is refused."),
    optional("backend", "What runs the model; left out, the first that can."),
    EXPECT,
];

/// The kinds of stages: the key that tells the kind, and all keys.
pub(super) const KINDS: [(&str, &[Key]); 3] = [("input", INPUT), ("block", BLOCK), ("model", MODEL)];

pub(super) const TEXT_RESOURCE: Key = required("text", "The text itself.");
pub(super) const PATH_RESOURCE: Key = required("path", "A file, relative to this file's folder.");

/// What version 1 calls the keys of version 2.
const RENAMED: &[(&str, &str)] = &[
    ("proc-block", "block"),
    ("proc_block", "block"),
    ("capability", "input"),
    ("inputs", "from"),
    ("out", "outputs` at the top of the file; write `outputs: [stage]"),
    ("outputs", "expect"),
    ("image", "nothing: leave it out"),
];

fn names(keys: &'static [Key]) -> impl Iterator<Item = &'static str> + Clone {
    keys.iter().map(|k| k.name)
}

fn check_keys(entries: &[Entry], of: &str, known: &'static [Key], reader: &mut Reader<'_>) -> bool {
    let mut good = true;
    for entry in entries {
        let name = entry.key.value.as_str();
        if known.iter().any(|k| k.name == name) {
            continue;
        }
        good = false;
        let mut diagnostic = Diagnostic::error("unknown-key", entry.key.span, format!("{of} has no key `{name}`"));
        match RENAMED.iter().find(|(old, _)| *old == name) {
            Some((_, new)) if new.starts_with("nothing") => {
                diagnostic.help.push("version 2 has no need of it: leave it out".into());
            }
            Some((_, new)) => diagnostic.help.push(format!("version 2 calls it `{new}`")),
            None => diagnostic.help.extend(did_you_mean(name, names(known))),
        }
        reader.push(diagnostic.help(format!("the keys are {}", list(names(known)))));
    }
    good
}

pub(super) fn read(entries: &[Entry], reader: &mut Reader<'_>) -> Option<Runefile> {
    let mut runefile =
        Runefile { version: Version::V2, stages: Vec::new(), outputs: Vec::new(), resources: Vec::new() };
    let good = check_keys(entries, "a Runefile", TOP, reader);
    if let Some(resources) = get(entries, "resources") {
        let keys = resource::Keys { inline: TEXT_RESOURCE.name, typed: false };
        runefile.resources = resource::read(resources, &keys, reader);
    }
    if let Some(pipeline) = get(entries, "pipeline") {
        for entry in reader.mapping(pipeline, "`pipeline`").unwrap_or_default() {
            let stage = stage(entry, reader);
            runefile.stages.push(stage);
        }
    }
    if let Some(outputs) = get(entries, "outputs") {
        let ports = reader.references(outputs, "an output", true).unwrap_or_default();
        runefile.outputs = ports.into_iter().map(|port| Output { port, sink: None }).collect();
    }
    let version = entries.iter().find(|e| e.key.value == "version");
    for missing in TOP.iter().filter(|k| k.required && good && get(entries, k.name).is_none()) {
        if let Some(version) = version {
            reader.push(
                Diagnostic::error("missing-key", version.key.span, format!("this Runefile has no `{}`", missing.name))
                    .help(format!("add `{}:`. {}", missing.name, missing.doc)),
            );
        }
    }
    Some(runefile)
}

fn stage(entry: &Entry, reader: &mut Reader<'_>) -> Stage {
    let mut stage = Stage::new(&entry.key);
    reader.check_name(&entry.key, "a stage");
    let Some(fields) = reader.mapping(&entry.value, "a stage") else { return stage };
    let kinds: Vec<_> = fields
        .iter()
        .filter_map(|f| KINDS.iter().find(|(key, _)| *key == f.key.value).map(|(_, keys)| (f, *keys)))
        .collect();
    let [(kind, keys)] = kinds[..] else {
        reader.push(kind_count(entry, fields, &kinds));
        return stage;
    };
    let good = check_keys(fields, &format!("a stage with `{}`", kind.key.value), keys, reader);
    if let Some(from) = get(fields, "from") {
        stage.inputs_span = from.span;
        match reader.references(from, "`from`", true) {
            Some(references) => stage.inputs = references,
            None => return stage,
        }
    } else if names(keys).any(|k| k == "from") {
        // It may stand under a misspelt key, which is reported.
        if !good {
            return stage;
        }
        reader.push(
            Diagnostic::error(
                "missing-input",
                entry.key.span,
                format!("nothing says where the inputs of `{}` come from", entry.key.value),
            )
            .help("add `from:` with the name of a stage"),
        );
        return stage;
    }
    if let Some(args) = get(fields, "args") {
        stage.args = reader.arguments(args);
    }
    if let Some(expect) = get(fields, "expect") {
        stage.expect = reader.expected(expect, "`expect`", "shape", true);
    }
    let kind = match kind.key.value.as_str() {
        "input" => input(&kind.value, &mut stage, reader),
        "block" => block(&kind.value, reader),
        _ => model(&kind.value, fields, reader),
    };
    stage.kind = kind.unwrap_or(StageKind::Invalid);
    stage
}

fn kind_count(entry: &Entry, fields: &[Entry], kinds: &[(&Entry, &'static [Key])]) -> Diagnostic {
    let name = &entry.key.value;
    let help = format!("a stage has exactly one of {}", list(KINDS.map(|(key, _)| key)));
    if let [(first, _), (second, _), ..] = kinds {
        let (a, b) = (&first.key.value, &second.key.value);
        return Diagnostic::error(
            "stage-kind",
            second.key.span,
            format!("the stage `{name}` is two things: `{a}` and `{b}`"),
        )
        .at("second here")
        .label(first.key.span, "first here")
        .help(help);
    }
    let mut diagnostic =
        Diagnostic::error("stage-kind", entry.key.span, format!("nothing says what the stage `{name}` is"));
    for field in fields {
        let key = field.key.value.as_str();
        let renamed = RENAMED.iter().take(3).find(|(old, _)| *old == key).map(|(_, new)| *new);
        let meant = renamed.or_else(|| runeblocks_core::nearest(key, KINDS.map(|(kind, _)| kind)));
        if let Some(meant) = meant {
            diagnostic = diagnostic.label(field.key.span, format!("did you mean `{meant}`?"));
            break;
        }
    }
    diagnostic.help(help)
}

fn input(node: &Node, stage: &mut Stage, reader: &mut Reader<'_>) -> Option<StageKind> {
    let name = reader.string(node, "the kind of input")?;
    let kind = Spanned::new(SourceKind::read(&name, Version::V2, reader)?, node.span);
    let args = std::mem::take(&mut stage.args);
    Some(StageKind::Source(source::read(kind, &args, &stage.expect, Version::V2, reader)))
}

fn block(node: &Node, reader: &mut Reader<'_>) -> Option<StageKind> {
    let name = reader.string(node, "the block")?;
    Some(StageKind::Block { name })
}

fn model(node: &Node, fields: &[Entry], reader: &mut Reader<'_>) -> Option<StageKind> {
    reader.string(node, "the model")?;
    let file = reader.argument_value(node);
    let backend = match get(fields, "backend") {
        Some(node) => Some(reader.string(node, "the backend")?),
        None => None,
    };
    let mut digest = None;
    if let Some(node) = get(fields, "front_end") {
        let text = match &node.value {
            Value::Scalar(scalar) => scalar.text.clone(),
            _ => node.describe(),
        };
        match text.parse() {
            Ok(value) => digest = Some(Spanned::new(value, node.span)),
            Err(error) => {
                reader.push(
                    Diagnostic::error("front-end", node.span, format!("{error}"))
                        .help("copy the digest from the model's card, or leave `front_end` out"),
                );
            }
        }
    }
    Some(StageKind::Model { file, front_end: digest, backend })
}
