//! SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM: their state, and what is said of forms that can't be run.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/model.rs"]
#[expect(dead_code, reason = "contents are written by hand")]
mod model;
#[path = "support/run.rs"]
mod run;

use model::{Graph, Tensor, options};
use runeblocks_int8::{Level, Rounding};
use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Uint8};
use runeblocks_tflite::{operator, schema};

/// The inputs of an operator with the first for the caller, and the output behind them.
type Tensors = Vec<Option<Tensor>>;

fn finish(code: i32, mut tensors: Tensors, options: Option<model::Options>) -> Vec<u8> {
    let mut graph = Graph::default();
    let output = tensors.pop().unwrap().unwrap();
    let mut inputs = vec![Some(graph.input(tensors.remove(0).unwrap()))];
    inputs.extend(tensors.into_iter().map(|tensor| tensor.map(|tensor| graph.add(tensor))));
    let output = graph.output(output);
    graph.operator(code, &inputs, &[output], options);
    graph.finish()
}

/// A layer of 3 units for 2 steps of 4 numbers, with other tensors and options.
fn lstm(
    change: impl FnOnce(&mut Tensors),
    change_options: impl FnOnce(&mut schema::UnidirectionalSequenceLstmOptionsArgs),
) -> Vec<u8> {
    let weights = |columns: usize| {
        let content = (0..3 * columns).map(|place| (place * 37 % 101) as u8).collect();
        Some(Tensor::new(Int8, &[3, columns]).quantized(0.01, 0).constant(content))
    };
    let mut tensors = vec![Some(Tensor::new(Int8, &[1, 2, 4]).quantized(0.1, 5))];
    tensors.extend((0..8).map(|gate| weights(if gate < 4 { 4 } else { 3 })));
    tensors.extend([const { None }; 3]);
    tensors.extend((0..4).map(|_| Some(Tensor::int32(&[3], [1, 2, 3]).quantized(0.001, 0))));
    tensors.extend([const { None }; 2]);
    tensors.push(Some(Tensor::new(Int8, &[1, 3]).quantized(1.0 / 128.0, 0).variable()));
    tensors.push(Some(Tensor::new(Int16, &[1, 3]).quantized(1.0 / 2048.0, 0).variable()));
    tensors.extend([const { None }; 4]);
    tensors.push(Some(Tensor::new(Int8, &[1, 2, 3]).quantized(1.0 / 128.0, 0)));
    change(&mut tensors);
    let mut args = schema::UnidirectionalSequenceLstmOptionsArgs { fused_activation_function: 4, ..Default::default() };
    change_options(&mut args);
    let options = options(schema::UnidirectionalSequenceLstmOptions::create, args);
    finish(operator::UNIDIRECTIONAL_SEQUENCE_LSTM, tensors, options)
}

/// 3 units of rank 2 for 4 numbers, over the last 5 invocations, with other tensors and another rank.
fn svdf(rank: i32, change: impl FnOnce(&mut Tensors)) -> Vec<u8> {
    let constant = |columns: usize| {
        let content = (0..6 * columns).map(|place| (place * 37 % 101) as u8).collect();
        Some(Tensor::new(Int8, &[6, columns]).quantized(0.01, 0).constant(content))
    };
    let mut tensors = vec![
        Some(Tensor::new(Int8, &[2, 4]).quantized(0.1, 5)),
        constant(4),
        constant(5),
        Some(Tensor::int32(&[3], [1, 2, 3]).quantized(0.001, 0)),
        Some(Tensor::new(Int8, &[2, 30]).quantized(0.1, 0).variable()),
        Some(Tensor::new(Int8, &[2, 3]).quantized(0.1, 0)),
    ];
    change(&mut tensors);
    let args = schema::SvdfOptionsArgs { rank, ..Default::default() };
    finish(operator::SVDF, tensors, options(schema::SvdfOptions::create, args))
}

/// What is said of a model, without the part that names the operator.
fn refusal(model: &[u8]) -> String {
    let text = run::program(model, Level::Plain, Rounding::Tflm).unwrap_err();
    text.split_once("): ").unwrap().1.to_owned()
}

#[test]
fn state_carries_over_until_a_reset() {
    for (model, bytes) in [(lstm(|_| {}, |_| {}), 8), (svdf(2, |_| {}), 8)] {
        let program = run::program(&model, Level::Plain, Rounding::Tflm).unwrap();
        let mut interpreter = run::interpreter(&program);
        let inputs = vec![vec![vec![20; bytes]]; 3];
        let first = run::outputs(&mut interpreter, &inputs).unwrap();
        assert!(first[0] != first[1] && first[1] != first[2]);
        assert_ne!(run::outputs(&mut interpreter, &inputs).unwrap(), first);
        interpreter.reset();
        assert_eq!(run::outputs(&mut interpreter, &inputs).unwrap(), first);
    }
}

/// What is said of an LSTM with other tensors.
fn lstm_refusal(change: impl FnOnce(&mut Tensors)) -> String {
    refusal(&lstm(change, |_| {}))
}

