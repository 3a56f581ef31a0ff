//! The stages that are proposed where a model gets other numbers than it takes: pasted as they are, the Runefile is valid, and
//! the model gets what quantising by hand gives.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use runeblocks_core::{Tensor, TensorView};
use runeblocks_graph::{Diagnostics, Environment, Executor, Graph};
use serde_json::{Value, json};
use support::models::JsonModels;

fn graph(text: &str, folder: &Path) -> Result<Graph, Diagnostics> {
    let registry = support::registry();
    Graph::from_text("Runefile.yml", text, folder, &Environment::new(&registry, &JsonModels))
}

/// What stands between backticks in the help of the only finding.
fn proposed(diagnostics: &Diagnostics) -> Vec<String> {
    let [only] = diagnostics.items() else { panic!("{diagnostics}") };
    only.help.iter().flat_map(|help| help.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// Runs a Runefile whose stage `model` is refused at first, with the proposed stages pasted and read by it.
fn mended(text: &str, folder: &Path) -> Result<Executor, TestCaseError> {
    let Err(diagnostics) = graph(text, folder) else { return Err(TestCaseError::fail("it is not refused")) };
    let mut proposed = proposed(&diagnostics);
    let read = proposed.pop().unwrap();
    let stages: String = proposed.iter().map(|stage| format!("  {stage}\n")).collect();
    let (before, model) = text.split_once("  model:").unwrap();
    // Up to the reference of the model's only input.
    let key = read.split_once(' ').unwrap().0;
    let (start, rest) = model.split_once(key).unwrap();
    let end = rest.find([',', '}']).unwrap();
    let mended = format!("{before}{stages}  model:{start}{read} {}", &rest[end..]);
    let graph =
        graph(&mended, folder).map_err(|diagnostics| TestCaseError::fail(format!("{mended}\n{diagnostics}")))?;
    prop_assert!(graph.warnings().items().is_empty(), "{}", graph.warnings());
    Ok(graph.into_executor(&["model"]).unwrap())
}

/// A model that gives the sum of what it gets.
fn model(folder: &Path, input: Value) {
    let model = json!({"inputs": [input], "outputs": [{"name": "y", "type": "f32", "shape": [1]}]});
    fs::write(folder.join("model.json"), model.to_string()).unwrap();
}

fn sum(executor: &mut Executor, values: &TensorView<'_>) -> f64 {
    executor.run(&[("numbers", values.clone())]).unwrap();
    executor.output("model").unwrap().array::<f32>().unwrap().iter().copied().map(f64::from).sum()
}

fn runefile(version: u32, element_type: &str, n: usize, between: &str, from: &str) -> String {
    match version {
        1 => format!(
            "version: 1\nimage: runicos/base\npipeline:\n  numbers: {{ capability: RAW, outputs: [{{ type: {element_type}, dimensions: \
             [{n}] }}] }}\n{between}  model: {{ model: ./model.json, inputs: [{from}], outputs: [{{ type: F32, dimensions: [1] }}] }}\n  \
             serial: {{ out: serial, inputs: [model] }}\n"
        ),
        _ => format!(
            "version: 2\npipeline:\n  numbers: {{ input: raw, args: {{ element_type: {element_type}, shape: [{n}] }} }}\n{between}  model: \
             {{ model: model.json, from: {from} }}\noutputs: [model]\n"
        ),
    }
}

/// Types of a model's input, with a zero point.
fn input() -> impl Strategy<Value = (&'static str, f64, f64, i32)> {
    prop_oneof![
        (-128i32..=127).prop_map(|zero_point| ("i8", -128.0, 127.0, zero_point)),
        (0i32..=255).prop_map(|zero_point| ("u8", 0.0, 255.0, zero_point)),
        (-32768i32..=32767).prop_map(|zero_point| ("i16", -32768.0, 32767.0, zero_point)),
    ]
}

fn scale() -> impl Strategy<Value = f32> {
    prop_oneof![
        1e-4f32..10.0,
        Just(0.584_703),
        Just(1.0),
        // Digits of single precision that double precision reads as another number.
        Just(f32::from_bits(0x15ae_43fd)),
        Just(f32::MAX),
        (1u32..0x7f80_0000).prop_map(f32::from_bits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn floats_before_a_quantised_model(
        steps in proptest::collection::vec(-40_000.0f32..40_000.0, 1..8),
        scale in scale(),
        (kind, least, greatest, zero_point) in input(),
        version in 1u32..=2,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let n = steps.len();
        model(folder.path(), json!({"name": "x", "type": kind, "shape": [n], "scale": scale, "zero_point": zero_point}));
        let mut executor = mended(&runefile(version, "F32", n, "", "numbers"), folder.path())?;
        let values: Vec<f32> = steps.iter().map(|steps| steps * scale).collect();
        let by_hand = |x: &f32| (f64::from(x / scale).round() + f64::from(zero_point)).clamp(least, greatest);
        let expected: f64 = values.iter().map(by_hand).sum();
        prop_assert_eq!(sum(&mut executor, &Tensor::from(values).view()), expected);
    }

    /// Bytes that nothing is said of: a byte of `n` is the model's `n`-th value, as TensorFlow Lite has it for pixels.
    #[test]
    fn pixels_before_a_quantised_model(
        pixels in proptest::collection::vec(any::<u8>(), 1..8),
        scale in 1e-4f32..0.9,
        zero_point in -128i32..=127,
        version in 1u32..=2,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let n = pixels.len();
        model(folder.path(), json!({"name": "x", "type": "i8", "shape": [n], "scale": scale, "zero_point": zero_point}));
        let mut executor = mended(&runefile(version, "U8", n, "", "numbers"), folder.path())?;
        let expected: i32 = pixels.iter().map(|x| i32::from(*x) - 128).sum();
        prop_assert_eq!(sum(&mut executor, &Tensor::from(pixels).view()), f64::from(expected));
    }

    /// What stands for real numbers keeps them: before a model of another quantisation, and before one in floating point.
    #[test]
    fn quantised_numbers_before_another_model(
        stored in 0i8..=100,
        n in 1usize..8,
        from in prop::sample::select(vec!["i8", "u8", "i16"]),
        from_zero in 0i32..=100,
        (kind, least, greatest, zero_point) in input(),
        scale in 0.01f32..1.9,
        float in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        // `first` gives what it gets, `n` times, as integers of a scale of 2.
        let port = json!({"name": "y", "type": from, "shape": [n], "scale": 2.0, "zero_point": from_zero});
        let first = json!({"inputs": [{"name": "x", "type": "i8", "shape": [1]}], "outputs": [port]});
        fs::write(folder.path().join("first.json"), first.to_string()).unwrap();
        model(folder.path(), match float {
            true => json!({"name": "x", "type": "f32", "shape": [n]}),
            false => json!({"name": "x", "type": kind, "shape": [n], "scale": scale, "zero_point": zero_point}),
        });
        let between = "  first: { model: first.json, from: numbers }\n";
        let mut executor = mended(&runefile(2, "I8", 1, between, "first"), folder.path())?;
        let real = 2.0 * (f64::from(stored) - f64::from(from_zero));
        let expected = match float {
            true => real,
            false => ((real / f64::from(scale)).round() + f64::from(zero_point)).clamp(least, greatest),
        };
        prop_assert_eq!(sum(&mut executor, &Tensor::from(vec![stored]).view()), expected * n as f64);
    }
}

/// Several inputs, names that are taken, and a stage that has the wrong numbers already.
#[test]
fn what_is_proposed_fits_where_it_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let input =
        |name: &str, scale: f32| json!({"name": name, "type": "i8", "shape": [2], "scale": scale, "zero_point": 0});
    let inputs = json!([input("a", 0.5), input("b", 0.25), input("c", 0.1)]);
    let model = json!({"inputs": inputs, "outputs": [{"name": "y", "type": "f32", "shape": [1]}]});
    fs::write(folder.path().join("model.json"), model.to_string()).unwrap();
    let text = "
version: 2
pipeline:
  numbers: { input: raw, args: { element_type: f32, shape: [2] } }
  quantized: { block: quantize, from: numbers, args: { scale: 3, out_type: uint8 } }
  model: { model: model.json, from: [numbers, numbers, quantized] }
outputs: [model]
";
    let found = graph(text, folder.path()).map(|_| ()).unwrap_err();
    let help: Vec<_> = found.items().iter().map(|item| item.help.clone()).collect();
    let range = |range: &str| format!("the model takes numbers from {range}");
    assert_eq!(help, [
        vec![
            "add `quantized2: { block: quantize, from: numbers, args: { scale: 0.5, zero_point: 0, out_type: int8 } }` and read \
             `quantized2` in the place of `numbers`".to_owned(),
            range("-64 to 63.5"),
        ],
        vec![
            "add `quantized3: { block: quantize, from: numbers, args: { scale: 0.25, zero_point: 0, out_type: int8 } }` and read \
             `quantized3` in the place of `numbers`".to_owned(),
            range("-32 to 31.75"),
        ],
        vec!["give `quantized` what the model has: `args: { scale: 0.1, zero_point: 0, out_type: int8 }`".to_owned()],
    ]);
}

/// A front end that can give the type itself, and a block that takes real numbers.
#[test]
fn what_else_gives_the_type_is_named() {
    let folder = tempfile::tempdir().unwrap();
    model(folder.path(), json!({"name": "x", "type": "i8", "shape": [49, 40], "scale": 0.1015625, "zero_point": -128}));
    let text = "
version: 2
pipeline:
  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 1000 } }
  fft: { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40 } }
  features: { block: noise-filtering, from: fft, args: { out_type: uint16 } }
  model: { model: model.json, from: features }
outputs: [model]
";
    let found = graph(text, folder.path()).map(|_| ()).unwrap_err();
    assert_eq!(
        found.items()[0].help,
        [
            "set `out_type: int8` in the `args` of `features`",
            "add `quantized: { block: quantize, from: features, args: { scale: 0.1015625, zero_point: -128, out_type: int8 } }` and \
         read `from: quantized`",
            "if the model was trained on these very numbers; it takes 0 to 25.9",
        ]
    );
    assert!(graph(&text.replace("uint16", "int8"), folder.path()).is_ok());

    let text = text.replace("uint16", "int8").replace("model: { model: model.json,", "model: { block: mfcc,");
    let found = graph(&text, folder.path()).map(|_| ()).unwrap_err();
    assert_eq!(
        found.items()[0].help,
        ["add `dequantized: { block: dequantize, from: features }` and read `from: dequantized`"]
    );
    let mut executor =
        mended(&text.replace("from: features }", "from: numbers }").replace("features:", "numbers:"), folder.path())
            .unwrap();
    executor.run(&[("audio", Tensor::from(vec![0i16; 16_000]).view())]).unwrap();
    assert_eq!(executor.output("model").unwrap().shape(), [49, 13]);
}

