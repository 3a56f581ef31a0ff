//! Names that people see as equal are one, however they are composed, and whatever blanks are around them.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use runeblocks_calibrate::{CalibrateOptions, Dataset, Evaluation, Options, SpotterError, new_words};
use runeblocks_core::text::key;
use tempfile::TempDir;
use unicode_normalization::UnicodeNormalization;

/// Letters that are composed in several ways (Estonian, Vietnamese, Korean, Arabic, Bengali), and some that are not.
const LETTERS: [&str; 20] = [
    "\u{fc}",
    "\u{f5}",
    "\u{161}",
    "\u{1ebf}",
    "\u{1ed9}",
    "\u{1eb7}",
    "\u{1b0}\u{1ee3}",
    "\u{ac00}",
    "\u{d55c}",
    "\u{ae00}",
    "\u{622}",
    "\u{623}",
    "\u{624}",
    "\u{9cb}",
    "\u{3b0}",
    "a",
    "e",
    "k",
    "l",
    "\u{628}",
];
const AROUND: [&str; 6] = ["", " ", "\u{a0}", "\u{feff}", "\u{200b}", " \u{feff} "];

/// A way to write a name: decomposed or not, and what is around it.
type Way = (bool, usize, usize);

fn way() -> impl Strategy<Value = Way> {
    (any::<bool>(), 0..AROUND.len(), 0..AROUND.len())
}

fn written(name: &str, (decomposed, before, after): Way) -> String {
    let name: String = if decomposed { name.nfd().collect() } else { name.nfc().collect() };
    format!("{}{name}{}", AROUND[before], AROUND[after])
}

fn put(folder: &Path, name: &str, clip: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(common::root().join(format!("examples/clips/{clip}.wav")), path).unwrap();
}

fn confusion(evaluation: &Evaluation) -> (Vec<Vec<usize>>, usize) {
    (evaluation.confusion(), evaluation.failures.len())
}

