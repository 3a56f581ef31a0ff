//! Properties of `most-confident-indices`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use ndarray::Array2;
use proptest::prelude::*;
use runeblocks_core::{Axis, BlockError, Facts, Shape, Tensor};
use serde_json::json;

fn top(count: usize, facts: impl Into<Shape>, scores: &Tensor) -> Result<Tensor, BlockError> {
    let mut block = runeblocks_most_confident_indices::DESCRIPTOR.create(&json!({"count": count})).unwrap();
    let mut outputs = [block.infer(&[Facts::new(scores.element_type(), facts)])?[0].buffer()];
    block.process(&[scores.view()], &mut outputs)?;
    Ok(outputs[0].to_tensor())
}

#[test]
fn shapes_that_do_not_fit_are_errors() {
    let scores = Tensor::from(vec![1i8, 2, 3]);
    let error = top(4, [1, 3], &scores).unwrap_err();
    assert_eq!(error.to_string(), "the input `scores` is i8 [1, 3]: expected at least 4 scores, as `count` asks");
    assert_eq!(error.help(), Some("set `count` to at most 3"));
    let error = top(1, [3, 1, 1], &scores).unwrap_err();
    assert_eq!(error.to_string(), "the input `scores` is i8 [3, 1, 1]: expected scores of shape [N] or [rows, N]");
}

#[test]
fn nan_comes_last() {
    let scores = Tensor::from(vec![f32::NAN, -1.0, f32::NAN, f32::NEG_INFINITY]);
    assert_eq!(top(4, [4], &scores).unwrap(), Tensor::from(vec![1u32, 3, 0, 2]));
}

proptest! {
    #[test]
    fn equals_a_stable_sort(rows in 0usize..4, classes in 1usize..8, count in 1usize..8, seed in proptest::collection::vec(-3i32..3, 32)) {
        prop_assume!(count <= classes);
        let scores = Array2::from_shape_fn((rows, classes), |(r, c)| seed[r * classes + c]);
        let sorted = Array2::from_shape_vec((rows, count), scores.rows().into_iter().flat_map(|row| {
            let mut order: Vec<u32> = (0..classes as u32).collect();
            order.sort_by_key(|i| -row[*i as usize]);
            order.truncate(count);
            order
        }).collect()).unwrap();
        let indices = top(count, [Axis::Stream, Axis::Fixed(classes)], &scores.into()).unwrap();
        prop_assert_eq!(indices, Tensor::from(sorted));
    }
}
