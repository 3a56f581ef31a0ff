//! The tract backend against LiteRT, and the refusal of what it can't run.
#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::path::Path;

use common::{assert_close, golden, input, litert, shared_models, tflite_files};
use runeblocks_core::{Buffer, ElementType, Tensor};
use runeblocks_model::{Backend, Tract};

/// Runs a model on the inputs of its golden, twice in one session, and compares.
fn assert_runs_as_litert(name: &str, path: &Path, golden: &serde_json::Value) {
    let file = runeblocks_model::read(path).unwrap();
    let sha256: String = file.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(golden["sha256"].as_str(), Some(sha256.as_str()), "{name}: the golden is of another file");
    let mut session = Tract.load(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut outputs = vec![Buffer::new(ElementType::F32); file.outputs().len()];
    for (case, expected) in golden["outputs"].as_array().unwrap().iter().enumerate() {
        let inputs: Vec<Tensor> = file.inputs().map(|tensor| input(tensor, case)).collect();
        let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
        session.run(&views, &mut outputs).unwrap();
        assert_close(name, &outputs, expected);
        for (output, tensor) in outputs.iter().zip(file.outputs()) {
            assert_eq!(output.view().shape(), tensor.shape);
        }
    }
}

#[test]
fn float_models_equal_litert() {
    let golden_file = litert();
    for name in ["float", "mean", "flat", "operators"] {
        assert_runs_as_litert(name, &golden(&format!("{name}.tflite")), &golden_file["models"][name]);
    }
}

/// The float32 models of this repository.
#[test]
fn our_float_models_equal_litert() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let golden_file = litert();
    let golden = golden_file["models"].as_object().unwrap();
    let ours: Vec<_> = golden.iter().filter(|(name, _)| name.starts_with("models/")).collect();
    assert!(!ours.is_empty());
    for (name, golden) in ours {
        assert_runs_as_litert(name, &root.join(format!("{name}.tflite")), golden);
    }
}

#[test]
fn shared_float_models_equal_litert_and_all_others_are_refused_with_reasons() {
    let Some(folder) = shared_models() else { return };
    let golden = litert();
    let mut ran = 0;
    for path in tflite_files(&folder) {
        let file = runeblocks_model::read(folder.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(file.inputs().len() > 0 && file.outputs().len() > 0 && !file.main().operators.is_empty(), "{path}");
        match golden["models"].get(path.trim_end_matches(".tflite")) {
            Some(expected) => {
                assert_runs_as_litert(&path, &folder.join(&path), expected);
                ran += 1;
            }
            None => {
                let reasons = Tract.supports(&file).expect_err(&path).to_string();
                let quantized = file.quantized_tensors().next().is_some();
                assert_eq!(reasons.contains("it is quantised"), quantized, "{path}: {reasons}");
                let error = Tract.load(&file).err().unwrap_or_else(|| panic!("{path} was loaded"));
                assert_eq!(error.to_string(), reasons);
            }
        }
    }
    assert_eq!(ran, 3, "models of the golden that were found");
}

/// The audio front end of TensorFlow Lite Micro as a model: custom operators, none of which tract has.
#[test]
fn all_missing_operators_are_named_at_once() {
    let Some(folder) = shared_models() else { return };
    let file = runeblocks_model::read(folder.join("tflm_micro_speech/models/audio_preprocessor_float.tflite")).unwrap();
    let reasons = Tract.supports(&file).unwrap_err().reasons;
    assert!(
        reasons.contains(
            &"it uses operators that tract lacks: SignalWindow, SignalFftAutoScale, SignalRfft, SignalEnergy, CAST (3), \
              SignalFilterBank, SignalFilterBankSquareRoot, SignalFilterBankSpectralSubtraction, SignalPCAN, \
              SignalFilterBankLog"
                .to_owned()
        ),
        "{reasons:?}"
    );
}

#[test]
fn the_refusal_names_tensors_and_operators() {
    let file = runeblocks_model::read(golden("int8.tflite")).unwrap();
    assert_eq!(
        Tract.supports(&file).unwrap_err().to_string(),
        "the tract backend cannot run the model: \
         it is quantised, and tract's numbers for such models are wrong: 19 of its 20 tensors hold int32, int8 \
         (\"serving_default_keras_tensor:0\", \"functional_1/dense_1_2/BiasAdd\", \"functional_1/dense_1_2/MatMul\", \
         \"functional_1/dense_1/Relu;functional_1/dense_1/BiasAdd\" and 15 more), in the operators CONV_2D (2), \
         DEPTHWISE_CONV_2D, AVERAGE_POOL_2D, RESHAPE, FULLY_CONNECTED (2), SOFTMAX; \
         use the backend int8, or a float32 version of the model"
    );
}

#[test]
fn a_session_checks_what_it_is_handed() {
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    let mut session = Tract.load(&file).unwrap();
    let mut outputs = [Buffer::new(ElementType::F32)];
    let fits = input(file.inputs().next().unwrap(), 0);
    let mut message = |inputs: &[Tensor], outputs: &mut [Buffer]| {
        let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
        session.run(&views, outputs).unwrap_err().to_string()
    };
    assert_eq!(message(&[], &mut outputs), "the model has 1 inputs, found 0");
    assert_eq!(message(std::slice::from_ref(&fits), &mut []), "the model has 1 outputs, found 0");
    assert_eq!(message(&[vec![0_u8; 130].into()], &mut outputs), "input 0 of the model takes f32, found u8");
    assert_eq!(
        message(&[vec![0_f32; 130].into()], &mut outputs),
        "input 0 of the model takes the shape [1, 13, 10, 1], found [130]"
    );
    let mut wrong = [Buffer::new(ElementType::I8)];
    assert_eq!(
        message(&[fits], &mut wrong),
        "the tract backend failed to run the model: the output was to hold elements of f32: expected i8"
    );
}
