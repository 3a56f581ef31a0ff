//! Labelled recordings: folders, manifests, and what can be wrong with them.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;

use runeblocks_calibrate::Dataset;
use tempfile::TempDir;

/// The layouts that errors tell of.
const LAYOUTS: &str = "word/clip.wav, word/speaker/clip.wav, label.id.wav, these in folders of splits (train/word/clip.wav), \
                       info.labels of Edge Impulse, or a manifest.csv with the columns path and label";

/// A folder with these files; a dataset is found by their names alone.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// The recordings: name, label, speaker.
fn seen(dataset: &Dataset) -> Vec<(&str, &str, Option<&str>)> {
    dataset.clips.iter().map(|clip| (&*clip.name, &*clip.label, clip.speaker.as_deref())).collect()
}

/// The error, with the folder's own path left out.
fn error(folder: &TempDir, path: &str, split: Option<&str>) -> String {
    let error = Dataset::open(&folder.path().join(path), split).unwrap_err().to_string();
    error.replace(&*folder.path().to_string_lossy(), "").trim_start_matches('/').to_owned()
}

#[test]
fn a_folder_has_a_folder_a_label() {
    let folder = folder(&[
        ("vasakule/b_nohash_0.wav", ""),
        ("vasakule/a.FLAC", ""),
        ("vasakule/notes.txt", ""),
        ("vasakule/.hidden.wav", ""),
        ("_silence_/s.wav", ""),
        ("_unknown_/u.wav", ""),
        ("_background_noise_/n.wav", ""),
        ("noise/m.wav", ""),
        (".git/x.wav", ""),
        ("loose.wav", ""),
    ]);
    let dataset = Dataset::open(folder.path(), None).unwrap();
    let left: Vec<_> = dataset.notes.lines();
    assert_eq!(
        left,
        [
            "left out: 1 recording beside the folders of words: loose.wav",
            "left out: 1 file that is no sound: vasakule/notes.txt"
        ]
    );
    let expected = [
        ("_silence_/s.wav", "silence", None),
        ("_unknown_/u.wav", "unknown", None),
        ("vasakule/a.FLAC", "vasakule", None),
        ("vasakule/b_nohash_0.wav", "vasakule", Some("b")),
    ];
    assert_eq!(seen(&dataset), expected);
    let noises = ["_background_noise_/n.wav", "noise/m.wav"].map(|name| folder.path().join(name));
    assert_eq!(dataset.noises, noises);
    assert_eq!(dataset.counts(), [("silence", 1), ("unknown", 1), ("vasakule", 2)].into());
}

#[test]
fn a_manifest_tells_labels_speakers_and_splits() {
    let text = "\u{feff}path,word,label,speaker,split\n\
                a.wav, up ,up,anna,train\n\
                \"b,c.wav\",cat,_unknown_,,val\n\
                n.wav,x,_background_noise_,,val\n";
    let folder = folder(&[("manifest.csv", text), ("words.csv", "word,path\nup,deep/a.wav\n")]);
    let all = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(seen(&all), [("a.wav", "up", Some("anna")), ("b,c.wav", "unknown", None)]);
    assert_eq!((all.clips[0].path.clone(), all.noises.len()), (folder.path().join("a.wav"), 1));
    let split = Dataset::open(&folder.path().join("manifest.csv"), Some("val")).unwrap();
    assert_eq!(seen(&split), [("b,c.wav", "unknown", None)]);
    let words = Dataset::open(&folder.path().join("words.csv"), None).unwrap();
    assert_eq!(seen(&words), [("deep/a.wav", "up", None)]);
}

