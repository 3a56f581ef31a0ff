//! Models of other people in their pipelines, end to end. They are not part of this repository: each test runs where the
//! folder that `RUNEBLOCKS_SHARED` names (or `../shared` beside the workspace) has them, and says so where there is none.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use ndarray::s;
use runeblocks_core::{DynBlock, Facts, Number as _, SampleRate, Tensor, Text, numeric};
use runeblocks_graph::{Environment, Executor, Graph};
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_model::{Loader, ModelStage};

fn models() -> Option<PathBuf> {
    shared("models", "models of other people")
}

fn shared(name: &str, what: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = env::var_os("RUNEBLOCKS_SHARED").map_or(default, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    // Past the capture of the harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIP there are no {what} in {}", folder.display());
    None
}

/// The pipeline of a Runefile whose model lies in a folder.
fn pipeline(text: &str, folder: &Path) -> Executor {
    let registry = runeblocks_all::registry();
    let models = Loader::default();
    let graph = Graph::from_text("Runefile.yml", text, folder, &Environment::new(&registry, &models));
    graph.unwrap_or_else(|diagnostics| panic!("{diagnostics}")).into_executor(&[]).unwrap()
}

fn clip(path: &Path) -> Tensor {
    Sound::read(path, Channels::Mono).unwrap().at(SampleRate(16_000)).unwrap().into()
}

fn word(pipeline: &mut Executor, input: &str, output: &str, tensor: &Tensor) -> String {
    pipeline.run(&[(input, tensor.view())]).unwrap();
    pipeline.output(output).unwrap().array::<Text>().unwrap().iter().next().unwrap().to_string()
}

/// HOTG's own Runefiles, with the float32 and the quantised models.
#[test]
fn hotgs_runefiles_run() {
    let Some(models) = models() else { return };
    let folder = models.join("hotg_gesture");
    let text = fs::read_to_string(folder.join("Runefile.yml")).unwrap();
    let numbers = fs::read_to_string(folder.join("example_ring.csv")).unwrap();
    let numbers: Vec<f32> = numbers.split([',', '\n']).filter_map(|number| number.trim().parse().ok()).collect();
    let recording = Tensor::from(numbers[..384].to_vec());
    for model in ["model.tflite", "model_quantized.tflite"] {
        let mut pipeline = pipeline(&text.replace("model.tflite", model), &folder);
        assert_eq!(word(&mut pipeline, "accelerometer", "label", &recording), "Ring", "{model}");
    }

    let folder = models.join("hotg_sine");
    let mut sine = pipeline(&fs::read_to_string(folder.join("Runefile.yml")).unwrap(), &folder);
    for radians in [0.5_f32, 2.0, 4.0] {
        sine.run(&[("rand", Tensor::from(vec![radians]).view())]).unwrap();
        let found = *sine.output("sine").unwrap().array::<f32>().unwrap().iter().next().unwrap();
        assert!((found - radians.sin()).abs() < 0.2, "sin {radians}: found {found}");
    }

    let folder = models.join("hotg_microspeech");
    for name in ["Runefile.yml", "multispeech_Runefile.yml"] {
        let text = fs::read_to_string(folder.join("reference").join(name)).unwrap();
        // Trained on other features, it gets few words right; this is one.
        let model = "./model_2021-05-12_f47a63a7.tflite";
        let mut pipeline = pipeline(&text.replace("./model.tflite", model), &folder.join("models"));
        let up = clip(&folder.join("wav/up_84d1e469_nohash_0.wav"));
        assert_eq!(word(&mut pipeline, "audio", "label", &up), "up", "{name}");
    }
}

/// The model of TensorFlow Lite Micro's example on its own clips.
#[test]
fn micro_speech_hears_yes_and_no() {
    let Some(models) = models() else { return };
    let folder = models.join("tflm_micro_speech");
    let text = "
version: 2
pipeline:
  audio:    { input: sound, args: { sample_rate: 16000, duration_ms: 1000 } }
  fft:      { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40, dialect: tflm } }
  features: { block: noise-filtering, from: fft, args: { out_type: int8 } }
  model:    { model: micro_speech_quantized.tflite, from: features }
  top:      { block: most-confident-indices, from: model }
  word:     { block: label, from: top, args: { wordlist: [silence, unknown, yes, no] } }
outputs: [word]
";
    let mut pipeline = pipeline(text, &folder.join("models"));
    for (name, expected) in [("yes", "yes"), ("no", "no"), ("silence", "silence")] {
        let clip = clip(&folder.join(format!("testdata/{name}_1000ms.wav")));
        assert_eq!(word(&mut pipeline, "audio", "word", &clip), expected);
    }
}

