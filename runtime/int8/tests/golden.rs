//! What the references gave, without them: random models with each operator, and whole models.
//!
//! `RUNEBLOCKS_RENEW=1 RUNEBLOCKS_PYTHON=python3 cargo test --release -p runeblocks-int8 --test golden` asks the references
//! again, and writes the golden files anew.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/compare.rs"]
mod compare;
#[path = "support/generate/mod.rs"]
mod generate;
#[path = "../../../proc-blocks/fft/tests/support/golden.rs"]
#[expect(dead_code, reason = "these files are tables of commas")]
mod golden;
#[path = "support/model.rs"]
mod model;
#[path = "support/random.rs"]
mod random;
#[path = "support/run.rs"]
mod run;
#[path = "support/server.rs"]
#[expect(dead_code, reason = "not all runtimes are asked")]
mod server;
#[path = "support/shared.rs"]
mod shared;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use generate::Case;
use golden::{hash, lines};
use random::Random;
use runeblocks_int8::{Level, Port, Rounding};
use runeblocks_tflite::{ModelFile, TensorType};
use server::{Runtime, Server};

/// Random models of each operator.
const CASES: usize = 4;

/// Invocations of each whole model.
const INVOCATIONS: usize = 16;

/// Outputs of each invocation.
type Outputs = Vec<Vec<Vec<u8>>>;

/// The text of a golden file, which is written anew first where that is asked for.
fn text(name: &str, title: &str, renew: fn(&mut Server) -> String) -> String {
    let path = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).join(name);
    if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
        let mut server = Server::start().expect("RUNEBLOCKS_RENEW needs the references");
        let versions = include_str!("../reference/requirements.txt").lines().collect::<Vec<_>>().join(", ");
        let header = format!(
            "# {title}\n# Made by reference/serve.py with {versions}:\n\
             # RUNEBLOCKS_RENEW=1 RUNEBLOCKS_PYTHON=python3 cargo test --release -p runeblocks-int8 --test golden\n"
        );
        std::fs::write(&path, header + &renew(&mut server)).unwrap();
    }
    std::fs::read_to_string(&path).unwrap()
}

/// The first 16 hexadecimal digits of the SHA-256 of all bytes in turn.
fn hash_of(bytes: &[Vec<Vec<u8>>]) -> String {
    hash(&bytes.concat().concat())
}

/// What identifies a random case.
fn hash_of_case(case: &Case) -> String {
    hash(&[case.model.as_slice(), &case.invocations.concat().concat()].concat())
}

/// Whether nothing that a case gives may differ from the reference.
fn is_exact(case: &Case) -> bool {
    let file = ModelFile::from_bytes(case.model.clone()).unwrap();
    case.tolerance == 0.0 || file.outputs().all(|output| output.element_type != TensorType::Float32)
}

fn renew_operators(server: &mut Server) -> String {
    let mut text = "# operator, seed, reference, model and inputs, outputs\n".to_owned();
    for (name, make) in generate::operators() {
        let answers = (1..40).filter_map(|seed| {
            let case = make(&mut Random::of(name, seed));
            let runtime = Runtime::of(&case.model, Rounding::Tflm);
            let answer = server.run(runtime, &case.model, &case.invocations).ok()?;
            let (runtime, case_hash, outputs) = (runtime.name(), hash_of_case(&case), hash_of(&answer.outputs));
            is_exact(&case).then(|| format!("{name},{seed},{runtime},{case_hash},{outputs}\n"))
        });
        text.extend(answers.take(CASES));
    }
    text
}

