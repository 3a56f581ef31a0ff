//! `parity` on the demo clips and the keyword model of the repository.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use std::fs;

use support::{Folder, shipped};

/// A Runefile, and two demo clips.
fn folder() -> Folder {
    let folder = Folder::new();
    let keyword = shipped("../../models/keyword");
    for name in ["Runefile.yml", "keyword_int8.tflite"] {
        fs::copy(keyword.join(name), folder.path(name)).unwrap();
    }
    for word in ["up", "down"] {
        fs::create_dir_all(folder.path("clips").join(word)).unwrap();
        let clip = shipped(&format!("../../examples/clips/{word}.wav"));
        fs::copy(clip, folder.path(&format!("clips/{word}/{word}.wav"))).unwrap();
    }
    folder
}

#[test]
fn the_same_front_end_is_the_same() {
    let folder = folder();
    let digest = "bf0caace66e3c9dc2b8950650a55761775c0aad5d2c875f55b90470562c37336";
    let text = folder.ok(&["parity", "Runefile.yml", "Runefile.yml", "--data", "clips"]);
    let expected = format!(
        "\
A  Runefile.yml
   front end {digest}
B  Runefile.yml
   front end {digest}

stage     bits  values that differ  at most by  on average
audio     same
fft       same
features  same

the model of A, 2 clips
words that change        0.0 % (0.0–65.8; 0 of 2)
score of the word        changes by 0.0000 at most, 0.0000 on average
accuracy with A          "
    );
    assert!(text.starts_with(&expected), "{text}");
}

#[test]
fn bits_that_differ_have_a_status() {
    let folder = folder();
    let set = ["parity", "Runefile.yml", "--data", "clips/up/up.wav", "--set", "fft.lower_band_limit=130"];
    let ran = folder.run(&set);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    for part in [
        "B  Runefile.yml, fft.lower_band_limit=130\n",
        "\nstage  argument          A      B\nfft    lower_band_limit  125.0  130\n",
        "\nthe first stage that differs is fft: clip clips/up/up.wav, frame ",
        "\nits channels that differ most:\n\nchannel  values that differ ",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let ran = folder.run(&[&set[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.status, &json["same"], &json["first"]), (1, &false.into(), &"fft".into()));
    assert_eq!(json["stages"][1]["difference"]["first"]["clip"], "clips/up/up.wav");
    assert!(json["effect"]["accuracy"].is_null());
    let ran = folder.run(&["parity", "Runefile.yml", "--data", "clips", "--set", "fft.window_step=10"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("\nfft       shape          [49, 40]  "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nfft       differ  not compared, as the shapes differ\n"), "{}", ran.stdout);
}

#[test]
fn features_are_those_of_the_front_end() {
    let folder = folder();
    let clips = ["clips/up/up.wav", "clips/down/down.wav"];
    let fft = ["--window-size", "30", "--window-step", "20", "--num-channels", "40"];
    let logarithm = ["--min-signal-remaining", "1", "--enable-pcan", "false", "--scale-shift", "5"];
    folder.ok(&[&["features"], &clips[..], &fft, &logarithm, &["-o", "a.npy"]].concat());
    let text = folder.ok(&[&["parity", "Runefile.yml", "a.npy", "--data"], &clips[..]].concat());
    assert!(text.starts_with("A  Runefile.yml, features.out_type=uint16\n"), "{text}");
    assert!(text.contains("\nfeatures (recorded)  same\n") && text.contains("requantised: u16 to i8"), "{text}");
    folder.fails(
        &["parity", "Runefile.yml", "a.npy", "--data", clips[0]],
        4,
        "error: the recorded features are u16 [2, 49, 40]: expected [1, frames, channels], for as many recordings\n\
         help: record the features of the same recordings, in the order of the data",
    );
}

#[test]
fn what_cannot_be_compared_has_another_status() {
    let folder = folder();
    let parity = |args: &[&str]| folder.run(&[&["parity", "Runefile.yml"], args].concat());
    assert_eq!(parity(&["--data", "clips"]).status, 2);
    assert_eq!(parity(&["--set", "fft=1", "--data", "clips"]).status, 2);
    assert_eq!(parity(&["--set", "model.x=1", "--data", "clips"]).status, 2);
    assert_eq!(parity(&["--set", "fft.dialect=foo", "--data", "clips"]).status, 3);
    assert_eq!(parity(&["nope.yml", "--data", "clips"]).status, 3);
    assert_eq!(parity(&["nope.npy", "--data", "clips"]).status, 4);
    assert_eq!(parity(&["Runefile.yml", "--data", "nope.wav"]).status, 4);
    assert_eq!(parity(&["Runefile.yml", "--data", "nope"]).status, 4);
}
