//! Labels: which are words, and where they stand among the words of a pipeline.

use crate::{Clip, SpotterError};

/// Nobody speaks.
pub const SILENCE: &str = "silence";
/// Another word than those that are listened for.
pub const UNKNOWN: &str = "unknown";
/// Recordings of noise, from which samples can be mixed into others.
pub(crate) const NOISE: &str = "noise";

/// A label as it is written here: the data set Speech Commands sets some in underscores.
pub(crate) fn canonical(label: &str) -> &str {
    match label {
        "_silence_" => SILENCE,
        "_unknown_" => UNKNOWN,
        "_background_noise_" => NOISE,
        label => label,
    }
}

/// The place of a label among words, as it is written.
pub(crate) fn position(words: &[String], label: &str) -> Option<usize> {
    words.iter().position(|word| canonical(word) == label)
}

/// The place of a label among words; one that is none of them is unknown.
pub(crate) fn place(words: &[String], label: &str) -> Option<usize> {
    position(words, label).or_else(|| position(words, UNKNOWN))
}

/// The place of each recording's label among words: a word that is none of them is unknown.
pub(crate) fn truths(words: &[String], clips: &[Clip]) -> Result<Vec<usize>, SpotterError> {
    let truth = |clip: &Clip| {
        let found = if is_word(&clip.label) { place(words, &clip.label) } else { position(words, &clip.label) };
        found.ok_or_else(|| SpotterError::Label { label: clip.label.clone(), words: words.to_vec() })
    };
    clips.iter().map(truth).collect()
}

/// Whether the label is a word that is listened for.
pub fn is_word(label: &str) -> bool {
    !matches!(canonical(label), SILENCE | UNKNOWN | NOISE)
}
