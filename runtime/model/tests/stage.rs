//! The model as a node of a graph: what edges it takes, what it gives, and how it says no.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{assert_close, edges, golden, input, litert};
use runeblocks_core::{Axis, BlockError, Digest, DynBlock, ElementType, Facts, Quantization, Tensor};
use runeblocks_graph::ModelLoader;
use runeblocks_model::{Loader, ModelStage};

fn stage(name: &str) -> ModelStage {
    ModelStage::new(Arc::new(runeblocks_model::read(golden(name)).unwrap()), None)
}

fn text(result: Result<Vec<Facts>, BlockError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.to_string(), error.help().unwrap_or_default().to_owned())
}

/// The facts of the int8 model's input, changed by `change`.
fn int8_edge(change: impl FnOnce(&mut Facts)) -> Facts {
    let stage = stage("int8.tflite");
    let quantization = stage.file().inputs().next().unwrap().quantization.as_ref().unwrap();
    let (scale, zero_point) = (quantization.scales[0], i32::try_from(quantization.zero_points[0]).unwrap());
    let quantization = Some(Quantization { scale, zero_point });
    let mut facts = Facts { quantization, ..Facts::of::<i8>([1, 13, 10, 1]) };
    change(&mut facts);
    facts
}

#[test]
fn views_of_the_same_elements_are_taken() {
    let mut stage = stage("float.tflite");
    let expected = litert()["models"]["float"]["outputs"][0].clone();
    let tensor = input(stage.file().inputs().next().unwrap(), 0);
    for shape in [&[1, 13, 10, 1][..], &[13, 10], &[130], &[1, 130], &[13, 1, 10]] {
        let facts = stage.infer(&[Facts::new(ElementType::F32, shape)]).unwrap();
        assert_eq!(facts, [Facts::of::<f32>([1, 3])]);
        let mut outputs: Vec<_> = facts.iter().map(Facts::buffer).collect();
        stage.process(&[tensor.view().reshape(shape).unwrap()], &mut outputs).unwrap();
        assert_close("float", &outputs, &expected);
    }
}

#[test]
fn other_shapes_and_types_are_refused() {
    let mut stage = stage("float.tflite");
    let port = stage.file().inputs().next().unwrap().name.clone();
    let refused = |found: &str| format!("the input `{port}` is {found}: expected f32 [1, 13, 10, 1]");
    let mut message = |facts: Facts| text(stage.infer(&[facts]));
    assert_eq!(message(Facts::of::<i8>([1, 13, 10, 1])), (refused("i8 [1, 13, 10, 1]"), String::new()));
    assert_eq!(message(Facts::of::<f32>([10, 13])), (refused("f32 [10, 13]"), String::new()));
    assert_eq!(
        message(Facts::of::<f32>([49, 40])),
        (refused("f32 [49, 40]"), "the edge carries 1960 elements, the model takes 130".into())
    );
    assert_eq!(
        message(Facts::of::<f32>([Axis::Stream, Axis::Fixed(10)])),
        (
            refused("f32 [stream, 10]"),
            "the model takes a whole input at a time: cut the stream into windows before it".into()
        )
    );
    assert_eq!(text(stage.infer(&[])).0, format!("0 inputs: expected 1 (`{port}`)"));
}

#[test]
fn quantization_is_held_against_the_models() {
    let mut stage = stage("int8.tflite");
    let output = stage.infer(&[int8_edge(|_| ())]).unwrap();
    assert_eq!(output[0].quantization, Some(Quantization { scale: 1.0 / 256.0, zero_point: -128 }));
    assert_eq!(output[0].shape, [1, 3].into());
    let scaled = |by: f32| int8_edge(|facts| facts.quantization.as_mut().unwrap().scale *= by);
    for by in [0.981, 1.019] {
        assert!(stage.infer(&[scaled(by)]).is_ok(), "{by}");
    }
    assert!(stage.infer(&[int8_edge(|facts| facts.quantization = None)]).is_ok());
    let help = "let the block before it quantise with the scale and zero point of the model";
    assert_eq!(text(stage.infer(&[scaled(1.03)])).1, help);
    assert!(stage.infer(&[scaled(0.97)]).is_err());
    let moved = int8_edge(|facts| facts.quantization.as_mut().unwrap().zero_point = 7);
    assert_eq!(text(stage.infer(&[moved])).1, help);
}

