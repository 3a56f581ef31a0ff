//! What runs here and not on a device.

use super::{Node, StageKind};
use crate::diagnostic::Diagnostic;

/// Why a stage does not run on a device.
pub(super) fn reasons(node: &Node) -> Vec<String> {
    match node.kind() {
        StageKind::Source { .. } => Vec::new(),
        StageKind::Block(block) if block.info().needs_std => {
            vec![format!("the block `{}` needs the standard library, which a microcontroller lacks", block.name())]
        }
        StageKind::Block(_) => Vec::new(),
        StageKind::Model { model, .. } => model.device(),
    }
}

/// `no, because …`, with so many of the reasons as are read; `yes` where there are none.
pub fn verdict(reasons: &[String]) -> String {
    /// The most reasons that are told.
    const SHOWN: usize = 5;
    if reasons.is_empty() {
        return "yes".into();
    }
    let more = reasons.len().saturating_sub(SHOWN);
    let shown = reasons[..reasons.len() - more].join("; ");
    if more == 0 { format!("no, because {shown}") } else { format!("no, because {shown}; and {more} reasons more") }
}

/// Notes on a stage that does not run on a device, or can't be calibrated.
pub(super) fn notes(node: &Node) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    let reasons = reasons(node);
    if !reasons.is_empty() {
        let message = format!("stage `{}`: device: {}", node.name(), verdict(&reasons));
        notes.push(Diagnostic::note("device", node.span(), message));
    }
    if let StageKind::Model { model, .. } = node.kind()
        && let Err(reason) = model.calibratable()
    {
        let message = format!("stage `{}`: calibratable: {}", node.name(), verdict(&[reason]));
        notes.push(Diagnostic::note("calibratable", node.span(), message));
    }
    notes
}
