//! Properties of `quantize`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::{BlockErrors, ElementType, Facts, Number, Quantization, Tensor, numeric};
use serde_json::{Value, json};

/// The integers, and the facts of their edge.
fn run(args: &Value, facts: &Facts, values: &Tensor) -> Result<(Vec<i32>, Facts), BlockErrors> {
    let mut block = runeblocks_quantize::DESCRIPTOR.create(args)?;
    let [facts] = <[Facts; 1]>::try_from(block.infer(std::slice::from_ref(facts))?).unwrap();
    let mut outputs = [facts.buffer()];
    block.process(&[values.view()], &mut outputs)?;
    let integers = outputs[0].view().numeric().unwrap();
    Ok((numeric!(integers, array => array.iter().map(|q| q.to_f64() as i32).collect()), facts))
}

fn plain(args: &Value, values: impl Into<Tensor>) -> Vec<i32> {
    let values = values.into();
    run(args, &Facts::new(values.element_type(), values.view().shape()), &values).unwrap().0
}

#[test]
fn ties_ends_and_what_is_no_number() {
    let args = json!({"scale": 0.5, "zero_point": 3});
    let values = vec![0.0f32, 0.25, -0.25, 0.24, 62.0, 62.3, -65.5, -1e30, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    let expected = [3, 4, 2, 3, 127, 127, -128, -128, 127, -128, 3];
    assert_eq!(plain(&args, values.clone()), expected);
    assert_eq!(plain(&args, values.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()), expected);
    assert_eq!(
        plain(&json!({"scale": 1, "zero_point": 0, "out_type": "uint8"}), vec![-1i64, 300, i64::MAX]),
        [0, 255, 255]
    );
    assert_eq!(plain(&json!({"scale": 1e-45}), vec![1.0f32, -1.0, 0.0]), [127, -128, 0]);
    assert_eq!(plain(&json!({"scale": 1e38, "out_type": "int16"}), vec![f32::MAX, 1.0, f32::INFINITY]), [3, 0, 32767]);
}

#[test]
fn arguments_that_no_tensor_can_have() {
    let error = |args: Value| runeblocks_quantize::DESCRIPTOR.create(&args).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error(json!({})), "the argument `scale` is missing: expected a number");
    for (scale, found) in [(0.0, "0"), (-0.5, "-0.5"), (1e-60, "0"), (1e60, "inf")] {
        assert_eq!(
            error(json!({"scale": scale})),
            format!(
                "the argument `scale` is {found}: expected a number above 0 that single precision holds (take the scale of \
                 the model's input)"
            )
        );
    }
    assert_eq!(
        error(json!({"scale": 1, "zero_point": 128})),
        "the argument `zero_point` is 128: expected -128 to 127, as out_type is int8 (take the zero point and the type of \
         the model's input)"
    );
    assert!(
        error(json!({"scale": 1, "zero_point": -1, "out_type": "uint8"})).contains("0 to 255, as out_type is uint8")
    );
    assert!(error(json!({"scale": 1, "out_type": "int4"})).contains("expected int8, uint8 or int16"));
}

fn out_type() -> impl Strategy<Value = (&'static str, ElementType, i32, i32)> {
    prop_oneof![
        Just(("int8", ElementType::I8, -128, 127)),
        Just(("uint8", ElementType::U8, 0, 255)),
        Just(("int16", ElementType::I16, -32768, 32767)),
    ]
}

/// A type with its bounds, and a zero point that it can hold.
fn quantized() -> impl Strategy<Value = (&'static str, ElementType, i32, i32, i32)> {
    out_type().prop_flat_map(|(name, of, least, most)| (Just(name), Just(of), Just(least), Just(most), least..=most))
}

proptest! {
    #[test]
    fn the_nearest_integer_of_those_that_there_are(
        values in proptest::collection::vec(-1e4f64..1e4, 0..50),
        scale in 1e-4f32..1e3,
        (name, of, least, most, zero_point) in quantized(),
    ) {
        let args = json!({"scale": scale, "zero_point": zero_point, "out_type": name});
        let to = Quantization { scale, zero_point };
        let tensor = Tensor::from(values.clone());
        let (integers, facts) = run(&args, &Facts::of::<f64>([values.len()]), &tensor).unwrap();
        prop_assert_eq!((facts.element_type, facts.quantization), (of, Some(to)));
        for (&value, integer) in values.iter().zip(integers) {
            prop_assert!((least..=most).contains(&integer));
            let (low, high) = (to.real((integer - 1).into()), to.real((integer + 1).into()));
            let error = (to.real(integer.into()) - value).abs() - 1e-9 * value.abs();
            prop_assert!(integer == least || error <= (low - value).abs(), "{value}");
            prop_assert!(integer == most || error <= (high - value).abs(), "{value}");
        }
    }

    /// Every integer becomes itself again, from whatever type and quantisation it came.
    #[test]
    fn an_integer_of_a_quantisation_is_what_it_stands_for(
        stored in proptest::collection::vec(any::<u8>(), 1..50),
        scale in 1e-4f32..1e3,
        from in 0i32..=255,
        factor in 1i32..4,
    ) {
        // uint8 of one quantisation as int16 of one `factor` times as fine.
        let args = json!({"scale": scale / factor as f32, "zero_point": -7, "out_type": "int16"});
        let quantization = Some(Quantization { scale, zero_point: from });
        let facts = Facts { quantization, ..Facts::of::<u8>([stored.len()]) };
        let found = run(&args, &facts, &stored.clone().into()).unwrap().0;
        let expected: Vec<i32> = stored.iter().map(|q| (i32::from(*q) - from) * factor - 7).collect();
        prop_assert_eq!(found, expected);

        // As TensorFlow Lite turns uint8 into int8.
        let args = json!({"scale": scale, "zero_point": from - 128});
        let found = run(&args, &facts, &stored.clone().into()).unwrap().0;
        prop_assert_eq!(found, stored.iter().map(|q| i32::from(*q) - 128).collect::<Vec<_>>());
    }

    /// The quantisation of an edge counts for integers alone.
    #[test]
    fn floats_are_taken_as_they_are(values in proptest::collection::vec(-9f32..9.0, 1..20)) {
        let args = json!({"scale": 0.1});
        let stray = Facts { quantization: Some(Quantization { scale: 9.0, zero_point: 9 }), ..Facts::of::<f32>([values.len()]) };
        prop_assert_eq!(run(&args, &stray, &values.clone().into()).unwrap().0, plain(&args, values));
    }
}

/// What is known of the values beside their form is known of the integers too, along a stream as well.
#[test]
fn the_front_end_stays() {
    use runeblocks_core::{Axis, Digest, SampleRate};
    let mut block = runeblocks_quantize::DESCRIPTOR.create(&json!({"scale": 0.5})).unwrap();
    let facts = Facts {
        sample_rate: Some(SampleRate(16_000)),
        front_end: Some(Digest([7; 32])),
        ..Facts::of::<f32>(vec![Axis::Stream, Axis::Fixed(10)])
    };
    let quantization = Some(Quantization { scale: 0.5, zero_point: 0 });
    let expected = Facts { element_type: ElementType::I8, quantization, ..facts.clone() };
    assert_eq!(block.infer(&[facts]).unwrap(), [expected]);
}
