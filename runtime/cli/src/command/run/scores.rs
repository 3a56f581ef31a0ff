//! The scores behind a label: what the model gives for each word.

use runeblocks_core::{Quantization, TensorView};
use runeblocks_graph::{Graph, Node, PortId, StageKind};
use serde_json::{Map, Value};

use crate::arguments;
use crate::values::reals;

/// Where the scores of a pipeline are, and the words that they belong to.
#[derive(Debug)]
pub struct Scores {
    port: String,
    words: Vec<String>,
    quantization: Option<Quantization>,
}

/// A word and its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The word.
    pub word: String,
    /// What the model gives for it, dequantised.
    pub value: f64,
}

impl Scores {
    /// The scores of the first output that is made by `label` of what `most-confident-indices` makes of them.
    pub fn find(graph: &Graph) -> Option<Self> {
        graph.outputs().iter().find_map(|output| {
            let label = block(graph, output.port, "label")?;
            let top = block(graph, label.inputs().first()?.from, "most-confident-indices")?;
            let port = top.inputs().first()?.from;
            let args = arguments::of(label, graph.version());
            let words = args.iter().find(|arg| arg.name == "wordlist").map(|arg| arguments::words(&arg.value))?;
            let node = graph.nodes().get(port.node)?;
            let name = if port.port == 0 { node.name().to_owned() } else { format!("{}.{}", node.name(), port.port) };
            let facts = graph.facts(port)?;
            // One row of scores: every axis but the last has length 1.
            let (count, row) = (facts.shape.count()?, facts.shape.fixed()?.last().copied()?);
            if count != row {
                return None;
            }
            let quantization = facts.quantization;
            Some(Scores { port: name, words, quantization })
        })
    }

    /// The port that they are read from.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The scores in a tensor, in the order of the words.
    pub fn read(&self, view: TensorView<'_>) -> Vec<Score> {
        let values = reals(view, self.quantization);
        self.words.iter().cloned().zip(values).map(|(word, value)| Score { word, value }).collect()
    }
}

/// The stage of a port, if it is that block.
fn block<'a>(graph: &'a Graph, port: PortId, name: &str) -> Option<&'a Node> {
    graph.nodes().get(port.node).filter(|node| matches!(node.kind(), StageKind::Block(block) if block.name() == name))
}

/// The scores as a JSON object; a word that stands in the list twice has its greater score.
pub fn to_json(scores: &[Score]) -> Value {
    let mut object: Map<String, Value> = Map::new();
    for Score { word, value } in scores {
        let greatest = object.get(word).and_then(Value::as_f64).map_or(*value, |other| other.max(*value));
        object.insert(word.clone(), greatest.into());
    }
    Value::Object(object)
}
