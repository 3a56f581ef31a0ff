//! What a last layer is trained on: recordings with their variants, and what is stored of others.

use crate::cells::Cells;
use crate::labels;
use crate::train::Examples;

/// An embedding of a recording or a variant of it.
pub(crate) struct Example {
    /// The embedding as it is seen.
    pub values: Vec<f32>,
    /// The place of its label among the words.
    pub label: usize,
    /// The part in which it is set apart; `None`: never.
    pub fold: Option<usize>,
    /// Whether it was recorded now; else it was stored.
    pub recorded: bool,
    /// How much it counts among those of its label.
    pub share: f32,
    /// Whether the old model takes it for no word.
    pub was_rejected: bool,
}

/// How much a recording counts; its variants share the rest.
const OWN: f32 = 0.5;

/// How much each of a recording and its variants counts.
pub(crate) fn shares(count: usize) -> Vec<f32> {
    if count <= 1 {
        return vec![1.0; count];
    }
    let variant = (1.0 - OWN) / (count - 1) as f32;
    std::iter::once(OWN).chain(std::iter::repeat_n(variant, count - 1)).collect()
}

/// The examples that are not set apart in this part, weighted: all of a label count as much as [`mass`] says, whatever
/// their number.
pub(crate) fn without(examples: &[Example], fold: Option<usize>, words: &[String], cells: &Cells) -> Examples {
    let kept: Vec<_> = examples.iter().filter(|example| fold.is_none() || example.fold != fold).collect();
    // Recordings of other words count by themselves beside those that are stored.
    let group =
        |example: &Example| 2 * example.label + usize::from(example.recorded && is_unknown(words, example.label));
    let mut sums = vec![0.0f32; 2 * words.len()];
    kept.iter().for_each(|example| sums[group(example)] += example.share);
    let mut chosen = Examples::new(cells.width());
    for example in kept {
        let at = group(example);
        chosen.push(&example.values, example.label, mass(words, at) * example.share / sums[at], !example.recorded);
    }
    chosen
}

fn is_unknown(words: &[String], label: usize) -> bool {
    labels::canonical(&words[label]) == labels::UNKNOWN
}

/// How much all examples of a label count: other words are the most varied, silence the least.
fn mass(words: &[String], group: usize) -> f32 {
    let is_recorded = group % 2 == 1;
    match labels::canonical(&words[group / 2]) {
        labels::SILENCE => 0.5,
        labels::UNKNOWN if !is_recorded => 2.0,
        _ => 1.0,
    }
}
