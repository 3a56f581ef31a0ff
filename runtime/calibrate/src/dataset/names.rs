//! Names that are written in several ways.

use std::collections::HashMap;

use runeblocks_core::text;

use super::Joined;

/// Names as they were met.
#[derive(Debug, Default)]
struct Names {
    /// The place of each name, by its key.
    places: HashMap<String, usize>,
    /// How each is shown, and the ways in which it is written.
    names: Vec<Joined>,
}

impl Names {
    /// Writes a name as it was met first, without blanks around it.
    fn unify(&mut self, name: &mut String) {
        let at = *self.places.entry(text::key(name)).or_insert_with(|| {
            self.names.push(Joined { name: text::trimmed(name).to_owned(), spellings: Vec::new() });
            self.names.len() - 1
        });
        let Joined { name: first, spellings } = &mut self.names[at];
        let written = std::mem::replace(name, first.clone());
        if !spellings.contains(&written) {
            spellings.push(written);
        }
    }
}

/// The names of recordings, each written as it was met first, without blanks around it; and those that were written in more
/// ways than one. Of each recording: what is spoken, who speaks, and its split.
pub(super) fn unify<'a>(
    recordings: impl Iterator<Item = (Vec<&'a mut String>, Option<&'a mut String>, Option<&'a mut String>)>,
) -> Vec<Joined> {
    let mut kinds = [Names::default(), Names::default(), Names::default()];
    for (spoken, speaker, split) in recordings {
        let [words, speakers, splits] = &mut kinds;
        spoken.into_iter().for_each(|word| words.unify(word));
        speaker.into_iter().for_each(|speaker| speakers.unify(speaker));
        split.into_iter().for_each(|split| splits.unify(split));
    }
    kinds.into_iter().flat_map(|kind| kind.names).filter(|joined| joined.spellings.len() > 1).collect()
}
