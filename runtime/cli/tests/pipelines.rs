//! `check`, `graph`, `inspect` and `run` on Runefiles of blocks alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use serde_json::{Value, json};
use support::{Folder, tone, wav};

/// The largest of four numbers, as a word.
const LARGEST: &str = r#"version: 2
resources:
  words: { text: "north\neast\nsouth\nwest\n" }
pipeline:
  numbers: { input: raw, args: { element_type: f32, shape: [4] } }
  top: { block: most-confident-indices, from: numbers }
  word: { block: label, from: top, args: { wordlist: $words } }
outputs: [word]
"#;

/// Sound to features.
const FEATURES: &str = "version: 2
pipeline:
  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 1000 } }
  fft: { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40 } }
  features: { block: noise-filtering, from: fft }
outputs: [features]
";

/// A Runefile of the first version, as they were written for Rune.
const VERSION_1: &str = r#"version: 1
image: runicos/base
pipeline:
  accel:
    capability: ACCEL
    args: { n: 4 }
    outputs: [{ type: F32, dimensions: [1, 4, 3, 1] }]
  normalize:
    proc-block: "hotg-ai/proc-blocks@v0.11.3#normalize"
    inputs: [accel]
    outputs: [{ type: F32, dimensions: [1, 4, 3, 1] }]
  serial:
    out: SERIAL
    inputs: [normalize]
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("largest.yml", LARGEST);
    folder.write("features.yml", FEATURES);
    folder.write("v1.yml", VERSION_1);
    let floats = |values: [f32; 4]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    folder.write("south.raw", floats([0.125, -1.0, 0.75, 0.5]));
    folder.write("west.raw", floats([0.125, -1.0, 0.75, 0.8]));
    folder.write("short.raw", [0; 12]);
    folder.write_wav("clip.wav", 16_000, &tone(16_000));
    folder.write_wav("half.wav", 16_000, &tone(8_000));
    folder.write_wav("slow.wav", 8_000, &tone(8_000));
    folder
}

#[test]
fn a_run_gives_the_word_and_its_scores() {
    let folder = folder();
    assert_eq!(
        folder.ok(&["run", "largest.yml", "--raw", "south.raw"]),
        "south\n\n  south  0.7500\n  west   0.5000\n  north  0.1250\n  east   -1.0000\n"
    );
    assert_eq!(
        folder.ok(&["run", "largest.yml", "--raw", "south.raw", "numbers=west.raw"]),
        "south.raw: south  0.7500\nwest.raw: west  0.8000\n"
    );
}

#[test]
fn a_run_gives_json() {
    let folder = folder();
    let json = folder.json(&["run", "largest.yml", "--raw", "west.raw", "--json"]);
    assert_eq!(json["inputs"], json!({ "numbers": "west.raw" }));
    assert_eq!(json["outputs"], json!({ "word": { "type": "utf8", "shape": [1], "values": ["west"] } }));
    assert_eq!(json["scores"], json!({ "north": 0.125, "east": -1.0, "south": 0.75, "west": 0.8 }));
    let nodes = json["timings"]["nodes"].as_object().unwrap();
    let sum: f64 = nodes.values().map(|time| time.as_f64().unwrap()).sum();
    assert_eq!(nodes.keys().collect::<Vec<_>>(), ["numbers", "top", "word"]);
    assert!((json["timings"]["total"].as_f64().unwrap() - sum).abs() < 1e-6 && sum > 0.0, "{}", json["timings"]);

    let lines = folder.ok(&["run", "largest.yml", "--raw", "south.raw", "west.raw", "--json"]);
    let words: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(words.iter().map(|w| &w["outputs"]["word"]["values"][0]).collect::<Vec<_>>(), ["south", "west"]);
}

#[test]
fn timings_are_a_table() {
    let folder = folder();
    let text = folder.ok(&["run", "features.yml", "--sound", "clip.wav", "--timings"]);
    let rows: Vec<&str> = text.lines().skip(2).collect();
    let names: Vec<_> = rows.iter().map(|row| row.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, ["audio", "fft", "features", "total"], "{text}");
    assert!(rows.iter().all(|row| row.contains(" µs ") && row.ends_with('%')), "{text}");
    assert!(rows[3].ends_with("100.0 %"), "{text}");
}

