//! What a Runefile says of outputs, held against what is inferred.

use super::OutputPort;
use crate::diagnostic::{Diagnostic, count};
use crate::runefile::{Expected, Stage};

pub(super) fn outputs(stage: &Stage, outputs: &[OutputPort], diagnostics: &mut Vec<Diagnostic>) {
    for (i, expected) in stage.expect.iter().enumerate() {
        match outputs.get(i) {
            Some(port) => diagnostics.extend(one(stage, expected, port)),
            None => {
                diagnostics.push(
                    Diagnostic::error(
                        "wrong-count",
                        expected.span,
                        format!(
                            "the stage `{}` has {}, but {} are declared",
                            stage.name.value,
                            count(outputs.len(), "output"),
                            i + 1
                        ),
                    )
                    .help("remove what is declared too much"),
                );
                return;
            }
        }
    }
}

fn one(stage: &Stage, expected: &Expected, port: &OutputPort) -> Vec<Diagnostic> {
    let name = &stage.name.value;
    let mut found = Vec::new();
    if let Some(element_type) = &expected.element_type
        && element_type.value != port.facts.element_type
    {
        let inferred = port.facts.element_type;
        found.push(
            Diagnostic::error(
                "type-mismatch",
                element_type.span,
                format!("the stage `{name}` gives {inferred}, but {} is declared", element_type.value),
            )
            .at(format!("declared {}", element_type.value))
            .label(stage.name.span, format!("inferred {}", port.facts))
            .help(format!("write `{inferred}`, or change what the stage gives")),
        );
    }
    if let Some(shape) = &expected.shape
        && !port.facts.shape.is_view_of(&shape.value)
    {
        found.push(
            Diagnostic::error(
                "shape-mismatch",
                shape.span,
                format!("the stage `{name}` gives the shape {}, but {} is declared", port.facts.shape, shape.value),
            )
            .at(format!("declared {}", shape.value))
            .label(stage.name.span, format!("inferred {}", port.facts))
            .help(format!(
                "write `{}`; axes of length 1 do not count, and a flat shape of as many elements is as good",
                port.facts.shape
            )),
        );
    }
    found
}
