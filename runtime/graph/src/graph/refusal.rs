//! What blocks refuse, as findings: their arguments and what arrives at them.

use runeblocks_core::{BlockError, Descriptor, ElementType, Facts};

use super::infer::Arrival;
use super::proposal::Names;
use crate::conversion::Conversion;
use crate::diagnostic::Diagnostic;
use crate::runefile::Stage;
use crate::span::Spanned;

/// Where the argument at fault is written.
pub(super) fn argument_of<'s>(
    stage: &'s Stage,
    descriptor: &Descriptor,
    error: &BlockError,
) -> Option<&'s crate::runefile::Argument> {
    error.argument().and_then(|name| argument(stage, descriptor, name))
}

/// Where an argument is written, by its name or another name for it.
fn argument<'s>(stage: &'s Stage, descriptor: &Descriptor, name: &str) -> Option<&'s crate::runefile::Argument> {
    let aliases = descriptor.args().iter().find(|spec| spec.name == name).map_or(&[][..], |spec| spec.aliases);
    stage.args.iter().find(|a| a.name.value == name || aliases.contains(&a.name.value.as_str()))
}

/// What a block says of an argument.
pub(super) fn argument_error(
    stage: &Stage,
    name: &Spanned<String>,
    descriptor: &Descriptor,
    error: &BlockError,
) -> Diagnostic {
    let block = descriptor.name();
    let written = argument_of(stage, descriptor, error);
    let diagnostic = match error {
        BlockError::UnknownArgument { name: arg, .. } => {
            let span = written.map_or(name.span, |a| a.name.span);
            Diagnostic::error("unknown-argument", span, format!("the block `{block}` has no argument `{arg}`"))
        }
        BlockError::MissingArgument { name: arg, expected } => Diagnostic::error(
            "missing-argument",
            name.span,
            format!("the block `{block}` needs the argument `{arg}`: expected {expected}"),
        )
        .help(format!("add `{arg}: …` to the `args` of `{}`", stage.name.value)),
        BlockError::Argument { .. } => {
            let span = written.map_or(name.span, |a| a.value.span);
            let diagnostic = Diagnostic::error("argument", span, error.to_string());
            if written.is_some() {
                diagnostic.label(name.span, format!("an argument of `{block}`"))
            } else {
                diagnostic
            }
        }
        _ => Diagnostic::error("block", name.span, format!("the block `{block}` cannot be made: {error}")),
    };
    match error.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What a block says of what arrives, or of an argument that does not suit it.
pub(super) fn infer_error(
    stage: &Stage,
    name: &Spanned<String>,
    descriptor: &Descriptor,
    arrivals: &[Arrival<'_>],
    error: &BlockError,
    names: &mut Names,
) -> Diagnostic {
    let block = descriptor.name();
    let Some((index, arrival)) = error.input().and_then(|i| Some((i, arrivals.get(i)?))) else {
        let mut diagnostic = match error.argument() {
            Some(_) => argument_error(stage, name, descriptor, error),
            None => {
                let message = format!("the block `{block}` cannot take its input: {error}");
                let diagnostic = Diagnostic::error("block", name.span, message);
                match error.help() {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                }
            }
        };
        for arrival in arrivals {
            diagnostic = diagnostic.label(arrival.span, format!("`{}` gives {}", arrival.from.value, arrival.facts));
        }
        return diagnostic;
    };
    let port = descriptor.inputs().nth(index).map(|(_, of)| of);
    let code = match port {
        Some(of) if !of.types.contains(&arrival.facts.element_type) => "type-mismatch",
        Some(of) if of.rank.is_some_and(|rank| arrival.facts.shape.squeeze_to(rank).axes().len() != rank) => {
            "shape-mismatch"
        }
        _ => "input",
    };
    let expected = match error {
        BlockError::Input { expected, .. } => format!("`{block}` expects {expected}"),
        _ => format!("`{block}` refuses it"),
    };
    let diagnostic = Diagnostic::error(code, arrival.span, format!("stage `{}`: {error}", stage.name.value))
        .at(format!("found {}", arrival.facts))
        .label(arrival.from.span, "it comes from here")
        .label(name.span, expected);
    if code == "type-mismatch"
        && arrival.facts.integer_quantization().is_some()
        && port.is_some_and(|of| of.types.contains(&ElementType::F32))
        && let Some(conversion) = Conversion::between(&arrival.facts, &Facts::of::<f32>([0]), None)
    {
        return names.propose(&conversion, arrival, stage).into_iter().fold(diagnostic, Diagnostic::help);
    }
    match (error.help(), code) {
        (Some(help), _) => diagnostic.help(help),
        (None, "type-mismatch") => diagnostic
            .help(format!("put a block between the two that makes the type `{block}` takes, or read another stage")),
        (None, _) => diagnostic.help("read another stage, or change the arguments of the two"),
    }
}
