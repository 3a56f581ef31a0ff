//! `eval` on the demo clips and the keyword model of the repository.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use std::fs;

use support::{Folder, shipped};

const LAYOUTS: &str = "word/clip.wav, word/speaker/clip.wav, label.id.wav, these in folders of splits (train/word/clip.wav), \
                       info.labels of Edge Impulse, or a manifest.csv with the columns path and label";
const WORDS: [&str; 4] = ["up", "down", "left", "right"];

/// A Runefile, and the demo clips in `clips`, a folder a word.
fn folder() -> Folder {
    let folder = Folder::new();
    let keyword = shipped("../../models/keyword");
    fs::copy(keyword.join("Runefile.yml"), folder.path("Runefile.yml")).unwrap();
    fs::copy(keyword.join("keyword_int8.tflite"), folder.path("keyword_int8.tflite")).unwrap();
    for word in WORDS {
        fs::create_dir_all(folder.path("clips").join(word)).unwrap();
        folder.write(&format!("clips/{word}/{word}.wav"), clip(word));
    }
    folder
}

/// A demo clip: 44 bytes of header and a second of 16-bit samples.
fn clip(word: &str) -> Vec<u8> {
    fs::read(shipped(&format!("../../examples/clips/{word}.wav"))).unwrap()
}

fn samples(word: &str) -> Vec<i16> {
    clip(word)[44..].chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect()
}

/// With a word that the pipeline does not know, so that there is a curve.
fn folder_with_others() -> Folder {
    let folder = folder();
    fs::create_dir(folder.path("clips/cat")).unwrap();
    folder.write_wav("clips/cat/cat.wav", 16_000, &support::tone(16_000));
    folder
}

#[test]
fn results_are_tables() {
    let folder = folder();
    let text = folder.ok(&["eval", "Runefile.yml", "clips"]);
    let (tables, latency) = text.split_once("\na clip took ").unwrap();
    let expected = "\
accuracy     100.0 % (51.0–100.0; 4 of 4)
words found  100.0 % (51.0–100.0; 4 of 4)

true \\ found  silenc  unknow      up    down    left   right
up                 0       0       1       0       0       0
down               0       0       0       1       0       0
left               0       0       0       0       1       0
right              0       0       0       0       0       1

label  recall                        precision
up     100.0 % (20.7–100.0; 1 of 1)  100.0 % (20.7–100.0; 1 of 1)
down   100.0 % (20.7–100.0; 1 of 1)  100.0 % (20.7–100.0; 1 of 1)
left   100.0 % (20.7–100.0; 1 of 1)  100.0 % (20.7–100.0; 1 of 1)
right  100.0 % (20.7–100.0; 1 of 1)  100.0 % (20.7–100.0; 1 of 1)
";
    assert_eq!(tables, expected);
    assert!(latency.contains(", 95 % of them at most "), "{latency}");
    let text = folder_with_others().ok(&["eval", "Runefile.yml", "clips", "--false-accepts", "0.5"]);
    assert!(text.contains("\nothers rejected ") && text.contains("\n50 % false accepts  "), "{text}");
}

#[test]
fn results_are_json() {
    let folder = folder();
    let json = folder.json(&["eval", "Runefile.yml", "clips", "--json"]);
    assert_eq!(json["accuracy"], 1.0);
    assert_eq!(json["interval"].as_array().unwrap().len(), 2);
    assert_eq!((&json["count"], &json["of"]), (&4.into(), &4.into()));
    assert_eq!(json["labels"].as_array().unwrap().len(), 6);
    assert_eq!(json["confusion"][2], serde_json::json!([0, 0, 1, 0, 0, 0]));
    assert_eq!(json["per_label"]["up"]["recall"]["value"], 1.0);
    assert!(json["det"].is_null() && json["rejection"].is_null());
    let json = folder.json(&["eval", "Runefile.yml", "clips", "--labels", "up,left", "--json"]);
    assert_eq!(json["of"], 2);
}

