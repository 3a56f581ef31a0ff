//! The state of all stages as bytes.
//!
//! The text `RBST1\n`, then for each stage in order its name and its block's state, each as a 64-bit little-endian length
//! and the bytes.

use super::{ExecError, Executor};
use crate::graph::{Node, NodeKind};

const MAGIC: &[u8] = b"RBST1\n";

pub(super) fn save(nodes: &[Node]) -> Vec<u8> {
    let mut state = MAGIC.to_vec();
    for node in nodes {
        let saved = match &node.kind {
            NodeKind::Source { .. } => continue,
            NodeKind::Block { block, .. } => block.save(),
            NodeKind::Model { model, .. } => model.save(),
        };
        for part in [node.name().as_bytes(), &saved] {
            state.extend_from_slice(&(part.len() as u64).to_le_bytes());
            state.extend_from_slice(part);
        }
    }
    state
}

pub(super) fn restore(executor: &mut Executor, state: &[u8]) -> Result<(), ExecError> {
    let restored = parts(executor, state);
    if restored.is_err() {
        executor.reset();
    }
    restored
}

fn parts(executor: &mut Executor, state: &[u8]) -> Result<(), ExecError> {
    let wrong = |found: String| ExecError::State { found };
    let mut rest = state.strip_prefix(MAGIC).ok_or_else(|| wrong("it does not start as a state does".into()))?;
    let mut part = || {
        let (length, after) = rest.split_at_checked(8)?;
        let length = u64::from_le_bytes(length.try_into().ok()?);
        let (part, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
        rest = after;
        Some(part)
    };
    for node in executor.graph.nodes_mut() {
        if matches!(node.kind, NodeKind::Source { .. }) {
            continue;
        }
        let cut = || wrong(format!("it ends before the stage `{}`", node.name()));
        let name = part().ok_or_else(cut)?;
        if name != node.name().as_bytes() {
            let found = String::from_utf8_lossy(name);
            return Err(wrong(format!("it has the stage `{found}` where `{}` is expected", node.name())));
        }
        let saved = part().ok_or_else(cut)?;
        let restored = match &mut node.kind {
            NodeKind::Source { .. } => Ok(()),
            NodeKind::Block { block, .. } => block.restore(saved),
            NodeKind::Model { model, .. } => model.restore(saved),
        };
        restored.map_err(|e| wrong(format!("stage `{}`: {e}", node.name())))?;
    }
    if rest.is_empty() { Ok(()) } else { Err(wrong(format!("it has {} bytes too many", rest.len()))) }
}
