//! Lists of words, such as the labels of a classifier, as people keep them in arguments and files.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use serde_json::Value;

use crate::text::{key, trimmed};

/// A list of words in the order of their indices: none is empty, and no two are one to a person
/// ([`equal`](crate::text::equal)).
///
/// It is read from a list, or from a text with a word a line. Lines end in LF, CRLF or CR; what [`trimmed`] takes off stands
/// for nothing, and empty lines at the end are none. Where every word has its own index before it, as in the `labels.txt` of
/// Teachable Machine (`0 silence`, `1 unknown`), and words that differ are left without, the indices are taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The words, trimmed and as they were composed.
    pub list: Vec<String>,
    /// Whether indices were taken off.
    pub numbered: bool,
}

/// Why words are no list of words. Places are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WordsFault {
    /// Two words are the same.
    Twice {
        /// Their places.
        places: [usize; 2],
        /// The words as they are written.
        words: [String; 2],
        /// How many more words have been there before.
        more: usize,
    },
    /// A word is empty.
    Empty {
        /// Its place.
        place: usize,
    },
    /// Something else than a text stands for a word.
    NotAWord {
        /// Its place.
        place: usize,
        /// What it is.
        found: String,
    },
    /// The only word is the name of a file.
    FileName(String),
    /// The only word holds all words, with something else than line breaks between them.
    Joined(Vec<String>),
}

impl Words {
    /// Reads a list of texts, or a text with a word a line; nothing for any other value.
    ///
    /// # Errors
    ///
    /// When they are no list of words.
    pub fn read(value: &Value) -> Result<Option<Words>, WordsFault> {
        let list = match value {
            Value::String(text) => lines(text).map(ToString::to_string).collect(),
            Value::Array(items) => items.iter().enumerate().map(item).collect::<Result<Vec<_>, _>>()?,
            _ => return Ok(None),
        };
        if let Some(place) = list.iter().position(String::is_empty) {
            return Err(WordsFault::Empty { place });
        }
        if let [only] = &list[..] {
            check_only(only)?;
        }
        if let Some(list) = unnumbered(&list) {
            return Ok(Some(Words { list, numbered: true }));
        }
        check_twice(&list)?;
        Ok(Some(Words { list, numbered: false }))
    }
}

/// The lines of a text, trimmed, without the empty ones at its end.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let end = text.trim_end_matches(|c: char| trimmed(c.encode_utf8(&mut [0; 4])).is_empty()).len();
    let mut rest = Some(&text[..end]).filter(|text| !text.is_empty());
    core::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\r', '\n']) else {
            rest = None;
            return Some(trimmed(text));
        };
        let after = &text[at..];
        rest = Some(after.strip_prefix("\r\n").unwrap_or(&after[1..]));
        Some(trimmed(&text[..at]))
    })
}

/// An item of a list as a word.
fn item((place, item): (usize, &Value)) -> Result<String, WordsFault> {
    let not = |found: &str| Err(WordsFault::NotAWord { place, found: found.to_string() });
    match item {
        Value::Null => Ok(String::new()),
        Value::String(text) if trimmed(text).contains(['\r', '\n']) => not("a text of several lines"),
        Value::String(text) => Ok(trimmed(text).to_string()),
        Value::Array(_) => not("a list"),
        Value::Object(_) => not("a mapping"),
        other => not(&format!("{other}, which is no text,")),
    }
}

