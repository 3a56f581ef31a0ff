//! Stages of two front ends, matched, and what is known of them held against each other.

use runeblocks_core::{Facts, SampleRate};
use runeblocks_graph::Graph;
use serde::Serialize;
use serde_json::Value;

use super::Difference;
use crate::front_end::Tap;

/// A stage of both front ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageParity {
    /// Its name in either.
    pub names: [String; 2],
    /// What is known of it and differs.
    pub facts: Vec<FactDifference>,
    /// How its values differ; `None` where shapes differ, and they are not compared.
    pub difference: Option<Difference>,
}

/// Something that is known of a stage and is not the same in both front ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactDifference {
    /// What.
    pub fact: &'static str,
    /// What it is in either; `None` where it is not known.
    pub values: [Option<String>; 2],
}

/// An argument of a block that is not the same in both front ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArgumentDifference {
    /// The stage's name in the first.
    pub stage: String,
    /// The argument.
    pub argument: &'static str,
    /// Its value in either.
    pub values: [Value; 2],
}

impl StageParity {
    /// Whether the bits are the same: element type, shape and values.
    pub fn is_same(&self) -> bool {
        let has = |fact: &FactDifference| matches!(fact.fact, TYPE | SHAPE);
        !self.facts.iter().any(has) && self.difference.as_ref().is_some_and(|difference| difference.differing == 0)
    }
}

pub(super) const TYPE: &str = "type";
pub(super) const SHAPE: &str = "shape";

/// What is known of two stages and differs. Of recorded features (`known` is false) type and shape alone are known.
pub(super) fn facts(a: &Facts, b: &Facts, known: bool) -> Vec<FactDifference> {
    let text = |facts: &Facts| {
        let framing =
            facts.framing.map(|framing| format!("windows of {} samples every {}", framing.window, framing.hop));
        [
            (TYPE, Some(facts.element_type.to_string())),
            (SHAPE, Some(facts.shape.to_string())),
            ("sample rate", facts.sample_rate.map(|SampleRate(rate)| format!("{rate} Hz"))),
            ("framing", framing),
            ("FFT size", facts.fft_size.map(|size| size.to_string())),
            ("quantisation", facts.quantization.map(|quantization| quantization.to_string())),
            ("front end", facts.front_end.map(|digest| digest.to_string())),
        ]
    };
    // Recorded features may have other axes, and as many elements.
    let is_told = |fact: &str| known || fact == TYPE || fact == SHAPE && !a.shape.is_view_of(&b.shape);
    let pairs = text(a).into_iter().zip(text(b));
    let differing = pairs.filter(|((fact, a), (_, b))| a != b && is_told(fact));
    differing.map(|((fact, a), (_, b))| FactDifference { fact, values: [a, b] }).collect()
}

/// Stages of the same block, in their order; the last of both go together, whatever they are.
pub(super) fn matched(a: &[Tap], b: &[Tap]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut next = 0;
    for (at, tap) in a.iter().enumerate() {
        if let Some(found) = (next..b.len()).find(|&other| b[other].kind == tap.kind) {
            pairs.push((at, found));
            next = found + 1;
        }
    }
    if let (Some(last), Some(other)) = (a.len().checked_sub(1), b.len().checked_sub(1)) {
        pairs.retain(|&(at, found)| at != last && found != other);
        pairs.push((last, other));
    }
    pairs
}

/// The arguments that differ between the blocks of two matched stages; none where the blocks are not the same.
pub(super) fn arguments([a, b]: [(&Graph, &Tap); 2]) -> Vec<ArgumentDifference> {
    let of = |(graph, tap): (&Graph, &Tap)| {
        graph.find_port(&tap.port).map_or_else(Vec::new, |port| graph.arguments(&graph.nodes()[port.node]))
    };
    if a.1.kind != b.1.kind {
        return Vec::new();
    }
    let stage = a.1.port.split('.').next().unwrap_or_default();
    let pairs = of(a).into_iter().zip(of(b)).filter(|(a, b)| !alike(&a.value, &b.value));
    let difference = |(a, b): (runeblocks_graph::Argument, runeblocks_graph::Argument)| ArgumentDifference {
        stage: stage.to_owned(),
        argument: a.name,
        values: [a.value, b.value],
    };
    pairs.map(difference).collect()
}

/// Whether two values are the same, numbers by what they are: 1 and 1.0 and, as version 1 has it, "1".
fn alike(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    a == b || number(a).zip(number(b)).is_some_and(|(a, b)| a == b)
}