#[test]
fn labels_can_be_chosen() {
    let folder = folder(&[("up/a.wav", ""), ("down/a.wav", ""), ("cat/a.wav", "")]);
    let mut dataset = Dataset::open(folder.path(), None).unwrap();
    let error = dataset.retain(&["up".to_owned(), "dwon".to_owned()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are no recordings of `dwon`; there are of `cat`, `down`, `up`; did you mean `down`?"
    );
    let error = dataset.retain(&["u\u{308}p".to_owned()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are no recordings of `u\u{308}p`; there are of `cat`, `down`, `up`; did you mean `up`?"
    );
    dataset.retain(&["up".to_owned()]).unwrap();
    assert_eq!(seen(&dataset), [("up/a.wav", "up", None)]);
}

#[test]
fn errors_say_what_and_where() {
    let folder = folder(&[
        ("empty/notes.txt", ""),
        ("compressed/up/a.wav", ""),
        ("compressed/yes/a.wma", ""),
        ("flat/0001.wav", ""),
        ("flat/0002.wav", ""),
        ("alone/training/0001.wav", ""),
        ("unread/a.wma", ""),
        ("unread/b.wma", ""),
        ("mixed/training/up/a.wav", ""),
        ("mixed/cat/a.wav", ""),
        ("splits/training/up/a.wav", ""),
        ("splits/testing/up/a.wav", ""),
        ("export/info.labels", "{\"files\": [{\"name\": \"a\"}]}"),
        ("again/info.labels", "{\"files\": [{\"path\": \"a.wav\"}, {\"path\": \"a.wav\"}]}"),
        ("again/a.wav", ""),
        ("folder/up/a.wav", ""),
        ("nolabel.csv", "path,lable\na.wav,up\n"),
        ("nopath.csv", "file,label\na.wav,up\n"),
        ("nosplit.csv", "path,label\na.wav,up\n"),
        ("gap.csv", "path,label\na.wav,up\n,up\n"),
        ("gap2.csv", "path,label\na.wav,\n"),
        ("ragged.csv", "path,label\na.wav\n"),
        ("splits.csv", "path,label,split\na.wav,up,train\nb.wav,up,test\n"),
        ("header.csv", "path,label\n"),
        ("twice.csv", "path,label,split\na.wav,up,train\nb.wav,up,train\na.wav,down,val\n"),
        ("semicolons.csv", "path;label\na.wav;up\n"),
        ("unnamed.csv", "path,label,split\na.wav,up,\nb.wav,up,test\n"),
    ]);
    fs::write(folder.path().join("latin1.csv"), b"path,label\na.wav,\xfcles\n").unwrap();
    let cases = [
        ("nope", None, "nope: it cannot be read: No such file or directory (os error 2)"),
        (
            "empty",
            None,
            &format!("empty: there are no recordings, but 1 file that is no sound: notes.txt; expected {LAYOUTS}"),
        ),
        ("header.csv", None, &format!("header.csv: there are no recordings; expected {LAYOUTS}")),
        (
            "unread",
            None,
            &format!(
                "unread: there are no recordings, but 2 recordings in a format that is not read (.wma): a.wma, b.wma; \
                 expected {LAYOUTS}"
            ),
        ),
        (
            "flat",
            None,
            &format!("flat: nothing tells the labels of its recordings (2, the first is 0001.wav); expected {LAYOUTS}"),
        ),
        (
            "alone",
            None,
            &format!(
                "alone: nothing tells the labels of its recordings (1, the first is training/0001.wav); expected {LAYOUTS}"
            ),
        ),
        (
            "mixed",
            None,
            "mixed: the folder `training` is named as a split and has folders in it, and `cat` beside it is no split: \
             expected are splits alone, or folders of words",
        ),
        (
            "splits",
            Some("train"),
            "splits: no recording is of the split `train`; the splits are `testing`, `training`; did you mean `training`?",
        ),
        (
            "export",
            None,
            "export/info.labels: it is not as Edge Impulse exports it (missing field `path` at line 1 column 24); expected is \
             {\"files\": [{\"path\": …, \"category\": …, \"label\": {\"type\": \"label\", \"label\": …}}]}",
        ),
        ("again", None, "again/info.labels: files[1]: `a.wav` is listed before, as files[0]: keep one of them"),
        (
            "folder",
            Some("val"),
            "folder: it has no folders of splits (such as `train` and `test`) and no manifest.csv to tell which recordings \
             are of the split `val`",
        ),
        ("nolabel.csv", None, "nolabel.csv: line 1: there is no column `label`; the columns are `path`, `lable`"),
        ("nopath.csv", None, "nopath.csv: line 1: there is no column `path`; the columns are `file`, `label`"),
        (
            "nosplit.csv",
            Some("val"),
            "nosplit.csv: line 1: there is no column `split`; the columns are `path`, `label`",
        ),
        ("gap.csv", None, "gap.csv: line 3, column 1: the path is empty"),
        ("gap2.csv", None, "gap2.csv: line 2, column 2: the label is empty"),
        (
            "compressed",
            None,
            &format!(
                "compressed/yes: no recording in it is in a format that is read ({}), as `a.wma` is not; convert them, or \
                 take the folder away",
                runeblocks_io::sound::ENDINGS.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
            ),
        ),
        ("twice.csv", Some("train"), "twice.csv: line 4: `a.wav` is listed before, on line 2: keep one of the lines"),
        (
            "semicolons.csv",
            None,
            "semicolons.csv: line 1: there is no column `path`; the columns are `path;label`, and commas are expected between columns",
        ),
        ("unnamed.csv", Some("val"), "unnamed.csv: no line has the split `val`; the splits are `test`"),
        ("latin1.csv", None, "latin1.csv: it is no text in UTF-8, as a manifest is"),
        ("splits.csv", Some("val"), "splits.csv: no line has the split `val`; the splits are `test`, `train`"),
        (
            "splits.csv",
            Some("tets"),
            "splits.csv: no line has the split `tets`; the splits are `test`, `train`; did you mean `test`?",
        ),
    ];
    for (path, split, expected) in cases {
        assert_eq!(error(&folder, path, split), expected);
    }
    let ragged = error(&folder, "ragged.csv", None);
    assert!(
        ragged.starts_with("ragged.csv: CSV error: record 1 (line: 2, byte: 11): found record with 1 fields"),
        "{ragged}"
    );
}
