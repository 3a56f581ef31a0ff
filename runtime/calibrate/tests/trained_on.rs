//! Recordings that a model was trained on are known again, and told.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_calibrate::{
    CalibrateOptions, Dataset, Evaluation, Kept, Options, Rehearsal, Saved, Share, calibrate, rehearse,
};
use runeblocks_graph::{Environment, Graph};
use runeblocks_io::output::Outputs;
use runeblocks_io::sound::Channels;
use runeblocks_model::Loader;

/// How a recording is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    I16,
    I24,
    Float,
    Stereo,
}

const FORMS: [Form; 4] = [Form::I16, Form::I24, Form::Float, Form::Stereo];

fn write(path: &Path, samples: &[i16], form: Form) {
    use hound::SampleFormat::{Float, Int};
    let (bits_per_sample, sample_format) = match form {
        Form::I16 | Form::Stereo => (16, Int),
        Form::I24 => (24, Int),
        Form::Float => (32, Float),
    };
    let channels = if form == Form::Stereo { 2 } else { 1 };
    let spec = hound::WavSpec { channels, sample_rate: 16_000, bits_per_sample, sample_format };
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        match form {
            Form::I16 => writer.write_sample(sample).unwrap(),
            Form::I24 => writer.write_sample(i32::from(sample) * 256).unwrap(),
            Form::Float => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
            Form::Stereo => (0..2).for_each(|_| writer.write_sample(sample).unwrap()),
        }
    }
    writer.finalize().unwrap();
}

fn moved(clip: &[i16], by: usize) -> Vec<i16> {
    let mut clip = clip.to_vec();
    clip.rotate_right(by);
    clip
}

/// A copy of the keyword pipeline, without a rehearsal, and recordings: `count` of each word, silence and another word.
fn bench(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Runefile.yml", "keyword_int8.tflite"] {
        fs::copy(common::root().join("models/keyword").join(name), folder.path().join(name)).unwrap();
    }
    record(&folder.path().join("first"), 0..count, |_| Form::I16);
    folder
}

/// Recordings of every label, number by number.
fn record(folder: &Path, numbers: std::ops::Range<usize>, form: impl Fn(usize) -> Form) {
    let mut clips = common::clips();
    let reversed = clips[1].1.iter().rev().copied().collect();
    clips.extend([("unknown", reversed), ("silence", vec![0; 16_000])]);
    for (word, clip) in clips {
        for number in numbers.clone() {
            // Silence of another length is another recording.
            let samples = if word == "silence" { vec![0; 16_000 + number] } else { moved(&clip, 211 * number) };
            write(&folder.join(word).join(format!("{word}{number}.wav")), &samples, form(number));
        }
    }
}

fn graph(runefile: &Path) -> Graph {
    let (registry, models) = (runeblocks_all::registry(), Loader::default());
    Graph::load(runefile, &Environment::new(&registry, &models)).unwrap()
}

const OPTIONS: Options = Options { channels: Channels::Mixdown, resample: true, new_words: false };

fn trained_on(runefile: &Path, data: &Path) -> Share {
    evaluate(runefile, data).trained_on()
}

fn evaluate(runefile: &Path, data: &Path) -> Evaluation {
    Evaluation::run(&graph(runefile), &Dataset::open(data, None).unwrap(), OPTIONS, || ()).unwrap()
}

fn calibrated(folder: &Path, runefile: &str, data: &str, suffix: &str) -> PathBuf {
    let (runefile, options) = (folder.join(runefile), CalibrateOptions { variants: Some(1), ..Default::default() });
    let graph = graph(&runefile);
    let options = CalibrateOptions { read: OPTIONS, ..options };
    let found = calibrate(&graph, &Dataset::open(&folder.join(data), None).unwrap(), &options, || ()).unwrap();
    let files = Saved::beside(&runefile, &graph, suffix).unwrap();
    found.save(&runefile, &graph, &files.clone().claim(&mut Outputs::new(false)).unwrap()).unwrap();
    files.runefile
}

