//! What is told of models that run here and not on a device. The test `live` holds it against TensorFlow Lite Micro itself.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/generate/mod.rs"]
mod generate;
#[path = "support/model.rs"]
mod model;
#[path = "support/random.rs"]
mod random;
#[path = "support/run.rs"]
#[expect(dead_code, reason = "models are prepared, not run")]
mod run;
#[path = "support/shared.rs"]
mod shared;

use std::path::Path;

use model::{Graph, Tensor, options};
use random::Random;
use runeblocks_int8::{Level, Rounding};
use runeblocks_tflite::TensorType::{Bool, Float32, Int8, Int32};
use runeblocks_tflite::{LastLayer, ModelFile, device, operator, schema};

fn reasons(bytes: &[u8]) -> Vec<String> {
    device::reasons(&ModelFile::from_bytes(bytes.to_vec()).unwrap())
}

const HYBRID: &str = "has float32 activations with int8 weights, which TensorFlow Lite Micro does not run; quantise the model \
                      fully, with a representative data set, or not at all";

/// Layers of float32 with weights of int8 or float32, one after another.
fn dense(random: &mut Random, hybrid: &[bool]) -> Vec<u8> {
    let mut graph = Graph::default();
    let width = random.size(1, 6);
    let mut values = graph.input(Tensor::new(Float32, &[1, width]));
    for &hybrid in hybrid {
        let elements = width * width;
        let weights = if hybrid {
            Tensor::new(Int8, &[width, width]).quantized(0.5, 0).constant(vec![1; elements])
        } else {
            Tensor::new(Float32, &[width, width]).constant(vec![0; 4 * elements])
        };
        let (weights, output) = (graph.add(weights), graph.add(Tensor::new(Float32, &[1, width])));
        let written = options(schema::FullyConnectedOptions::create, schema::FullyConnectedOptionsArgs::default());
        graph.operator(operator::FULLY_CONNECTED, &[Some(values), Some(weights), None], &[output], written);
        values = output;
    }
    graph.outputs = vec![values];
    graph.finish()
}

#[test]
fn hybrid_layers_are_told_by_their_numbers() {
    let mut random = Random::of("hybrid", 1);
    for _ in 0..200 {
        let layers = random.size(1, 9);
        let hybrid: Vec<bool> = (0..layers).map(|_| random.once_in(2)).collect();
        let bytes = dense(&mut random, &hybrid);
        run::program(&bytes, Level::Plain, Rounding::Tflm).unwrap();
        let places: Vec<_> = (0..layers).filter(|&at| hybrid[at]).map(|at| format!("#{at}")).collect();
        let places = match &places[..] {
            [] => None,
            [first @ .., _] if places.len() > 3 => {
                Some(format!("{} and {} more", first[..3].join(", "), places.len() - 3))
            }
            all => Some(all.join(", ")),
        };
        let expected: Vec<String> = places.iter().map(|places| format!("FULLY_CONNECTED {places} {HYBRID}")).collect();
        assert_eq!(reasons(&bytes), expected);
    }
}

#[test]
fn what_the_reference_runs_is_not_refused() {
    for (name, make) in generate::operators() {
        for seed in 1..=20 {
            let model = make(&mut Random::of(name, seed)).model;
            let file = ModelFile::from_bytes(model).unwrap();
            for reason in device::reasons(&file) {
                let is_known = reason.contains(" has uint8 data, and TensorFlow Lite Micro takes ")
                    || reason.contains("has more than the 5 axes")
                    || reason.contains("gives an empty tensor");
                assert!(is_known, "{name}, seed {seed}: {reason}");
            }
        }
    }
}

#[test]
fn other_operators_and_types_are_told() {
    let one = |code: i32, kind, shape: &[usize]| {
        let mut graph = Graph::default();
        let (input, output) = (graph.input(Tensor::new(kind, shape)), graph.output(Tensor::new(kind, shape)));
        graph.operator(code, &[Some(input)], &[output], None);
        reasons(&graph.finish())
    };
    assert_eq!(
        one(operator::RELU_N1_TO_1, Float32, &[2]),
        ["RELU_N1_TO_1 #0 is no operator of TensorFlow Lite Micro; use others instead"]
    );
    assert_eq!(
        one(operator::TRANSPOSE, Int32, &[2]),
        ["TRANSPOSE #0 has int32 data, and TensorFlow Lite Micro takes float32, int8, int16"]
    );
    assert_eq!(
        one(operator::TRANSPOSE, Int8, &[1; 6]),
        ["TRANSPOSE #0 has more than the 5 axes that TensorFlow Lite Micro transposes"]
    );
    assert_eq!(
        one(operator::STRIDED_SLICE, Int8, &[0]),
        ["STRIDED_SLICE #0 gives an empty tensor, which TensorFlow Lite Micro refuses"]
    );
    assert_eq!(one(operator::RESHAPE, Bool, &[2]), [""; 0]);
}

#[test]
fn models_are_told_to_run_on_a_device_and_to_be_calibratable() {
    let shared = shared::shared_models();
    let (yes, no) = ("", "no");
    for (name, device, calibratable) in [
        ("models/keyword/keyword_int8", yes, yes),
        ("models/keyword/keyword_float32", yes, "is float32"),
        ("models/gesture/gesture", yes, "is float32"),
        ("models/sine/sine", yes, "is float32"),
        ("mlcommons_kws/kws_ref_model", yes, yes),
        ("tflm_person_detection/person_detect", yes, "it ends in"),
        ("wakeword/wheel_models/okay_nabu", yes, "it ends in"),
        ("hotg_gesture/model_quantized", HYBRID, no),
        ("mlcommons_kws/kws_ref_model_float32", HYBRID, no),
        ("hotg_person_detection/model", "has uint8 data", no),
    ] {
        let Some(bytes) = shared::read(name, shared.as_ref()) else { continue };
        let file = ModelFile::from_bytes(bytes).unwrap();
        let found = device::reasons(&file);
        assert!(if device.is_empty() { found.is_empty() } else { found[0].contains(device) }, "{name}: {found:?}");
        let found = LastLayer::find(&file).err().unwrap_or_default();
        match calibratable {
            "" => assert_eq!(found, "", "{name}"),
            "no" => assert_ne!(found, "", "{name}"),
            part => assert!(found.contains(part), "{name}: {found}"),
        }
    }
}

#[test]
fn a_model_quantised_as_it_runs_is_told() {
    let path = shared::shared_models().map(|folder| folder.join("../cases/files/drq.tflite"));
    let Some(path) = path.filter(|path| Path::exists(path)) else { return };
    let found = reasons(&std::fs::read(path).unwrap());
    assert!(!found.is_empty() && found.iter().all(|reason| reason.ends_with(HYBRID)), "{found:?}");
}