#[test]
fn a_model_that_nothing_can_run_is_checked_and_says_why_when_it_is_run() {
    let mut stage = stage("unsupported.tflite");
    let facts = stage.infer(&[Facts::of::<f32>([1, 13, 10, 1])]).unwrap();
    let mut outputs: Vec<_> = facts.iter().map(Facts::buffer).collect();
    let tensor = Tensor::from(vec![0_f32; 130]);
    let error = stage.process(&[tensor.view()], &mut outputs).unwrap_err().to_string();
    assert!(error.starts_with("no backend of this build can run the model\n"), "{error}");
    let reason = "the int8 backend cannot run the model: operator 3 (Erode): the operator is not supported";
    assert!(error.lines().any(|line| line == reason), "{error}");
}

#[test]
fn a_saved_state_belongs_to_its_model() {
    let (mut float, mut mean) = (stage("float.tflite"), stage("mean.tflite"));
    let edges = edges(float.file());
    float.infer(&edges).unwrap();
    let mut state = float.save();
    assert!(float.restore(&state).is_ok());
    let error = mean.restore(&state).unwrap_err().to_string();
    let hex = |stage: &ModelStage| Digest(stage.file().sha256).to_string();
    assert_eq!(
        error,
        format!(
            "the saved state is of the model with the SHA-256 {}: expected the model's with the SHA-256 {}",
            hex(&float),
            hex(&mean)
        )
    );
    assert!(mean.restore(&[1, 2]).unwrap_err().to_string().starts_with("the saved state is 2 bytes long: expected"));
    state.push(0);
    assert_eq!(
        float.restore(&state).unwrap_err().to_string(),
        "the saved state is 1 bytes long: expected 0 bytes for this model"
    );
}

#[test]
fn the_loader_gives_graphs_the_files_ports_and_the_obstacle() {
    let load =
        |name: &str| Loader::default().load(Path::new(name), &std::fs::read(golden(name)).unwrap(), None).unwrap();
    let float = load("float.tflite");
    assert_eq!(float.inputs()[0].facts, Facts::of::<f32>([1, 13, 10, 1]));
    assert_eq!(float.outputs()[0].facts, Facts::of::<f32>([1, 3]));
    assert_eq!((float.obstacle(), float.warnings()), (None, vec![]));
    let int8 = load("int8.tflite");
    assert_eq!(int8.outputs()[0].facts.quantization, Some(Quantization { scale: 1.0 / 256.0, zero_point: -128 }));
    assert_eq!(int8.obstacle(), None);
    let obstacle = load("unsupported.tflite").obstacle().unwrap();
    assert!(obstacle.contains("the int8 backend cannot run the model: operator 3 (Erode)"), "{obstacle}");
    let error = Loader::default().load(Path::new("x"), b"no model", None).err().unwrap().to_string();
    assert!(error.starts_with("not a sound TensorFlow Lite model: header: "), "{error}");
}

#[test]
fn a_backend_is_chosen_by_its_name() {
    assert_eq!(runeblocks_model::backend_named("int8").unwrap().name(), "int8");
    let error = Loader::default().check_backend("int9").unwrap_err().to_string();
    assert!(
        error.starts_with("there is no backend `int9`: expected ") && error.contains("did you mean `int8`?"),
        "{error}"
    );
    let bytes = std::fs::read(golden("float.tflite")).unwrap();
    let loaded = Loader::default().load(Path::new("float.tflite"), &bytes, Some("int8")).unwrap();
    assert_eq!(loaded.obstacle(), None);
    assert!(Loader::default().load(Path::new("float.tflite"), &bytes, Some("int9")).is_err());
}

/// One by one, as a session carries nothing over in a model without state.
#[test]
fn the_int8_backend_runs_float32_as_litert() {
    let expected = litert();
    for name in ["float", "mean", "flat", "operators"] {
        let file = Arc::new(runeblocks_model::read(golden(&format!("{name}.tflite"))).unwrap());
        let backend = runeblocks_model::backend_named("int8").unwrap();
        if let Err(reasons) = backend.supports(&file) {
            // REDUCE_PROD is the one that the reference on microcontrollers lacks.
            assert!(name == "operators" && reasons.to_string().contains("REDUCE_PROD"), "{name}: {reasons}");
            continue;
        }
        let mut stage = ModelStage::new(Arc::clone(&file), Some(backend));
        let mut outputs: Vec<_> = stage.infer(&edges(&file)).unwrap().iter().map(Facts::buffer).collect();
        for (case, expected) in expected["models"][name]["outputs"].as_array().unwrap().iter().enumerate() {
            let inputs: Vec<Tensor> = file.inputs().map(|tensor| input(tensor, case)).collect();
            stage.process(&inputs.iter().map(Tensor::view).collect::<Vec<_>>(), &mut outputs).unwrap();
            assert_close(name, &outputs, expected);
        }
    }
}