const CLIPS: [&str; 4] = ["up", "down", "left", "right"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_evaluation_is_that_of_clean_names(
        words in prop::collection::vec(prop::collection::vec(prop::sample::select(&LETTERS[..]), 2..6), 4),
        ways in prop::collection::vec(way(), 16),
        of_pipeline in prop::collection::vec(any::<bool>(), 4),
    ) {
        let words: Vec<String> = words.into_iter().map(|letters| key(&letters.concat())).collect();
        prop_assume!(words.iter().map(|word| word.to_lowercase()).collect::<BTreeSet<_>>().len() == 4);
        let clean = TempDir::new().unwrap();
        let [spelled, listed] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let mut manifest = "\u{feff}path,label,word,speaker,split\n".to_owned();
        for (number, way) in ways.iter().enumerate() {
            let at = number % 4;
            // A third are another word's clips.
            let clip = CLIPS[if number % 3 == 0 { (at + 1) % 4 } else { at }];
            put(clean.path(), &format!("{}/{number}.wav", words[at]), clip);
            put(spelled.path(), &format!("{}/{number}.wav", written(&words[at], *way)), clip);
            // The manifest composes paths otherwise than the file system does.
            let [stored, path] = [of_pipeline[at], !of_pipeline[at]]
                .map(|nfd| format!("{}/{number}.wav", written(&words[at], (nfd, 0, 0))));
            put(listed.path(), &stored, clip);
            let label = written(&words[at], *way);
            manifest += &format!("{path},{label},{label},{label},{label}\n");
        }
        fs::write(listed.path().join("manifest.csv"), manifest).unwrap();

        let own: Vec<_> = words.iter().zip(&of_pipeline).map(|(word, nfd)| written(word, (*nfd, 0, 0))).collect();
        let own = serde_json::to_string(&own).unwrap();
        let graph = common::with_words(&format!("[silence, unknown, {}", &own[1..]));
        let run = |dataset: &Dataset| Evaluation::run(&graph, dataset, Options::default(), || ()).unwrap();
        let expected = run(&Dataset::open(clean.path(), None).unwrap());
        prop_assert!(expected.others().is_empty());

        let of_manifest = Dataset::open(listed.path(), None).unwrap();
        prop_assert_eq!(of_manifest.counts().len(), 4);
        let speakers: BTreeSet<_> = of_manifest.clips.iter().map(|clip| clip.speaker.clone().unwrap()).collect();
        prop_assert_eq!(speakers.len(), 4);
        prop_assert_eq!(confusion(&run(&of_manifest)), confusion(&expected));
        prop_assert!(new_words(&graph, &of_manifest, &CalibrateOptions::default()).unwrap().is_empty());
        let split = written(&words[0], ways[1]);
        let of_split = Dataset::open(listed.path(), Some(&split)).unwrap();
        prop_assert_eq!((of_split.clips.len(), of_split.counts().len()), (4, 1));

        let mut folders = Dataset::open(spelled.path(), None).unwrap();
        prop_assert_eq!(folders.counts().len(), 4);
        let shares = |of: &Evaluation| of.per_label().iter().map(|of| (of.recall, of.precision)).collect::<Vec<_>>();
        let found = run(&folders);
        prop_assert_eq!((confusion(&found), shares(&found)), (confusion(&expected), shares(&expected)));
        let spellings: BTreeSet<_> = fs::read_dir(spelled.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let joined: usize = folders.notes.joined.iter().map(|joined| joined.spellings.len() - 1).sum();
        prop_assert_eq!(joined, spellings.len() - 4);
        folders.retain(&[written(&words[2], ways[0])]).unwrap();
        prop_assert_eq!(folders.counts().len(), 1);
        prop_assert_eq!(key(&folders.clips[0].label), key(&words[2]));
    }
}

#[test]
fn what_was_joined_is_said() {
    let folder = TempDir::new().unwrap();
    for name in ["u\u{308}les/a.wav", "\u{fc}les/b.wav", "\u{fc}les /c.wav", "up/d.wav"] {
        put(folder.path(), name, "up");
    }
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(
        dataset.notes.lines(),
        ["taken as one: `u\u{308}les` is written in 3 ways: `u\\u{308}les`, `\u{fc}les`, `\u{fc}les\\u{20}`"]
    );
    let [_, joined] = dataset.notes.to_json();
    assert_eq!(
        joined,
        serde_json::json!([{ "name": "u\u{308}les", "spellings": ["u\u{308}les", "\u{fc}les", "\u{fc}les "] }])
    );
}

/// Labels that were hardly meant.
#[test]
fn labels_without_a_word_are_errors_unless_meant() {
    let graph = common::graph();
    let error = |names: &[&str], new_words: bool| {
        let folder = TempDir::new().unwrap();
        names.iter().for_each(|name| put(folder.path(), name, "up"));
        let dataset = Dataset::open(folder.path(), None).unwrap();
        Evaluation::run(&graph, &dataset, Options { new_words, ..Options::default() }, || ())
    };
    let found = error(&["up/a.wav", "donw/a.wav", "donw/b.wav", "rihgt/c.wav"], false).unwrap_err();
    assert_eq!(
        found.to_string(),
        "`donw` (2 recordings, as donw/a.wav) is no word here, and looks like `down`, mistyped; `rihgt` (1 recording, as \
         rihgt/c.wav) is no word here, and looks like `right`, mistyped"
    );
    let found = error(&["up/a.wav", "_unkown_/a.wav"], false).unwrap_err();
    assert!(matches!(found, SpotterError::Mistyped { .. }), "{found}");
    let meant = error(&["up/a.wav", "donw/a.wav"], true).unwrap();
    assert_eq!(meant.others(), [("donw", 1)]);

    let found = error(&["cat/a.wav", "dog/a.wav", "silence/a.wav"], false).unwrap_err();
    assert_eq!(
        found.to_string(),
        "no label of the recordings (`cat`, `dog`) is a word of the pipeline (`up`, `down`, `left`, `right`)"
    );
    assert_eq!(error(&["cat/a.wav", "dog/a.wav", "cat/b.wav"], true).unwrap().others(), [("cat", 2), ("dog", 1)]);
    // False accepts are measured on these alone.
    assert!(error(&["unknown/a.wav", "_silence_/a.wav"], false).unwrap().others().is_empty());
    assert_eq!(error(&["lift/a.wav", "up/a.wav", "cup/a.wav"], false).unwrap().others(), [("cup", 1), ("lift", 1)]);

    let found = error(&["recordings/up/a.wav", "recordings/left/a.wav"], false).unwrap_err();
    assert_eq!(
        found.to_string(),
        "`recordings` is taken for a label, and it is no word of the pipeline; folders in it are (`left`, `up`): expected is a \
         folder for each word, with those of speakers in it"
    );
}
