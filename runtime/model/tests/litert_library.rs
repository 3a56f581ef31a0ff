//! The litert backend with a library of TensorFlow Lite.
//!
//! | variable | meaning |
//! |---|---|
//! | `RUNEBLOCKS_LITERT` | a libtensorflowlite_c; without it these tests say that they are skipped |
//! | `RUNEBLOCKS_SHARED` | a folder with further models |
#![cfg(feature = "litert")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;
#[allow(dead_code, reason = "a part of it is used")]
#[path = "../../int8/tests/support/model.rs"]
mod model;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{assert_close, golden, input, litert, shared_models, tflite_files};
use model::{Graph, Tensor as Described, options};
use ndarray::{ArrayD, IxDyn};
use runeblocks_core::{Buffer, ElementType, Tensor, TensorView, Text};
use runeblocks_model::{Backend, Litert, ModelError, ModelFile, Session, TensorInfo, TensorType};
use runeblocks_tflite::{operator, schema};

/// Whether there is a library to test with. Where there is none one line says so.
fn there_is_a_library() -> bool {
    static FOUND: LazyLock<bool> = LazyLock::new(|| {
        let found = std::env::var_os("RUNEBLOCKS_LITERT").is_some();
        if !found {
            // Past the capture of the harness, which would hide it.
            let _ = writeln!(std::io::stderr(), "SKIP no library (name a libtensorflowlite_c in RUNEBLOCKS_LITERT)");
        }
        found
    });
    *FOUND
}

#[test]
fn without_a_library_the_refusal_says_what_to_do() {
    if there_is_a_library() {
        return;
    }
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    assert_eq!(
        Litert.supports(&file).unwrap_err().to_string(),
        "the litert backend cannot run the model: no library: RUNEBLOCKS_LITERT is not set; \
         name a libtensorflowlite_c in RUNEBLOCKS_LITERT"
    );
}

fn read(bytes: &[u8]) -> ModelFile {
    ModelFile::from_bytes(bytes.to_vec()).unwrap()
}

fn buffers(file: &ModelFile) -> Vec<Buffer> {
    file.outputs().map(|tensor| Buffer::new(tensor.element_type.element_type().unwrap())).collect()
}

/// Runs a session once on one input.
fn run(session: &mut dyn Session, input: &Tensor, outputs: &mut [Buffer]) -> Result<(), String> {
    session.run(&[input.view()], outputs).map_err(|error| error.to_string())
}

/// Elements that fill the range of a type, other ones in each step.
fn elements(tensor: &TensorInfo, step: usize) -> Tensor {
    let bits = |k: usize| (k + 1000 * step).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let numbers = (0..tensor.elements()).map(bits);
    let shape = IxDyn(&tensor.shape);
    match tensor.element_type {
        TensorType::Float32 => input(tensor, step),
        TensorType::Int8 => ArrayD::from_shape_vec(shape, numbers.map(|n| n as i8).collect()).unwrap().into(),
        TensorType::Uint8 => ArrayD::from_shape_vec(shape, numbers.map(|n| n as u8).collect()).unwrap().into(),
        TensorType::Int16 => ArrayD::from_shape_vec(shape, numbers.map(|n| n as i16).collect()).unwrap().into(),
        other => panic!("no elements of {other}"),
    }
}

/// What a session gives in three steps.
fn steps(file: &ModelFile, session: &mut dyn Session) -> Vec<Vec<Buffer>> {
    let step = |step| {
        let inputs: Vec<Tensor> = file.inputs().map(|tensor| elements(tensor, step)).collect();
        let views: Vec<TensorView<'_>> = inputs.iter().map(Tensor::view).collect();
        let mut outputs = buffers(file);
        session.run(&views, &mut outputs).unwrap();
        outputs
    };
    (0..3).map(step).collect()
}

/// All models of this repository, and the shared ones.
fn models() -> Vec<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let folders = [golden(""), ours].into_iter().chain(shared_models());
    folders.flat_map(|folder| tflite_files(&folder).into_iter().map(move |path| folder.join(path))).collect()
}