#[test]
fn operators() {
    let title = "Random models with each operator, and what the reference gives.";
    let text = text("operators.csv", title, renew_operators);
    let makers: BTreeMap<_, _> = generate::operators().collect();
    let mut counts: BTreeMap<&str, usize> = makers.keys().map(|&name| (name, 0)).collect();
    for line in lines(&text) {
        let [name, seed, runtime, case_hash, expected] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let case = makers[name](&mut Random::of(name, seed.parse().unwrap()));
        assert_eq!(hash_of_case(&case), case_hash, "{name}, seed {seed}: another model is made than for the golden");
        for level in Level::available() {
            let program = run::program(&case.model, level, Rounding::Tflm)
                .unwrap_or_else(|error| panic!("{name}, seed {seed}: {error}"));
            let outputs = run::outputs(&mut run::interpreter(&program), &case.invocations).unwrap();
            assert_eq!(hash_of(&outputs), expected, "{name}, seed {seed} at {level}, against {runtime}");
        }
        *counts.get_mut(name).unwrap() += 1;
    }
    counts.retain(|_, count| *count < CASES);
    assert!(counts.is_empty(), "too few models in the golden, or too many that the reference refuses: {counts:?}");
}

/// A whole model.
struct Model {
    /// The file without its extension.
    name: &'static str,
    runtime: Runtime,
    /// How far outputs of `float32` may be from the reference's, in parts of its magnitude plus 1.
    tolerance: f32,
}

const fn exact(name: &'static str) -> Model {
    Model { name, runtime: Runtime::Tflm, tolerance: 0.0 }
}

/// Models whose weights are `int8` and whose activations are `float32`. LiteRT makes activations `int8` as it goes; here
/// weights are made `float32`.
const fn hybrid(name: &'static str) -> Model {
    Model { name, runtime: Runtime::LiteRtReference, tolerance: 0.01 }
}

/// Models whose rounding is XNNPACK's.
const fn rounded_once(name: &'static str) -> Model {
    Model { name, runtime: Runtime::LiteRt, tolerance: 0.0 }
}

/// The models of the repository and of the shared folder. Those of the shared folder that are not here have custom
/// operators.
const MODELS: [Model; 35] = [
    exact("models/keyword/keyword_int8"),
    exact("models/keyword/keyword_float32"),
    exact("models/gesture/gesture"),
    exact("models/sine/sine"),
    exact("hotg_gesture/model"),
    hybrid("hotg_gesture/model_quantized"),
    exact("hotg_microspeech/models/model_2021-03-08_09d45166"),
    exact("hotg_microspeech/models/model_2021-05-12_f47a63a7"),
    exact("hotg_microspeech/models/model_2021-05-18_retrained_80pct_dd953617"),
    exact("hotg_microspeech/models/model_2048_up_down_right_left_2021-04-27_5a07c5cf"),
    exact("hotg_microspeech/models/model_6dim_2021-04-24_7392a621"),
    exact("hotg_microspeech/models/model_6dim_ver2_2021-04-25_b06d600e"),
    // TensorFlow Lite Micro takes no uint8.
    Model { name: "hotg_person_detection/model", runtime: Runtime::LiteRtReference, tolerance: 0.0 },
    exact("hotg_sine/sinemodel"),
    exact("mlcommons_kws/kws_ref_model"),
    hybrid("mlcommons_kws/kws_ref_model_float32"),
    exact("tflm_hello_world/hello_world_float"),
    exact("tflm_hello_world/hello_world_int8"),
    exact("tflm_micro_speech/models/micro_speech_quantized"),
    exact("tflm_person_detection/person_detect"),
    exact("wakeword/wheel_models/hey_mycroft"),
    exact("wakeword/wheel_models/okay_nabu"),
    rounded_once("models/keyword/keyword_int8"),
    rounded_once("hotg_microspeech/models/model_2021-03-08_09d45166"),
    rounded_once("hotg_microspeech/models/model_2021-05-12_f47a63a7"),
    rounded_once("hotg_microspeech/models/model_2021-05-18_retrained_80pct_dd953617"),
    rounded_once("hotg_microspeech/models/model_2048_up_down_right_left_2021-04-27_5a07c5cf"),
    rounded_once("hotg_microspeech/models/model_6dim_2021-04-24_7392a621"),
    rounded_once("hotg_microspeech/models/model_6dim_ver2_2021-04-25_b06d600e"),
    rounded_once("hotg_person_detection/model"),
    rounded_once("mlcommons_kws/kws_ref_model"),
    rounded_once("tflm_hello_world/hello_world_int8"),
    rounded_once("tflm_micro_speech/models/micro_speech_quantized"),
    rounded_once("wakeword/wheel_models/hey_mycroft"),
    rounded_once("wakeword/wheel_models/okay_nabu"),
];

