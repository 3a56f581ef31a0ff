//! `features` against what the references gave, and as a command.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

#[path = "../../../proc-blocks/fft/tests/support/golden.rs"]
mod golden;
#[path = "../../../proc-blocks/fft/tests/support/signal.rs"]
mod signal;
mod support;

use golden::{Words, hash, joined, lines};
use runeblocks_core::{Tensor, TensorView, numeric};
use runeblocks_frontend::{Config, Dialect, MicroFrontend};
use runeblocks_io::npy;
use serde_json::Value;
use signal::Signal;
use support::{Folder, tone};

/// The options that stand for a configuration: every parameter is one.
fn options(dialect: &str, config: &Config) -> Vec<String> {
    let Value::Object(config) = serde_json::to_value(config).unwrap() else { panic!("a configuration is an object") };
    let parameters = config.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("--{}={value}", name.replace('_', "-"))
    });
    parameters.chain([format!("--dialect={dialect}")]).collect()
}

/// Runs `features` on samples with these options; gives the array and the digest of the front end.
fn features(samples: &[i16], rate: u32, options: &[String]) -> (Tensor, String) {
    let folder = Folder::new();
    folder.write_wav("clip.wav", rate, samples);
    let mut args = vec!["features", "clip.wav", "-o", "out.npy", "--json"];
    args.extend(options.iter().map(String::as_str));
    let json = folder.json(&args);
    let tensor = npy::read(&folder.path("out.npy")).unwrap();
    assert_eq!(json["arrays"][0]["shape"], serde_json::json!(tensor.view().shape()));
    (tensor, json["front_end"].as_str().unwrap().to_owned())
}

fn bytes(tensor: &Tensor) -> Vec<u8> {
    match tensor.view() {
        TensorView::U16(array) => array.iter().flat_map(|value| value.to_le_bytes()).collect(),
        TensorView::F32(array) => array.iter().flat_map(|value| value.to_le_bytes()).collect(),
        other => panic!("features of {}", other.element_type()),
    }
}

fn signal(words: [&str; 4]) -> Signal {
    Signal {
        kind: words[0].to_owned(),
        length: words[1].parse().unwrap(),
        amplitude: words[2].parse().unwrap(),
        seed: words[3].parse().unwrap(),
    }
}