#[test]
fn every_model_runs_alike_each_time_or_is_refused_with_a_reason() {
    if !there_is_a_library() {
        return;
    }
    let mut ran = 0;
    for path in models() {
        let name = path.display();
        let file = runeblocks_model::read(&path).unwrap();
        if let Err(refusal) = Litert.supports(&file) {
            let [reason] = refusal.reasons.as_slice() else { panic!("{name}: {refusal}") };
            assert!(reason.starts_with("TensorFlow Lite ") && reason.lines().count() == 1, "{name}: {reason}");
            assert!(reason.len() < 1100, "{name}: {reason}");
            continue;
        }
        let mut session = Litert.load(&file).unwrap();
        let first = steps(&file, &mut *session);
        session.reset();
        assert!(steps(&file, &mut *session) == first, "{name}: another result after a reset");
        session.restore(&[]).unwrap();
        let mut elsewhere = session;
        let again = std::thread::scope(|scope| scope.spawn(|| steps(&file, &mut *elsewhere)).join().unwrap());
        assert!(again == first, "{name}: another result in another thread");
        ran += 1;
    }
    assert!(ran >= 9, "{ran} models ran");
}

#[test]
fn float_models_equal_the_golden() {
    if !there_is_a_library() {
        return;
    }
    let golden_file = litert();
    for name in ["float", "mean", "flat", "operators"] {
        let file = runeblocks_model::read(golden(&format!("{name}.tflite"))).unwrap();
        let mut session = Litert.load(&file).unwrap();
        let mut outputs = buffers(&file);
        for (case, expected) in golden_file["models"][name]["outputs"].as_array().unwrap().iter().enumerate() {
            let inputs: Vec<Tensor> = file.inputs().map(|tensor| input(tensor, case)).collect();
            let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
            session.run(&views, &mut outputs).unwrap();
            assert_close(name, &outputs, expected);
        }
    }
}

#[test]
fn a_session_checks_what_it_is_handed() {
    if !there_is_a_library() {
        return;
    }
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    let mut session = Litert.load(&file).unwrap();
    let mut outputs = buffers(&file);
    let fits = input(file.inputs().next().unwrap(), 0);
    let mut message = |inputs: &[Tensor], outputs: &mut [Buffer]| {
        let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
        session.run(&views, outputs).unwrap_err().to_string()
    };
    assert_eq!(message(&[], &mut outputs), "the model has 1 inputs, found 0");
    assert_eq!(message(std::slice::from_ref(&fits), &mut []), "the model has 1 outputs, found 0");
    assert_eq!(message(&[vec![0_i8; 130].into()], &mut outputs), "input 0 of the model takes f32, found i8");
    assert_eq!(
        message(&[vec![0_f32; 130].into()], &mut outputs),
        "input 0 of the model takes the shape [1, 13, 10, 1], found [130]"
    );
    assert_eq!(
        message(&[ArrayD::<f32>::zeros(IxDyn(&[1, 13, 10, 2])).into()], &mut outputs),
        "input 0 of the model takes the shape [1, 13, 10, 1], found [1, 13, 10, 2]"
    );
    assert_eq!(
        message(std::slice::from_ref(&fits), &mut [Buffer::new(ElementType::U8)]),
        "the litert backend failed to run the model: output 0 is float32, the buffer for it is one of u8"
    );
    session.run(&[fits.view()], &mut outputs).unwrap();
    let error = session.restore(&[1]).unwrap_err();
    assert!(matches!(error, ModelError::State { expected: 0, found: 1 }), "{error}");
    session.run(&[fits.view()], &mut outputs).unwrap();
}

/// Elements are read where they lie, row-major or not.
#[test]
fn a_transposed_view_is_an_input() {
    if !there_is_a_library() {
        return;
    }
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    let mut session = Litert.load(&file).unwrap();
    let fits = input(file.inputs().next().unwrap(), 0);
    let mut expected = buffers(&file);
    session.run(&[fits.view()], &mut expected).unwrap();
    let array = fits.view().array::<f32>().unwrap().reversed_axes().as_standard_layout().into_owned();
    let mut found = buffers(&file);
    session.run(&[TensorView::from(array.view().reversed_axes())], &mut found).unwrap();
    assert!(found == expected);
}

