//! Stages that read each other in a circle.

use crate::diagnostic::Diagnostic;
use crate::runefile::Runefile;

/// Reports each circle among the stages that are not `ordered`.
pub(super) fn report(
    runefile: &Runefile,
    inputs: &[Vec<Option<usize>>],
    ordered: &[usize],
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Behind every stage left out stands another one left out, so walking back from any runs into a circle.
    let mut done = vec![false; inputs.len()];
    ordered.iter().for_each(|s| done[*s] = true);
    for start in 0..inputs.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        let mut at = start;
        while !done[at] && !path.iter().any(|(stage, _)| *stage == at) {
            let Some((slot, source)) = next(inputs, &done, at) else { break };
            path.push((at, slot));
            at = source;
        }
        if let Some(from) = path.iter().position(|(stage, _)| *stage == at) {
            diagnostics.push(describe(runefile, &path[from..]));
        }
        path.iter().for_each(|(stage, _)| done[*stage] = true);
        done[start] = true;
    }
}

fn next(inputs: &[Vec<Option<usize>>], done: &[bool], at: usize) -> Option<(usize, usize)> {
    inputs[at].iter().enumerate().find_map(|(slot, source)| source.filter(|s| !done[*s]).map(|s| (slot, s)))
}

/// `circle` goes against the flow: each stage and the input by which it reads the next.
fn describe(runefile: &Runefile, circle: &[(usize, usize)]) -> Diagnostic {
    // Told along the flow, from the stage that stands first in the file.
    let first = circle.iter().enumerate().min_by_key(|(_, (stage, _))| *stage).map_or(0, |(i, _)| i);
    let flow: Vec<(usize, usize)> =
        (0..circle.len()).map(|i| circle[(first + circle.len() - i) % circle.len()]).collect();
    let name = |stage: usize| runefile.stages[stage].name.value.as_str();
    let path: Vec<&str> = flow.iter().chain(flow.first()).map(|(stage, _)| name(*stage)).collect();
    let mut edges = flow.iter().map(|(stage, slot)| (name(*stage), &runefile.stages[*stage].inputs[*slot]));
    let help = "a stage can only read stages that do not need its own output; take one of these inputs from elsewhere";
    let message = if path.len() == 2 {
        format!("the stage `{}` reads itself", path[0])
    } else {
        format!("these stages wait for each other: {}", path.join(" → "))
    };
    let Some((reader, edge)) = edges.next() else {
        return Diagnostic::error("cycle", runefile.stages[0].name.span, message);
    };
    let mut diagnostic =
        Diagnostic::error("cycle", edge.span, message).at(format!("`{reader}` reads `{}`", edge.stage));
    for (reader, edge) in edges {
        diagnostic = diagnostic.label(edge.span, format!("`{reader}` reads `{}`", edge.stage));
    }
    diagnostic.help(help)
}
