//! The last layer of the keyword model, read, written and grown.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::sync::Arc;

use runeblocks_calibrate::{Body, Head};
use runeblocks_core::{DynBlock, Tensor, TensorView};
use runeblocks_model::{ModelFile, ModelStage};

/// What a model gives for features.
fn scores(file: &ModelFile, features: &Tensor) -> Vec<i8> {
    let mut stage = ModelStage::new(Arc::new(file.clone()), None);
    let facts = stage.infer(&[runeblocks_core::Facts::of::<i8>([1, 49, 40, 1])]).unwrap();
    let mut outputs = [facts[0].buffer()];
    stage.process(&[features.view().reshape(&[1, 49, 40, 1]).unwrap()], &mut outputs).unwrap();
    let TensorView::I8(scores) = outputs[0].view() else { panic!("int8 is expected") };
    scores.iter().copied().collect()
}

fn features() -> Vec<Tensor> {
    let clip = |seed: i32| Tensor::from((0..1960).map(|i| ((i * i + seed * 31) % 97 - 100) as i8).collect::<Vec<_>>());
    (1..20).map(clip).collect()
}

#[test]
fn a_layer_that_is_written_as_it_was_gives_nearly_the_same() {
    let file = common::model();
    let head = Head::find(&file).unwrap();
    let layer = head.read(&file);
    assert_eq!(layer.labels(), 6);
    let logits = common::logit_range(&file);
    let again = head.write(&file, &layer, logits).unwrap();
    assert_eq!(again.bytes().len(), file.bytes().len(), "everything is written where it stood");
    let changed = again.bytes().iter().zip(file.bytes()).filter(|(a, b)| a != b).count();
    assert!(changed < 64, "{changed} bytes changed");
    for features in features() {
        for (a, b) in scores(&again, &features).iter().zip(scores(&file, &features)) {
            assert!((i16::from(*a) - i16::from(b)).abs() <= 2, "{a} and {b}");
        }
    }
}

#[test]
fn a_layer_grows_and_shrinks() {
    let file = common::model();
    let head = Head::find(&file).unwrap();
    let mut layer = head.read(&file);
    let logits = common::logit_range(&file);
    let last = layer.weights[5 * layer.width..].to_vec();
    layer.weights.extend(last);
    layer.bias.push(layer.bias[5]);
    let grown = head.write(&file, &layer, logits).unwrap();
    assert_eq!(grown.outputs().next().unwrap().shape, [1, 7]);
    for features in features() {
        let scores = scores(&grown, &features);
        assert_eq!((scores.len(), scores[5]), (7, scores[6]));
    }
    layer.weights.truncate(2 * layer.width);
    layer.bias.truncate(2);
    let small = Head::find(&grown).unwrap().write(&grown, &layer, logits).unwrap();
    assert_eq!(scores(&small, &features()[0]).len(), 2);
}

#[test]
fn the_embedding_explains_the_scores() {
    let (graph, file) = (common::graph(), common::model());
    let head = Head::find(&file).unwrap();
    let layer = head.read(&file);
    let (scale, zero_point) = head.quantization(&file);
    let mut body = Body::new(&graph, head.body(&file).unwrap()).unwrap();
    for (word, samples) in common::clips() {
        let embedding = body.run(samples).unwrap();
        let real: Vec<f32> = embedding.iter().map(|&e| scale * (f32::from(e) - zero_point as f32)).collect();
        let logits = layer.logits(&real);
        let best = (0..6).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
        assert_eq!(["silence", "unknown", "up", "down", "left", "right"][best], word);
    }
}

#[test]
fn a_model_without_such_a_layer_is_refused() {
    let sine = runeblocks_model::read(common::root().join("models/sine/sine.tflite")).unwrap();
    let error = Head::find(&sine).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model's last layer can't be trained: \
         `functional_1/dense_1_2/MatMul;functional_1/dense_1_2/Relu;functional_1/dense_1_2/BiasAdd` in its last layer \
         is float32; expected is a FULLY_CONNECTED of int8 with a bias, followed by SOFTMAX or nothing"
    );
}