/// A model that gathers places of a constant, or certain places of an input where there is no constant.
fn gather(kind: TensorType, from: Option<Vec<u8>>) -> Vec<u8> {
    let mut graph = Graph::default();
    let rows = match from {
        Some(bytes) => graph.add(Described::new(kind, &[3]).constant(bytes)),
        None => graph.input(Described::new(kind, &[3])),
    };
    let places = match graph.inputs.is_empty() {
        true => graph.input(Described::new(TensorType::Int32, &[4])),
        false => graph.add(Described::int32(&[4], [2, 0, 2, 1])),
    };
    let out = graph.output(Described::new(kind, &[4]));
    let args = schema::GatherOptionsArgs::default();
    let options = options(schema::GatherOptions::create, args);
    graph.operator(operator::GATHER, &[Some(rows), Some(places)], &[out], options);
    graph.finish()
}

#[test]
fn texts_go_in_and_come_out() {
    if !there_is_a_library() {
        return;
    }
    let file = read(&gather(TensorType::String, None));
    let mut session = Litert.load(&file).unwrap();
    let mut outputs = buffers(&file);
    for words in [["yes", "", "grüße"], ["a longer text than before", "no", "x"]] {
        let words = words.map(Text::from);
        run(&mut *session, &words.to_vec().into(), &mut outputs).unwrap();
        let found = outputs[0].view().array::<Text>().unwrap();
        assert_eq!(found.as_slice().unwrap(), [2, 0, 2, 1].map(|place| words[place].clone()));
    }
}

#[test]
fn numbers_of_every_type_go_in_and_come_out() {
    macro_rules! check {
        ($($kind:ident $type:ty),*) => {$({
            let mut graph = Graph::default();
            let input = graph.input(Described::new(TensorType::$kind, &[3]));
            let shape = graph.add(Described::int32(&[2], [3, 1]));
            let output = graph.output(Described::new(TensorType::$kind, &[3, 1]));
            graph.operator(operator::RESHAPE, &[Some(input), Some(shape)], &[output], None);
            let file = read(&graph.finish());
            let mut session = Litert.load(&file).unwrap();
            let mut outputs = buffers(&file);
            let values: Vec<$type> = vec![1 as $type, <$type>::MIN, <$type>::MAX];
            run(&mut *session, &values.clone().into(), &mut outputs).unwrap();
            assert_eq!(outputs[0].view().shape(), [3, 1]);
            let found = outputs[0].view().array::<$type>().unwrap();
            assert_eq!(found.as_slice().unwrap(), values);
        })*};
    }
    if there_is_a_library() {
        check!(Float32 f32, Float64 f64, Int8 i8, Uint8 u8, Int16 i16, Uint16 u16, Int32 i32, Uint32 u32, Int64 i64, Uint64 u64);
    }
}

#[test]
fn what_the_library_says_of_a_failed_run_is_handed_on_and_the_next_run_is_sound() {
    if !there_is_a_library() {
        return;
    }
    let file = read(&gather(TensorType::Int32, Some([7_i32, 8, 9].iter().flat_map(|n| n.to_le_bytes()).collect())));
    let mut session = Litert.load(&file).unwrap();
    let mut outputs = buffers(&file);
    for _ in 0..2 {
        let error = run(&mut *session, &vec![0_i32, 1, 3, 0].into(), &mut outputs).unwrap_err();
        assert!(error.starts_with("the litert backend failed to run the model: TensorFlow Lite "), "{error}");
        assert!(error.contains(" says: ") && error.contains("gather"), "{error}");
        run(&mut *session, &vec![0_i32, 1, 2, 0].into(), &mut outputs).unwrap();
        assert_eq!(outputs[0].view().array::<i32>().unwrap().as_slice().unwrap(), [7, 8, 9, 7]);
    }
}