#[test]
fn a_calibrated_model_knows_its_recordings_in_whatever_file_they_are() {
    let bench = bench(3);
    let folder = bench.path();
    let new = calibrated(folder, "Runefile.yml", "first", "new");
    // The same recordings under other names in other encodings, and others.
    record(&folder.join("copies"), 0..3, |number| FORMS[1 + number % 3]);
    record(&folder.join("others"), 3..5, |number| FORMS[number % 4]);
    record(&folder.join("mixed"), 1..5, |number| FORMS[number % 4]);
    let count = |data: &str| trained_on(&new, &folder.join(data));
    assert_eq!(count("first"), Share { count: 18, of: 18 });
    assert_eq!(count("copies"), Share { count: 18, of: 18 });
    assert_eq!(count("others"), Share { count: 0, of: 12 });
    assert_eq!(count("mixed"), Share { count: 12, of: 24 });
    let (mixed, others) = (evaluate(&new, &folder.join("mixed")), evaluate(&new, &folder.join("others")));
    assert_eq!(mixed.unseen(), others.accuracy(), "the others are counted by themselves");
    assert_eq!(trained_on(&folder.join("Runefile.yml"), &folder.join("first")).count, 0, "the old model is as it was");

    // A model that is calibrated again knows the recordings of both times.
    let again = calibrated(folder, "Runefile-new.yml", "others", "again");
    assert_eq!(trained_on(&again, &folder.join("mixed")), Share { count: 24, of: 24 });
}

#[test]
fn a_rehearsal_knows_what_it_was_made_of_be_it_kept_or_not() {
    let bench = bench(4);
    let folder = bench.path();
    let runefile = folder.join("Runefile.yml");
    let dataset = Dataset::open(&folder.join("first"), None).unwrap();
    let kept = Kept { per_word: 1, unknown: 0 };
    let (model, rehearsal) = rehearse(&graph(&runefile), &dataset, kept, OPTIONS, 1).unwrap();
    assert_eq!((rehearsal.embeddings.len(), rehearsal.trained_on.len()), (5, 24));
    let bytes = rehearsal.to_bytes(&model).unwrap();
    let digest = runeblocks_core::Digest(model.sha256).to_string();
    assert_eq!(Rehearsal::parse(&bytes, &digest), Ok(rehearsal));
    fs::write(folder.join("keyword_int8.rehearsal.safetensors"), bytes).unwrap();
    assert_eq!(trained_on(&runefile, &folder.join("first")), Share { count: 24, of: 24 });
}

/// A copy of a recording in another part would be found by what was trained on it.
#[test]
fn copies_of_a_recording_are_set_apart_together() {
    let bench = bench(5);
    let folder = bench.path();
    let calibrate = |data: &str| {
        let dataset = Dataset::open(&folder.join(data), None).unwrap();
        let options = CalibrateOptions { read: OPTIONS, variants: Some(0), ..CalibrateOptions::default() };
        calibrate(&graph(&folder.join("Runefile.yml")), &dataset, &options, || ()).unwrap()
    };
    // Each recording twice, one after the other: parts are dealt out in turn, so the copy would be in the next.
    for number in 0..5 {
        record(&folder.join("twice"), number..number + 1, |_| Form::I16);
        for word in ["up", "down", "left", "right", "unknown", "silence"] {
            let name = |suffix: &str| folder.join("twice").join(word).join(format!("{word}{number}{suffix}.wav"));
            fs::copy(name(""), name("-copy")).unwrap();
        }
    }
    let (once, twice) = (calibrate("first"), calibrate("twice"));
    assert_eq!(once.rehearsal.trained_on, twice.rehearsal.trained_on);
    for pair in twice.after.clips.chunks(2) {
        assert_eq!(pair[0].scores, pair[1].scores, "{} and its copy", pair[0].clip.name);
    }
}