/// Streaming models, which carry their state from step to step: the wake word is spotted in each of its recordings, and not
/// in those of the other.
#[test]
fn wake_words_are_spotted_step_by_step() {
    /// The greatest mean of five probabilities in a row.
    fn spot(stage: &mut ModelStage, features: &ndarray::ArrayView2<'_, i8>) -> f32 {
        stage.reset();
        let mut outputs = [stage.infer(&[Facts::of::<i8>([1, 3, 40])]).unwrap()[0].buffer()];
        let mut probabilities = Vec::new();
        for step in 0..features.nrows() / 3 {
            let frames = features.slice(s![3 * step..3 * step + 3, ..]).to_owned();
            stage.process(&[Tensor::from(frames).view()], &mut outputs).unwrap();
            probabilities.extend(outputs[0].view().array::<u8>().unwrap().iter().map(|&p| f32::from(p) / 255.0));
        }
        probabilities.windows(5).map(|five| five.iter().sum::<f32>() / 5.0).fold(0.0, f32::max)
    }

    let Some(models) = models() else { return };
    let folder = models.join("wakeword");
    let text = "
version: 2
pipeline:
  audio:    { input: sound, args: { sample_rate: 16000 } }
  fft:      { block: fft, from: audio, args: { window_size: 30, window_step: 10, num_channels: 40, dialect: tflm } }
  features: { block: noise-filtering, from: fft, args: { out_type: int8 } }
outputs: [features]
";
    let mut pipeline = pipeline(text, &folder);
    for wake_word in ["okay_nabu", "hey_mycroft"] {
        let file = runeblocks_model::read(folder.join(format!("wheel_models/{wake_word}.tflite"))).unwrap();
        let mut stage = ModelStage::new(Arc::new(file), None);
        for spoken in ["okay_nabu", "hey_mycroft"] {
            for number in 1..=3 {
                let clip = clip(&folder.join(format!("tests/{spoken}/{number}.wav")));
                pipeline.run(&[("audio", clip.view())]).unwrap();
                let features = pipeline.output("features").unwrap().array::<i8>().unwrap();
                let found = spot(&mut stage, &features.into_dimensionality().unwrap());
                assert_eq!(found > 0.85, spoken == wake_word, "{wake_word} in {spoken}/{number}: {found}");
            }
        }
    }
}

