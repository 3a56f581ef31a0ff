//! `calibrate` and `rehearse` on the demo clips and the keyword model of the repository.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use std::fs;

use support::{Folder, shipped};

const WORDS: [&str; 4] = ["up", "down", "left", "right"];

/// The keyword pipeline, and a manifest of five recordings of each word, three of `few` and two of `val`: the demo clips, shifted.
fn folder() -> Folder {
    let folder = Folder::new();
    let keyword = shipped("../../models/keyword");
    for name in ["Runefile.yml", "keyword_int8.tflite", "keyword_int8.rehearsal.safetensors"] {
        fs::copy(keyword.join(name), folder.path(name)).unwrap();
    }
    let mut manifest = "path,label,split\n".to_owned();
    for word in WORDS {
        let clip = fs::read(shipped(&format!("../../examples/clips/{word}.wav"))).unwrap();
        let mut samples: Vec<_> =
            clip[44..].chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
        for number in 0..5 {
            samples.rotate_right(300);
            folder.write_wav(&format!("{word}{number}.wav"), 16_000, &samples);
            manifest += &format!("{word}{number}.wav,{word},{}\n", if number < 3 { "few" } else { "val" });
        }
    }
    folder.write("clips.csv", manifest);
    folder
}

#[test]
fn what_is_held_out_is_not_trained_on() {
    let folder = folder();
    let calibrate = ["calibrate", "Runefile.yml", "clips.csv", "--json", "--held-out", "val", "--dry-run"];
    let json = folder.json(&calibrate);
    assert_eq!(
        (&json["recordings"]["after"]["accuracy"]["of"], &json["held_out"]["after"]["accuracy"]["of"]),
        (&12.into(), &8.into())
    );
    assert_eq!(json, folder.json(&[&calibrate[..], &["--split", "few"]].concat()));
    folder.fails(
        &[&calibrate[..], &["--split", "val"]].concat(),
        4,
        "error: all of the recordings are held out, and none is left to train on: hold out another split",
    );
}

#[test]
fn recordings_that_cannot_be_used_are_told() {
    let folder = folder();
    for name in ["up0.wav", "down4.wav"] {
        folder.write(name, "RIFF");
    }
    let long = vec![0; 20_000];
    folder.write_wav("left0.wav", 16_000, &long);
    let calibrate = ["calibrate", "Runefile.yml", "clips.csv", "--held-out", "val", "--dry-run"];
    let ran = folder.run(&calibrate);
    assert!(ran.stderr.contains("up0.wav: ") && ran.stderr.contains("down4.wav: "), "{}", ran.stderr);
    assert!(ran.status == 4 && ran.stdout.contains("\ntoo long, and cut at their end: 1\n"), "{}", ran.stdout);
    let json: serde_json::Value =
        serde_json::from_str(&folder.run(&[&calibrate[..], &["--json"]].concat()).stdout).unwrap();
    assert_eq!(json["failures"].as_array().unwrap().len(), 2);
}

#[test]
fn new_words_are_told_before_they_are_trained() {
    let folder = folder();
    let manifest = fs::read_to_string(folder.path("clips.csv")).unwrap().replace(".wav,right,", ".wav,vasakule,");
    folder.write("clips.csv", manifest);
    let calibrate = ["calibrate", "Runefile.yml", "clips.csv", "--split", "few", "--dry-run"];
    let ran = folder.run(&calibrate);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "note: new words: `vasakule` (3)\n"));
    let json = folder.run(&[&calibrate[..], &["--json"]].concat()).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["new_words"], serde_json::json!({ "vasakule": 3 }));
    // What looks like a word that is dropped is a new one.
    let manifest = fs::read_to_string(folder.path("clips.csv")).unwrap().replace(".wav,down,", ".wav,donw,");
    folder.write("clips.csv", manifest);
    assert_eq!(folder.run(&calibrate).status, 4);
    let ran = folder.run(&[&calibrate[..], &["--replace"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "note: new words: `donw` (3), `vasakule` (3)\n"));
    let ran = folder.run(&[&calibrate[..], &["--new-words"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "note: new words: `donw` (3), `vasakule` (3)\n"));
}

#[test]
fn a_suffix_is_a_part_of_a_name() {
    let folder = folder();
    for suffix in ["", "../x"] {
        let ran = folder.run(&["calibrate", "Runefile.yml", "clips.csv", "--suffix", suffix]);
        assert!(ran.status == 2 && ran.stderr.contains("expected a part of a file's name"), "{}", ran.stderr);
    }
}

#[test]
fn what_is_stored_is_replaced_when_told() {
    let folder = folder();
    let rehearse = ["rehearse", "Runefile.yml", "clips.csv"];
    folder.fails(
        &rehearse,
        1,
        "error: keyword_int8.rehearsal.safetensors: it is there already\nhelp: replace it by `--overwrite`",
    );
    let overwrite = [&rehearse[..], &["--overwrite"]].concat();
    let ran = folder.run(&[&overwrite[..], &["--per-word", "0", "--unknown", "0"]].concat());
    assert!(ran.status == 4 && ran.stderr.contains("none of the recordings would be kept"), "{}", ran.stderr);
    assert!(folder.ok(&overwrite).starts_with("keyword_int8.rehearsal.safetensors: 20 recordings of 4 words, "));
}

/// What a model was calibrated on is no measure of it.
#[test]
fn recordings_that_the_model_was_trained_on_are_told() {
    let folder = folder();
    folder.ok(&["calibrate", "Runefile.yml", "clips.csv", "--split", "few", "--held-out", "val"]);
    let eval = |runefile, split: &[&str]| {
        let ran = folder.run(&[&["eval", runefile, "clips.csv"], split].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.stderr
    };
    let warning = |count, of| {
        format!(
            "warning: the model was trained on {count} of these {of} recordings, and what it finds in them says nothing of others"
        )
    };
    let help = "\nhelp: measure it on recordings that it was not trained on\n";
    let calibrated = "Runefile-calibrated.yml";
    assert_eq!(eval("Runefile.yml", &[]), "");
    assert_eq!(eval(calibrated, &["--split", "few"]), warning(12, 12) + help);
    assert_eq!(eval(calibrated, &["--split", "val"]), "");
    let mixed = eval(calibrated, &[]);
    assert!(mixed.starts_with(&(warning(12, 20) + "; accuracy on the others: ")) && mixed.ends_with(help), "{mixed}");
    let ran = folder.run(&["eval", calibrated, "clips.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        [&json["trained_on"]["count"], &json["unseen"]["of"]],
        [&12.into(), &8.into()] as [&serde_json::Value; 2]
    );
    let again = folder.run(&["calibrate", calibrated, "clips.csv", "--split", "few", "--dry-run"]);
    assert!(again.stderr.starts_with(&warning(12, 12)) && again.stderr.contains("by `--held-out`"), "{}", again.stderr);
}
