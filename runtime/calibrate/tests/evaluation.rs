//! The keyword pipeline of the repository, measured on the demo clips.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use runeblocks_calibrate::{Clip, Dataset, Evaluation, Fitted, Options, SpotterError};

/// A demo clip under a label.
fn clip(file: &str, label: &str) -> Clip {
    let path = common::root().join("examples/clips").join(file);
    Clip { path, name: file.to_owned(), label: label.to_owned(), ..Clip::default() }
}

fn evaluation(clips: Vec<Clip>) -> Evaluation {
    let dataset = Dataset { clips, ..Dataset::default() };
    Evaluation::run(&common::graph(), &dataset, Options::default(), || ()).unwrap()
}

/// Four words that are found, one of them as another's, one as a word that is unknown, and a file that is not there.
fn mixed() -> Evaluation {
    evaluation(vec![
        clip("up.wav", "up"),
        clip("down.wav", "down"),
        clip("left.wav", "left"),
        clip("right.wav", "right"),
        clip("right.wav", "left"),
        clip("up.wav", "cat"),
        clip("nope.wav", "up"),
    ])
}

#[test]
fn what_is_found_is_counted() {
    let evaluation = mixed();
    assert_eq!(evaluation.labels, ["silence", "unknown", "up", "down", "left", "right"]);
    let (accuracy, words, rejection) = (evaluation.accuracy(), evaluation.words(), evaluation.rejection());
    assert_eq!((accuracy.count, accuracy.of), (4, 6));
    assert_eq!((words.count, words.of), (4, 5));
    assert_eq!((rejection.count, rejection.of), (0, 1));
    let mut confusion = vec![vec![0; 6]; 6];
    for (row, column) in [(2, 2), (3, 3), (4, 4), (5, 5), (4, 5), (1, 2)] {
        confusion[row][column] = 1;
    }
    assert_eq!(evaluation.confusion(), confusion);
    let per_label = evaluation.per_label();
    let shares = |at: usize| [per_label[at].recall, per_label[at].precision].map(|share| (share.count, share.of));
    assert_eq!(shares(0), [(0, 0), (0, 0)]);
    assert_eq!(shares(4), [(1, 2), (1, 1)]);
    assert_eq!(shares(5), [(1, 1), (1, 2)]);
    let mistakes: BTreeSet<_> = evaluation.mistakes().iter().map(|scored| &*scored.clip.label).collect();
    assert_eq!(mistakes, ["cat", "left"].into());
    assert_eq!(evaluation.failures.len(), 1);
    assert!(
        evaluation.failures[0]
            .1
            .to_string()
            .ends_with("nope.wav: it cannot be read: No such file or directory (os error 2)")
    );
    assert!(evaluation.clips.iter().all(|scored| scored.fitted == Fitted::Exact && scored.scores.len() == 6));
    let latency = evaluation.latency().unwrap();
    assert!(latency.median <= latency.p95 && latency.p95 <= latency.max);
}

#[test]
fn everything_is_in_the_json() {
    let json = mixed().to_json(0.01);
    let keys: BTreeSet<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "accuracy",
        "interval",
        "count",
        "of",
        "words",
        "rejection",
        "labels",
        "confusion",
        "per_label",
        "det",
        "latency",
        "padded",
        "cut",
        "mistakes",
        "failures",
        "trained_on",
        "unseen",
        "others",
        "splits",
        "left_out",
        "joined",
    ];
    assert_eq!(keys, expected.into());
    assert!((json["accuracy"].as_f64().unwrap() - 4.0 / 6.0).abs() < 1e-12);
    assert_eq!(json["confusion"][4][5], 1);
    assert_eq!(json["per_label"]["left"]["recall"]["value"], 0.5);
    assert_eq!(json["per_label"]["silence"]["recall"], serde_json::Value::Null);
    assert_eq!(json["det"]["columns"][0], "threshold");
    assert_eq!(json["det"]["asked"]["false_accepts"], 0.01);
    assert_eq!(json["mistakes"].as_array().unwrap().len(), 2);
    assert_eq!(json["failures"].as_array().unwrap().len(), 1);
    let words = evaluation(vec![clip("up.wav", "up")]).to_json(0.01);
    assert_eq!((&words["det"], &words["rejection"]), (&serde_json::Value::Null, &serde_json::Value::Null));
}

#[test]
fn every_recording_is_told_of_when_it_is_done() {
    let done = AtomicUsize::new(0);
    let dataset = Dataset { clips: vec![clip("up.wav", "up"), clip("nope.wav", "up")], ..Dataset::default() };
    let each = || {
        done.fetch_add(1, Ordering::Relaxed);
    };
    Evaluation::run(&common::graph(), &dataset, Options::default(), each).unwrap();
    assert_eq!(done.into_inner(), 2);
}

#[test]
fn a_label_must_be_a_word_where_nothing_is_unknown() {
    let words = "[quiet, other, up, down, left, right]";
    let dataset = Dataset { clips: vec![clip("up.wav", "cat")], ..Dataset::default() };
    let error = Evaluation::run(&common::with_words(words), &dataset, Options::default(), || ()).unwrap_err();
    assert!(matches!(error, SpotterError::Label { .. }));
    assert_eq!(
        error.to_string(),
        "`cat` is not among the words of the pipeline (`quiet`, `other`, `up`, `down`, `left`, `right`), and `unknown` is \
         neither: choose the labels by `--labels`"
    );
}
