//! The scores behind a label: what the model gives for each word.

use runeblocks_calibrate::Words;
use runeblocks_core::TensorView;
use serde_json::{Map, Value};

use crate::values::reals;

/// A word and its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The word.
    pub word: String,
    /// What the model gives for it, dequantised.
    pub value: f64,
}

/// The scores in a tensor, in the order of the words.
pub fn read(words: &Words, view: TensorView<'_>) -> Vec<Score> {
    let values = reals(view, words.quantization);
    words.words.iter().cloned().zip(values).map(|(word, value)| Score { word, value }).collect()
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