#[test]
fn files_are_written_beside_the_results() {
    let folder = folder_with_others();
    let json = folder.json(&[
        "eval",
        "Runefile.yml",
        "clips",
        "--json",
        "--report",
        "a.html",
        "--confusion",
        "a.CSV",
        "--det",
        "det.svg",
        "--clips",
        "clips.csv",
    ]);
    assert_eq!(json["of"], 5);
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let html = read("a.html");
    assert!(html.starts_with("<!DOCTYPE html>\n") && html.contains("Evaluation of Runefile.yml"), "{html}");
    assert!(read("a.CSV").starts_with("label,silence,unknown,up,down,left,right\nsilence,0,0,0,0,0,0\n"));
    assert!(read("det.svg").starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "));
    assert!(read("clips.csv").starts_with("path,label,word,trained_on,score:silence,score:unknown,score:up,"));
    assert_eq!(read("clips.csv").lines().count(), 6);
    folder.ok(&["eval", "Runefile.yml", "clips", "--confusion", "a.json", "--det", "det.csv"]);
    let confusion: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!((&confusion["labels"][2], &confusion["confusion"][2][2]), (&"up".into(), &1.into()));
    assert!(read("det.csv").starts_with("threshold,false_accepts,false_rejects\n"));
    folder.ok(&["eval", "Runefile.yml", "clips", "--confusion", "a.svg"]);
    assert!(read("a.svg").contains("up taken for up: 1 of 1, 100.0 %"));
}

#[test]
fn files_that_cannot_be_written() {
    let folder = folder();
    let usage = |args: &[&str], expected: &str| {
        let ran = folder.run(&[&["eval", "Runefile.yml", "clips"], args].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
    };
    usage(
        &["--confusion", "a.png"],
        "error: a.png: its name ends in .png, which is no form of what is written\n\
         help: choose a name that ends in .csv, .json or .svg",
    );
    usage(&["--det", "det"], "error: det: its name has no ending\nhelp: choose a name that ends in .csv or .svg");
    usage(
        &["--report", "a.pdf"],
        "error: a.pdf: its name ends in .pdf, which is no form of what is written\nhelp: choose a name that ends in .html",
    );
    usage(
        &["--false-accepts", "2"],
        "error: invalid value '2' for '--false-accepts <SHARE>': expected a number from 0 to 1",
    );
    folder.fails(
        &["eval", "Runefile.yml", "clips", "--det", "det.csv", "--report", "no/a.html"],
        1,
        "error: no/a.html: there is no folder no\nhelp: make the folder first",
    );
    let ran = folder.run(&["eval", "Runefile.yml", "clips", "--det", "det.csv"]);
    assert_eq!(
        ran.stderr,
        "error: det.csv: it is not written, as no threshold trades anything\n\
         help: take recordings with a word and recordings without (of `silence`, `unknown` or other words)\n"
    );
    assert!(ran.status == 4 && ran.stdout.starts_with("accuracy "), "{}", ran.stdout);
}

#[test]
fn recordings_that_cannot_be_found() {
    let folder = folder();
    fs::create_dir(folder.path("empty")).unwrap();
    folder.write("nolabel.csv", "path,lable\na.wav,up\n");
    folder.write("splits.csv", "path,label,split\na.wav,up,train\n");
    fs::create_dir_all(folder.path("case/Up")).unwrap();
    folder.write("case/Up/up.wav", clip("up"));
    let fails = |args: &[&str], expected: &str| folder.fails(&[&["eval", "Runefile.yml"], args].concat(), 4, expected);
    fails(&["nope"], "error: nope: it cannot be read: No such file or directory (os error 2)");
    fails(&["empty"], &format!("error: empty: there are no recordings; expected {LAYOUTS}"));
    fails(&["nolabel.csv"], "error: nolabel.csv: line 1: there is no column `label`; the columns are `path`, `lable`");
    fails(&["splits.csv", "--split", "val"], "error: splits.csv: no line has the split `val`; the splits are `train`");
    fails(
        &["clips", "--split", "val"],
        "error: clips: it has no folders of splits (such as `train` and `test`) and no manifest.csv to tell which recordings \
         are of the split `val`\n\
         help: give a manifest with the column `split`, or leave the option out",
    );
    fails(&["case"], "error: the label `Up` and the word `up` of the pipeline differ by case alone: write them alike");
    fails(
        &["clips", "--labels", "up, dwon"],
        "error: there are no recordings of `dwon`; there are of `down`, `left`, `right`, `up`; did you mean `down`?",
    );
    folder.write("splits.csv", "path,label,split\na.wav,up,train\nb.wav,up,vla\n");
    fails(
        &["splits.csv", "--split", "val"],
        "error: splits.csv: no line has the split `val`; the splits are `train`, `vla`; did you mean `vla`?",
    );
}

/// All that is not measured is told: in the tables, the JSON and the page.
#[test]
fn what_is_left_out_is_counted() {
    let folder = folder_with_others();
    for number in 0..5 {
        folder.write(&format!("clips/up/{number}.wma"), "");
    }
    folder.write("clips/notes.txt", "");
    folder.write("clips/loose.wav", clip("up"));
    fs::create_dir(folder.path("clips/u\u{308}les")).unwrap();
    fs::create_dir_all(folder.path("clips/u\u{308}p")).unwrap();
    fs::create_dir_all(folder.path("clips/\u{fc}p ")).unwrap();
    folder.write("clips/u\u{308}p/a.wav", clip("up"));
    folder.write("clips/\u{fc}p /b.wav", clip("up"));
    let text = folder.ok(&["eval", "Runefile.yml", "clips", "--report", "a.html"]);
    let expected = "\
no words of the pipeline, and counted as `unknown`: `u\u{308}p` (2), `cat` (1)
left out: 5 recordings in a format that is not read (.wma): up/0.wma, up/1.wma, up/2.wma, …
left out: 1 recording beside the folders of words: loose.wav
left out: 1 empty folder: u\u{308}les
left out: 1 file that is no sound: notes.txt
taken as one: `u\u{308}p` is written in 2 ways: `u\\u{308}p`, `\u{fc}p\\u{20}`
";
    assert!(text.ends_with(expected), "{text}");
    let page = fs::read_to_string(folder.path("a.html")).unwrap();
    for part in
        ["left out: 5 recordings in a format that is not read (.wma)", "<bdi>cat</bdi> (1); they count as unknown"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let json = folder.json(&["eval", "Runefile.yml", "clips", "--json"]);
    assert_eq!(json["others"], serde_json::json!({ "u\u{308}p": 2, "cat": 1 }));
    let first = serde_json::json!({
        "reason": "format", "ending": "wma", "count": 5, "examples": ["up/0.wma", "up/1.wma", "up/2.wma"],
    });
    assert_eq!((json["left_out"].as_array().unwrap().len(), &json["left_out"][0]), (4, &first));
    assert_eq!(json["joined"][0]["spellings"], serde_json::json!(["u\u{308}p", "\u{fc}p "]));
    let text = folder.run(&["parity", "Runefile.yml", "--data", "clips", "--set", "fft.dialect=tflm"]).stdout;
    assert!(text.contains("\nleft out: 5 recordings in a format that is not read (.wma)"), "{text}");
}

#[test]
fn splits_are_told_and_chosen() {
    let folder = folder();
    for split in ["training", "testing"] {
        fs::create_dir_all(folder.path(&format!("splits/{split}"))).unwrap();
        folder.write(&format!("splits/{split}/up.3f2a1b.wav"), clip("up"));
    }
    let text = folder.ok(&["eval", "Runefile.yml", "splits"]);
    assert!(text.ends_with("\nall splits taken, as `--split` chooses none: `testing` (1), `training` (1)\n"), "{text}");
    let json = folder.json(&["eval", "Runefile.yml", "splits", "--split", "testing", "--json"]);
    assert_eq!((&json["of"], &json["splits"]), (&1.into(), &serde_json::json!({ "testing": 1 })));
}

#[test]
fn labels_that_were_hardly_meant() {
    let folder = folder();
    fs::rename(folder.path("clips/down"), folder.path("clips/donw")).unwrap();
    let eval = ["eval", "Runefile.yml", "clips"];
    let typo = "error: `donw` (1 recording, as donw/down.wav) is no word here, and looks like `down`, mistyped\n\
                help: give them the label that is meant, or give `--new-words` if they are other words";
    folder.fails(&eval, 4, typo);
    folder.fails(&["calibrate", "Runefile.yml", "clips", "--dry-run"], 4, typo);
    folder.fails(&["rehearse", "Runefile.yml", "clips"], 4, typo);
    let ran = folder.run(&["parity", "Runefile.yml", "--data", "clips", "--set", "fft.dialect=tflm"]);
    assert_eq!((ran.status, ran.stderr.trim_end()), (4, typo));
    assert_eq!(folder.json(&[&eval[..], &["--new-words", "--json"]].concat())["others"]["donw"], 1);

    fs::create_dir_all(folder.path("others/cat")).unwrap();
    folder.write("others/cat/a.wav", clip("up"));
    let eval = ["eval", "Runefile.yml", "others"];
    folder.fails(
        &eval,
        4,
        "error: no label of the recordings (`cat`) is a word of the pipeline (`up`, `down`, `left`, `right`)\n\
         help: give recordings of these words, or of `unknown` and `silence` alone; or `--new-words` if the labels are other words",
    );
    assert!(folder.ok(&[&eval[..], &["--new-words"]].concat()).contains("counted as `unknown`: `cat` (1)\n"));

    fs::remove_dir_all(folder.path("clips/donw")).unwrap();
    fs::rename(folder.path("clips"), folder.path("others/clips")).unwrap();
    fs::remove_dir_all(folder.path("others/cat")).unwrap();
    folder.fails(
        &eval,
        4,
        "error: `clips` is taken for a label, and it is no word of the pipeline; folders in it are (`left`, `right`, `up`): \
         expected is a folder for each word, with those of speakers in it\n\
         help: give the folder that has the words in it, or give `--new-words` if they are speakers",
    );
}

#[test]
fn folders_whose_layout_is_not_clear() {
    let folder = folder();
    fs::create_dir_all(folder.path("mixed/training")).unwrap();
    fs::rename(folder.path("clips/up"), folder.path("mixed/training/up")).unwrap();
    fs::rename(folder.path("clips/down"), folder.path("mixed/down")).unwrap();
    folder.fails(
        &["eval", "Runefile.yml", "mixed"],
        4,
        "error: mixed: the folder `training` is named as a split and has folders in it, and `down` beside it is no split: \
         expected are splits alone, or folders of words\n\
         help: move one of them elsewhere, or list the recordings in a manifest.csv",
    );
}

#[test]
fn pipelines_that_cannot_be_measured() {
    let folder = folder_with_others();
    let runefile = fs::read_to_string(folder.path("Runefile.yml")).unwrap();
    folder.write("known.yml", runefile.replace("unknown,", "other,"));
    folder.fails(
        &["eval", "known.yml", "clips"],
        4,
        "error: `cat` is not among the words of the pipeline (`silence`, `other`, `up`, `down`, `left`, `right`), and `unknown` \
         is neither: choose the labels by `--labels`",
    );
    folder.write("features.yml", runefile.replace("outputs: [word]", "outputs: [features]"));
    let ran = folder.run(&["eval", "features.yml", "clips"]);
    assert!(
        ran.stderr.ends_with(
            "error: the pipeline does not end in `most-confident-indices` and `label`, so its scores and words are not known\n\
             help: `runeblocks inspect` shows what the pipeline takes and gives\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert_eq!(folder.run(&["eval", "nope.yml", "clips"]).status, 3);
}

/// The others are measured all the same.
#[test]
fn recordings_that_cannot_be_used() {
    let folder = folder();
    folder.write_wav("clips/up/slow.wav", 8_000, &samples("up")[..8_000]);
    folder.write("clips/up/bad.flac", "fLaC, and no more");
    let ran = folder.run(&["eval", "Runefile.yml", "clips", "--json", "--report", "a.html"]);
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("error: clips/up/bad.flac: "), "{}", ran.stderr);
    assert_eq!(
        lines[lines.len() - 2..],
        [
            "error: clips/up/slow.wav: it is sampled at 8000 Hz, and 16000 Hz is expected",
            "help: convert it with `--resample`, or record at 16000 Hz"
        ],
        "{}",
        ran.stderr
    );
    assert_eq!(ran.status, 4);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&json["of"], json["failures"].as_array().unwrap().len()), (&4.into(), 2));
    assert!(fs::read_to_string(folder.path("a.html")).unwrap().contains("Could not be used: 2"));
    fs::remove_file(folder.path("clips/up/bad.flac")).unwrap();
    assert_eq!(folder.json(&["eval", "Runefile.yml", "clips", "--json", "--resample"])["of"], 5);
}

#[test]
fn recordings_of_another_length_are_fitted() {
    let folder = folder();
    folder.write_wav("clips/up/short.wav", 16_000, &samples("up")[..15_000]);
    let long = [samples("down"), vec![0; 100]].concat();
    folder.write_wav("clips/down/long.wav", 16_000, &long);
    let text = folder.ok(&["eval", "Runefile.yml", "clips"]);
    assert!(text.contains("\ntoo short, and given silence at their end: 1\n"), "{text}");
    assert!(text.ends_with("\ntoo long, and cut at their end: 1\n"), "{text}");
    let json = folder.json(&["eval", "Runefile.yml", "clips", "--json"]);
    assert_eq!((&json["padded"], &json["cut"]), (&1.into(), &1.into()));
}

/// Names of files are bytes; in JSON, what is no text stands as `\u{fffd}`.
#[cfg(unix)]
#[test]
fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    for name in [&b"a\xfe.wav"[..], b"a\xff.wav"] {
        fs::write(folder.path("clips/up").join(std::ffi::OsStr::from_bytes(name)), clip("down")).unwrap();
    }
    let json = folder.json(&["eval", "Runefile.yml", "clips", "--json"]);
    assert_eq!(json["of"], 6);
    assert_eq!(json["mistakes"][0]["path"], "clips/up/a\u{fffd}.wav");
}
