//! Stages that are proposed where an edge does not fit, as text that can be pasted.

use std::collections::HashSet;

use runeblocks_core::{ArgKind, ElementType, Facts};

use super::infer::Arrival;
use crate::conversion::{Conversion, NEARLY, Step, about, greatest_of, out_type_name};
use crate::diagnostic::{Diagnostic, list};
use crate::runefile::{Runefile, Stage, Version};

/// Names that no proposed stage may have: those of the Runefile, and of the stages that were proposed before.
pub(super) struct Names {
    version: Version,
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn new(runefile: &Runefile) -> Self {
        let taken = runefile.stages.iter().map(|stage| stage.name.value.clone()).collect();
        Names { version: runefile.version, taken }
    }

    /// The word itself, or with the first number that makes it a new one.
    fn free(&mut self, word: &str) -> String {
        let numbered = (2..).map(|n| format!("{word}{n}"));
        let name = std::iter::once(word.to_owned()).chain(numbered).find(|name| !self.taken.contains(name));
        let name = name.unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }

    /// What to do so that a stage gets what it takes in the place of what arrives.
    pub(super) fn propose(&mut self, conversion: &Conversion, arrival: &Arrival<'_>, stage: &Stage) -> Vec<String> {
        let mut help = Vec::new();
        match conversion.steps[..] {
            [step @ Step::Quantize { .. }] if arrival.block.is_some_and(|block| block.name() == step.block()) => {
                help.push(format!("give `{}` what the model has: `args: {}`", arrival.from.value, mapping(step)));
            }
            _ => help.push(self.stages(&conversion.steps, arrival, stage)),
        }
        help.extend(conversion.premise.clone());
        help
    }

    /// A warning where `quantize` cuts numbers that are known to arrive.
    pub(super) fn cut(&mut self, stage: &Stage, arrival: &Arrival<'_>, made: &Facts) -> Option<Diagnostic> {
        let found = &arrival.facts;
        let greatest =
            arrival.greatest().or(greatest_of(found.element_type)).filter(|_| found.quantization.is_none())?;
        let high = made.quantization?.real(made.element_type.bounds()?.1);
        let Conversion { steps, premise } = Conversion::between(found, made, arrival.greatest())?;
        let ([rescale @ Step::Rescale { .. }, ..], true) = (&steps[..], high < NEARLY * greatest) else { return None };
        let name = &stage.name.value;
        let message =
            format!("stage `{name}`: numbers up to {greatest} arrive, and those above {} are cut", about(high));
        let diagnostic = Diagnostic::warning("cut", arrival.span, message)
            .at(format!("found {found}"))
            .help(self.stages(&[*rescale], arrival, stage));
        Some(premise.into_iter().fold(diagnostic, Diagnostic::help))
    }

    fn stages(&mut self, steps: &[Step], arrival: &Arrival<'_>, stage: &Stage) -> String {
        let mut from = arrival.reference.to_owned();
        let mut added = Vec::new();
        for step in steps {
            let word = match step {
                Step::Quantize { .. } => "quantized",
                Step::Dequantize => "dequantized",
                Step::Rescale { .. } => "rescaled",
            };
            let name = self.free(word);
            let args = if step.args().is_empty() { String::new() } else { format!(", args: {}", mapping(*step)) };
            added.push(match self.version {
                Version::V1 => format!("{name}: {{ proc-block: {}, inputs: [{from}]{args} }}", step.block()),
                Version::V2 => format!("{name}: {{ block: {}, from: {from}{args} }}", step.block()),
            });
            from = name;
        }
        let read = match (self.version, stage.inputs.len()) {
            (Version::V1, 1) => format!("read `inputs: [{from}]`"),
            (Version::V2, 1) => format!("read `from: {from}`"),
            _ => format!("read `{from}` in the place of `{}`", arrival.reference),
        };
        format!("add {} and {read}", list(added))
    }
}

/// How the stage that something comes from gives another type by itself, where it can.
pub(super) fn other_out_type(arrival: &Arrival<'_>, wanted: ElementType) -> Option<String> {
    let name = out_type_name(wanted)?;
    let offers = |kind| matches!(kind, ArgKind::Choice(names) if names.contains(&name));
    let args = arrival.block?.args();
    (arrival.facts.quantization.is_none() && args.iter().any(|arg| arg.name == "out_type" && offers(arg.kind)))
        .then(|| format!("set `out_type: {name}` in the `args` of `{}`", arrival.from.value))
}

fn mapping(step: Step) -> String {
    let args = step.args().into_iter().map(|(name, value)| format!("{name}: {value}"));
    format!("{{ {} }}", args.collect::<Vec<_>>().join(", "))
}
