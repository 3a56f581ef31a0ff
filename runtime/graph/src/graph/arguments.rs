//! The arguments that blocks have in a pipeline.

use runeblocks_core::{Descriptor, Words};
use serde_json::{Map, Value};

use super::{Graph, Node, StageKind};
use crate::runefile::Version;

/// An argument of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its value: as the Runefile gives it, else the default.
    pub value: Value,
    /// Whether the Runefile gives it.
    pub is_given: bool,
}

impl Argument {
    /// Its words, where it is a list of words, or a text with a word a line.
    pub fn words(&self) -> Vec<String> {
        Words::read(&self.value).ok().flatten().unwrap_or_default().list
    }
}

impl Graph {
    /// Every argument of a block, given or not, in the order of its declaration; none for other stages.
    pub fn arguments(&self, node: &Node) -> Vec<Argument> {
        let (StageKind::Block(block), Some(given)) = (node.kind(), node.args()) else { return Vec::new() };
        let defaults = defaults(block, self.version());
        let find = |name: &str| given.get(name).filter(|value| !value.is_null());
        let args = block.args().iter().map(|spec| {
            let found = std::iter::once(&spec.name).chain(spec.aliases).find_map(|name| find(name));
            let default = || defaults.get(spec.name).cloned().or_else(|| spec.default.map(|default| default()));
            Argument {
                name: spec.name,
                value: found.cloned().or_else(default).unwrap_or(Value::Null),
                is_given: found.is_some(),
            }
        });
        args.collect()
    }
}

/// What stages of version 1 have unless they set it.
fn defaults(block: &Descriptor, version: Version) -> Map<String, Value> {
    match version {
        Version::V1 => serde_json::from_str(block.info().v1_defaults).unwrap_or_default(),
        Version::V2 => Map::new(),
    }
}