#[test]
fn an_operator_that_the_library_lacks_is_named() {
    if !there_is_a_library() {
        return;
    }
    let mut graph = Graph::default();
    let input = graph.input(Described::new(TensorType::Float32, &[1]));
    let output = graph.output(Described::new(TensorType::Float32, &[1]));
    graph.operator(operator::CUSTOM, &[Some(input)], &[output], None);
    let error = Litert.load(&read(&graph.finish())).err().unwrap().to_string();
    assert!(error.starts_with("the litert backend cannot run the model: TensorFlow Lite "), "{error}");
    assert!(error.contains("says: Encountered unresolved custom op: Custom."), "{error}");
}

/// The library would write into the file's bytes.
#[test]
fn models_that_write_to_constants_do_not_reach_the_library() {
    if !there_is_a_library() {
        return;
    }
    let constant = || Described::int32(&[1], [5]);
    let mut graph = Graph::default();
    let (input, output) = (graph.input(constant()), graph.output(constant()));
    let args = schema::AddOptionsArgs::default();
    graph.operator(operator::ADD, &[Some(input), Some(input)], &[output], options(schema::AddOptions::create, args));
    let flag = graph.input(Described::new(TensorType::Bool, &[1]));
    assert_eq!(flag, 2);
    assert_eq!(
        Litert.supports(&read(&graph.finish())).unwrap_err().reasons,
        [
            "its tensor `t2` is bool, which no edge can carry",
            "its input `t0` is a constant",
            "ADD in its subgraph 0 writes to the constant `t1`"
        ]
    );
}

/// A model that gives the sum of all inputs since its initial state.
fn running_sum() -> Vec<u8> {
    let handle = || Described::new(TensorType::Resource, &[]);
    let variable = || options(schema::VarHandleOptions::create, schema::VarHandleOptionsArgs::default());
    let number = || Described::new(TensorType::Float32, &[1]);
    let mut main = Graph::default();
    let (input, output) = (main.input(number()), main.output(number()));
    let (sum, before) = (main.add(handle()), main.add(number()));
    let once = schema::CallOnceOptionsArgs { init_subgraph_index: 1, ..Default::default() };
    main.operator(operator::CALL_ONCE, &[], &[], options(schema::CallOnceOptions::create, once));
    main.operator(operator::VAR_HANDLE, &[], &[sum], variable());
    main.operator(operator::READ_VARIABLE, &[Some(sum)], &[before], None);
    let args = schema::AddOptionsArgs::default();
    main.operator(operator::ADD, &[Some(before), Some(input)], &[output], options(schema::AddOptions::create, args));
    main.operator(operator::ASSIGN_VARIABLE, &[Some(sum), Some(output)], &[], None);
    let mut init = Graph::default();
    let (sum, zero) = (init.add(handle()), init.add(number().constant(vec![0; 4])));
    init.operator(operator::VAR_HANDLE, &[], &[sum], variable());
    init.operator(operator::ASSIGN_VARIABLE, &[Some(sum), Some(zero)], &[], None);
    model::finish(&[&main, &init])
}

#[test]
fn state_is_carried_over_and_reset() {
    if !there_is_a_library() {
        return;
    }
    let file = read(&running_sum());
    let mut session = Litert.load(&file).unwrap();
    let mut outputs = buffers(&file);
    let mut sums = |session: &mut dyn Session| {
        [1.0_f32, 2.0, 4.0].map(|number| {
            run(session, &vec![number].into(), &mut outputs).unwrap();
            outputs[0].view().array::<f32>().unwrap()[[0]]
        })
    };
    for _ in 0..2 {
        assert_eq!(sums(&mut *session), [1.0, 3.0, 7.0]);
        session.reset();
    }
    assert_eq!(sums(&mut *session), [1.0, 3.0, 7.0]);
    let mut state = Vec::new();
    session.save(&mut state);
    assert!(state.is_empty());
    session.restore(&state).unwrap();
    assert_eq!(sums(&mut *session), [1.0, 3.0, 7.0], "what is restored is the initial state");
}
