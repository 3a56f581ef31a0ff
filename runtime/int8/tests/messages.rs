//! What is said of models that can't be run.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/model.rs"]
#[expect(dead_code, reason = "no model has such tensors")]
mod model;
#[path = "support/run.rs"]
#[expect(dead_code, reason = "nothing is run")]
mod run;

use model::{Graph, Options, Tensor, finish, options};
use runeblocks_int8::{Interpreter, Level, Program, Rounding};
use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Int64, Resource, String as Text, Uint8};
use runeblocks_tflite::{TensorType, operator, schema};

fn program(model: &[u8]) -> Program {
    run::program(model, Level::Plain, Rounding::Tflm).unwrap()
}

/// What is said of a model.
fn refusal(model: &[u8]) -> String {
    for level in Level::available() {
        assert_eq!(
            run::program(model, level, Rounding::Tflm).unwrap_err(),
            run::program(model, Level::Plain, Rounding::Tflm).unwrap_err(),
            "another text at {level}"
        );
    }
    run::program(model, Level::Plain, Rounding::Tflm).unwrap_err()
}

/// The parts of a model with one layer.
struct Layer {
    code: i32,
    tensors: Vec<Tensor>,
    options: Option<Options>,
}

impl Layer {
    /// A CONV_2D of `int8`: input, weights, bias and output.
    fn conv() -> Self {
        let args = schema::Conv2DOptionsArgs { stride_h: 1, stride_w: 1, ..Default::default() };
        Self {
            code: operator::CONV_2D,
            tensors: vec![
                Tensor::new(Int8, &[1, 4, 4, 2]).quantized(0.5, -3),
                Tensor::new(Int8, &[3, 2, 2, 2]).quantized(0.25, 0).constant(vec![1; 24]),
                Tensor::int32(&[3], [0; 3]).quantized(0.125, 0),
                Tensor::new(Int8, &[1, 4, 4, 3]).quantized(1.0, 0),
            ],
            options: options(schema::Conv2DOptions::create, args),
        }
    }

    /// A DEPTHWISE_CONV_2D of `int8`.
    fn depthwise() -> Self {
        let args = schema::DepthwiseConv2DOptionsArgs { stride_h: 1, stride_w: 1, ..Default::default() };
        let mut layer = Self::conv();
        layer.code = operator::DEPTHWISE_CONV_2D;
        layer.tensors[1] = Tensor::new(Int8, &[1, 2, 2, 4]).quantized(0.25, 0).constant(vec![1; 16]);
        layer.tensors[2] = Tensor::int32(&[4], [0; 4]).quantized(0.125, 0);
        layer.tensors[3] = Tensor::new(Int8, &[1, 4, 4, 4]).quantized(1.0, 0);
        layer.options = options(schema::DepthwiseConv2DOptions::create, args);
        layer
    }

    /// A FULLY_CONNECTED of `int8`.
    fn fully_connected() -> Self {
        Self {
            code: operator::FULLY_CONNECTED,
            tensors: vec![
                Tensor::new(Int8, &[2, 6]).quantized(0.5, -3),
                Tensor::new(Int8, &[3, 6]).quantized(0.25, 0).constant(vec![1; 18]),
                Tensor::int32(&[3], [0; 3]).quantized(0.125, 0),
                Tensor::new(Int8, &[2, 3]).quantized(1.0, 0),
            ],
            options: options(schema::FullyConnectedOptions::create, schema::FullyConnectedOptionsArgs::default()),
        }
    }

