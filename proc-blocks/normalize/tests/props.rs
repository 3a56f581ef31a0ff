//! Properties of `normalize`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::{Axis, BlockError, ElementType, Facts, Tensor};
use serde_json::Value;

fn normalize(values: &Tensor) -> Result<Vec<f32>, BlockError> {
    let mut block = runeblocks_normalize::DESCRIPTOR.create(&Value::Null).unwrap();
    let mut outputs = [block.infer(&[Facts::new(values.element_type(), values.view().shape())])?[0].buffer()];
    block.process(&[values.view()], &mut outputs)?;
    Ok(outputs[0].view().array::<f32>().unwrap().iter().copied().collect())
}

#[test]
fn what_cannot_be_scaled_is_an_error() {
    let error = normalize(&Tensor::from(vec![1.0f32, f32::NAN])).unwrap_err();
    assert_eq!(error.to_string(), "found NaN at element 1: expected finite numbers");
    let mut block = runeblocks_normalize::DESCRIPTOR.create(&Value::Null).unwrap();
    let error = block.infer(&[Facts::new(ElementType::F32, [Axis::Stream, Axis::Fixed(3)])]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the input `values` is f32 [stream, 3]: expected a whole tensor, whose least and greatest value are known"
    );
}

proptest! {
    #[test]
    fn values_fill_the_unit_interval_in_their_order(values in proptest::collection::vec(any::<i64>(), 1..50)) {
        let normalized = normalize(&Tensor::from(values.clone())).unwrap();
        let constant = values.iter().all(|x| *x as f64 == values[0] as f64);
        prop_assert_eq!(normalized.iter().copied().fold(0.0, f32::max), if constant { 0.0 } else { 1.0 });
        prop_assert_eq!(normalized.iter().copied().fold(1.0, f32::min), 0.0);
        for (x, a) in values.iter().zip(&normalized) {
            for (y, b) in values.iter().zip(&normalized) {
                prop_assert!(x > y || a <= b);
            }
        }
    }

    #[test]
    fn no_float_overflows(values in proptest::collection::vec(proptest::num::f64::NORMAL, 1..20)) {
        prop_assert!(normalize(&Tensor::from(values)).unwrap().iter().all(|y| (0.0..=1.0).contains(y)));
    }
}