#[test]
fn a_pipeline_gives_what_the_front_end_gives() {
    let folder = folder();
    let json = folder.json(&["run", "features.yml", "--sound", "clip.wav", "--json"]);
    let output = &json["outputs"]["features"];
    assert_eq!((&output["type"], &output["shape"]), (&json!("u16"), &json!([49, 40])));
    let args = ["--window-size", "30", "--window-step", "20", "--num-channels", "40", "-o", "clip.npy", "--json"];
    let features = folder.json(&[&["features", "clip.wav"], &args[..]].concat());
    let array = runeblocks_io::npy::read(&folder.path("clip.npy")).unwrap();
    let values: Vec<u16> = array.view().array::<u16>().unwrap().iter().copied().collect();
    assert_eq!(output["values"], json!(values));

    // The digest by which a model names its front end.
    let inspected = folder.json(&["inspect", "features.yml", "--json"]);
    assert_eq!(inspected["outputs"][0]["front_end"], features["front_end"]);
    assert_eq!(inspected["stages"][1]["args"]["window_size"], 30);
    assert_eq!(inspected["stages"][1]["args"]["lower_band_limit"], 125.0);
    assert_eq!(inspected["stages"][1]["from"], json!(["audio"]));
    let text = folder.ok(&["inspect", "features.yml"]);
    for line in ["audio: input sound", "    window_size = 30", "    dialect = tf  (default)", "a run takes 3 buffers"] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert!(text.contains(features["front_end"].as_str().unwrap()), "{text}");
}

#[test]
fn sound_has_to_be_as_the_runefile_says() {
    let folder = folder();
    folder.fails(
        &["run", "features.yml", "--sound", "slow.wav"],
        4,
        "error: slow.wav: it is sampled at 8000 Hz, and 16000 Hz is expected\n\
         help: convert it with `--resample`, or record at 16000 Hz",
    );
    folder.ok(&["run", "features.yml", "--sound", "slow.wav", "--resample"]);
    folder.fails(
        &["run", "features.yml", "--sound", "half.wav"],
        4,
        "error: half.wav: it has 8000 samples, and 16000 are expected\n\
         help: add silence to its end with `--fit`",
    );
    for fit in ["--fit", "--fit=loudest"] {
        let ran = folder.run(&["run", "features.yml", "--sound", "half.wav", fit]);
        assert_eq!(
            (ran.status, ran.stderr.as_str()),
            (
                0,
                "note: half.wav: it has 0.5 s (8000 samples), and the pipeline takes 1 s (16000 samples): zeros are added to its end\n"
            )
        );
    }
    folder.write("stereo.wav", wav(16_000, 2, &tone(32_000)));
    assert_eq!(folder.run(&["run", "features.yml", "--sound", "stereo.wav"]).status, 4);
    folder.ok(&["run", "features.yml", "--sound", "stereo.wav", "--mixdown"]);
}

