//! From references between stages to edges, and the order in which stages run.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::OutputPort;
use crate::diagnostic::{Diagnostic, MAX_FINDINGS, count, did_you_mean, list};
use crate::runefile::{Port, PortRef, Runefile};

/// For each stage, the stage of each of its references; `None` where there is no such stage, which is reported.
pub(super) struct Wiring {
    pub(super) inputs: Vec<Vec<Option<usize>>>,
    pub(super) outputs: Vec<Option<usize>>,
}

pub(super) fn resolve(runefile: &Runefile, diagnostics: &mut Vec<Diagnostic>) -> Wiring {
    let by_name: HashMap<&str, usize> =
        runefile.stages.iter().enumerate().map(|(i, s)| (s.name.value.as_str(), i)).collect();
    // Help looks at every name, so that only findings that can be shown have it.
    let mut unknown = 0;
    let mut find = |reference: &PortRef| {
        let found = by_name.get(reference.stage.as_str()).copied();
        if found.is_none() {
            unknown += 1;
            diagnostics.push(if unknown <= MAX_FINDINGS {
                unknown_stage(reference, runefile)
            } else {
                no_stage(reference)
            });
        }
        found
    };
    let inputs = runefile.stages.iter().map(|s| s.inputs.iter().map(&mut find).collect()).collect();
    let outputs = runefile.outputs.iter().map(|o| find(&o.port)).collect();
    Wiring { inputs, outputs }
}

fn unknown_stage(reference: &PortRef, runefile: &Runefile) -> Diagnostic {
    let name = &reference.stage;
    let sink = runefile.outputs.iter().filter_map(|o| o.sink.as_ref()).find(|s| s.value == *name);
    if let Some(sink) = sink {
        return Diagnostic::error(
            "unknown-stage",
            reference.span,
            format!("`{name}` is an `out` stage and gives nothing"),
        )
        .label(sink.span, "this stage")
        .help("name the stage that it reads");
    }
    let names = runefile.stages.iter().map(|s| s.name.value.as_str());
    let mut diagnostic = no_stage(reference);
    diagnostic.help.extend(did_you_mean(name, names.clone()));
    diagnostic.help(format!("the stages are {}", list(names)))
}

fn no_stage(reference: &PortRef) -> Diagnostic {
    Diagnostic::error("unknown-stage", reference.span, format!("there is no stage `{}`", reference.stage))
}

/// The port among the outputs of a stage.
pub(super) fn select(outputs: &[OutputPort], port: &Port) -> Option<usize> {
    match port {
        Port::First => (!outputs.is_empty()).then_some(0),
        Port::Index(index) => (*index < outputs.len()).then_some(*index),
        Port::Name(name) => outputs.iter().position(|p| p.name == *name),
    }
}

/// The finding for a reference to a port that the stage does not have.
pub(super) fn unknown_port(reference: &PortRef, outputs: &[OutputPort]) -> Diagnostic {
    let names = || outputs.iter().map(|p| p.name.as_str());
    let count = count(outputs.len(), "output");
    let (message, near) = match &reference.port {
        Port::Name(name) => {
            (format!("the stage `{}` has no output `{name}`", reference.stage), did_you_mean(name, names()))
        }
        Port::Index(index) => {
            (format!("the stage `{}` has {count}, there is no output {index}", reference.stage), None)
        }
        Port::First => (format!("the stage `{}` has no outputs", reference.stage), None),
    };
    let mut diagnostic = Diagnostic::error("unknown-port", reference.span, message);
    diagnostic.help.extend(near);
    let named: Vec<String> = names().enumerate().map(|(i, n)| format!("{i} (`{n}`)")).collect();
    diagnostic.help(format!("its outputs are numbered from 0: {}", named.join(", ")))
}

/// The stages, each after those that it reads, the first in the file first; those on or behind a cycle are left out.
pub(super) fn order(inputs: &[Vec<Option<usize>>]) -> Vec<usize> {
    let mut missing: Vec<usize> = inputs.iter().map(|i| i.iter().flatten().count()).collect();
    let mut readers = vec![Vec::new(); inputs.len()];
    for (stage, sources) in inputs.iter().enumerate() {
        for source in sources.iter().flatten() {
            readers[*source].push(stage);
        }
    }
    let mut ready: BinaryHeap<_> = (0..inputs.len()).filter(|s| missing[*s] == 0).map(Reverse).collect();
    let mut order = Vec::new();
    while let Some(Reverse(stage)) = ready.pop() {
        order.push(stage);
        for reader in &readers[stage] {
            missing[*reader] -= 1;
            if missing[*reader] == 0 {
                ready.push(Reverse(*reader));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_file_where_it_can_be() {
        assert_eq!(order(&[vec![Some(2)], vec![], vec![Some(1)], vec![Some(1)]]), [1, 2, 0, 3]);
        assert_eq!(order(&[vec![Some(1)], vec![Some(0)], vec![], vec![Some(0)]]), [2]);
        assert_eq!(order(&[vec![None], vec![Some(0), Some(0)]]), [0, 1]);
    }
}