/// Every tenth whole front end, all parameters given as options.
#[test]
fn whole_front_ends_are_those_of_the_references() {
    let mut count = 0;
    for line in lines(include_str!("../../frontend/tests/golden/frontend.txt")).step_by(10) {
        let golden: Value = serde_json::from_str(line).unwrap();
        let config: Config = serde_json::from_value(golden["config"].clone()).unwrap();
        let dialect = golden["dialect"].as_str().unwrap();
        let text = |place: usize| {
            let value = &golden["signal"][place];
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        let frontend = MicroFrontend::new(&config, dialect.parse().unwrap()).unwrap();
        let signal = signal([&text(0), &text(1), &text(2), &text(3)]);
        if golden["values"] == 0 || signal.length == 0 {
            continue;
        }
        let samples = signal.samples(frontend.spectrogram().coefficients());
        let (tensor, digest) = features(&samples, config.sample_rate, &options(dialect, &config));
        assert_eq!(hash(&bytes(&tensor)), golden["output"].as_str().unwrap(), "{line}");
        assert_eq!(digest, golden["digest"].as_str().unwrap(), "{line}");
        count += 1;
    }
    assert!(count >= 30, "only {count} goldens were compared");
}

/// The first stages against spectra in full; each golden is its head and a line a stage.
#[test]
fn the_stages_are_those_of_the_references() {
    let mut goldens: Vec<Vec<&str>> = Vec::new();
    for line in lines(include_str!("../../../proc-blocks/fft/tests/golden/spectra_full.txt")) {
        match goldens.last_mut() {
            Some(golden) if line.starts_with(' ') => golden.push(line),
            _ => goldens.push(vec![line]),
        }
    }
    assert!(goldens.len() > 5);
    for golden in goldens.iter().take(6) {
        let mut words = Words::of(golden[0]);
        let dialect = words.text();
        let config = Config {
            sample_rate: words.number(),
            window_size: words.number(),
            window_step: words.number(),
            num_channels: words.number(),
            lower_band_limit: words.float(),
            upper_band_limit: words.float(),
            ..Config::default()
        };
        let signal = signal([words.text(), words.text(), words.text(), words.text()]);
        // Noise reduction plays no part in these stages, and must not refuse tiny FFTs.
        let config = Config { enable_pcan: false, ..config };
        let frontend = MicroFrontend::new(&config, dialect.parse().unwrap()).unwrap();
        let samples = signal.samples(frontend.spectrogram().coefficients());
        for stage in ["window", "fft", "filterbank"] {
            let mut options = options(dialect, &config);
            options.push(format!("--stage={stage}"));
            let (tensor, digest) = features(&samples, config.sample_rate, &options);
            let view = tensor.view().numeric().unwrap();
            let line = numeric!(view, array => joined(stage, array.iter()));
            let expected = golden.iter().find(|line| line.starts_with(&format!("  {stage} "))).unwrap();
            assert_eq!(line, *expected, "{}", golden[0]);
            assert_eq!(digest, frontend.spectrogram().digest().to_string());
        }
    }
}

#[test]
fn every_stage_has_its_type_and_shape() {
    let samples = tone(16_000);
    let stages = [
        ("window", "i16", vec![98, 400]),
        ("fft", "i16", vec![98, 257, 2]),
        ("filterbank", "u32", vec![98, 32]),
        ("noise", "u32", vec![98, 32]),
        ("pcan", "u32", vec![98, 32]),
        ("output", "u16", vec![98, 32]),
    ];
    let mut frontend = MicroFrontend::new(&Config::default(), Dialect::Tf).unwrap();
    let (mut noise, mut pcan, mut output) = (Vec::new(), Vec::new(), Vec::new());
    frontend.for_each_frame(&samples, |taps| {
        noise.extend_from_slice(taps.noise);
        pcan.extend_from_slice(taps.pcan);
        output.extend_from_slice(taps.output);
    });
    for (stage, element_type, shape) in stages {
        let (tensor, _) = features(&samples, 16_000, &[format!("--stage={stage}")]);
        assert_eq!((tensor.element_type().name(), tensor.view().shape()), (element_type, &shape[..]), "{stage}");
        let flat = [shape.iter().product()];
        let expected = match stage {
            "noise" => Tensor::from(noise.clone()),
            "pcan" => Tensor::from(pcan.clone()),
            "output" => Tensor::from(output.clone()),
            _ => continue,
        };
        assert_eq!(tensor.view().reshape(&flat).unwrap(), expected.view(), "{stage}");
    }
}

#[test]
fn clips_go_into_one_file_or_a_folder() {
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    folder.write_wav("b.wav", 16_000, &tone(16_000)[..15_000]);
    folder.write_wav("c.wav", 16_000, &[0; 16_000]);

    let stdout = folder.ok(&["features", "a.wav", "c.wav", "-o", "both.npy"]);
    assert!(stdout.starts_with("2 clips -> both.npy: u16 [2, 98, 32], 0 to "), "{stdout}");
    let both = npy::read(&folder.path("both.npy")).unwrap();
    assert_eq!(both.view().shape(), [2, 98, 32]);
    let both = both.view().array::<u16>().unwrap().to_owned();

    let stdout = folder.ok(&["features", "a.wav", "b.wav", "c.wav", "-o", "made/here"]);
    assert_eq!(stdout.lines().count(), 4, "{stdout}");
    assert!(stdout.contains("b.wav -> made/here/b.npy: u16 [92, 32]"), "{stdout}");
    for (name, place) in [("a", 0), ("c", 1)] {
        let one = npy::read(&folder.path(&format!("made/here/{name}.npy"))).unwrap();
        assert_eq!(one.view().array::<u16>().unwrap(), both.index_axis(ndarray::Axis(0), place));
    }

    folder.fails(
        &["features", "a.wav", "b.wav", "-o", "mixed.npy"],
        4,
        "error: b.wav: it gives 92 frames, and a.wav gives 98\n\
         help: one file takes clips of one length; give a folder to `--out` for a file each",
    );
    assert!(!folder.path("mixed.npy").exists());
    folder.fails(
        &["features", "a.wav", "made/../a.wav", "-o", "folder"],
        2,
        "error: a.wav and made/../a.wav would both become a.npy\nhelp: write them into different folders",
    );
    assert!(!folder.path("folder").exists());
}

/// Into a folder the good clips are written; one file holds all clips or is not written.
#[test]
fn a_bad_clip_does_not_stop_the_others() {
    const BAD: &str = "error: bad.wav: it has 300 samples, and a window takes 400 (25 ms at 16000 Hz)\n\
                       help: record a longer clip, or shorten the window with `--window-size`\n";
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    folder.write_wav("bad.wav", 16_000, &tone(300));
    folder.write_wav("c.wav", 16_000, &tone(8_000));

    let ran = folder.run(&["features", "a.wav", "bad.wav", "c.wav", "-o", "out"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (4, BAD));
    let clips: Vec<_> = ran.stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(clips[..2], ["a.wav -> out/a.npy", "c.wav -> out/c.npy"]);
    let written: Vec<_> = std::fs::read_dir(folder.path("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(written.len(), 2, "{written:?}");

    let ran = folder.run(&["features", "bad.wav", "c.wav", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (4, BAD));
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["arrays"].as_array().unwrap().len(), 1);
    assert_eq!(json["arrays"][0]["clips"], serde_json::json!(["c.wav"]));

    let all = "error: all.npy: it is not written, as 1 of 2 clips can't be used\n\
               help: leave them out, or give a folder to `--out` for a file each";
    folder.fails(&["features", "a.wav", "bad.wav", "-o", "all.npy"], 4, &format!("{BAD}{all}"));
    folder.fails(&["features", "bad.wav", "-o", "all.npy"], 4, BAD);
    assert!(!folder.path("all.npy").exists());
}

/// As `-o clips/*.wav` would have it.
#[test]
fn clips_are_not_overwritten() {
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    folder.write_wav("b.wav", 16_000, &tone(16_000));
    let before = std::fs::read(folder.path("a.wav")).unwrap();
    folder.fails(
        &["features", "-o", "a.wav", "b.wav"],
        2,
        "error: a.wav: its name ends in .wav, which is no form of what is written\n\
         help: give `--out` a name that ends in .npy, or one that ends in / for a folder",
    );
    assert_eq!(std::fs::read(folder.path("a.wav")).unwrap(), before);
}

/// A row may be long and a clip too, but not their product.
#[test]
fn arrays_larger_than_memory_are_refused() {
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000 * 60));
    folder.fails(
        &["features", "a.wav", "--left-context", "131000"],
        4,
        "error: a.wav: its array would have 50287615872 bytes: at most 4294967296 are held\n\
         help: cut the clip into parts, or take less context, a larger window_step or another stage",
    );
}

/// Singles have the digits by which they are known.
#[test]
fn parameters_in_json_are_as_they_are_written() {
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    let text = folder.ok(&["features", "a.wav", "--json", "--pcan-strength", "0.7", "--upper-band-limit", "7123.4"]);
    for line in [
        "\"even_smoothing\": 0.025,",
        "\"odd_smoothing\": 0.06,",
        "\"pcan_strength\": 0.7,",
        "\"upper_band_limit\": 7123.4,",
        "\"lower_band_limit\": 125.0,",
    ] {
        assert!(text.lines().any(|found| found.trim() == line), "{line}: {text}");
    }
}

#[test]
fn booleans_stand_alone_or_with_a_value() {
    let samples = tone(4_000);
    let with = |options: &[&str]| {
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        features(&samples, 16_000, &options)
    };
    assert_eq!(with(&["--enable-pcan"]), with(&[]));
    assert_eq!(with(&["--enable-pcan", "true", "--zero-padding", "false"]), with(&[]));
    let without = with(&["--enable-pcan", "false"]);
    assert_ne!(without, with(&[]));
    assert_eq!(without, with(&["--enable-pcan=false"]));
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    folder.write_wav("slow.wav", 8_000, &tone(8_000));
    folder.write_wav("short.wav", 16_000, &tone(300));
    folder.write("stereo.wav", support::wav(16_000, 2, &tone(3_200)));
    folder.fails(
        &["features", "slow.wav"],
        4,
        "error: slow.wav: it is sampled at 8000 Hz, and 16000 Hz is expected\n\
         help: convert it with `--resample`, or record at 16000 Hz",
    );
    assert!(folder.ok(&["features", "slow.wav", "--resample"]).starts_with("slow.wav: u16 [98, 32]"));
    folder.fails(
        &["features", "short.wav"],
        4,
        "error: short.wav: it has 300 samples, and a window takes 400 (25 ms at 16000 Hz)\n\
         help: record a longer clip, or shorten the window with `--window-size`",
    );
    folder.fails(
        &["features", "stereo.wav"],
        4,
        "error: stereo.wav: it has 2 channels, and one is expected\n\
         help: choose one with `--channel N` (1 to 2), or average them with `--mixdown`",
    );
    assert!(folder.ok(&["features", "stereo.wav", "--mixdown"]).starts_with("stereo.wav: u16 [8, 32]"));
    assert!(folder.ok(&["features", "stereo.wav", "--channel", "2"]).starts_with("stereo.wav: u16 [8, 32]"));
    folder.fails(
        &["features", "a.wav", "--stage", "fft", "--left-context", "3"],
        2,
        "error: --left-context has no effect on the stage `fft`\nhelp: leave out --left-context, or take `--stage output`",
    );
    let ran = folder.run(&["features", "a.wav", "--upper-band-limit", "8000"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.starts_with("error: the argument `upper_band_limit` is 8000"), "{}", ran.stderr);
}