/// Images before quantised models, as they are and normalised: the stages that are proposed are pasted.
#[test]
fn people_are_seen_through_the_stages_that_are_proposed() {
    let Some(models) = models() else { return };
    let pasted = |folder: &Path, model: &str, between: &str, last: &str| {
        let head = format!(
            "version: 2\npipeline:\n  image: {{ input: image, args: {{ width: 96, height: 96, pixel_format: grayscale }} }}\n{between}"
        );
        let broken = format!("{head}  model: {{ model: {model}, from: {last} }}\noutputs: [model]\n");
        let (registry, loader) = (runeblocks_all::registry(), Loader::default());
        let found = Graph::from_text("Runefile.yml", &broken, folder, &Environment::new(&registry, &loader));
        let found = found.map(|_| ()).unwrap_err();
        let texts: Vec<_> = found.items()[0].help[0].split('`').skip(1).step_by(2).collect();
        let (read, stages) = texts.split_last().unwrap();
        let stages: String = stages.iter().map(|stage| format!("  {stage}\n")).collect();
        pipeline(&format!("{head}{stages}  model: {{ model: {model}, {read} }}\noutputs: [model]\n"), folder)
    };
    let normalize = "  normalized: { block: normalize, from: image }\n";

    let scores = |mut pipeline: Executor, picture: &Tensor| -> Vec<f64> {
        pipeline.run(&[("image", picture.view())]).unwrap();
        let scores = pipeline.output("model").unwrap().numeric().unwrap();
        numeric!(scores, scores => scores.iter().map(|score| score.to_f64()).collect())
    };

    // No person, person. The files hold the integers that the model takes; the picture has the first bit of each the other way.
    let folder = models.join("tflm_person_detection");
    let picture = |name: &str| {
        let file = fs::read(folder.join(format!("{name}.bmp"))).unwrap();
        let rows = file[1078..].chunks(96).take(96).rev().flatten().map(|byte| byte ^ 0x80);
        Tensor::from(ndarray::Array3::from_shape_vec((96, 96, 1), rows.collect()).unwrap())
    };
    for (name, expected) in [("person", [-113.0, 113.0]), ("no_person", [57.0, -57.0])] {
        let picture = picture(name);
        assert_eq!(scores(pasted(&folder, "person_detect.tflite", "", "image"), &picture), expected, "{name}");
        let normalized = scores(pasted(&folder, "person_detect.tflite", normalize, "normalized"), &picture);
        assert_eq!(normalized[1] > normalized[0], expected[1] > expected[0], "{name}: {normalized:?}");
    }

    // Unknown, person, no person; its input is of bytes, so that an image as it is needs no stage.
    let pipeline = pasted(&models.join("hotg_person_detection"), "model.tflite", normalize, "normalized");
    let scores = scores(pipeline, &picture("person"));
    assert!(scores[1] > 200.0 && scores[0] < 100.0 && scores[2] < 100.0, "{scores:?}");
}

/// MFCC as MLPerf Tiny's training script has them, before its model in float32 and its quantised one.
#[test]
fn mlperfs_words_are_understood_through_mfcc_and_quantize() {
    let (Some(models), Some(speech)) = (models(), shared("speech/english", "recordings of other people")) else {
        return;
    };
    const WORDS: [&str; 10] = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"];
    let text = |model: &str, stage: &str, from: &str| {
        format!(
            "
version: 2
pipeline:
  audio: {{ input: sound, args: {{ sample_rate: 16000, duration_ms: 1000 }} }}
  power: {{ block: spectrogram, from: audio, args: {{ n_fft: 512, win_length: 480, hop_length: 320, framing: tf, output: magnitude }} }}
  mels:
    block: mel-filterbank
    from: power
    args: {{ n_mels: 40, fmin: 20, fmax: 4000, htk: true, norm: none, triangles: mel, log: natural, amin: 0, log_offset: 0.000001 }}
  mfcc: {{ block: mfcc, from: mels, args: {{ n_mfcc: 10, norm: htk }} }}
  {stage}
  model: {{ model: {model}, from: {from} }}
  top: {{ block: most-confident-indices, from: model }}
  word: {{ block: label, from: top, args: {{ wordlist: [{}, silence, unknown] }} }}
outputs: [word]
",
            WORDS.join(", ")
        )
    };
    let folder = models.join("mlcommons_kws");
    let stage =
        "quantized: { block: quantize, from: mfcc, args: { scale: 0.5847029, zero_point: 83, out_type: int8 } }";
    let mut quantized = pipeline(&text("kws_ref_model.tflite", stage, "quantized"), &folder);
    let mut float = pipeline(&text("kws_ref_model_float32.tflite", "", "mfcc"), &folder);

    let manifest = fs::read_to_string(speech.join("manifest.csv")).unwrap();
    let (mut right, mut alike, mut count) = (0, 0, 0);
    for expected in WORDS {
        let of_word = |line: &&str| line.split(',').nth(1) == Some(expected);
        for line in manifest.lines().filter(of_word).take(20) {
            let sound = clip(&speech.join(line.split(',').next().unwrap()));
            let mut samples: Vec<i16> = sound.view().array::<i16>().unwrap().iter().copied().collect();
            samples.resize(16_000, 0);
            let samples = Tensor::from(samples);
            let found = word(&mut quantized, "audio", "word", &samples);
            right += usize::from(found == expected);
            alike += usize::from(found == word(&mut float, "audio", "word", &samples));
            count += 1;
        }
    }
    println!("{right} of {count} words, {alike} as in float32");
    assert_eq!(count, 200);
    assert!(right >= 165 && alike >= 190, "{right} of {count} words, {alike} as in float32");
}