/// Changes one tensor.
fn with(number: usize, change: impl FnOnce(&mut Tensor)) -> impl FnOnce(&mut Tensors) {
    move |tensors| change(tensors[number].as_mut().unwrap())
}

#[test]
fn lstms_that_are_not_run() {
    let constant = || Some(Tensor::int32(&[3], [0; 3]).quantized(0.1, 0));
    let texts = [
        refusal(&lstm(|_| {}, |args| args.fused_activation_function = 1)),
        refusal(&lstm(|_| {}, |args| args.diagonal_recurrent_tensors = true)),
        lstm_refusal(|tensors| tensors[9] = constant()),
        lstm_refusal(|tensors| tensors[16] = constant()),
        lstm_refusal(|tensors| tensors[23] = constant()),
        lstm_refusal(|tensors| tensors[1] = None),
        lstm_refusal(|tensors| tensors[12] = None),
        lstm_refusal(with(2, |tensor| tensor.constant = None)),
        lstm_refusal(with(3, |tensor| tensor.zero_points = vec![1])),
        lstm_refusal(with(3, |tensor| tensor.kind = Uint8)),
        lstm_refusal(with(5, |tensor| tensor.shape = vec![1, 9])),
        lstm_refusal(with(18, |tensor| tensor.shape = vec![3])),
        lstm_refusal(with(18, |tensor| tensor.is_variable = false)),
        lstm_refusal(with(19, |tensor| tensor.scales = vec![0.001])),
        lstm_refusal(with(24, |tensor| tensor.shape = vec![1, 3, 3])),
    ];
    let expected = [
        "its activation is number 1: expected 4, TANH",
        "its recurrent weights are diagonal: expected whole matrices",
        "it has peepholes (input 9): expected a layer without",
        "it has a projection (input 16): expected a layer without",
        "it has layer normalisation (input 23): expected a layer without",
        "it has no weights of the input gate, which is coupled to the forget gate: expected four gates",
        "it has no input 12: expected one",
        "its input 2 (\"t2\") is not in the file: expected a constant",
        "its tensor \"t3\" has the zero point 1: expected 0",
        "its input 3 (\"t3\") is uint8 [3, 4]: expected int8 [3, 4]",
        "its input 5 (\"t5\") is int8 [1, 9]: expected int8 [3, 3]",
        "its input 18 (\"t13\") is int8 [3]: expected int8 [1, 3]",
        "its input 18 (\"t13\") is no variable: expected one, which holds its state",
        "its cell state \"t14\" has the scale 0.001: expected a power of 2 from 2^-15 to 1",
        "its output 0 has the shape [1, 3, 3] in the file: expected [1, 2, 3]",
    ];
    assert_eq!(texts.each_ref().map(String::as_str), expected);
}

#[test]
fn svdfs_that_are_not_run() {
    let texts = [
        refusal(&svdf(0, |_| {})),
        refusal(&svdf(4, |_| {})),
        refusal(&svdf(2, with(4, |tensor| tensor.kind = Int32))),
        refusal(&svdf(2, with(4, |tensor| tensor.is_variable = false))),
        refusal(&svdf(2, with(4, |tensor| tensor.zero_points = vec![3]))),
        refusal(&svdf(2, with(0, |tensor| tensor.kind = Float32))),
        refusal(&svdf(2, with(5, |tensor| tensor.shape = vec![3, 2]))),
    ];
    let expected = [
        "its rank is 0: expected 1 or more",
        "its filters over time have the shape [6, 5] with the rank 4: expected a multiple of 4 filters, and a length of \
         1 or more",
        "its input 4 is int32 [2, 30]: expected int8 or int16",
        "its input 4 (\"t4\") is no variable: expected one, which holds its state",
        "its tensor \"t4\" has the zero point 3: expected 0",
        "its input 4 is int8 [2, 30]: expected float32",
        "its output 0 has the shape [3, 2] in the file: expected [2, 3]",
    ];
    assert_eq!(texts.each_ref().map(String::as_str), expected);
}

/// The state is written while the input is read.
#[test]
fn the_input_is_not_the_state() {
    let mut graph = Graph::default();
    let state = graph.add(Tensor::new(Int8, &[2, 4]).quantized(0.1, 0).variable());
    let constant = |columns: usize| Tensor::new(Int8, &[1, columns]).quantized(0.01, 0).constant(vec![1; columns]);
    let [features, time] = [graph.add(constant(4)), graph.add(constant(4))];
    let output = graph.output(Tensor::new(Int8, &[2, 1]).quantized(0.1, 0));
    let args = schema::SvdfOptionsArgs { rank: 1, ..Default::default() };
    let inputs = [Some(state), Some(features), Some(time), None, Some(state)];
    graph.operator(operator::SVDF, &inputs, &[output], options(schema::SvdfOptions::create, args));
    assert_eq!(refusal(&graph.finish()), "its input and its state are the same tensor: expected two");
}