/// Inputs of a model: integers over all of their range, floats from −1 to 1.
fn inputs(name: &str, bytes: &[u8]) -> Outputs {
    let file = ModelFile::from_bytes(bytes.to_vec()).unwrap();
    let mut random = Random::of(name, 1);
    let invocation = |_| {
        let tensors = file.inputs().map(|tensor| match tensor.element_type {
            TensorType::Float32 => (0..tensor.elements()).flat_map(|_| random.float(-1.0, 1.0).to_le_bytes()).collect(),
            kind => (0..kind.bytes(tensor.elements()).unwrap()).map(|_| random.next() as u8).collect(),
        });
        tensors.collect()
    };
    (0..INVOCATIONS).map(invocation).collect()
}

/// Outputs of `float32` as numbers.
fn numbers(outputs: &Outputs) -> String {
    let mut text = String::new();
    for value in outputs.concat().concat().as_chunks().0 {
        write!(text, " {:e}", f32::from_le_bytes(*value)).unwrap();
    }
    text.trim_start().to_owned()
}

/// The outputs of `float32` that numbers stand for.
fn from_numbers(text: &str, ports: &[Port]) -> Outputs {
    let values: Vec<u8> = text.split(' ').flat_map(|word| word.parse::<f32>().unwrap().to_le_bytes()).collect();
    let sizes: Vec<usize> = ports.iter().map(|port| port.bytes).collect();
    let rows = values.chunks_exact(sizes.iter().sum());
    rows.map(|mut row| sizes.iter().map(|&size| row.split_off(..size).unwrap().to_vec()).collect()).collect()
}

fn renew_models(server: &mut Server) -> String {
    let shared = shared::shared_models().expect("RUNEBLOCKS_RENEW needs the shared models");
    let mut text =
        "# model, SHA-256, reference, tolerance, inputs, outputs (as numbers where there is a tolerance)\n".to_owned();
    for Model { name, runtime, tolerance } in MODELS {
        let bytes = shared::read(name, Some(&shared)).unwrap();
        let inputs = inputs(name, &bytes);
        let answer = server.run(runtime, &bytes, &inputs).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let outputs = if tolerance > 0.0 { numbers(&answer.outputs) } else { hash_of(&answer.outputs) };
        let (bytes, inputs, runtime) = (hash(&bytes), hash_of(&inputs), runtime.name());
        writeln!(text, "{name},{bytes},{runtime},{tolerance},{inputs},{outputs}").unwrap();
    }
    text
}

#[test]
fn models() {
    let title = "Whole models, and what the reference gives on random inputs.";
    let text = text("models.csv", title, renew_models);
    let shared = shared::shared_models();
    for line in lines(&text) {
        let [name, file, runtime, tolerance, inputs_hash, expected] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let Some(bytes) = shared::read(name, shared.as_ref()) else { continue };
        assert_eq!(hash(&bytes), file, "{name}: another file than that of the golden");
        let inputs = inputs(name, &bytes);
        assert_eq!(hash_of(&inputs), inputs_hash, "{name}: other inputs than those of the golden");
        let tolerance: f32 = tolerance.parse().unwrap();
        let rounding = if runtime == Runtime::LiteRt.name() { Rounding::Xnnpack } else { Rounding::Tflm };
        for level in Level::available() {
            let program = run::program(&bytes, level, rounding).unwrap_or_else(|error| panic!("{name}: {error}"));
            let outputs = run::outputs(&mut run::interpreter(&program), &inputs).unwrap();
            if tolerance > 0.0 {
                let expected = from_numbers(expected, program.outputs());
                assert_eq!(expected.len(), INVOCATIONS, "{name}");
                compare::outputs(program.outputs(), &expected, &outputs, tolerance)
                    .unwrap_or_else(|difference| panic!("{name} at {level}, against {runtime}: {difference}"));
            } else {
                assert_eq!(hash_of(&outputs), expected, "{name} at {level}, against {runtime}");
            }
        }
    }
}
