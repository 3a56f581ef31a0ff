//! Properties of `rescale`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::{Digest, Facts, Quantization, Tensor};
use serde_json::json;

fn rescale(scale: f64, offset: f64, facts: Facts, values: &Tensor) -> Vec<f32> {
    let mut block = runeblocks_rescale::DESCRIPTOR.create(&json!({"scale": scale, "offset": offset})).unwrap();
    let mut outputs = [block.infer(&[facts]).unwrap()[0].buffer()];
    block.process(&[values.view()], &mut outputs).unwrap();
    outputs[0].view().array::<f32>().unwrap().iter().copied().collect()
}

#[test]
fn the_scale_has_to_be_said() {
    let error = runeblocks_rescale::DESCRIPTOR.create(&json!({"offset": 1})).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the argument `scale` is missing: expected a number");
}

#[test]
fn other_numbers_are_another_front_end() {
    let mut block = runeblocks_rescale::DESCRIPTOR.create(&json!({"scale": 2})).unwrap();
    let features = Facts { front_end: Some(Digest([7; 32])), ..Facts::of::<f32>([2]) };
    assert_eq!(block.infer(&[features]).unwrap(), [Facts::of::<f32>([2])]);
}

proptest! {
    #[test]
    fn scale_times_value_plus_offset(
        values in proptest::collection::vec(any::<u8>(), 1..50),
        scale in -1e3f64..1e3,
        offset in -1e3f64..1e3,
    ) {
        let facts = Facts::of::<u8>([values.len()]);
        let expected: Vec<f32> = values.iter().map(|x| (scale * f64::from(*x) + offset) as f32).collect();
        prop_assert_eq!(rescale(scale, offset, facts.clone(), &values.clone().into()), expected);

        // Integers of a quantisation are what they stand for.
        let quantization = Some(Quantization { scale: 0.5, zero_point: 100 });
        let expected: Vec<f32> = values.iter().map(|x| (f64::from(*x) - 100.0) as f32 / 2.0).collect();
        prop_assert_eq!(rescale(1.0, 0.0, Facts { quantization, ..facts }, &values.into()), expected);
    }
}
