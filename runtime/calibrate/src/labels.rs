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
        let lower = clip.label.to_lowercase();
        if let Some(word) = words.iter().find(|word| canonical(word) != clip.label && word.to_lowercase() == lower) {
            return Err(SpotterError::Case { label: clip.label.clone(), word: word.clone() });
        }
        let found = if is_word(&clip.label) { place(words, &clip.label) } else { position(words, &clip.label) };
        found.ok_or_else(|| SpotterError::Label { label: clip.label.clone(), words: words.to_vec() })
    };
    clips.iter().map(truth).collect()
}

/// The words in which an old model is told beside one of these new words: these, and its own that they drop, where there is no
/// `unknown` to count for them.
pub(crate) fn with_dropped(words: &[String], old: &[String]) -> Vec<String> {
    let dropped = old.iter().filter(|word| place(words, canonical(word)).is_none());
    words.iter().chain(dropped).cloned().collect()
}

/// What is spoken in a recording that is stored: its word, where the label says that it is another than these.
pub(crate) fn spoken<'a>(clip: &'a Clip, words: &[String]) -> &'a str {
    let word = clip.word.as_deref().filter(|word| !is_word(&clip.label) && position(words, word).is_none());
    word.unwrap_or(&clip.label)
}

/// Whether the label is a word that is listened for.
pub fn is_word(label: &str) -> bool {
    !matches!(canonical(label), SILENCE | UNKNOWN | NOISE)
}