/// Refuses a word that is the name of a file, or several words.
fn check_only(word: &str) -> Result<(), WordsFault> {
    const ENDINGS: &[&str] = &[
        "txt", "text", "csv", "tsv", "json", "jsonl", "yml", "yaml", "toml", "xml", "ini", "cfg", "conf", "md",
        "names", "name", "label", "labels", "classes", "words", "lst", "list", "dat", "data", "pbtxt", "meta",
        "tflite", "zip", "npy", "py", "h",
    ];
    let is_path = ["./", "../", "~/", "/", ".\\", "..\\", "\\"].iter().any(|start| word.starts_with(start));
    let ending = word.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, ending)| ending);
    if is_path || ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)) {
        return Err(WordsFault::FileName(word.to_string()));
    }
    const MARKS: &[char] = &[',', ';', '|', '\t', '\u{60c}', '\u{61b}', '\u{3001}', '\u{ff0c}', '\u{ff1b}'];
    let frame: &[char] = &['[', ']', '(', ')', '{', '}', '"', '\'', ' '];
    let words: Vec<_> = word.split(MARKS).map(|word| trimmed(word.trim_matches(frame)).to_string()).collect();
    if words.len() > 1 {
        return Err(WordsFault::Joined(words.into_iter().filter(|word| !word.is_empty()).collect()));
    }
    Ok(())
}

/// The words without the index before each, where each has one and what is left differs.
fn unnumbered(list: &[String]) -> Option<Vec<String>> {
    if list.len() < 2 {
        return None;
    }
    let word = |(place, word): (usize, &String)| {
        let digits = word.find(|c: char| !c.is_ascii_digit())?;
        let (index, rest) = word.split_at(digits);
        let is_own = index.parse() == Ok(place);
        let rest = match rest.strip_prefix([':', ',', ';']) {
            Some(rest) => rest,
            None => rest.strip_prefix(['.', ')']).unwrap_or(rest).strip_prefix(char::is_whitespace)?,
        };
        Some(trimmed(rest)).filter(|rest| is_own && !rest.is_empty()).map(ToString::to_string)
    };
    let list: Vec<_> = list.iter().enumerate().map(word).collect::<Option<_>>()?;
    check_twice(&list).is_ok().then_some(list)
}

fn check_twice(list: &[String]) -> Result<(), WordsFault> {
    let mut seen = BTreeMap::new();
    let mut found: Option<([usize; 2], usize)> = None;
    for (place, word) in list.iter().enumerate() {
        if let Some(&first) = seen.get(&key(word)) {
            found = Some(found.map_or(([first, place], 0), |(places, more)| (places, more + 1)));
        } else {
            seen.insert(key(word), place);
        }
    }
    match found {
        Some((places, more)) => Err(WordsFault::Twice { places, words: places.map(|at| list[at].clone()), more }),
        None => Ok(()),
    }
}

impl WordsFault {
    /// The places of the words at fault; none where all of them are.
    #[must_use]
    pub fn places(&self) -> &[usize] {
        match self {
            WordsFault::Twice { places, .. } => places,
            WordsFault::Empty { place } | WordsFault::NotAWord { place, .. } => core::slice::from_ref(place),
            WordsFault::FileName(_) | WordsFault::Joined(_) => &[],
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            WordsFault::Twice { .. } => "rename one of the two",
            WordsFault::Empty { .. } => {
                "write the word, or take its place away; a word that means nothing, such as `null`, is put into quotes"
            }
            WordsFault::NotAWord { .. } => "write one word, as a text: in quotes, if it has marks in it",
            WordsFault::FileName(_) => "give the words themselves, or the text of the file",
            WordsFault::Joined(_) => "give a list of the words, or a text with one word a line",
        }
    }
}

impl fmt::Display for WordsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WordsFault::Twice { places: [a, b], words: [first, second], more } => {
                if first == second {
                    write!(f, "`{first}` twice")?;
                } else {
                    write!(f, "`{first}` and `{second}`, which are composed differently and read alike")?;
                }
                write!(f, ", as word {} and word {}", a + 1, b + 1)?;
                if *more > 0 {
                    write!(f, " (and {more} more like it)")?;
                }
                f.write_str(": expected words that differ")
            }
            WordsFault::Empty { place } => write!(f, "nothing as word {}: expected a word", place + 1),
            WordsFault::NotAWord { place, found } => write!(f, "{found} as word {}: expected one word", place + 1),
            WordsFault::FileName(name) => {
                write!(f, "the name of a file, `{name}`, as its only word: expected the words")
            }
            WordsFault::Joined(words) => {
                write!(f, "{} words joined into one: expected each by itself", words.len())
            }
        }
    }
}
