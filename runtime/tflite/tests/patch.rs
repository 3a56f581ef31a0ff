//! The keyword model of the repository, changed.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use runeblocks_tflite::{ModelFile, Patch};

fn model() -> ModelFile {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/keyword/keyword_int8.tflite");
    ModelFile::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

/// The weights of the last FULLY_CONNECTED.
fn weights(file: &ModelFile) -> usize {
    let dense = file.main().operators.iter().rfind(|operator| operator.name == "FULLY_CONNECTED").unwrap();
    dense.inputs[1].unwrap()
}

#[test]
fn what_keeps_its_size_is_written_where_it_stood() {
    let file = model();
    let tensor = weights(&file);
    let mut patch = Patch::new(&file);
    let ones = vec![1; file.main().tensors[tensor].elements()];
    patch.constant(tensor, &ones).unwrap();
    patch.quantization(tensor, &[0.5], &[0]).unwrap();
    let changed = patch.finish().unwrap();
    assert_eq!(changed.bytes().len(), file.bytes().len());
    assert_eq!(changed.constant(&changed.main().tensors[tensor]).unwrap(), ones);
    let quantization = changed.main().tensors[tensor].quantization.as_ref().unwrap();
    assert_eq!((&quantization.scales[..], &quantization.zero_points[..]), (&[0.5][..], &[0][..]));
    for (number, (new, old)) in changed.main().tensors.iter().zip(&file.main().tensors).enumerate() {
        assert_eq!(new.shape, old.shape);
        assert!(number == tensor || changed.constant(new) == file.constant(old), "tensor {number}");
    }
}

#[test]
fn what_grows_is_appended() {
    let file = model();
    let tensor = weights(&file);
    let width = file.main().tensors[tensor].shape[1];
    let mut patch = Patch::new(&file);
    patch.constant(tensor, &vec![3; 9 * width]).unwrap();
    patch.shape(tensor, &[9, width]).unwrap();
    patch.quantization(tensor, &[0.25; 9], &[0; 9]).unwrap();
    let changed = patch.finish().unwrap();
    let new = &changed.main().tensors[tensor];
    assert_eq!((&new.shape[..], changed.constant(new).unwrap()), (&[9, width][..], &vec![3; 9 * width][..]));
    assert_eq!(new.quantization.as_ref().unwrap().scales, [0.25; 9]);
    // Only the shape, and what tells where the others are, has changed where it stood.
    let before = changed.bytes().iter().zip(file.bytes()).filter(|(a, b)| a != b).count();
    assert!(before <= 24, "{before}");
}

#[test]
fn another_tensor_can_be_the_output() {
    let file = model();
    let dense = file.main().operators.iter().rfind(|operator| operator.name == "FULLY_CONNECTED").unwrap();
    let embedding = dense.inputs[0].unwrap();
    let mut patch = Patch::new(&file);
    patch.outputs(&[embedding]);
    assert_eq!(patch.finish().unwrap().main().outputs, [embedding]);
}

#[test]
fn what_cannot_be_changed_is_told() {
    let file = model();
    let (input, tensor) = (file.main().inputs[0], weights(&file));
    let name = &file.main().tensors[input].name;
    let error = Patch::new(&file).constant(input, &[0]).unwrap_err();
    assert_eq!(error.to_string(), format!("the tensor `{name}` has no constant that could be changed"));
    let mut patch = Patch::new(&file);
    patch.constant(tensor, &[1, 2, 3]).unwrap();
    let error = patch.finish().unwrap_err().to_string();
    assert!(error.contains("its constant has 3 bytes, expected "), "{error}");
}
