//! Folders as people and tools lay them out.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use runeblocks_calibrate::{Dataset, Reason, splits};
use tempfile::TempDir;

/// Writes an empty file; a dataset is found by names alone.
fn touch(folder: &Path, name: &str) {
    write(folder, name, "");
}

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn folder(names: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    names.iter().for_each(|name| touch(folder.path(), name));
    folder
}

/// The recordings: name, label, speaker, split.
fn seen(dataset: &Dataset) -> Vec<(&str, &str, &str, &str)> {
    let text = |of: &'_ Option<String>| of.clone().unwrap_or_default().leak() as &str;
    dataset.clips.iter().map(|clip| (&*clip.name, &*clip.label, text(&clip.speaker), text(&clip.split))).collect()
}

#[test]
fn speakers_are_folders_of_words() {
    let folder =
        folder(&["up/anna/1.wav", "up/anna/deep/2.wav", "up/ben/b_nohash_3.wav", "up/4.wav", "down/anna/5.wav"]);
    let dataset = Dataset::open(folder.path(), None).unwrap();
    let expected = [
        ("down/anna/5.wav", "down", "anna", ""),
        ("up/4.wav", "up", "", ""),
        ("up/anna/1.wav", "up", "anna", ""),
        ("up/anna/deep/2.wav", "up", "anna", ""),
        ("up/ben/b_nohash_3.wav", "up", "b", ""),
    ];
    assert_eq!(seen(&dataset), expected);
}

#[test]
fn exports_without_a_list_have_labels_in_their_names() {
    let names = ["training/up.3f2a1b.wav", "training/turn on.1.wav.4abc123.ingestion-5d.wav", "testing/down.9.flac"];
    let folder = folder(&[&names[..], &["testing/0001.wav"]].concat());
    let dataset = Dataset::open(folder.path(), None).unwrap();
    let expected =
        [(names[2], "down", "", "testing"), (names[1], "turn on", "", "training"), (names[0], "up", "", "training")];
    assert_eq!(seen(&dataset), expected);
    assert_eq!(dataset.notes.lines(), ["left out: 1 recording whose name tells no label: testing/0001.wav"]);
    assert_eq!(Dataset::open(&folder.path().join("training"), None).unwrap().clips.len(), 2);
    assert_eq!(seen(&Dataset::open(folder.path(), Some(" testing ")).unwrap()), expected[..1]);
}

#[test]
fn info_labels_is_what_counts() {
    let list = r#"{"version": 1, "files": [
        {"path": "training/a.wav", "name": "a", "category": "training", "label": {"type": "label", "label": "up"}},
        {"path": "b.1.wav", "category": "testing", "label": {"type": "label", "label": "down"}},
        {"path": "training/c.wav", "category": "training", "label": {"type": "unlabeled"}},
        {"path": "training/d.wav", "category": "training",
         "label": {"type": "multi-label", "labels": [{"label": "up", "startIndex": 0, "endIndex": 9}]}},
        {"path": "training/e.jpg", "category": "training", "label": {"type": "label", "label": "up"}},
        {"path": "training/gone.wav", "category": "training", "label": {"type": "label", "label": "up"}}]}"#;
    let sounds =
        ["training/a.wav", "testing/b.1.wav", "training/c.wav", "training/d.wav", "training/e.jpg", "training/x.wav"];
    let whole = folder(&sounds);
    write(whole.path(), "info.labels", list);
    let dataset = Dataset::open(whole.path(), None).unwrap();
    let expected = [
        ("training/a.wav", "up", "", "training"),
        ("b.1.wav", "down", "", "testing"),
        ("training/gone.wav", "up", "", "training"),
    ];
    assert_eq!(seen(&dataset), expected);
    assert!(dataset.clips[1].path.is_file());
    assert_eq!(seen(&Dataset::open(&whole.path().join("info.labels"), None).unwrap()), expected);
    let left = [
        "left out: 1 recording whose name tells no label: training/c.wav",
        "left out: 1 recording with several labels: training/d.wav",
        "left out: 1 recording that info.labels does not list: training/x.wav",
        "left out: 1 file that is no sound: training/e.jpg",
    ];
    assert_eq!(dataset.notes.lines(), left);

    let parts = folder(&["training/a.wav", "testing/no.1.wav"]);
    let of_part =
        r#"{"files": [{"path": "a.wav", "category": "training", "label": {"type": "label", "label": "üles"}}]}"#;
    write(parts.path(), "training/info.labels", of_part);
    let dataset = Dataset::open(parts.path(), None).unwrap();
    let expected = [("testing/no.1.wav", "no", "", "testing"), ("training/a.wav", "üles", "", "training")];
    assert_eq!(seen(&dataset), expected);
}

