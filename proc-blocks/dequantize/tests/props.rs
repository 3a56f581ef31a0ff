//! Properties of `dequantize`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::{BlockError, Facts, Quantization, Tensor};
use serde_json::Value;

fn dequantize(facts: Facts, integers: &Tensor) -> Result<Vec<f32>, BlockError> {
    let mut block = runeblocks_dequantize::DESCRIPTOR.create(&Value::Null).unwrap();
    let mut outputs = [block.infer(&[facts])?[0].buffer()];
    block.process(&[integers.view()], &mut outputs)?;
    Ok(outputs[0].view().array::<f32>().unwrap().iter().copied().collect())
}

#[test]
fn what_stands_for_nothing_is_refused() {
    let error = dequantize(Facts::of::<i16>([2]), &vec![1i16, 2].into()).unwrap_err();
    assert_eq!(error.to_string(), "the input `quantized` is i16 [2]: expected integers with a scale and a zero point");
    assert_eq!(
        error.help(),
        Some(
            "read a stage that says what its integers stand for, as `quantize` and quantised models do, or say it yourself \
             with `rescale`"
        )
    );
    let error = dequantize(Facts::of::<f32>([2]), &vec![1f32, 2.0].into()).unwrap_err();
    assert_eq!(error.to_string(), "the input `quantized` is f32 [2]: expected integers with a scale and a zero point");
    assert_eq!(error.help(), Some("numbers in floating point are real numbers already: leave `dequantize` out"));
}

proptest! {
    /// The operator's own arithmetic: a product in single precision.
    #[test]
    fn scale_times_the_distance_from_the_zero_point(
        integers in proptest::collection::vec(any::<i16>(), 0..50),
        scale in proptest::num::f32::POSITIVE,
        zero_point in -32768i32..=32767,
    ) {
        let facts = Facts { quantization: Some(Quantization { scale, zero_point }), ..Facts::of::<i16>([integers.len()]) };
        let expected: Vec<f32> = integers.iter().map(|q| scale * (i32::from(*q) - zero_point) as f32).collect();
        prop_assert_eq!(dequantize(facts, &integers.into()).unwrap(), expected);
    }
}
