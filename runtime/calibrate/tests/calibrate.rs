//! The keyword pipeline calibrated on a few recordings: the demo clips, moved, louder, reversed.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs;
use std::path::PathBuf;

use runeblocks_calibrate::{
    CalibrateError, CalibrateOptions, Calibrated, Claimed, Dataset, Folds, Kept, Options, Rehearsal, Saved, Way,
    calibrate, pipeline_files, rehearse,
};
use runeblocks_graph::{Environment, Graph};
use runeblocks_io::FileError;
use runeblocks_io::output::Outputs;
use runeblocks_model::Loader;
use tempfile::TempDir;

/// A folder with a copy of the keyword pipeline, without a rehearsal.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["Runefile.yml", "keyword_int8.tflite"] {
            fs::copy(common::root().join("models/keyword").join(name), folder.path().join(name)).unwrap();
        }
        Bench { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn graph(&self, runefile: &str) -> Graph {
        let (registry, models) = (runeblocks_all::registry(), Loader::default());
        Graph::load(&self.path(runefile), &Environment::new(&registry, &models)).unwrap()
    }

    /// Writes recordings of a label: the clip shifted by so many hundreds of samples each.
    fn record(&self, folder: &str, label: &str, clip: &[i16], count: i32) {
        let folder = self.path(folder).join(label);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..count {
            let mut samples = clip.to_vec();
            samples.rotate_right((200 * number) as usize);
            let wav = hound::WavSpec {
                channels: 1,
                sample_rate: 16_000,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let mut writer = hound::WavWriter::create(folder.join(format!("{number}.wav")), wav).unwrap();
            samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
            writer.finalize().unwrap();
        }
    }

    /// Recordings of the four words, of silence, and of a word that is none of them.
    fn record_all(&self, folder: &str, count: i32) {
        for (word, clip) in common::clips() {
            self.record(folder, word, &clip, count);
        }
        self.record(folder, "silence", &[0; 16_000], count);
        self.record(folder, "unknown", &reversed("down"), count);
    }

    fn dataset(&self, folder: &str) -> Dataset {
        Dataset::open(&self.path(folder), None).unwrap()
    }

    fn calibrate(&self, folder: &str, options: &CalibrateOptions) -> Result<Calibrated, CalibrateError> {
        calibrate(&self.graph("Runefile.yml"), &self.dataset(folder), options, || ())
    }

    fn rehearse(&self, folder: &str) {
        let kept = Kept { per_word: 3, unknown: 5 };
        let (model, rehearsal) =
            rehearse(&self.graph("Runefile.yml"), &self.dataset(folder), kept, Options::default(), 1).unwrap();
        fs::write(Rehearsal::path(&self.path("keyword_int8.tflite")), rehearsal.to_bytes(&model).unwrap()).unwrap();
    }
}

/// A clip backwards: a word of no language.
fn reversed(word: &str) -> Vec<i16> {
    let (_, mut clip) = common::clips().into_iter().find(|(name, _)| *name == word).unwrap();
    clip.reverse();
    clip
}

fn few() -> CalibrateOptions {
    CalibrateOptions { variants: Some(2), ..CalibrateOptions::default() }
}

#[test]
fn known_words_stay_and_the_files_are_new() {
    let bench = Bench::new();
    bench.record_all("all", 4);
    bench.rehearse("all");
    let (old, runefile) = (fs::read(bench.path("keyword_int8.tflite")).unwrap(), bench.path("Runefile.yml"));
    let graph = bench.graph("Runefile.yml");
    let calibrated = bench.calibrate("all", &few()).unwrap();
    assert_eq!(calibrated.words, ["silence", "unknown", "up", "down", "left", "right"]);
    assert_eq!(calibrated.after.clips.len(), 24);
    assert!(calibrated.after.words().count >= 15, "{}", calibrated.after.words());

    let files = Saved::beside(&runefile, &graph, "new").unwrap();
    calibrated.save(&runefile, &graph, &claimed(&files, false).unwrap()).unwrap();
    assert_eq!(fs::read(bench.path("keyword_int8.tflite")).unwrap(), old, "the old model is as it was");
    assert_eq!(fs::read(bench.path("keyword_int8-new.tflite")).unwrap(), calibrated.model.bytes());
    assert_eq!(calibrated.model.bytes().len(), old.len());
    let text = fs::read_to_string(&files.runefile).unwrap();
    let expected = fs::read_to_string(&runefile).unwrap().replace("keyword_int8.tflite", "keyword_int8-new.tflite");
    assert_eq!(text, expected);

    // The new pipeline finds what was promised, and can be calibrated in its turn.
    let new = bench.graph("Runefile-new.yml");
    let found = runeblocks_calibrate::Evaluation::run(&new, &bench.dataset("all"), Options::default(), || ()).unwrap();
    assert!(found.words().count >= calibrated.after.words().count - 1, "{}", found.words());
    // Where it is calibrated on the same recordings, what is stored of them is not trained on while they are set apart.
    let again = calibrate(&new, &bench.dataset("all"), &few(), || ()).unwrap();
    assert_eq!(again.rehearsal.embeddings.len(), calibrated.rehearsal.embeddings.len());
    let error = claimed(&files, false).unwrap_err();
    let expected = "it is there already; choose another name, or replace it by `--overwrite`";
    assert_eq!(error.to_string(), format!("{}: {expected}", files.model.display()));
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let bench = Bench::new();
    bench.record_all("all", 3);
    let bytes = |seed| bench.calibrate("all", &CalibrateOptions { seed, ..few() }).unwrap().model.bytes().to_vec();
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn new_words_are_added_or_replace_the_old_ones() {
    let bench = Bench::new();
    bench.record_all("all", 4);
    bench.rehearse("all");
    bench.record("new", "tfel", &reversed("left"), 4);
    bench.record("new", "thgir", &reversed("right"), 4);
    let added = bench.calibrate("new", &few()).unwrap();
    assert_eq!(added.words, ["silence", "unknown", "up", "down", "left", "right", "tfel", "thgir"]);
    assert_eq!(added.model.outputs().next().unwrap().shape, [1, 8]);
    assert_eq!(added.way, Way::Anew);
    assert_eq!(added.before.accuracy().count, 0, "the old model does not know them");
    assert!(added.after.accuracy().count >= 6, "{}", added.after.accuracy());

    let replaced = bench.calibrate("new", &CalibrateOptions { replace: true, ..few() }).unwrap();
    assert_eq!(replaced.words, ["silence", "unknown", "tfel", "thgir"]);
    assert!(replaced.after.accuracy().count >= 6, "{}", replaced.after.accuracy());
    let graph = bench.graph("Runefile.yml");
    let files = Saved::beside(&bench.path("Runefile.yml"), &graph, "replaced").unwrap();
    replaced.save(&bench.path("Runefile.yml"), &graph, &claimed(&files, false).unwrap()).unwrap();
    let text = fs::read_to_string(&files.runefile).unwrap();
    assert!(text.contains("wordlist: [silence, unknown, tfel, thgir]"), "{text}");

    let [before, after] = replaced.measure(&graph, &bench.dataset("new"), Options::default(), || ()).unwrap();
    assert_eq!((before.accuracy().count, after.accuracy().of), (0, 8));
    assert!(after.accuracy().count >= 7, "{}", after.accuracy());
}

/// A manifest of the four words, two recordings each, by these speakers.
fn manifest(bench: &Bench, speakers: [&str; 8]) -> Dataset {
    bench.record_all("all", 2);
    let mut text = "path,label,speaker\n".to_owned();
    for (at, speaker) in speakers.iter().enumerate() {
        let word = ["up", "down", "left", "right"][at / 2];
        text += &format!("all/{word}/{}.wav,{word},{speaker}\n", at % 2);
    }
    fs::write(bench.path("speakers.csv"), text).unwrap();
    Dataset::open(&bench.path("speakers.csv"), None).unwrap()
}

#[test]
fn speakers_are_set_apart_where_each_word_stays_in_two_parts() {
    let bench = Bench::new();
    bench.record_all("all", 3);
    bench.rehearse("all");
    let folds = |speakers| {
        let dataset = manifest(&bench, speakers);
        calibrate(&bench.graph("Runefile.yml"), &dataset, &few(), || ()).unwrap().folds
    };
    assert_eq!(folds(["a", "b", "a", "b", "a", "b", "a", "b"]), Folds::Speakers(2));
    // Dealt out in five parts, `a` and `f` would be in the same one, in four `a` and `e`.
    assert_eq!(folds(["a", "b", "c", "d", "e", "a", "a", "f"]), Folds::Speakers(3));
    assert_eq!(folds(["a", "b", "a", "b", "a", "b", "a", "a"]), Folds::Recordings(2));
    assert_eq!(folds(["a", "b", "a", "b", "a", "b", "a", ""]), Folds::Recordings(2));
}

#[test]
fn words_that_the_old_model_has_not_are_never_found_by_it() {
    let bench = Bench::new();
    let runefile = fs::read_to_string(bench.path("Runefile.yml")).unwrap();
    fs::write(bench.path("Runefile.yml"), runefile.replace("silence, unknown,", "zero, one,")).unwrap();
    for word in ["tfel", "thgir"] {
        bench.record("new", word, &reversed(if word == "tfel" { "left" } else { "right" }), 4);
    }
    let replaced = bench.calibrate("new", &CalibrateOptions { replace: true, ..few() }).unwrap();
    assert_eq!(replaced.words, ["tfel", "thgir"]);
    assert_eq!((replaced.before.accuracy().count, replaced.before.accuracy().of), (0, 8));
    let [before, _] =
        replaced.measure(&bench.graph("Runefile.yml"), &bench.dataset("new"), Options::default(), || ()).unwrap();
    assert_eq!((before.accuracy().count, before.labels.len()), (0, 8));
}

#[test]
fn another_front_end_is_told_in_the_new_runefile() {
    let bench = Bench::new();
    bench.record_all("all", 3);
    let runefile = fs::read_to_string(bench.path("Runefile.yml")).unwrap();
    fs::write(
        bench.path("Runefile.yml"),
        runefile.replace("num_channels: 40", "num_channels: 40, lower_band_limit: 100"),
    )
    .unwrap();
    let (registry, models) = (runeblocks_all::registry(), Loader::default());
    let environment = Environment { allow_other_front_end: true, ..Environment::new(&registry, &models) };
    let graph = Graph::load(&bench.path("Runefile.yml"), &environment).unwrap();
    let calibrated = calibrate(&graph, &bench.dataset("all"), &few(), || ()).unwrap();
    let files = Saved::beside(&bench.path("Runefile.yml"), &graph, "new").unwrap();
    calibrated.save(&bench.path("Runefile.yml"), &graph, &claimed(&files, false).unwrap()).unwrap();
    // It is valid without a word about its front end.
    bench.graph("Runefile-new.yml");
}

fn message(result: Result<Calibrated, CalibrateError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn recordings_that_do_not_do_are_told() {
    let bench = Bench::new();
    bench.record("words", "up", &reversed("up"), 3);
    assert_eq!(
        message(bench.calibrate("words", &few())),
        "there are no recordings of `silence`, and none are stored beside the model"
    );
    bench.record_all("all", 2);
    bench.record("all", "yes", &reversed("left"), 1);
    assert_eq!(
        message(bench.calibrate("all", &few())),
        "recordings of `yes` that can be used: 1; at least 2 are needed, and ten do well"
    );
    bench.record_all("clash", 2);
    bench.record("clash", "Up", &reversed("up"), 2);
    assert_eq!(
        message(bench.calibrate("clash", &few())),
        "the labels `up` and `Up` differ by case alone: write them alike, or rename one"
    );
}

#[test]
fn a_rehearsal_of_another_model_or_a_damaged_one_is_refused() {
    let bench = Bench::new();
    bench.record_all("all", 3);
    bench.rehearse("all");
    let path = Rehearsal::path(&bench.path("keyword_int8.tflite"));
    let calibrated = bench.calibrate("all", &few()).unwrap();
    fs::write(&path, calibrated.rehearsal.to_bytes(&calibrated.model).unwrap()).unwrap();
    let text = message(bench.calibrate("all", &few()));
    assert!(text.contains("it belongs to the model with the SHA-256 "), "{text}");
    let mut other = calibrated.rehearsal;
    other.front_end = Some(runeblocks_core::Digest([7; 32]));
    let model = runeblocks_model::read(bench.path("keyword_int8.tflite")).unwrap();
    fs::write(&path, other.to_bytes(&model).unwrap()).unwrap();
    let text = message(bench.calibrate("all", &few()));
    assert!(text.contains("it was made with the front end 0707") && text.contains("`runeblocks rehearse`"), "{text}");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let text = message(bench.calibrate("all", &few()));
    assert!(text.contains("it is damaged: ") && text.ends_with("take it from where the model comes from"), "{text}");
}

#[test]
fn a_recording_that_cannot_be_read_is_set_aside() {
    let bench = Bench::new();
    bench.record_all("all", 3);
    fs::write(bench.path("all/up/9.wav"), b"RIFF").unwrap();
    let calibrated = bench.calibrate("all", &few()).unwrap();
    assert_eq!(calibrated.failures.len(), 1);
    assert_eq!(calibrated.failures[0].0.name, "up/9.wav");
    assert_eq!(calibrated.after.clips.len(), 18);
}

#[test]
fn none_that_can_be_read_is_an_error() {
    let bench = Bench::new();
    bench.record_all("all", 3);
    bench.rehearse("all");
    fs::create_dir_all(bench.path("bad/up")).unwrap();
    fs::write(bench.path("bad/up/0.wav"), b"RIFF").unwrap();
    let text = message(bench.calibrate("bad", &few()));
    assert!(
        text.starts_with("none of the 1 recordings can be used; the first one: ") && text.contains("0.wav: "),
        "{text}"
    );
}

#[test]
fn what_is_replaced_is_replaced_whole_or_not_at_all() {
    let bench = Bench::new();
    bench.record_all("all", 2);
    let (graph, runefile) = (bench.graph("Runefile.yml"), bench.path("Runefile.yml"));
    let calibrated = bench.calibrate("all", &few()).unwrap();
    let files = Saved::beside(&runefile, &graph, "new").unwrap();
    calibrated.save(&runefile, &graph, &claimed(&files, false).unwrap()).unwrap();
    let old = fs::read(&files.model).unwrap();
    let other = bench.calibrate("all", &CalibrateOptions { seed: 2, ..few() }).unwrap();
    assert_ne!(other.model.bytes(), old);
    fs::remove_file(&files.rehearsal).unwrap();
    fs::create_dir(&files.rehearsal).unwrap();
    let error = claimed(&files, true).unwrap_err().to_string();
    assert!(error.ends_with("it is the name of a folder; add the name of a file"), "{error}");
    assert!(fs::read(&files.model).unwrap() == old && files.runefile.is_file());
    fs::remove_dir(&files.rehearsal).unwrap();
    other.save(&runefile, &graph, &claimed(&files, true).unwrap()).unwrap();
    assert_eq!(fs::read(&files.model).unwrap(), other.model.bytes());
    bench.graph("Runefile-new.yml");
}

#[test]
fn nothing_is_left_behind_where_it_cannot_be_written() {
    let bench = Bench::new();
    bench.record_all("all", 2);
    let graph = bench.graph("Runefile.yml");
    let calibrated = bench.calibrate("all", &few()).unwrap();
    let mut files = Saved::beside(&bench.path("Runefile.yml"), &graph, "new").unwrap();
    fs::create_dir(bench.path("gone")).unwrap();
    files.model = bench.path("gone/model.tflite");
    let claimed = claimed(&files, false).unwrap();
    fs::remove_dir(bench.path("gone")).unwrap();
    let error = calibrated.save(&bench.path("Runefile.yml"), &graph, &claimed).unwrap_err();
    assert!(error.to_string().contains("gone/model.tflite: it cannot be written: "), "{error}");
    assert!(!files.runefile.exists() && !files.rehearsal.exists());
}

/// What is trained on, and what the pipeline is made of, is never written over.
#[test]
fn what_is_read_is_never_replaced() {
    let bench = Bench::new();
    bench.record_all("all", 1);
    bench.rehearse("all");
    let graph = bench.graph("Runefile.yml");
    let dataset = bench.dataset("all");
    let read: Vec<_> = pipeline_files(&graph).chain(dataset.files.clone()).collect();
    assert!(read.len() >= 3 + dataset.clips.len(), "{read:?}");
    let saved = Saved::beside(&bench.path("Runefile.yml"), &graph, "new").unwrap();
    for file in &read {
        for at in 0..3 {
            let mut files = saved.clone();
            *[&mut files.model, &mut files.rehearsal, &mut files.runefile][at] = file.clone();
            let error = files.claim(&mut Outputs::new(true).reading(read.clone())).unwrap_err();
            assert!(matches!(error.cause(), FileError::WasRead { .. }), "{error}");
        }
    }
}

fn claimed(files: &Saved, overwrite: bool) -> Result<Claimed, FileError> {
    files.clone().claim(&mut Outputs::new(overwrite))
}
