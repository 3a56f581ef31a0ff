//! Pipelines with models, and what models say of themselves.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use serde_json::{Value, json};
use support::{Folder, shipped};

const RUNEFILE: &str = "version: 2
pipeline:
  numbers: { input: raw, args: { element_type: f32, shape: [1, 13, 10, 1] } }
  model: { model: model.tflite, from: numbers }
  top: { block: most-confident-indices, from: model }
  word: { block: label, from: top, args: { wordlist: [low, middle, high] } }
outputs: [word]
";

/// A folder with a Runefile, one of the small models of the model package, and the input that its golden was made with.
fn folder(model: &str) -> Folder {
    let folder = Folder::new();
    folder.write("Runefile.yml", RUNEFILE);
    folder.write("model.tflite", std::fs::read(shipped("../model/tests/golden").join(model)).unwrap());
    let values = (0..130).map(|k| ((37 * k % 128) as f32 - 64.0) / 64.0);
    folder.write("input.raw", values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>());
    folder
}

/// What LiteRT gives.
fn litert(model: &str) -> Vec<f64> {
    let golden = std::fs::read(shipped("../model/tests/golden/litert.json")).unwrap();
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let values = golden["models"][model]["outputs"][0][0].as_array().unwrap();
    values.iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn scores_are_those_of_litert() {
    let folder = folder("float.tflite");
    let json = folder.json(&["run", "Runefile.yml", "--raw", "input.raw", "--json"]);
    let expected = litert("float");
    for (word, expected) in ["low", "middle", "high"].iter().zip(&expected) {
        let found = json["scores"][word].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-5, "{word}: found {found}, expected {expected}");
    }
    assert_eq!(json["outputs"]["word"]["values"], json!(["high"]));
    let text = folder.ok(&["run", "Runefile.yml", "--raw", "input.raw"]);
    let shown = |word: &str, at: usize| format!("  {word:<6}  {:.4}\n", expected[at]);
    assert_eq!(text, format!("high\n\n{}{}{}", shown("high", 2), shown("middle", 1), shown("low", 0)));
}

#[test]
fn a_model_describes_itself() {
    let folder = folder("float.tflite");
    let text = folder.ok(&["model-info", "model.tflite"]);
    assert!(text.contains("input 0      float32 [1, 13, 10, 1]"), "{text}");
    assert!(text.contains("backend      int8: can run it"), "{text}");
    assert!(text.contains("\ndevice       yes\ncalibratable no, because `"), "{text}");
    assert_eq!(folder.ok(&["inspect", "model.tflite"]), text);
    let json = folder.json(&["model-info", "model.tflite", "--json"]);
    assert_eq!((&json["quantized"], &json["macs"]), (&json!(false), &json!(3855)));
    let backends = json["backends"].as_array().unwrap();
    assert!(backends.iter().any(|backend| backend["name"] == "int8" && backend["reasons"] == json!([])), "{json}");
    let inspected = folder.json(&["inspect", "Runefile.yml", "--json"]);
    assert_eq!(inspected["stages"][1]["model"], "model.tflite");
    assert_eq!(inspected["stages"][1]["outputs"][0]["shape"], json!([1, 3]));
}

