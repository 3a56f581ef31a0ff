//! Properties of `modulo`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::{BlockErrors, Facts, Tensor};
use serde_json::json;

fn modulo(modulus: f64, values: &Tensor) -> Result<Tensor, BlockErrors> {
    let mut block = runeblocks_modulo::DESCRIPTOR.create(&json!({"modulus": modulus}))?;
    let facts = block.infer(&[Facts::new(values.element_type(), values.view().shape())])?;
    let mut outputs = [facts[0].buffer()];
    block.process(&[values.view()], &mut outputs)?;
    Ok(outputs[0].to_tensor())
}

#[test]
fn a_modulus_must_fit() {
    let error = |modulus, values: &Tensor| modulo(modulus, values).unwrap_err().to_string();
    let bytes = Tensor::from(vec![1u8]);
    assert_eq!(error(0.0, &bytes), "the argument `modulus` is 0: expected a finite number above 0");
    assert_eq!(error(-3.0, &bytes), "the argument `modulus` is -3: expected a finite number above 0");
    assert_eq!(error(256.0, &bytes), "the argument `modulus` is 256: expected a whole number that fits into u8");
    assert_eq!(error(1.5, &bytes), "the argument `modulus` is 1.5: expected a whole number that fits into u8");
    assert_eq!(
        error(1e300, &Tensor::from(vec![1u64])),
        "the argument `modulus` is 1e300: expected a whole number that fits into u64"
            .replace("1e300", &1e300.to_string())
    );
    let floats = Tensor::from(vec![1.0f32]);
    for modulus in [1e300, 1e-300] {
        assert!(error(modulus, &floats).ends_with("expected a number that fits into f32"), "{modulus}");
        assert!(modulo(modulus, &Tensor::from(vec![1.0f64])).is_ok(), "{modulus}");
    }
}

proptest! {
    #[test]
    fn integers(values in proptest::collection::vec(any::<i64>(), 0..20), modulus in 1i64..(1 << 53)) {
        let expected: Vec<i64> = values.iter().map(|x| x % modulus).collect();
        prop_assert_eq!(modulo(modulus as f64, &values.into()).unwrap(), Tensor::from(expected));
    }

    #[test]
    fn floats_stay_below_the_modulus(values in proptest::collection::vec(-1e6f32..1e6, 0..20), modulus in 0.1f64..1e3) {
        let remainders = modulo(modulus, &values.into()).unwrap();
        prop_assert!(remainders.view().array::<f32>().unwrap().iter().all(|y| y.abs() < modulus as f32));
    }
}