#[test]
fn every_input_has_to_be_fed_by_its_option() {
    let folder = folder();
    folder.fails(
        &["run", "features.yml"],
        2,
        "error: nothing feeds the input `audio`, which takes i16 [16000] at 16000 Hz\nhelp: add `--sound CLIP.wav`",
    );
    folder.fails(
        &["run", "features.yml", "--image", "face.png"],
        2,
        "error: --image is given, and no input is for it\nhelp: its inputs: `audio` (sound, by --sound)",
    );
    folder.fails(
        &["run", "features.yml", "--sound", "mic=clip.wav"],
        2,
        "error: the pipeline has no input `mic`\nhelp: its inputs: `audio` (sound, by --sound)",
    );
    folder.fails(
        &["run", "features.yml", "--image", "audio=face.png"],
        2,
        "error: the input `audio` takes sound, and --image gives something else\nhelp: write `--sound audio=face.png`",
    );
    folder.fails(
        &["run", "largest.yml", "--raw", "short.raw"],
        4,
        "error: short.raw: it has 12 bytes, and f32 elements of shape [4] take 16 bytes",
    );
    let ran = folder.run(&["run", "--sound", "clip.wav", "features.yml"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("Usage: runeblocks run [OPTIONS] <RUNEFILE> --sound"), "{}", ran.stderr);
    assert!(ran.stderr.contains("tip: the Runefile comes first, before"), "{}", ran.stderr);
    for (file, option) in [("clip.wav", "--sound"), ("a.csv", "--acceleration"), ("a.PNG", "--image"), ("a", "--raw")] {
        let ran = folder.run(&["run", "features.yml", file]);
        assert_eq!(ran.status, 2);
        let tip = format!("tip: a file follows the option of its input, as in `{option} {file}`\n");
        assert!(ran.stderr.contains(&tip), "{}", ran.stderr);
    }
}

/// The others are run, each with its own result; the status is that of the first failure.
#[test]
fn a_bad_file_does_not_stop_the_others() {
    const BAD: &str = "error: short.raw: it has 12 bytes, and f32 elements of shape [4] take 16 bytes\n";
    let folder = folder();
    let ran = folder.run(&["run", "largest.yml", "--raw", "short.raw", "south.raw", "nope.raw", "west.raw"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (4, "south.raw: south  0.7500\nwest.raw: west  0.8000\n"));
    assert!(ran.stderr.starts_with(BAD) && ran.stderr.contains("error: nope.raw: "), "{}", ran.stderr);
    let ran = folder.run(&["run", "largest.yml", "--raw", "south.raw", "short.raw", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (4, BAD));
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["inputs"]["numbers"], "south.raw");
    // A pipeline that has not run has no timings.
    folder.fails(&["run", "largest.yml", "--raw", "short.raw", "short.raw", "--timings"], 4, &format!("{BAD}{BAD}"));
}

#[test]
fn images_have_the_size_of_their_input() {
    let folder = folder();
    folder.write(
        "image.yml",
        "version: 2\npipeline:\n  face: { input: image, args: { width: 2, height: 1, pixel_format: grayscale } }\n  \
         scaled: { block: normalize, from: face }\noutputs: [scaled]\n",
    );
    // One grey pixel.
    folder.write("dot.png", include_bytes!("dot.png"));
    folder.fails(
        &["run", "image.yml", "--image", "dot.png"],
        4,
        "error: dot.png: it has 1 × 1 pixels (width × height), and 2 × 1 are expected\nhelp: scale it with `--resize`",
    );
    let json = folder.json(&["run", "image.yml", "--image", "dot.png", "--resize", "--json"]);
    assert_eq!(json["outputs"]["scaled"]["values"].as_array().unwrap().len(), 2);
    let ran = folder.run(&["run", "image.yml", "--image", "clip.wav"]);
    assert_eq!(ran.status, 4);
    assert!(ran.stderr.starts_with("error: clip.wav: it is no PNG or JPEG image"), "{}", ran.stderr);
}

/// Whatever it is fed by: nothing is allocated.
#[test]
fn inputs_larger_than_memory_are_refused() {
    let folder = folder();
    for (input, takes, option) in [
        ("raw, args: { element_type: f64, shape: [4000000000, 100] }", "f64 [4000000000, 100], 3200000000000", "--raw"),
        (
            "raw, args: { element_type: f64, shape: [4000000000, 100] }",
            "f64 [4000000000, 100], 3200000000000",
            "--random",
        ),
        ("accelerometer, args: { samples: 4000000000 }", "f32 [4000000000, 3], 48000000000", "--acceleration"),
        (
            "sound, args: { sample_rate: 768000, duration_ms: 86400000 }",
            "i16 [66355200000] at 768000 Hz, 132710400000",
            "--sound",
        ),
    ] {
        folder.write("huge.yml", format!("version: 2\npipeline:\n  huge: {{ input: {input} }}\noutputs: [huge]\n"));
        let said = format!(
            "error[too-large]: the input `huge` takes {takes} bytes: expected at most 1073741824, as all are held at once\n"
        );
        for command in [&["run", "huge.yml", option, "huge=1", "--fit"][..], &["check", "huge.yml"]] {
            let ran = folder.run(command);
            assert_eq!(ran.status, 3, "{command:?}");
            assert!(ran.stderr.starts_with(&said), "{}", ran.stderr);
        }
    }
}

#[test]
fn stages_that_would_make_too_much_are_refused() {
    let folder = folder();
    folder.write(
        "huge.yml",
        "version: 2\npipeline:\n  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 60000 } }\n  \
         lines: { block: spectrogram, from: audio, args: { n_fft: 65536, hop_length: 1 } }\noutputs: [lines]\n",
    );
    let ran = folder.run(&["check", "huge.yml"]);
    assert_eq!(ran.status, 3);
    let said = "error[too-large]: the stage `lines` makes f32 [894465, 32769] at 16000 Hz, 117242894340 bytes: expected at most \
                4294967296, as all are held at once\n";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
}

#[test]
fn seeds_give_the_same_numbers_again() {
    let folder = folder();
    let run = |seed: &str| folder.json(&["run", "largest.yml", "--random", seed, "--json"])["scores"].clone();
    assert_eq!(run("numbers=7"), run("numbers=7"));
    assert_ne!(run("numbers=7"), run("numbers=8"));
    folder.fails(
        &["run", "largest.yml", "--random", "7"],
        2,
        "error: --random is given, and no input is for it\n\
         help: name the input: `--random numbers=7`; its inputs: `numbers` (raw, by --raw)",
    );
    folder.fails(
        &["run", "largest.yml", "--random", "numbers=seven"],
        2,
        "error: the seed is `seven`: expected a whole number\nhelp: write `--random 1`",
    );
}

#[test]
fn runefiles_of_version_1_run_as_they_are() {
    let folder = folder();
    folder.write("wave.csv", "x,y,z\n0,1,2\n3,4,5\n6,7,8\n9,10,8\n");
    let json = folder.json(&["run", "v1.yml", "--accelerometer", "wave.csv", "--json"]);
    let values = &json["outputs"]["normalize"]["values"];
    assert_eq!((&values[0], &values[1], &values[10]), (&json!(0.0), &json!(0.1), &json!(1.0)));
    assert_eq!(json["scores"], Value::Null);
    folder.write("long.csv", "0,1,2\n3,4,5\n6,7,8\n9,10,8\n1,1,1\n");
    folder.fails(
        &["run", "v1.yml", "--acceleration", "long.csv"],
        4,
        "error: long.csv: it has 5 rows, and 4 are expected\nhelp: take the part with most movement with `--fit=loudest`, or its start with `--fit`",
    );
    let fitted = |fit: &str, note: &str| -> Value {
        let ran = folder.run(&["run", "v1.yml", "--acceleration", "long.csv", fit, "--json"]);
        let note = format!("note: long.csv: it has 5 rows, and the pipeline takes 4 rows: {note}\n");
        assert_eq!((ran.status, ran.stderr), (0, note));
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let most = "the part with the most movement";
    let beside =
        format!("its start is taken; {most} begins after row 1\nhelp: take the loudest part by `--fit=loudest`");
    assert_eq!(fitted("--fit", &beside)["outputs"], json["outputs"]);
    folder.write("long.csv", "4,4,4\n0,1,2\n3,4,5\n6,7,8\n9,10,8\n");
    assert_ne!(fitted("--fit=start", &beside)["outputs"], json["outputs"]);
    let loudest = fitted("--fit=loudest", &format!("{most} is taken, which begins after row 1"));
    assert_eq!(loudest["outputs"], json["outputs"]);
    let (_, input) = loudest["fitted"].as_object().unwrap().iter().next().unwrap();
    let expected = json!({
        "unit": "rows", "given": 5, "taken": 4, "begin": 1, "loudest": 1, "sample_rate": null,
    });
    assert_eq!(*input, expected);
    folder.write("wide.csv", "0,1,2,3\n");
    folder.fails(
        &["run", "v1.yml", "--acceleration", "wide.csv"],
        4,
        "error: wide.csv: it has 4 columns, and 3 are expected: x, y and z",
    );
}

#[test]
fn resources_can_be_exchanged() {
    let folder = folder();
    folder.write("other.txt", "a\nb\nc\nd\n");
    let word = |args: &[&str]| folder.ok(&[&["run", "largest.yml", "--raw", "south.raw", "west.raw"], args].concat());
    assert!(word(&["--resource", "words=other.txt"]).starts_with("south.raw: c  0.75"));
    assert!(word(&["--resource-text", "$words=p\nq\nr\ns"]).starts_with("south.raw: r  0.75"));
    let ran = folder.run(&["check", "largest.yml", "--resource", "word=other.txt"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("did you mean `words`?"), "{}", ran.stderr);
    folder.fails(
        &["check", "largest.yml", "--resource", "words=other.txt", "--resource-text", "words=a"],
        2,
        "error: the resource `words` is given twice\nhelp: give it once, by `--resource` or by `--resource-text`",
    );
}

#[test]
fn check_tells_every_error_at_once() {
    let folder = folder();
    folder.write(
        "bad.yml",
        LARGEST.replace("most-confident-indices", "most-confident-index").replace("from: top", "from: tops"),
    );
    assert_eq!(
        folder.ok(&["check", "largest.yml", "features.yml", "v1.yml"]),
        "largest.yml: valid\nfeatures.yml: valid\nv1.yml: valid\n"
    );
    let ran = folder.run(&["check", "largest.yml", "bad.yml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, "largest.yml: valid\nbad.yml: 2 errors\n"));
    for part in
        ["error[unknown-block]", "did you mean `most-confident-indices`?", "error[unknown-stage]", "--> bad.yml:6:17"]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let ran = folder.run(&["check", "largest.yml", "bad.yml", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (3, ""));
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json[0], json!({ "file": "largest.yml", "valid": true, "diagnostics": [] }));
    assert_eq!(json[1]["valid"], false);
    assert_eq!(json[1]["diagnostics"][0]["code"], "unknown-block");
    assert_eq!(json[1]["diagnostics"][1]["labels"][0]["line"], 7);
    // What can't be checked can't be run, and says the same.
    let ran = folder.run(&["run", "bad.yml", "--raw", "south.raw"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("error[unknown-block]"), "{}", ran.stderr);
}

#[test]
fn warnings_do_not_stop_a_run() {
    let folder = folder();
    folder.write("idle.yml", LARGEST.replace("outputs:", "  idle: { block: normalize, from: numbers }\noutputs:"));
    let ran = folder.run(&["check", "idle.yml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "idle.yml: 1 warning\n"));
    assert!(ran.stderr.starts_with("warning[unused-stage]"), "{}", ran.stderr);
    let ran = folder.run(&["run", "idle.yml", "--raw", "south.raw"]);
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.starts_with("warning[unused-stage]") && ran.stdout.starts_with("south\n"), "{}", ran.stdout);
}

#[test]
fn graphs_have_types_and_shapes_on_their_edges() {
    let folder = folder();
    let dot = folder.ok(&["graph", "features.yml"]);
    assert!(dot.starts_with("digraph "), "{dot}");
    assert!(dot.contains("i16 [16000] at 16000 Hz") && dot.contains("u32 [49, 40]"), "{dot}");
    assert_eq!(folder.ok(&["graph", "features.yml", "-o", "pipeline.dot"]), "");
    assert_eq!(std::fs::read_to_string(folder.path("pipeline.dot")).unwrap(), dot);
    let svg = folder.ok(&["graph", "features.yml", "--format", "svg"]);
    assert!(svg.starts_with("<svg ") && svg.contains(">u32 [49, 40]"), "{svg}");
    assert_eq!(folder.ok(&["graph", "features.yml", "-o", "pipeline.svg"]), "");
    assert_eq!(std::fs::read_to_string(folder.path("pipeline.svg")).unwrap(), svg);
    folder.fails(
        &["graph", "features.yml", "-o", "no/pipeline.dot"],
        1,
        "error: no/pipeline.dot: there is no folder no\nhelp: make the folder first",
    );
}