#[test]
fn a_word_may_be_named_as_a_split_is() {
    for names in [&["test/a.wav", "up/a.wav"][..], &["test/anna/a.wav", "up/anna/a.wav"]] {
        let folder = folder(names);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.counts(), [("test", 1), ("up", 1)].into());
        assert_eq!(dataset.notes.lines(), ["taken for words, as other folders are none of splits: `test`"]);
    }
}

#[test]
fn noise_is_of_every_split() {
    let folder = folder(&["train/up/a.wav", "test/up/b.wav", "_background_noise_/n.wav", "docs/notes.txt"]);
    for split in [None, Some("train"), Some("test")] {
        let dataset = Dataset::open(folder.path(), split).unwrap();
        assert_eq!((dataset.noises.len(), dataset.clips.len()), (1, if split.is_some() { 1 } else { 2 }));
    }
}

#[cfg(unix)]
#[test]
fn links_and_devices_do_no_harm() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["up/a.wav"]);
    symlink("..", folder.path().join("up/loop")).unwrap();
    symlink("nowhere", folder.path().join("up/gone.wav")).unwrap();
    symlink("nowhere", folder.path().join("up/gone")).unwrap();
    symlink("/dev/null", folder.path().join("up/null.wav")).unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(seen(&dataset), [("up/a.wav", "up", "", ""), ("up/gone.wav", "up", "", "")]);
    let left = [
        "left out: 2 files or folders that cannot be read: up/gone, up/loop",
        "left out: 1 file that is no sound: up/null.wav",
    ];
    assert_eq!(dataset.notes.lines(), left);
}

/// Two recordings whose names are composed otherwise are two; one that a manifest names otherwise is one.
#[test]
fn files_may_differ_in_composition_alone() {
    let both = ["up/\u{fc}.wav", "up/u\u{308}.wav"];
    let folder = folder(&both);
    assert_eq!(Dataset::open(folder.path(), None).unwrap().clips.len(), 2);
    let line = |name: &str| format!("{name},up\n");
    write(folder.path(), "two.csv", &format!("path,label\n{}{}", line(both[0]), line(both[1])));
    assert_eq!(Dataset::open(&folder.path().join("two.csv"), None).unwrap().clips.len(), 2);
    fs::remove_file(folder.path().join(both[0])).unwrap();
    let error = Dataset::open(&folder.path().join("two.csv"), None).unwrap_err().to_string();
    assert!(error.ends_with("line 3: `up/u\u{308}.wav` is listed before, on line 2: keep one of the lines"), "{error}");
}

const WORDS: [&str; 4] = ["up", "down", "test", "vasakule"];
const SPEAKERS: [&str; 3] = ["anna", "ben", "Võru Jüri"];
const NAMES: [&str; 8] = ["train", "Training", "val", "validation", "dev", "test", "testing", "eval"];