    /// With other options of CONV_2D.
    fn with(change: impl FnOnce(&mut schema::Conv2DOptionsArgs<'_>)) -> Self {
        let mut args = schema::Conv2DOptionsArgs { stride_h: 1, stride_w: 1, ..Default::default() };
        change(&mut args);
        Self { options: options(schema::Conv2DOptions::create, args), ..Self::conv() }
    }

    /// With other tensors.
    fn tensors(mut self, change: impl FnOnce(&mut Vec<Tensor>)) -> Self {
        change(&mut self.tensors);
        self
    }

    fn model(self) -> Vec<u8> {
        let mut graph = Graph::default();
        let mut tensors = self.tensors;
        let output = graph.output(tensors.pop().unwrap());
        let inputs: Vec<_> = tensors
            .into_iter()
            .map(|tensor| Some(if tensor.constant.is_some() { graph.add(tensor) } else { graph.input(tensor) }))
            .collect();
        graph.operator(self.code, &inputs, &[output], self.options);
        graph.finish()
    }

    /// What is said of it, without the part that names the operator.
    fn refusal(self) -> String {
        let start = format!("operator 0 ({}): ", operator::name(self.code).unwrap());
        let text = refusal(&self.model());
        text.strip_prefix(&start).unwrap_or_else(|| panic!("{text}")).to_owned()
    }
}

#[test]
fn the_layers_of_these_tests_are_sound() {
    for layer in [Layer::conv(), Layer::depthwise(), Layer::fully_connected()] {
        program(&layer.model());
    }
}

#[test]
fn all_operators_that_are_not_supported() {
    let tensor = || Tensor::new(Int8, &[1, 4]).quantized(0.5, 0);
    let (mut main, mut init) = (Graph::default(), Graph::default());
    let input = main.input(tensor());
    let args = schema::CallOnceOptionsArgs { init_subgraph_index: 1, ..Default::default() };
    main.operator(operator::CALL_ONCE, &[], &[], options(schema::CallOnceOptions::create, args));
    for code in [operator::RFFT2D, operator::RELU, operator::CUSTOM, 209] {
        let output = main.output(tensor());
        main.operator(code, &[Some(input)], &[output], None);
    }
    let (random, number) = (init.add(Tensor::new(Int32, &[1])), init.add(Tensor::int32(&[1], [1])));
    init.operator(operator::RANDOM_UNIFORM, &[Some(number)], &[random], None);
    assert_eq!(
        refusal(&finish(&[&main, &init])),
        "operator 1 (RFFT2D): the operator is not supported\n\
         operator 3 (Custom): the operator is not supported\n\
         operator 4 (BUILTIN_209): the operator is not supported\n\
         subgraph 1, operator 0 (RANDOM_UNIFORM): the operator is not supported"
    );
}

#[test]
fn types() {
    let output = |kind| Layer::conv().tensors(|t| t[3].kind = kind).refusal();
    assert_eq!(output(Int16), "its output is int16 [1, 4, 4, 3]: expected int8");
    let input = Layer::conv().tensors(|t| (t[0].kind, t[3].kind) = (Int32, Int32)).refusal();
    assert_eq!(input, "its input 0 is int32 [1, 4, 4, 2]: expected int8 or int16 or float32");
    let weights = Layer::conv().tensors(|t| t[1] = Tensor::new(Int16, &[3, 2, 2, 2]).constant(vec![1; 48])).refusal();
    assert_eq!(weights, "its input 1 is int16 [3, 2, 2, 2]: expected int8");
    let bias = Layer::conv().tensors(|t| t[2] = Tensor::new(Int64, &[3]).constant(vec![0; 24])).refusal();
    assert_eq!(bias, "its bias is int64 [3]: expected int32");
    let bias = Layer::conv().tensors(|t| (t[0].kind, t[3].kind) = (Int16, Int16)).refusal();
    assert_eq!(bias, "its bias is int32 [3]: expected int64");
    let bias = Layer::conv().tensors(|t| (t[0].kind, t[3].kind) = (Float32, Float32)).refusal();
    assert_eq!(bias, "its bias is int32 [3]: expected float32");
}

#[test]
fn shapes() {
    let output = Layer::conv().tensors(|t| t[3].shape = vec![1, 4, 3, 3]).refusal();
    assert_eq!(output, "its output 0 has the shape [1, 4, 3, 3] in the file: expected [1, 4, 4, 3]");
    let input = Layer::conv().tensors(|t| t[0].shape = vec![4, 4, 2]).refusal();
    assert_eq!(input, "its input 0 has the shape [4, 4, 2]: expected 4 axes");
    let depth = Layer::conv().tensors(|t| t[0].shape = vec![1, 4, 4, 3]).refusal();
    assert_eq!(
        depth,
        "its weights have the shape [3, 2, 2, 2] for an input of 3 channels: \
         expected as many input channels, or groups of them"
    );
    let depth = Layer::depthwise().tensors(|t| t[0].shape = vec![1, 4, 4, 3]).refusal();
    assert_eq!(
        depth,
        "its weights have the shape [1, 2, 2, 4] for an input of 3 channels: \
         expected [1, rows, columns, a multiple of 3]"
    );
    let bias = Layer::conv().tensors(|t| t[2] = Tensor::int32(&[2], [0; 2])).refusal();
    assert_eq!(bias, "its bias has the shape [2]: expected 3 values");
    let rows = Layer::fully_connected().tensors(|t| t[0].shape = vec![2, 5]).refusal();
    assert_eq!(rows, "its input has the shape [2, 5]: expected a multiple of 6 elements, as its weights have");
    let output = Layer::fully_connected().tensors(|t| t[3].shape = vec![2, 4]).refusal();
    assert_eq!(output, "its output has the shape [2, 4] in the file: expected 2 rows of 3");
}

#[test]
fn options_of_layers() {
    let mut layer = Layer::conv();
    layer.options = None;
    assert_eq!(layer.refusal(), "it has no options: expected those of CONV_2D");
    let stride = Layer::with(|args| args.stride_w = 0).refusal();
    assert_eq!(stride, "its stride is 0: expected 1 or more");
    let dilation = Layer::with(|args| args.dilation_h_factor = -1).refusal();
    assert_eq!(dilation, "its dilation is -1: expected 1 or more");
    let padding = Layer::with(|args| args.padding = 2).refusal();
    assert_eq!(padding, "its padding is number 2: expected SAME or VALID");
    let activation = Layer::with(|args| args.fused_activation_function = 4).refusal();
    assert_eq!(activation, "its fused activation is number 4: expected none, RELU, RELU_N1_TO_1 or RELU6");
    let args = schema::FullyConnectedOptionsArgs { weights_format: 1, ..Default::default() };
    let mut layer = Layer::fully_connected();
    layer.options = options(schema::FullyConnectedOptions::create, args);
    assert_eq!(layer.refusal(), "its weights are shuffled (format 1): expected the default format");
}

#[test]
fn counts_and_constants() {
    let mut layer = Layer::conv();
    layer.tensors.insert(2, Tensor::int32(&[1], [0]));
    assert_eq!(layer.refusal(), "it has 4 inputs: expected 2 to 3");
    let bias = Layer::conv().tensors(|t| t[2].constant = None).refusal();
    assert_eq!(bias, "its input 2 (\"t3\") is not in the file: expected a constant");
    let weights = Layer::conv().tensors(|t| t[1].is_sparse = true).refusal();
    assert_eq!(weights, "its tensor \"t2\" is stored in a sparse format: expected a dense one");
}

#[test]
fn quantisation() {
    let of = |number: usize, scale, zero_point| {
        let change = |t: &mut Vec<Tensor>| t[number] = t[number].clone().quantized(scale, zero_point);
        Layer::conv().tensors(change).refusal()
    };
    assert_eq!(of(0, 0.0, 0), "its tensor \"t1\" has the scale 0: expected a finite one above 0");
    assert_eq!(of(3, 0.0, 0), "its tensor \"t0\" has the scale 0: expected a finite one above 0");
    assert_eq!(of(0, 0.5, 128), "its tensor \"t1\" has the zero point 128: expected -128 to 127");
    assert_eq!(of(0, 0.5, 1 << 40), "its tensor \"t1\" has the zero point 1099511627776: expected one of 32 bits");
    assert_eq!(of(1, 0.5, 2), "its weights \"t2\" are int8 with the zero point 2: expected 0");
    let none = |number: usize| Layer::conv().tensors(|t| t[number].scales.clear()).refusal();
    assert_eq!(none(0), "its tensor \"t1\" has no scales: expected one");
    assert_eq!(none(1), "its weights \"t2\" have no scale: expected one, or one for each output channel");
    let two = Layer::conv().tensors(|t| t[1] = t[1].clone().quantized_along(1, vec![0.5; 2], vec![0; 2])).refusal();
    assert_eq!(two, "its weights have 2 scales: expected 1 or 3");
    let zero_points = Layer::fully_connected().tensors(|t| t[1] = t[1].clone().quantized(0.5, 128)).refusal();
    assert_eq!(zero_points, "its weights \"t2\" have the zero point 128: expected one of 8 bits");
    let zero_points = |t: &mut Vec<Tensor>| {
        t[1] = Tensor { kind: Uint8, ..t[1].clone() }.quantized_along(0, vec![0.5; 3], vec![1, 1, 2]);
    };
    let zero_points = Layer::conv().tensors(zero_points).refusal();
    assert_eq!(zero_points, "its weights \"t2\" have the zero points -127 and -126: expected one for all");
}

/// A handle of the variable of a name, with a type that is `Resource` if it is right.
fn handle(graph: &mut Graph, name: &'static str, kind: TensorType) -> usize {
    let handle = graph.add(Tensor::new(kind, &[]));
    let options: Options = Box::new(move |builder| {
        let shared_name = Some(builder.create_string(name));
        let args = schema::VarHandleOptionsArgs { shared_name, ..Default::default() };
        (111, schema::VarHandleOptions::create(builder, &args).as_union_value())
    });
    graph.operator(operator::VAR_HANDLE, &[], &[handle], Some(options));
    handle
}

fn call_once(graph: &mut Graph, subgraph: i32) {
    let args = schema::CallOnceOptionsArgs { init_subgraph_index: subgraph, ..Default::default() };
    graph.operator(operator::CALL_ONCE, &[], &[], options(schema::CallOnceOptions::create, args));
}

#[test]
fn variables() {
    let value = || Tensor::new(Int8, &[1, 4]).quantized(0.5, 0);
    let alone = |make: &dyn Fn(&mut Graph)| {
        let mut main = Graph::default();
        let input = main.input(value());
        main.outputs.push(input);
        make(&mut main);
        let mut ports = Graph::default();
        let port = ports.input(value());
        ports.outputs.push(port);
        let mut calls = Graph::default();
        call_once(&mut calls, 1);
        refusal(&finish(&[&main, &ports, &calls]))
    };
    let no_handle = "its first input is no handle of a variable: expected the output of a VAR_HANDLE";
    assert_eq!(
        alone(&|main| main.operator(operator::ASSIGN_VARIABLE, &[Some(0), Some(0)], &[], None)),
        format!("operator 0 (ASSIGN_VARIABLE): {no_handle}")
    );
    assert_eq!(
        alone(&|main| {
            let output = main.add(value());
            main.operator(operator::READ_VARIABLE, &[None], &[output], None);
        }),
        format!("operator 0 (READ_VARIABLE): {no_handle}")
    );
    assert_eq!(
        alone(&|main| {
            let handle = handle(main, "v", Resource);
            main.operator(operator::ASSIGN_VARIABLE, &[Some(handle)], &[], None);
            main.operator(operator::ASSIGN_VARIABLE, &[Some(handle), Some(handle)], &[], None);
        }),
        "operator 1 (ASSIGN_VARIABLE): it has no tensor for the value: expected one\n\
         operator 2 (ASSIGN_VARIABLE): its value is resource: expected numbers"
    );
    assert_eq!(
        alone(&|main| {
            let handles = [handle(main, "v", Resource), handle(main, "v", Resource)];
            main.operator(operator::ASSIGN_VARIABLE, &[Some(handles[0]), Some(0)], &[], None);
            let output = main.add(Tensor::new(Int16, &[1, 4]));
            main.operator(operator::READ_VARIABLE, &[Some(handles[1])], &[output], None);
        }),
        "operator 3 (READ_VARIABLE): its value has 8 bytes: expected 4 as elsewhere in the file"
    );
    assert_eq!(
        alone(&|main| _ = handle(main, "v", Int32)),
        "operator 0 (VAR_HANDLE): its output is int32: expected resource"
    );
    assert_eq!(
        alone(&|main| main.operator(operator::VAR_HANDLE, &[], &[], None)),
        "operator 0 (VAR_HANDLE): it has 0 outputs: expected 1"
    );
    assert_eq!(alone(&|main| call_once(main, 0)), "operator 0 (CALL_ONCE): it runs subgraph 0: expected 1 to 2");
    assert_eq!(alone(&|main| call_once(main, 3)), "operator 0 (CALL_ONCE): it runs subgraph 3: expected 1 to 2");
    assert_eq!(
        alone(&|main| call_once(main, 1)),
        "operator 0 (CALL_ONCE): subgraph 1 has 1 inputs and 1 outputs: expected none"
    );
    assert_eq!(
        alone(&|main| call_once(main, 2)),
        "subgraph 2, operator 0 (CALL_ONCE): it stands in a subgraph that is itself run once: expected it in the first"
    );
    assert_eq!(
        alone(&|main| {
            let handle = handle(main, "v", Resource);
            main.operator(operator::ASSIGN_VARIABLE, &[Some(handle), Some(0)], &[], None);
            call_once(main, 2);
        }),
        "operator 2 (CALL_ONCE): it stands after a variable is read or assigned: expected it before"
    );
}

#[test]
fn first_values_that_fail() {
    let value = || Tensor::new(Int8, &[1, 4]).quantized(0.5, 0);
    let (mut main, mut init) = (Graph::default(), Graph::default());
    let input = main.input(value());
    main.outputs.push(input);
    call_once(&mut main, 1);
    let handle = handle(&mut init, "v", Resource);
    let gathered = init.add(value());
    let from = Tensor { shape: vec![2, 4], ..value() }.constant(vec![0; 8]);
    let [from, index] = [from, Tensor::int32(&[1], [2])].map(|tensor| Some(init.add(tensor)));
    let args = schema::GatherOptionsArgs::default();
    init.operator(operator::GATHER, &[from, index], &[gathered], options(schema::GatherOptions::create, args));
    init.operator(operator::ASSIGN_VARIABLE, &[Some(handle), Some(gathered)], &[], None);
    let program = program(&finish(&[&main, &init]));
    assert_eq!(
        Interpreter::new(&program, vec![0; program.arena_bytes() + 15]).unwrap_err().to_string(),
        "subgraph 1, operator 1 (GATHER): its index number 0 is 2: expected one of 2"
    );
}

#[test]
fn the_order_of_the_graph() {
    let value = || Tensor::new(Int8, &[1, 4]).quantized(0.5, 0);
    let relu = |graph: &mut Graph, from, to| graph.operator(operator::RELU, &[Some(from)], &[to], None);
    let of = |make: &dyn Fn(&mut Graph, [usize; 3])| {
        let mut graph = Graph::default();
        let tensors = [graph.input(value()), graph.add(value()), graph.output(value())];
        make(&mut graph, tensors);
        refusal(&graph.finish())
    };
    assert_eq!(
        of(&|graph, [_, unwritten, output]| relu(graph, unwritten, output)),
        "operator 0 (RELU) reads the tensor 1 \"t1\", which nothing has written"
    );
    assert_eq!(
        of(&|graph, [input, _, output]| {
            relu(graph, input, output);
            relu(graph, input, output);
        }),
        "operator 1 (RELU) writes the tensor 2 \"t2\" again"
    );
    assert_eq!(
        of(&|graph, [input, _, output]| {
            relu(graph, input, output);
            relu(graph, output, input);
        }),
        "operator 1 (RELU) writes the tensor 0 \"t0\" again"
    );
    assert_eq!(
        of(&|graph, [_, _, output]| relu(graph, output, output)),
        "operator 0 (RELU) reads the tensor 2 \"t2\", which nothing has written"
    );
    assert_eq!(
        of(&|graph, [input, other, _]| relu(graph, input, other)),
        "the tensor 2 \"t2\" is an output of the model, and nothing writes it"
    );
    assert_eq!(
        of(&|graph, [input, _, output]| {
            graph.tensors[input].constant = Some(vec![0; 4]);
            relu(graph, input, output);
        }),
        "the tensor 0 \"t0\" is an input of the model and has a content of its own"
    );
    assert_eq!(
        of(&|graph, [input, _, output]| {
            graph.tensors[output].constant = Some(vec![0; 4]);
            relu(graph, input, output);
        }),
        "operator 0 (RELU) writes the tensor 2 \"t2\" again"
    );
}

#[test]
fn roundings() {
    let refusal = |layer: Layer| {
        let name = operator::name(layer.code).unwrap();
        let text = run::program(&layer.model(), Level::Plain, Rounding::Xnnpack).unwrap_err();
        text.strip_prefix(&format!("operator 0 ({name}): ")).unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert!(run::program(&Layer::conv().model(), Level::Plain, Rounding::Xnnpack).is_ok());
    let map = |code, kind| {
        let tensor = |kind| Tensor::new(kind, &[1, 4]).quantized(0.5, 0);
        Layer { code, tensors: vec![tensor(kind), tensor(kind)], options: None }
    };
    assert_eq!(
        refusal(map(operator::RELU6, Int8)),
        "it can't follow XNNPACK's rounding: choose TensorFlow Lite Micro's"
    );
    assert_eq!(
        refusal(map(operator::RELU, Float32)),
        "it follows XNNPACK's rounding for int8 and uint8, and its output is float32"
    );
    assert_eq!(
        refusal(Layer::conv().tensors(|t| t[3].scales = vec![0.125 / 256.0])),
        "its scales make the factor 256, and XNNPACK's rounding takes 0 up to but not 256"
    );
    assert_eq!(
        refusal(Layer::fully_connected().tensors(|t| t[1].zero_points = vec![1])),
        "its weights \"t2\" are int8 with the zero point 1: XNNPACK's rounding takes 0"
    );
}

#[test]
fn ports() {
    let mut graph = Graph::default();
    let text = graph.input(Tensor::new(Text, &[1]));
    graph.outputs.push(text);
    assert_eq!(refusal(&graph.finish()), "the port \"t0\" is string: expected numbers");

    let program = program(&Layer::conv().model());
    let mut arena = [0; 15];
    let error = Interpreter::new(&program, &mut arena[..]).unwrap_err().to_string();
    let (start, end) = error.split_once(" bytes: expected at least ").unwrap();
    assert_eq!(start, "the arena has 15");
    let needed = program.arena_bytes();
    assert!((needed..needed + 16).contains(&end.parse().unwrap()), "{error}");

    let mut interpreter = run::interpreter(&program);
    assert_eq!(
        interpreter.write_input(0, &[0; 31]).unwrap_err().to_string(),
        "input 0: found 31 bytes, expected 32 for int8 [1, 4, 4, 2]"
    );
    assert_eq!(
        interpreter.write_input(1, &[0; 32]).unwrap_err().to_string(),
        "input 1: found no such input, expected 0 to 0"
    );
    assert_eq!(
        interpreter.read_output(0, &mut [0; 49]).unwrap_err().to_string(),
        "output 0: found 49 bytes, expected 48 for int8 [1, 4, 4, 3]"
    );
    assert_eq!(
        interpreter.read_output(7, &mut [0; 48]).unwrap_err().to_string(),
        "output 7: found no such output, expected 0 to 0"
    );
    assert_eq!(interpreter.restore(&[0; 4]).unwrap_err().to_string(), "the state has 4 bytes: expected 0");
}
