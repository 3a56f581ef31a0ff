//! What is to be said of labelled recordings beside what they are: what was left out, and what was taken as one.

use std::collections::BTreeMap;
use std::fmt;

use runeblocks_core::text;
use serde_json::{Value, json};

use crate::Clip;

/// Why something was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// Sound in a format that is not read, with this ending.
    Format(String),
    /// Recordings beside the folders of words.
    Loose,
    /// Recordings whose names tell no label, where no folder does.
    Unlabelled,
    /// Recordings to which `info.labels` gives several labels.
    Several,
    /// Recordings that `info.labels` does not list.
    Unlisted,
    /// What the operating system does not let be read, and folders that lead back into themselves.
    Unreadable,
    /// Folders in which there is nothing.
    Empty,
    /// Files that are no sound.
    NoSound,
}

/// Things that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub reason: Reason,
    /// How many there are.
    pub count: usize,
    /// The names of the first.
    pub examples: Vec<String>,
}

/// One label, word or speaker that is written in several ways, which only a computer tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// As it is shown: as it was met first, without blanks around it.
    pub name: String,
    /// The ways in which it is written.
    pub spellings: Vec<String>,
}

/// What is to be said of recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// What was left out.
    pub left_out: Vec<LeftOut>,
    /// What was taken as one name.
    pub joined: Vec<Joined>,
    /// Folders that were taken for words and are named as splits are, since not all folders are.
    pub taken_for_words: Vec<String>,
}

/// The most examples of what was left out.
const MOST_EXAMPLES: usize = 3;
/// The most names in a line.
const MOST_NAMES: usize = 10;

impl Reason {
    /// The reason as a program reads it.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Reason::Format(_) => "format",
            Reason::Loose => "loose",
            Reason::Unlabelled => "unlabelled",
            Reason::Several => "several_labels",
            Reason::Unlisted => "unlisted",
            Reason::Unreadable => "unreadable",
            Reason::Empty => "empty",
            Reason::NoSound => "no_sound",
        }
    }

    fn of(&self, count: usize) -> String {
        let (one, many) = match self {
            Reason::Format(ending) => {
                let s = if count == 1 { "" } else { "s" };
                return format!("{count} recording{s} in a format that is not read (.{ending})");
            }
            Reason::Loose => ("recording beside the folders of words", "recordings beside the folders of words"),
            Reason::Unlabelled => ("recording whose name tells no label", "recordings whose names tell no label"),
            Reason::Several => ("recording with several labels", "recordings with several labels"),
            Reason::Unlisted => {
                ("recording that info.labels does not list", "recordings that info.labels does not list")
            }
            Reason::Unreadable => ("file or folder that cannot be read", "files or folders that cannot be read"),
            Reason::Empty => ("empty folder", "empty folders"),
            Reason::NoSound => ("file that is no sound", "files that are no sound"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.count > self.examples.len() { ", …" } else { "" };
        write!(f, "{}: {}{more}", self.reason.of(self.count), self.examples.join(", "))
    }
}

impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = text::key(&self.name);
        let spellings: Vec<_> = self.spellings.iter().map(|one| format!("`{}`", visible(one, &key))).collect();
        write!(f, "`{}` is written in {} ways: {}", self.name, self.spellings.len(), spellings.join(", "))
    }
}

/// A spelling with escapes for what is not seen to differ: marks that stand apart from their letters, and what is around it.
fn visible(spelling: &str, key: &str) -> String {
    let inner = text::trimmed(spelling);
    let begin = spelling.find(inner).unwrap_or(0);
    let shown = |at: usize, c: char| {
        let is_inner = (begin..begin + inner.len()).contains(&at);
        is_inner && (c.is_ascii() || key.contains(c)) && !c.is_control()
    };
    let write = |(at, c)| if shown(at, c) { String::from(c) } else { c.escape_unicode().to_string() };
    spelling.char_indices().map(write).collect()
}

impl Notes {
    /// One more thing is left out.
    pub(crate) fn leave(&mut self, reason: Reason, name: String) {
        let at = match self.left_out.binary_search_by(|left| left.reason.cmp(&reason)) {
            Ok(at) => at,
            Err(at) => {
                self.left_out.insert(at, LeftOut { reason, count: 0, examples: Vec::new() });
                at
            }
        };
        let left = &mut self.left_out[at];
        left.count += 1;
        if left.examples.len() < MOST_EXAMPLES {
            left.examples.push(name);
        }
    }

    /// All that there is to say, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let left = self.left_out.iter().map(|left| format!("left out: {left}"));
        let joined = self.joined.iter().map(|joined| format!("taken as one: {joined}"));
        let words = (!self.taken_for_words.is_empty()).then(|| {
            format!("taken for words, as other folders are none of splits: {}", listed(&self.taken_for_words))
        });
        left.chain(joined).chain(words).collect()
    }

    /// What was left out, and what was taken as one, as JSON.
    #[must_use]
    pub fn to_json(&self) -> [Value; 2] {
        let left = self.left_out.iter().map(|LeftOut { reason, count, examples }| {
            let ending = match reason {
                Reason::Format(ending) => Some(ending),
                _ => None,
            };
            json!({ "reason": reason.key(), "ending": ending, "count": count, "examples": examples })
        });
        let joined = self.joined.iter().map(|joined| json!({ "name": joined.name, "spellings": joined.spellings }));
        [left.collect(), joined.collect()]
    }
}

/// How many recordings of each split there are, where it is known.
#[must_use]
pub fn splits<'a>(clips: impl Iterator<Item = &'a Clip>) -> BTreeMap<&'a str, usize> {
    let mut splits = BTreeMap::new();
    for split in clips.filter_map(|clip| clip.split.as_deref()) {
        *splits.entry(split).or_default() += 1;
    }
    splits
}

/// Names in quotes, the first ones where they are many.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
    match names.len().checked_sub(MOST_NAMES + 1) {
        Some(more) => format!("{} and {} more", shown.join(", "), more + 1),
        None => shown.join(", "),
    }
}

/// Names with their counts, the first ones where they are many.
#[must_use]
pub fn counted<S: AsRef<str>>(counts: &[(S, usize)]) -> String {
    let shown: Vec<_> =
        counts.iter().take(MOST_NAMES).map(|(name, count)| format!("`{}` ({count})", name.as_ref())).collect();
    match counts.len().checked_sub(MOST_NAMES + 1) {
        Some(more) => format!("{} and {} more", shown.join(", "), more + 1),
        None => shown.join(", "),
    }
}
