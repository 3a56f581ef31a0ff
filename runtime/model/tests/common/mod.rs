//! What the tests share: the goldens, the inputs they were made with, and the folder of shared models.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use runeblocks_core::{Buffer, Facts, Tensor};
use runeblocks_model::{ModelFile, TensorInfo};

/// A file of `tests/golden`.
pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// What LiteRT gave: `models.<name>.sha256` and `models.<name>.outputs[case][port][element]`.
pub fn litert() -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(golden("litert.json")).unwrap()).unwrap()
}

/// The folder of shared models, or `None` with a line that says so.
pub fn shared_models() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RUNEBLOCKS_SHARED").map_or(default, PathBuf::from).join("models");
    if folder.is_dir() {
        return Some(folder);
    }
    // Past the capture of the harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIP no shared models (set RUNEBLOCKS_SHARED to the folder that holds them)");
    None
}

/// All `.tflite` files below a folder, by their path in it.
pub fn tflite_files(folder: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(here) = open.pop() {
        for entry in std::fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "tflite") {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The input of a golden's case: element k is ((37 k + 11 case) mod 128 − 64) / 64.
pub fn input(tensor: &TensorInfo, case: usize) -> Tensor {
    let values = (0..tensor.elements()).map(|k| (((37 * k + 11 * case) % 128) as f32 - 64.0) / 64.0).collect();
    ndarray::ArrayD::from_shape_vec(tensor.shape.clone(), values).unwrap().into()
}

/// The facts of a file's inputs.
pub fn edges(file: &ModelFile) -> Vec<Facts> {
    let facts = |tensor: &TensorInfo| Facts::new(tensor.element_type.element_type().unwrap(), &tensor.shape[..]);
    file.inputs().map(facts).collect()
}

/// Asserts that outputs of float32 equal a case of a golden within 1e-5.
pub fn assert_close(name: &str, outputs: &[Buffer], expected: &serde_json::Value) {
    let expected = expected.as_array().unwrap();
    assert_eq!(outputs.len(), expected.len(), "{name}");
    for (output, expected) in outputs.iter().zip(expected) {
        let (found, expected) = (output.view().array::<f32>().unwrap(), expected.as_array().unwrap());
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(expected) {
            let expected = expected.as_f64().unwrap();
            assert!((f64::from(*found) - expected).abs() <= 1e-5, "{name}: found {found}, expected {expected}");
        }
    }
}