/// Pixels, and what `normalize` makes of them, that `quantize` would cut are told of; the stage that is proposed mends it.
#[test]
fn numbers_that_are_cut_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let text = "
version: 2
pipeline:
  image: { input: image, args: { width: 2, height: 2, pixel_format: grayscale } }
  normalized: { block: normalize, from: image }
  quantized: { block: quantize, from: image, args: { scale: 0.0078125 } }
outputs: [quantized, normalized]
";
    let warnings = |text: &str| graph(text, folder.path()).unwrap().warnings().items().to_vec();
    let [warning] = &warnings(text)[..] else { panic!("one warning") };
    assert_eq!(warning.message, "stage `quantized`: numbers up to 255 arrive, and those above 0.9922 are cut");
    let stage = "rescaled: { block: rescale, from: image, args: { scale: 0.0078125, offset: -1 } }";
    assert_eq!(
        warning.help,
        [
            format!("add `{stage}` and read `from: rescaled`"),
            "if 0 to 255 stand for all that the model takes, -1 to 0.9922".to_owned(),
        ]
    );
    let mended = text.replace(
        "  quantized: { block: quantize, from: image",
        &format!("  {stage}\n  quantized: {{ block: quantize, from: rescaled"),
    );
    assert!(warnings(&mended).is_empty());

    let normalized =
        |scale: &str| text.replace("quantize, from: image", "quantize, from: normalized").replace("0.0078125", scale);
    assert_eq!(warnings(&normalized("0.001")).len(), 1, "0.127 at most");
    assert!(warnings(&normalized("0.0078125")).is_empty());
    assert!(warnings(&text.replace("0.0078125", "1, zero_point: -128")).is_empty());
    assert!(warnings(&text.replace("0.0078125", "1, out_type: int16")).is_empty());
}
