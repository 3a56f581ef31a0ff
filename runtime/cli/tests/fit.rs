//! `run` on data of another length than the pipeline takes: what was cut is told, and another part can be taken.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use std::fs;

use runeblocks_io::sound::{Channels, Sound};
use serde_json::{Value, json};
use support::{Folder, shipped};

/// The keyword pipeline, and the word `up`: alone, and late in 2.2 s of silence.
fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["Runefile.yml", "keyword_int8.tflite"] {
        fs::copy(shipped("../../models/keyword").join(name), folder.path(name)).unwrap();
    }
    let clip = fs::read(shipped("../../examples/clips/up.wav")).unwrap();
    folder.write("up.wav", &clip);
    let word: Vec<_> = clip[44..].chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
    assert_eq!(word.len(), 16_000);
    folder.write_wav("late.wav", 16_000, &[vec![0; 18_400], word, vec![0; 800]].concat());
    folder
}

fn said(folder: &Folder, args: &[&str]) -> (String, String) {
    let ran = folder.run(&[&["run", "Runefile.yml", "--sound"], args].concat());
    assert_eq!(ran.status, 0, "{args:?}: {}", ran.stderr);
    (ran.stdout.split_whitespace().next().unwrap_or_default().to_owned(), ran.stderr)
}

#[test]
fn a_late_word_is_told_and_found() {
    let folder = folder();
    assert_eq!(said(&folder, &["up.wav", "--fit"]), ("up".to_owned(), String::new()));
    let found = "note: late.wav: it has 2.2 s (35200 samples), and the pipeline takes 1 s (16000 samples)";
    let path = folder.path("late.wav");
    let begin = Sound::read(&path, Channels::Mono).unwrap().loudest(16_000);
    let seconds = (begin as f64 / 160.0).round() / 100.0;
    assert!((0.6..1.3).contains(&seconds), "{seconds}");
    let start = format!(
        "{found}: its start is taken; the loudest part begins after {seconds} s\nhelp: take the loudest part by `--fit=loudest`\n"
    );
    for fit in ["--fit", "--fit=start"] {
        assert_eq!(said(&folder, &["late.wav", fit]), ("silence".to_owned(), start.clone()));
    }
    let loudest = format!("{found}: the loudest part is taken, which begins after {seconds} s\n");
    assert_eq!(said(&folder, &["late.wav", "--fit=loudest"]), ("up".to_owned(), loudest));

    for (fit, taken_from) in [("--fit", 0), ("--fit=loudest", begin)] {
        let ran = folder.run(&["run", "Runefile.yml", "--sound", "late.wav", fit, "--json"]);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        let expected = json!({
            "audio": {
                "unit": "samples", "given": 35_200, "taken": 16_000, "begin": taken_from, "loudest": begin,
                "sample_rate": 16_000,
            }
        });
        assert_eq!(json["fitted"], expected);
    }
    assert_eq!(folder.json(&["run", "Runefile.yml", "--sound", "up.wav", "--json"])["fitted"], json!({}));
}

#[test]
fn what_begins_with_the_loudest_part_needs_no_help() {
    let folder = folder();
    folder.write_wav("early.wav", 16_000, &[vec![1000; 16_000], vec![0; 4_000]].concat());
    let note = "note: early.wav: it has 1.25 s (20000 samples), and the pipeline takes 1 s (16000 samples): its start is taken, \
                which is the loudest part\n";
    for fit in ["--fit", "--fit=loudest"] {
        assert_eq!(said(&folder, &["early.wav", fit]).1, note);
    }
}

#[test]
fn notes_are_counted_where_there_are_many() {
    let folder = folder();
    let (_, stderr) = said(&folder, &[vec!["late.wav"; 13], vec!["--fit"]].concat());
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 12, "{stderr}");
    assert_eq!(lines[10..], ["note: the same of 3 more", "help: take the loudest part by `--fit=loudest`"]);
}