/// What is worth knowing of a pipeline is a note of `check`, and nothing is said of it when the pipeline is run.
#[test]
fn what_does_not_run_on_a_device_is_noted() {
    let folder = folder("float.tflite");
    folder.write(
        "sound.yml",
        "version: 2\npipeline:\n  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 100 } }\n  \
         lines: { block: spectrogram, from: audio }\noutputs: [lines]\n",
    );
    let ran = folder.run(&["check", "sound.yml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "sound.yml: valid\n"));
    let note = "note[device]: stage `lines`: device: no, because the block `spectrogram` needs the standard library, which a \
                microcontroller lacks\n --> sound.yml:4:3\n";
    assert!(ran.stderr.starts_with(note), "{}", ran.stderr);
    let ran = folder.run(&["check", "Runefile.yml", "--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = &json[0]["diagnostics"][0];
    assert_eq!(
        (&found["severity"], &found["code"], &json[0]["valid"]),
        (&json!("note"), &json!("calibratable"), &json!(true))
    );
    let text = folder.ok(&["inspect", "Runefile.yml"]);
    assert!(text.contains("    device: yes\n    calibratable: no, because `"), "{text}");
    let stage = &folder.json(&["inspect", "Runefile.yml", "--json"])["stages"][1];
    assert_eq!((&stage["device"]["yes"], &stage["calibratable"]["yes"]), (&json!(true), &json!(false)));
    assert_eq!(folder.run(&["run", "Runefile.yml", "--raw", "input.raw"]).stderr, "");
}

/// A model that can be read but not run: `check` and `inspect` tell it, `run` fails.
#[test]
fn a_model_that_cannot_be_run_is_told_beforehand() {
    let folder = folder("unsupported.tflite");
    let ran = folder.run(&["run", "Runefile.yml", "--raw", "input.raw"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("warning[cannot-run]"), "{}", ran.stderr);
    let end = "error: the model of the stage `model` cannot be run here\n\
               help: the warning above says why; `runeblocks model-info` describes the model\n";
    assert!(ran.stderr.ends_with(end), "{}", ran.stderr);
    let ran = folder.run(&["check", "Runefile.yml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "Runefile.yml: 1 warning\n"));
    let ran = folder.run(&["inspect", "Runefile.yml", "--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["buffers"], Value::Null);
    assert!(json["obstacle"].as_str().unwrap().contains("cannot be run here"), "{json}");
}

#[test]
fn bad_models_are_refused() {
    let folder = folder("float.tflite");
    folder.write("broken.tflite", b"\x1c\0\0\0TFL3....");
    let ran = folder.run(&["model-info", "broken.tflite"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.starts_with("error: broken.tflite: not a sound TensorFlow Lite model: "), "{}", ran.stderr);
    folder.write("missing.yml", RUNEFILE.replace("model.tflite", "modle.tflite"));
    let ran = folder.run(&["run", "missing.yml", "--raw", "input.raw"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("error[unreadable-file]: cannot read the model `modle.tflite`"), "{}", ran.stderr);
    folder.write("shape.yml", RUNEFILE.replace("13, 10", "13, 11"));
    let ran = folder.run(&["check", "shape.yml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, "shape.yml: 1 error\n"));
    assert!(ran.stderr.contains("f32 [1, 13, 11, 1]") && ran.stderr.contains("--> shape.yml:"), "{}", ran.stderr);
}

#[test]
fn a_model_is_exchanged_as_a_resource() {
    let folder = folder("float.tflite");
    let resource = RUNEFILE.replace("model: model.tflite", "model: $net");
    folder.write("Runefile.yml", resource.replace("pipeline:", "resources:\n  net: { path: model.tflite }\npipeline:"));
    folder.write("other.tflite", std::fs::read(shipped("../model/tests/golden/mean.tflite")).unwrap());
    let word = |args: &[&str]| folder.json(&[&["run", "Runefile.yml", "--raw", "input.raw", "--json"], args].concat());
    assert_eq!(word(&[])["outputs"]["word"]["values"], json!(["high"]));
    let other = word(&["--resource", "net=other.tflite"]);
    assert_eq!(other["outputs"]["word"]["values"], json!(["middle"]));
    assert!((other["scores"]["middle"].as_f64().unwrap() - litert("mean")[1]).abs() < 1e-5, "{other}");
}

/// The keyword spotter of this repository on its clips, each named after its word.
#[test]
fn the_keyword_spotter_hears_its_clips() {
    let folder = Folder::new();
    let runefile = shipped("../../models/keyword/Runefile.yml");
    let clip = |word: &str| shipped("../../examples/clips").join(format!("{word}.wav"));
    for word in ["up", "down", "left", "right"] {
        let (runefile, clip) = (runefile.to_str().unwrap(), clip(word));
        let json = folder.json(&["run", runefile, "--sound", clip.to_str().unwrap(), "--json"]);
        assert_eq!(json["outputs"]["word"]["values"], json!([word]));
        let scores = json["scores"].as_object().unwrap();
        assert_eq!(scores.keys().collect::<Vec<_>>(), ["down", "left", "right", "silence", "unknown", "up"]);
        let sum: f64 = scores.values().map(|score| score.as_f64().unwrap()).sum();
        // Each is rounded to a multiple of 1/256.
        assert!((sum - 1.0).abs() <= 3.0 / 256.0, "the scores are probabilities: {sum}");
    }
}

/// A model gets the features that it was trained on, or says so.
#[test]
fn another_front_end_is_refused_or_waved_through() {
    let folder = Folder::new();
    let models = shipped("../../models/keyword");
    let runefile = std::fs::read_to_string(models.join("Runefile.yml")).unwrap();
    let trained_on = runefile.lines().find_map(|line| line.trim().strip_prefix("front_end: ")).unwrap();
    let other = runefile.replace("num_channels: 40", "num_channels: 40, lower_band_limit: 100");
    assert_ne!(runefile, other);
    folder.write("other.yml", other);
    folder.write("keyword_int8.tflite", std::fs::read(models.join("keyword_int8.tflite")).unwrap());
    folder.write("up.wav", std::fs::read(shipped("../../examples/clips/up.wav")).unwrap());
    let ran = folder.run(&["run", "other.yml", "--sound", "up.wav"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains(trained_on), "{}", ran.stderr);
    let inspected = folder.run(&["inspect", "other.yml", "--allow-other-front-end", "--json"]);
    let inspected: serde_json::Value = serde_json::from_str(&inspected.stdout).unwrap();
    let stages = inspected["stages"].as_array().unwrap();
    let features = stages.iter().find(|stage| stage["name"] == "features").unwrap();
    let other = features["outputs"][0]["front_end"].as_str().unwrap();
    let digests = format!("trained on the front end {trained_on}, but gets {other}\n");
    assert!(ran.stderr.contains(&digests), "{}", ran.stderr);
    let checked = folder.run(&["check", "other.yml"]);
    assert!(checked.status == 3 && checked.stderr.contains(&digests), "{}", checked.stderr);
    assert_eq!(folder.run(&["check", "other.yml", "--allow-other-front-end"]).status, 0);
    let ran = folder.run(&["run", "other.yml", "--sound", "up.wav", "--allow-other-front-end"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("warning[") && ran.stdout.starts_with("up\n"), "{}{}", ran.stderr, ran.stdout);
}

/// Every Runefile under `models` whose model takes what an audio front end makes states its digest.
#[test]
fn shipped_models_state_their_front_end() {
    let mut stating = 0;
    for folder in std::fs::read_dir(shipped("../../models")).unwrap() {
        let Ok(runefile) = std::fs::read_to_string(folder.unwrap().path().join("Runefile.yml")) else { continue };
        let hears = runefile.contains("input: sound");
        assert_eq!(runefile.contains("\n    front_end: "), hears, "{runefile}");
        stating += usize::from(hears);
    }
    assert!(stating > 0);
}

#[test]
fn a_backend_is_named_in_the_runefile_or_as_an_option() {
    let folder = folder("float.tflite");
    let word = |args: &[&str]| folder.json(&[&["run", "Runefile.yml", "--raw", "input.raw", "--json"], args].concat());
    assert_eq!(word(&["--backend", "int8"])["outputs"]["word"]["values"], json!(["high"]));
    let ran = folder.run(&["run", "Runefile.yml", "--raw", "input.raw", "--backend", "int9"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("there is no backend `int9`: expected ") && ran.stderr.contains("`int8`?"),
        "{}",
        ran.stderr
    );
    folder.write("Runefile.yml", RUNEFILE.replace("from: numbers", "from: numbers, backend: int8"));
    assert_eq!(word(&[])["outputs"]["word"]["values"], json!(["high"]));
    folder.write("Runefile.yml", RUNEFILE.replace("from: numbers", "from: numbers, backend: int9"));
    let ran = folder.run(&["check", "Runefile.yml"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.starts_with("error[unknown-backend]: there is no backend `int9`"), "{}", ran.stderr);
}

#[test]
fn operators_are_timed() {
    let folder = folder("int8.tflite");
    let json = folder.json(&["profile", "model.tflite", "--runs", "3", "--json"]);
    let operators = json["operators"].as_array().unwrap();
    assert_eq!((&operators[0]["name"], &operators[0]["macs"]), (&json!("CONV_2D"), &json!(1680)));
    assert!(json["microseconds"].as_f64().is_some_and(|time| time > 0.0), "{json}");
    let text = folder.ok(&["profile", "model.tflite"]);
    assert!(text.contains("\n0  CONV_2D ") && text.contains("   all "), "{text}");
    folder.write("model.tflite", std::fs::read(shipped("../model/tests/golden/unsupported.tflite")).unwrap());
    let ran = folder.run(&["profile", "model.tflite"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("operator 3 (Erode): the operator is not supported"), "{}", ran.stderr);
}
