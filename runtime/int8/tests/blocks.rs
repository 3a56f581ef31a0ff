//! The blocks `quantize` and `dequantize` give what the operators QUANTIZE and DEQUANTIZE give.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/model.rs"]
#[expect(dead_code, reason = "every test uses a part of it")]
mod model;
#[path = "support/run.rs"]
mod run;

use proptest::prelude::*;
use runeblocks_core::{Descriptor, ElementType, Facts, Quantization, Tensor};
use runeblocks_int8::{Level, Rounding};
use runeblocks_tflite::TensorType::{Float32, Int8, Int16};
use runeblocks_tflite::{TensorType, operator};
use serde_json::{Value, json};

fn operator(code: i32, input: model::Tensor, output: model::Tensor, bytes: Vec<u8>) -> Vec<u8> {
    let mut graph = model::Graph::default();
    let (input, output) = (Some(graph.input(input)), graph.output(output));
    graph.operator(code, &[input], &[output], None);
    let program = run::program(&graph.finish(), Level::Plain, Rounding::Tflm).unwrap();
    run::outputs(&mut run::interpreter(&program), &[vec![bytes]]).unwrap().remove(0).remove(0)
}

fn block(descriptor: &Descriptor, args: &Value, facts: Facts, values: &Tensor) -> Tensor {
    let mut block = descriptor.create(args).unwrap();
    let mut outputs = [block.infer(&[facts]).unwrap()[0].buffer()];
    block.process(&[values.view()], &mut outputs).unwrap();
    outputs[0].to_tensor()
}

/// Integers as both are compared.
fn integers(kind: TensorType, bytes: &[u8]) -> Vec<i16> {
    match kind {
        Int8 => bytes.iter().map(|b| i16::from(*b as i8)).collect(),
        _ => bytes.chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect(),
    }
}

fn tensor(kind: TensorType, stored: &[i16]) -> (Tensor, ElementType, Vec<u8>) {
    match kind {
        Int8 => {
            let stored: Vec<i8> = stored.iter().map(|x| *x as i8).collect();
            let bytes = stored.iter().map(|x| *x as u8).collect();
            (stored.into(), ElementType::I8, bytes)
        }
        _ => (stored.to_vec().into(), ElementType::I16, stored.iter().flat_map(|x| x.to_le_bytes()).collect()),
    }
}

fn stored(found: &Tensor) -> Vec<i16> {
    match found {
        Tensor::I8(found) => found.iter().map(|x| i16::from(*x)).collect(),
        Tensor::I16(found) => found.iter().copied().collect(),
        other => panic!("{other:?}"),
    }
}

fn kind() -> impl Strategy<Value = (TensorType, &'static str, i32)> {
    prop_oneof![
        (-128i32..=127).prop_map(|zero_point| (Int8, "int8", zero_point)),
        (-32768i32..=32767).prop_map(|zero_point| (Int16, "int16", zero_point)),
    ]
}

/// Scales as models have them, and floats near the ties of any.
fn scale() -> impl Strategy<Value = f32> {
    prop_oneof![1e-5f32..1e2, Just(0.5), Just(26.0 / 256.0), (-20i32..6).prop_map(|e| (e as f32).exp2())]
}

proptest! {
    #[test]
    fn floats_are_quantised_to_the_bit(
        steps in proptest::collection::vec(-70_000i32..70_000, 1..60),
        odd in proptest::collection::vec(any::<f32>(), 0..20),
        scale in scale(),
        (kind, out_type, zero_point) in kind(),
    ) {
        let ties = steps.iter().map(|halves| *halves as f32 * 0.5 * scale);
        let values: Vec<f32> = ties.chain(odd).collect();
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let shape = [values.len()];
        let output = model::Tensor::new(kind, &shape).quantized(scale, zero_point.into());
        let expected = operator(operator::QUANTIZE, model::Tensor::new(Float32, &shape), output, bytes);
        let args = json!({"scale": scale, "zero_point": zero_point, "out_type": out_type});
        let found = block(&runeblocks_quantize::DESCRIPTOR, &args, Facts::of::<f32>(shape), &values.into());
        prop_assert_eq!(stored(&found), integers(kind, &expected));
    }

    /// The operator multiplies by a fixed-point factor and shifts, and rounds after each: what a factor below 1/2 brings near
    /// the middle between two integers may fall to the other side.
    #[test]
    fn integers_are_requantised_as_near(
        values in proptest::collection::vec(any::<i16>(), 1..60),
        from_scale in scale(),
        to_scale in scale(),
        (from, _, from_zero) in kind(),
        (to, out_type, zero_point) in kind(),
    ) {
        prop_assume!((1e-4..1e4).contains(&(from_scale / to_scale)));
        let (values, element_type, bytes) = tensor(from, &values);
        let shape = [values.view().len()];
        let input = model::Tensor::new(from, &shape).quantized(from_scale, from_zero.into());
        let output = model::Tensor::new(to, &shape).quantized(to_scale, zero_point.into());
        let expected = integers(to, &operator(operator::QUANTIZE, input, output, bytes));
        let args = json!({"scale": to_scale, "zero_point": zero_point, "out_type": out_type});
        let quantization = Some(Quantization { scale: from_scale, zero_point: from_zero });
        let facts = Facts { quantization, ..Facts::new(element_type, shape) };
        let shift = (f64::from(to_scale) / f64::from(from_scale)).log2().ceil().max(1.0) - 1.0;
        let first_rounding = if shift > 0.0 { (-shift - 1.0).exp2() } else { 0.0 };
        let found = stored(&block(&runeblocks_quantize::DESCRIPTOR, &args, facts, &values));
        for ((found, expected), value) in found.iter().zip(&expected).zip(stored(&values)) {
            let exact = f64::from(from_scale) * f64::from(i32::from(value) - from_zero) / f64::from(to_scale);
            let near_a_tie = (exact - exact.floor() - 0.5).abs() < first_rounding + 1e-3 + exact.abs() * 1e-6;
            prop_assert!(found == expected || (near_a_tie && found.abs_diff(*expected) == 1), "{found} {expected} {exact}");
        }
    }

    #[test]
    fn integers_are_dequantised_to_the_bit(
        values in proptest::collection::vec(any::<i16>(), 1..60),
        scale in scale(),
        (kind, _, zero_point) in kind(),
    ) {
        let (values, element_type, bytes) = tensor(kind, &values);
        let shape = [values.view().len()];
        let input = model::Tensor::new(kind, &shape).quantized(scale, zero_point.into());
        let expected = operator(operator::DEQUANTIZE, input, model::Tensor::new(Float32, &shape), bytes);
        let facts = Facts { quantization: Some(Quantization { scale, zero_point }), ..Facts::new(element_type, shape) };
        let found = block(&runeblocks_dequantize::DESCRIPTOR, &Value::Null, facts, &values);
        let found: Vec<u8> = found.view().array::<f32>().unwrap().iter().flat_map(|x| x.to_le_bytes()).collect();
        prop_assert_eq!(found, expected);
    }
}
