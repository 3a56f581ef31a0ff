//! Labels that look like words, mistyped.

use runeblocks_core::text;

/// Keys that lie beside each other.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Whether a label looks like a word that was mistyped, and not like another word.
///
/// What is told apart is what fingers do and languages seldom:
///
/// | | example | in words of so many letters and more |
/// |---|---|---|
/// | two letters in each other's place | `donw` | 3 |
/// | a letter doubled, or not | `leftt` | 3 |
/// | a key beside the one that is meant, but for the first letter | `rught` | 4 |
/// | a letter within the word left out | `rigt` | 5 |
/// | its only vowel left out | `dwn` | 3 |
/// | accents left out, or too many | `ules` for `üles` | 3 |
/// | a letter within the word that is another, or too many | `silense` | 7 |
/// | other signs between parts | `turn_on`, `turn on` | |
///
/// Words of Speech Commands are never typos (`tree`, `three`).
pub(crate) fn is_typo(label: &str, word: &str) -> bool {
    let [label, word] = [label, word].map(|name| text::key(name).to_lowercase());
    if label == word || KNOWN.contains(&&*label) {
        return false;
    }
    let [label, word] = [label, word].map(|name| name.chars().filter(|c| !is_sign(*c)).collect::<Vec<_>>());
    let unaccented = |letters: &[char]| text::unaccented(&letters.iter().collect::<String>());
    if label == word || word.len() >= 3 && unaccented(&label) == unaccented(&word) {
        return true;
    }
    let alike = label.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let is_within = |rest: &[char]| alike > 0 && !rest.is_empty();
    match (&label[alike..], &word[alike..]) {
        ([a, b, rest @ ..], [c, d, other @ ..]) if word.len() >= 3 && (a, b) == (d, c) && rest == other => true,
        ([a, rest @ ..], [b, other @ ..]) if rest == other => {
            alike > 0 && word.len() >= 4 && are_neighbours(*a, *b) || is_within(rest) && word.len() >= 7
        }
        ([a, rest @ ..], other) if rest == other => {
            word.len() >= 3 && word[..alike].ends_with(&[*a]) || is_within(rest) && word.len() >= 7
        }
        (rest, [a, other @ ..]) if rest == other => {
            word.len() >= 4 && word[..alike].ends_with(&[*a])
                || is_within(rest) && word.len() >= 5
                || word.len() >= 3 && is_vowel(*a) && !label.iter().any(|c| is_vowel(*c))
        }
        _ => false,
    }
}

fn are_neighbours(a: char, b: char) -> bool {
    let place = |row: &str, c| row.chars().position(|key| key == c);
    ROWS.iter().any(|row| matches!((place(row, a), place(row, b)), (Some(a), Some(b)) if a.abs_diff(b) == 1))
}

fn is_vowel(c: char) -> bool {
    text::unaccented(c.encode_utf8(&mut [0; 4])).chars().all(|c| "aeiouy".contains(c))
}

/// Whether a character is there to part others.
fn is_sign(c: char) -> bool {
    matches!(c, '_' | '-' | '.' | '\'' | '’') || c.is_whitespace()
}

/// The words of Speech Commands (P. Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018).
const KNOWN: [&str; 35] = [
    "backward", "bed", "bird", "cat", "dog", "down", "eight", "five", "follow", "forward", "four", "go", "happy",
    "house", "learn", "left", "marvin", "nine", "no", "off", "on", "one", "right", "seven", "sheila", "six", "stop",
    "three", "tree", "two", "up", "visual", "wow", "yes", "zero",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_told_from_words() {
        let typos = [
            ("donw", "down"),
            ("dwon", "down"),
            ("rihgt", "right"),
            ("rigth", "right"),
            ("lfet", "left"),
            ("leftt", "left"),
            ("rigt", "right"),
            ("righht", "right"),
            ("rught", "right"),
            ("doen", "down"),
            ("yse", "yes"),
            ("sotp", "stop"),
            ("stopp", "stop"),
            ("Donw ", "down"),
            ("foward", "forward"),
            ("unkown", "unknown"),
            ("unkonwn", "unknown"),
            ("silense", "silence"),
            ("turn_on", "turn on"),
            ("_unkown_", "unknown"),
            ("tunr_on", "turn on"),
            ("vaskule", "vasakule"),
            ("dwn", "down"),
            ("lft", "left"),
            ("rght", "right"),
            ("ules", "\u{fc}les"),
            ("u\u{308}les", "ules"),
            ("u\u{308}lse", "\u{fc}les"),
        ];
        let missed: Vec<_> = typos.iter().filter(|(typo, word)| !is_typo(typo, word)).collect();
        assert!(missed.is_empty(), "{missed:?}");
        let words = [
            ("dog", "dogs"),
            ("dogs", "dog"),
            ("on", "no"),
            ("no", "on"),
            ("left", "lift"),
            ("lift", "left"),
            ("up", "cup"),
            ("cup", "up"),
            ("night", "right"),
            ("light", "right"),
            ("town", "down"),
            ("dawn", "down"),
            ("loft", "left"),
            ("let", "left"),
            ("of", "off"),
            ("for", "four"),
            ("tree", "three"),
            ("fine", "five"),
            ("mine", "nine"),
            ("bright", "right"),
            ("step", "stop"),
            ("top", "stop"),
            ("downs", "down"),
            ("now", "no"),
            ("go", "goal"),
            ("too", "two"),
            ("down", "down"),
            ("", "up"),
            ("a", ""),
            ("mouse", "house"),
            ("p", "up"),
            ("m\u{e1}", "ma"),
        ];
        let meant: Vec<_> = words.iter().filter(|(label, word)| is_typo(label, word)).collect();
        assert!(meant.is_empty(), "{meant:?}");
        for word in KNOWN {
            assert!(KNOWN.iter().all(|label| !is_typo(label, word)), "{word}");
        }
    }
}
