//! The keyword pipeline of the repository, and its demo clips.

#![allow(dead_code, reason = "no test uses all of it")]

use std::path::{Path, PathBuf};

use runeblocks_graph::{Environment, Graph};
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_model::{Loader, ModelFile};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn graph() -> Graph {
    let (registry, models) = (runeblocks_all::registry(), Loader::default());
    Graph::load(&root().join("models/keyword/Runefile.yml"), &Environment::new(&registry, &models)).unwrap()
}

pub fn model() -> ModelFile {
    runeblocks_model::read(root().join("models/keyword/keyword_int8.tflite")).unwrap()
}

/// The range of the logits that the file gives.
pub fn logit_range(file: &ModelFile) -> [f32; 2] {
    let softmax = file.main().operators.last().unwrap();
    let logits = &file.main().tensors[softmax.inputs[0].unwrap()];
    let quantization = logits.quantization.as_ref().unwrap();
    let real = |integer: i64| quantization.scales[0] * (integer - quantization.zero_points[0]) as f32;
    [real(-128), real(127)]
}

/// The demo clips by their words.
pub fn clips() -> Vec<(&'static str, Vec<i16>)> {
    let read = |word| Sound::read(&root().join(format!("examples/clips/{word}.wav")), Channels::Mono).unwrap();
    ["up", "down", "left", "right"].map(|word| (word, read(word).into_samples())).to_vec()
}

/// The pipeline with other words, a YAML list.
pub fn with_words(words: &str) -> Graph {
    let (registry, models) = (runeblocks_all::registry(), Loader::default());
    let folder = root().join("models/keyword");
    let text = std::fs::read_to_string(folder.join("Runefile.yml")).unwrap();
    let text = text.replace("[silence, unknown, up, down, left, right]", words);
    Graph::from_text("Runefile.yml", &text, &folder, &Environment::new(&registry, &models)).unwrap()
}
