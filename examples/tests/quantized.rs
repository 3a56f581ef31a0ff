//! A front end in floating point before a quantised model: the stage that is proposed between the two is pasted, and the model
//! gives to the bit what it gives for features that are quantised by hand.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use runeblocks_core::{DynBlock, Facts, SampleRate, Tensor};
use runeblocks_graph::{Environment, Graph};
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_model::{Loader, ModelStage};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What a stage of a pipeline makes of a clip, or what is wrong with the pipeline.
fn run(text: &str, folder: &Path, stage: &str, clip: &Tensor) -> Result<Tensor, Vec<String>> {
    let registry = runeblocks_all::registry();
    let models = Loader::default();
    let graph = Graph::from_text("Runefile.yml", text, folder, &Environment::new(&registry, &models));
    let graph = graph.map_err(|found| found.items().iter().flat_map(|item| item.help.clone()).collect::<Vec<_>>())?;
    let mut executor = graph.into_executor(&[stage]).unwrap();
    executor.run(&[("audio", clip.view())]).unwrap();
    Ok(executor.output(stage).unwrap().to_tensor())
}

/// Features quantised by TensorFlow Lite's formula, through the model.
fn by_hand(features: &Tensor, model: &Path) -> Tensor {
    let mut stage = ModelStage::new(runeblocks_model::read(model).unwrap().into(), None);
    let facts = runeblocks_model::facts(stage.file().inputs().next().unwrap()).unwrap();
    let quantization = facts.quantization.unwrap();
    let quantized =
        |x: &f32| ((x / quantization.scale).round() + quantization.zero_point as f32).clamp(-128.0, 127.0) as i8;
    let integers: Vec<i8> = features.view().array::<f32>().unwrap().iter().map(quantized).collect();
    assert!(integers.iter().any(|q| q != &integers[0]), "the features say something");
    let facts = Facts { shape: [integers.len()].into(), ..facts };
    let mut outputs = [stage.infer(&[facts]).unwrap()[0].buffer()];
    stage.process(&[Tensor::from(integers).view()], &mut outputs).unwrap();
    outputs[0].to_tensor()
}

#[test]
fn float_features_through_the_proposed_stage_are_those_quantised_by_hand() {
    let fft_and_filter = "
  fft:      { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40 } }
  features: { block: noise-filtering, from: fft, args: { out_type: float32, scale: 0.0390625 } }";
    let mfcc = "
  power:    { block: spectrogram, from: audio, args: { n_fft: 2048, hop_length: 1024 } }
  mels:     { block: mel-filterbank, from: power, args: { log: natural } }
  features: { block: mfcc, from: mels, args: { n_mfcc: 10 } }";
    let cases = [
        ("models/keyword/keyword_int8.tflite", fft_and_filter, 1000),
        ("runtime/model/tests/golden/int8.tflite", mfcc, 896),
    ];
    for (model, front_end, milliseconds) in cases {
        let model = at(model);
        let (folder, file) = (model.parent().unwrap(), model.file_name().unwrap().to_str().unwrap());
        for word in ["up", "down", "left", "right"] {
            let clip = Sound::read(&at(&format!("examples/clips/{word}.wav")), Channels::Mono).unwrap();
            let clip = Tensor::from(clip.at(SampleRate(16_000)).unwrap());
            let clip = Tensor::from(
                clip.view().array::<i16>().unwrap().iter().copied().take(16 * milliseconds).collect::<Vec<_>>(),
            );
            let head = format!(
                "version: 2\npipeline:\n  audio: {{ input: sound, args: {{ sample_rate: 16000, duration_ms: {milliseconds} }} }}{front_end}\n"
            );
            let broken = format!("{head}  model: {{ model: {file}, from: features }}\noutputs: [model]\n");
            let help = run(&broken, folder, "model", &clip).unwrap_err();
            let proposal = help.iter().find_map(|help| help.strip_prefix("add `")).unwrap();
            let (proposed, read) = proposal.split_once("` and read `").unwrap();
            let read = read.strip_suffix('`').unwrap();
            let mended = format!("{head}  {proposed}\n  model: {{ model: {file}, {read} }}\noutputs: [model]\n");
            let found = run(&mended, folder, "model", &clip).unwrap();
            let features = run(&format!("{head}outputs: [features]\n"), folder, "features", &clip).unwrap();
            assert_eq!(found, by_hand(&features, &model), "{word} {file}");
        }
    }
}
