//! Labels: which are words, and where they stand among the words of a pipeline.

use std::collections::{BTreeMap, HashMap};

use runeblocks_core::text::{equal, key, trimmed};

use crate::typo::is_typo;
use crate::{Clip, Mistyped, SpotterError};

/// Nobody speaks.
pub const SILENCE: &str = "silence";
/// Another word than those that are listened for.
pub const UNKNOWN: &str = "unknown";
/// Recordings of noise, from which samples can be mixed into others.
pub(crate) const NOISE: &str = "noise";
/// Noise, as Speech Commands names it.
const BACKGROUND: &str = "_background_noise_";

/// A label as it is written here, without what is around it: the data set Speech Commands sets some in underscores.
pub(crate) fn canonical(label: &str) -> &str {
    match trimmed(label) {
        "_silence_" => SILENCE,
        "_unknown_" => UNKNOWN,
        BACKGROUND => NOISE,
        label => label,
    }
}

/// The place of a label among words, however it is composed.
pub(crate) fn position(words: &[String], label: &str) -> Option<usize> {
    words.iter().position(|word| equal(canonical(word), label))
}

/// The place of a label among words; one that is none of them is unknown.
pub(crate) fn place(words: &[String], label: &str) -> Option<usize> {
    position(words, label).or_else(|| position(words, UNKNOWN))
}

/// An error where labels were hardly meant to be measured against these words: other cases, and, unless it is said that words
/// may be new, typos, and words of which the pipeline knows none.
pub(crate) fn check(words: &[String], clips: &[Clip], new_words: bool) -> Result<(), SpotterError> {
    check_case(words, clips)?;
    if new_words {
        return Ok(());
    }
    check_typos(words, clips, words)?;
    check_common(words, clips)
}

/// The place of each recording's label among words: a word that is none of them is unknown, and an error where nothing is. Labels are
/// to be as [`check`] takes them.
pub(crate) fn truths(words: &[String], clips: &[Clip], new_words: bool) -> Result<Vec<usize>, SpotterError> {
    check_case(words, clips)?;
    if !new_words {
        check_typos(words, clips, words)?;
    }
    let truth = |label: &str| {
        let found = if is_word(label) { place(words, label) } else { position(words, label) };
        found.ok_or_else(|| SpotterError::Label { label: label.to_owned(), words: words.to_vec() })
    };
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut places = Vec::with_capacity(clips.len());
    for clip in clips {
        let place = match known.get(&*clip.label) {
            Some(place) => *place,
            None => truth(&clip.label)?,
        };
        known.insert(&clip.label, place);
        places.push(place);
    }
    if !new_words {
        check_common(words, clips)?;
    }
    Ok(places)
}

/// An error where a label is a word but for its case.
fn check_case(words: &[String], clips: &[Clip]) -> Result<(), SpotterError> {
    let lower = |name: &str| key(name).to_lowercase();
    let keys: Vec<_> = words.iter().map(|word| (lower(word), word)).collect();
    for label in counts(clips).into_keys() {
        let same = |(other, word): &&(String, &String)| *other == lower(label) && !equal(canonical(word), label);
        if let Some((_, word)) = keys.iter().find(same) {
            return Err(SpotterError::Case { label: label.to_owned(), word: (*word).clone() });
        }
    }
    Ok(())
}

/// An error where labels that are none of these words look like some of them, mistyped. Among the words of the pipeline they
/// are sought for that stand in `meant`.
pub(crate) fn check_typos<'a>(
    words: &[String],
    clips: &[Clip],
    meant: impl IntoIterator<Item = &'a String>,
) -> Result<(), SpotterError> {
    let own = [SILENCE, UNKNOWN, BACKGROUND];
    let meant: Vec<&str> = meant.into_iter().map(|word| canonical(word)).chain(own).collect();
    let typo = |(label, count): (&str, usize)| {
        if position(words, label).is_some() {
            return None;
        }
        let word = meant.iter().find(|word| is_typo(label, word))?;
        let example = clips.iter().find(|clip| clip.label == label).map(|clip| clip.name.clone());
        let example = example.unwrap_or_default();
        Some(Mistyped { label: label.to_owned(), count, example, word: (*word).to_owned() })
    };
    let labels: Vec<_> = counts(clips).into_iter().filter_map(typo).collect();
    if labels.is_empty() { Ok(()) } else { Err(SpotterError::Mistyped { labels }) }
}

/// An error where there are recordings of words, and none of a word that is listened for; or where folders of words are taken
/// for those of speakers.
fn check_common(words: &[String], clips: &[Clip]) -> Result<(), SpotterError> {
    let is_known = |label: &str| position(words, label).is_some();
    let spoken: Vec<_> = counts(clips).into_keys().filter(|label| is_word(label)).collect();
    for label in spoken.iter().filter(|label| !is_known(label)) {
        let of_label = clips.iter().filter(|clip| clip.label == *label);
        let mut inner: Vec<String> = of_label.filter_map(|clip| clip.speaker.clone()).collect();
        inner.sort();
        inner.dedup();
        inner.retain(|speaker| is_word(speaker) && is_known(speaker));
        if !inner.is_empty() {
            return Err(SpotterError::Nested { label: (*label).to_owned(), words: inner });
        }
    }
    if spoken.is_empty() || spoken.iter().any(|label| is_known(label)) {
        return Ok(());
    }
    let listened = words.iter().filter(|word| is_word(word)).cloned().collect();
    Err(SpotterError::NothingInCommon { words: listened, found: spoken.into_iter().map(str::to_owned).collect() })
}

fn counts(clips: &[Clip]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for clip in clips {
        *counts.entry(&*clip.label).or_default() += 1;
    }
    counts
}

/// The labels that are none of these words and count as `unknown`, with their numbers of recordings, the greatest first.
pub(crate) fn others<'a>(words: &[String], clips: impl Iterator<Item = &'a Clip>) -> Vec<(&'a str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    clips.for_each(|clip| *counts.entry(&*clip.label).or_default() += 1);
    let mut others: Vec<_> = counts.into_iter().filter(|(label, _)| position(words, label).is_none()).collect();
    others.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    others
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