/// Where a recording lies: its word, speaker and split by number.
type Place = (usize, Option<usize>, usize);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    Words,
    Flat,
    WordsInSplits,
    FlatInSplits,
    SplitsInWords,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the layout, every file is a recording with its label, speaker and split, or is counted among what was left out.
    #[test]
    fn nothing_is_lost(
        layout in prop::sample::select(vec![
            Layout::Words, Layout::Flat, Layout::WordsInSplits, Layout::FlatInSplits, Layout::SplitsInWords,
        ]),
        places in prop::collection::vec((0..4usize, prop::option::of(0..3usize), 0..3usize), 1..20),
        first in 0..8usize,
        unread in 0..4usize, texts in 0..3usize, empty in 0..3usize, loose in 0..3usize,
    ) {
        let splits_of: Vec<&str> = (0..3).map(|at| NAMES[(first + 3 * at) % 8]).collect();
        let folder = TempDir::new().unwrap();
        let mut expected: Vec<(String, Option<String>, Option<String>)> = Vec::new();
        let is_flat = matches!(layout, Layout::Flat | Layout::FlatInSplits);
        // A word alone that is named as a split is would be one.
        let has_words = places.iter().any(|(word, ..)| WORDS[*word] != "test") || layout != Layout::Words && layout != Layout::SplitsInWords;
        prop_assume!(has_words);
        let within = |&(word, speaker, split): &Place| {
            let (word, split) = (WORDS[word], splits_of[split]);
            let speaker = speaker.map_or(String::new(), |at| format!("/{}", SPEAKERS[at]));
            match layout {
                Layout::Words => format!("{word}{speaker}"),
                Layout::WordsInSplits => format!("{split}/{word}{speaker}"),
                Layout::SplitsInWords => format!("{word}/{split}{speaker}"),
                Layout::Flat => String::new(),
                Layout::FlatInSplits => split.to_owned(),
            }
        };
        for (number, place) in places.iter().enumerate() {
            let own = if is_flat { format!("{}.{number}.wav", WORDS[place.0]) } else { format!("{number}.wav") };
            touch(folder.path(), format!("{}/{own}", within(place)).trim_start_matches('/'));
            let speaker = place.1.filter(|_| !is_flat).map(|at| SPEAKERS[at].to_owned());
            let has_split = !matches!(layout, Layout::Words | Layout::Flat);
            expected.push((WORDS[place.0].to_owned(), speaker, has_split.then(|| splits_of[place.2].to_owned())));
        }
        (0..unread).for_each(|at| touch(folder.path(), format!("{}/{at}.WMA", within(&places[0])).trim_start_matches('/')));
        (0..texts).for_each(|at| touch(folder.path(), &format!("notes{at}.txt")));
        (0..empty).for_each(|at| fs::create_dir(folder.path().join(format!("empty{at}"))).unwrap());
        (0..loose).for_each(|at| touch(folder.path(), &format!("loose{at}.wav")));
        touch(folder.path(), ".hidden.wav");

        let speakers_of_test = |test: bool| -> Vec<_> {
            places.iter().filter(|place| (WORDS[place.0] == "test") == test).filter_map(|place| place.1).collect()
        };
        // A word named as a split is with folders that no other word has is not clear.
        let (own, others) = (speakers_of_test(true), speakers_of_test(false));
        if layout == Layout::Words && !own.is_empty() && !own.iter().any(|speaker| others.contains(speaker)) {
            prop_assert!(Dataset::open(folder.path(), None).is_err());
            return Ok(());
        }
        if layout == Layout::SplitsInWords {
            let inner = |test: bool| -> Vec<_> {
                places.iter().filter(|place| (WORDS[place.0] == "test") == test).map(|place| place.2).collect()
            };
            prop_assume!(inner(true).is_empty() || inner(true).iter().any(|split| inner(false).contains(split)));
        }

        let dataset = Dataset::open(folder.path(), None).unwrap();
        let mut found: Vec<_> =
            dataset.clips.iter().map(|clip| (clip.label.clone(), clip.speaker.clone(), clip.split.clone())).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(&found, &expected);
        let left: BTreeMap<&str, usize> =
            dataset.notes.left_out.iter().map(|left| (left.reason.key(), left.count)).collect();
        let unlabelled = if layout == Layout::Flat { "unlabelled" } else { "loose" };
        let counts = [("format", unread), ("no_sound", texts), ("empty", empty), (unlabelled, loose)];
        prop_assert_eq!(left, counts.into_iter().filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>());
        let is_wma = |reason: &Reason| *reason == Reason::Format("wma".to_owned());
        prop_assert_eq!(dataset.notes.left_out.iter().any(|left| is_wma(&left.reason)), unread > 0);

        for (split, count) in splits(dataset.clips.iter()) {
            let one = Dataset::open(folder.path(), Some(split)).unwrap();
            prop_assert_eq!(one.clips.len(), count);
            prop_assert!(one.clips.iter().all(|clip| clip.split.as_deref() == Some(split)));
        }
    }
}
