//! The scores behind a label.

use runeblocks_core::Quantization;
use runeblocks_core::text::trimmed;
use runeblocks_graph::{Graph, Node, PortId, StageKind};

/// Where a pipeline that ends in `most-confident-indices` and `label` has its scores, and the words that they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// The port of the scores, as [`Graph::find_port`] reads it.
    pub scores: String,
    /// The port of the indices.
    pub indices: String,
    /// The stage that knows the words.
    pub label: String,
    /// The words, in the order of the scores, without blanks around them.
    pub words: Vec<String>,
    /// What the scores stand for, where they are integers.
    pub quantization: Option<Quantization>,
}

impl Words {
    /// Those of the first output that is made by `label` of what `most-confident-indices` makes of one row of scores.
    pub fn find(graph: &Graph) -> Option<Self> {
        graph.outputs().iter().find_map(|output| {
            let label = block(graph, output.port, "label")?;
            let indices = label.inputs().first()?.from;
            let top = block(graph, indices, "most-confident-indices")?;
            let scores = top.inputs().first()?.from;
            let words = graph.arguments(label).iter().find(|arg| arg.name == "wordlist")?.words();
            let words = words.iter().map(|word| trimmed(word).to_owned()).collect();
            let facts = graph.facts(scores)?;
            // One row of scores: every axis but the last has length 1.
            if facts.shape.count()? != facts.shape.fixed()?.last().copied()? {
                return None;
            }
            let quantization = facts.quantization;
            Some(Words {
                scores: reference(graph, scores)?,
                indices: reference(graph, indices)?,
                label: label.name().to_owned(),
                words,
                quantization,
            })
        })
    }
}

/// The stage of a port, if it is that block.
fn block<'a>(graph: &'a Graph, port: PortId, name: &str) -> Option<&'a Node> {
    graph.nodes().get(port.node).filter(|node| matches!(node.kind(), StageKind::Block(block) if block.name() == name))
}

fn reference(graph: &Graph, PortId { node, port }: PortId) -> Option<String> {
    let name = graph.nodes().get(node)?.name();
    Some(if port == 0 { name.to_owned() } else { format!("{name}.{port}") })
}
