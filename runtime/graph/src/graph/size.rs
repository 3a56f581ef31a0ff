//! How large the tensors of a graph may be.

use super::OutputPort;
use crate::diagnostic::Diagnostic;
use crate::runefile::{Stage, StageKind};

/// The largest tensor that comes in: as large as the largest file that is read.
const MAX_INPUT_BYTES: u64 = 1 << 30;
/// The largest tensor between stages.
const MAX_TENSOR_BYTES: u64 = 1 << 32;

/// Refuses a stage whose tensors can't be held at once; what arrives in a stream can.
pub(super) fn check(stage: &Stage, outputs: &[OutputPort]) -> Option<Diagnostic> {
    let name = &stage.name.value;
    let (most, what) = match stage.kind {
        StageKind::Source(_) => (MAX_INPUT_BYTES, format!("the input `{name}` takes")),
        _ => (MAX_TENSOR_BYTES, format!("the stage `{name}` makes")),
    };
    outputs.iter().find_map(|OutputPort { facts, .. }| {
        let element = facts.element_type.size().unwrap_or(1) as u64;
        let bytes = (facts.shape.count()? as u64).saturating_mul(element);
        (bytes > most).then(|| {
            let message = format!("{what} {facts}, {bytes} bytes: expected at most {most}, as all are held at once");
            Diagnostic::error("too-large", stage.name.span, message).help("make the input smaller, or let it stream")
        })
    })
}
