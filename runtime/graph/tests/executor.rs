//! Graphs at work: clips, streams, states, buffers, and not one allocation after the first run.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::path::Path;

use ndarray::ArrayD;
use runeblocks_core::{Tensor, TensorView};
use runeblocks_graph::{Environment, ExecError, Executor, Graph};
use support::models::JsonModels;

fn graph(text: &str) -> Graph {
    let registry = support::registry();
    match Graph::from_text("Runefile.yml", text, Path::new("."), &Environment::new(&registry, &JsonModels)) {
        Ok(graph) => graph,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

fn executor(text: &str, keep: &[&str]) -> Executor {
    graph(text).into_executor(keep).unwrap()
}

fn numbers(executor: &Executor, name: &str) -> Vec<f32> {
    executor.output(name).unwrap().array::<f32>().unwrap().iter().copied().collect()
}

fn clip(values: &[f32]) -> Tensor {
    Tensor::from(values.to_vec())
}

/// Every kind of stage and edge: two inputs, two outputs, dotted references, a model with a reshaped input, state.
const EVERYTHING: &str = r#"
version: 2
resources:
  model:
    text: >-
      {"inputs": [{"name": "x", "type": "f32", "shape": [1, 4, 2]}],
       "outputs": [{"name": "y", "type": "f32", "shape": [1, 3]}]}
pipeline:
  numbers: { input: raw, args: { element_type: f32, shape: [1, 4] } }
  parts: { block: test-split, from: numbers }
  sums: { block: test-running-sum, from: parts.above }
  joined: { block: test-join, from: [sums, parts.0] }
  model: { model: $model, from: joined }
  top: { block: most-confident-indices, from: model, args: { count: 2 } }
  word: { block: label, from: top, args: { wordlist: [up, down, left] } }
outputs: [word, joined]
"#;

#[test]
fn a_graph_runs_and_its_ports_can_be_read() {
    let mut executor = executor(EVERYTHING, &["parts.below", "model", "parts.1"]);
    executor.run(&[("numbers", clip(&[1.0, -2.0, 3.0, -4.0]).view())]).unwrap();
    assert_eq!(numbers(&executor, "parts.below"), [0.0, -2.0, 0.0, -4.0]);
    assert_eq!(numbers(&executor, "parts.1"), [1.0, 0.0, 3.0, 0.0]);
    assert_eq!(numbers(&executor, "joined"), [1.0, 1.0, 4.0, 4.0, 0.0, -2.0, 0.0, -4.0]);
    assert_eq!(numbers(&executor, "model"), [4.0; 3]);
    let outputs: Vec<_> = executor.outputs().map(|(name, view)| (name, view.shape().to_vec())).collect();
    assert_eq!(outputs, [("word", vec![2]), ("joined", vec![8])]);
    let words = executor.output("word").unwrap().array::<runeblocks_core::Text>().unwrap();
    assert_eq!(words.iter().map(|w| &**w).collect::<Vec<_>>(), ["up", "down"]);
    assert!(executor.times().all(|(_, time)| time.runs == 1));
    assert_eq!(
        executor.times().map(|(name, _)| name).collect::<Vec<_>>(),
        ["numbers", "parts", "sums", "joined", "model", "top", "word"]
    );
}

#[test]
fn nothing_allocates_after_the_first_run() {
    let mut executor = executor(EVERYTHING, &["parts"]);
    let input = clip(&[1.0, -2.0, 3.0, -4.0]);
    executor.run(&[("numbers", input.view())]).unwrap();
    let count = allocation_counter::measure(|| {
        for _ in 0..10 {
            executor.run(&[("numbers", input.view())]).unwrap();
            executor.process(&[("numbers", input.view())]).unwrap();
            assert_eq!(executor.output("joined").unwrap().len(), 8);
        }
    });
    assert_eq!(count.count_total, 0, "{count:?}");
    assert!(
        allocation_counter::measure(|| drop(std::hint::black_box(vec![1u8; 10]))).count_total == 1,
        "the counter counts"
    );
}

#[test]
fn a_clip_forgets_and_a_stream_goes_on() {
    let text = "
version: 2
pipeline:
  numbers: { input: raw, args: { element_type: f32 } }
  sums: { block: test-running-sum, from: numbers, args: { start: 1.5 } }
outputs: [sums]
";
    let mut executor = executor(text, &[]);
    let piece = clip(&[1.0, 2.0]);
    executor.run(&[("numbers", piece.view())]).unwrap();
    assert_eq!(numbers(&executor, "sums"), [2.5, 4.5]);
    executor.process(&[("numbers", piece.view())]).unwrap();
    assert_eq!(numbers(&executor, "sums"), [5.5, 7.5]);
    executor.run(&[("numbers", piece.view())]).unwrap();
    assert_eq!(numbers(&executor, "sums"), [2.5, 4.5]);
}

const STREAM: &str = "
version: 2
pipeline:
  audio: { input: sound, args: { sample_rate: 100 } }
  frames: { block: test-frame-sums, from: audio, args: { size: 7 } }
  sums: { block: test-running-sum, from: frames }
outputs: [sums]
";

#[test]
fn a_stream_cut_in_any_way_gives_the_same_as_at_once() {
    let samples: Vec<i16> = (0..500).map(|i| (i * 37 % 101) as i16 - 50).collect();
    let mut whole = executor(STREAM, &[]);
    whole.run(&[("audio", Tensor::from(samples.clone()).view())]).unwrap();
    let expected = numbers(&whole, "sums");
    assert_eq!(expected.len(), 500 / 7);
    for sizes in [vec![1], vec![7], vec![500], vec![3, 0, 20, 1], vec![160, 13]] {
        let mut executor = executor(STREAM, &[]);
        let (mut found, mut at, mut turn) = (Vec::new(), 0, 0);
        while at < samples.len() {
            let end = (at + sizes[turn % sizes.len()]).min(samples.len());
            let piece = TensorView::from(ndarray::ArrayView1::from(&samples[at..end]));
            executor.process(&[("audio", piece)]).unwrap();
            found.extend(numbers(&executor, "sums"));
            (at, turn) = (end, turn + 1);
        }
        assert_eq!(found, expected, "cut by {sizes:?}");
    }
}

#[test]
fn a_state_is_saved_and_taken_up_again() {
    let samples = |from: i16| Tensor::from((from..from + 10).collect::<Vec<i16>>());
    let mut first = executor(STREAM, &[]);
    first.process(&[("audio", samples(0).view())]).unwrap();
    let state = first.save();
    first.process(&[("audio", samples(10).view())]).unwrap();

    let mut second = executor(STREAM, &[]);
    second.restore(&state).unwrap();
    second.process(&[("audio", samples(10).view())]).unwrap();
    assert_eq!(numbers(&first, "sums"), numbers(&second, "sums"));
    assert_eq!(first.save(), second.save());

    let fresh = executor(STREAM, &[]).save();
    let other = executor(EVERYTHING, &[]).save();
    for wrong in [&state[..state.len() - 1], &state[..20], &[], b"nonsense", &[&state[..], &[0]].concat(), &other] {
        let error = second.restore(wrong).unwrap_err();
        assert!(matches!(error, ExecError::State { .. }), "{error}");
        assert_eq!(second.save(), fresh, "after {error} all is as after a reset");
    }
    let mut huge = state.clone();
    huge[6..14].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(second.restore(&huge).is_err());
}

#[test]
fn a_stage_that_writes_nothing_gives_nothing() {
    let text = "
version: 2
pipeline:
  numbers: { input: raw, args: { element_type: f32 } }
  before: { block: test-running-sum, from: numbers }
  gate: { block: test-every-other, from: before }
  after: { block: test-running-sum, from: gate }
outputs: [after]
";
    let mut executor = executor(text, &[]);
    assert!(executor.buffer_count() < 4, "a buffer is used again");
    let piece = clip(&[1.0, 2.0]);
    for expected in [&[1.0, 4.0][..], &[], &[11.0, 20.0]] {
        executor.process(&[("numbers", piece.view())]).unwrap();
        assert_eq!(numbers(&executor, "after"), expected);
    }
}

#[test]
fn inputs_are_checked_by_name_type_and_shape() {
    let mut executor = executor(EVERYTHING, &[]);
    let good = clip(&[0.0; 4]);
    let flat = Tensor::from(ArrayD::<f32>::zeros(vec![4, 1]));
    executor.run(&[("numbers", flat.view())]).unwrap();
    let said =
        |executor: &mut Executor, inputs: &[(&str, TensorView<'_>)]| executor.run(inputs).unwrap_err().to_string();
    assert_eq!(said(&mut executor, &[]), "the input `numbers` is given 0 times: expected once, with f32 [1, 4]");
    assert_eq!(
        said(&mut executor, &[("numbers", good.view()), ("numbers", good.view())]),
        "the input `numbers` is given 2 times: expected once, with f32 [1, 4]"
    );
    assert_eq!(
        said(&mut executor, &[("number", good.view())]),
        "there is no input `number`: did you mean `numbers`? there are `numbers`"
    );
    assert_eq!(
        said(&mut executor, &[("numbers", clip(&[0.0; 5]).view())]),
        "the input `numbers` is f32 [5]: expected f32 [1, 4]"
    );
    assert_eq!(
        said(&mut executor, &[("numbers", Tensor::from(vec![0i8; 4]).view())]),
        "the input `numbers` is i8 [4]: expected f32 [1, 4]"
    );
    let error = executor.output("words").unwrap_err().to_string();
    assert_eq!(error, "there is no output `words`: did you mean `word`? there are `word` and `joined`");
    let error = graph(EVERYTHING).into_executor(&["parts.over"]).unwrap_err().to_string();
    assert!(error.starts_with("there is no output `parts.over`"), "{error}");
}

#[test]
fn nothing_runs_where_one_of_the_inputs_does_not_fit() {
    let mut executor = executor(
        r"
version: 2
pipeline:
  first: { input: raw, args: { element_type: f32 } }
  sums: { block: test-running-sum, from: first }
  second: { input: raw, args: { element_type: f32 } }
outputs: [sums, second]
",
        &[],
    );
    let (one, bytes) = (clip(&[1.0]), Tensor::from(vec![1u8]));
    let error = executor.process(&[("first", one.view()), ("second", bytes.view())]).unwrap_err().to_string();
    assert_eq!(error, "the input `second` is u8 [1]: expected f32 [stream]");
    executor.process(&[("first", one.view()), ("second", one.view())]).unwrap();
    assert_eq!(numbers(&executor, "sums"), [1.0]);
}

#[test]
fn a_failing_stage_is_named_with_its_place() {
    let text = "
version: 2
pipeline:
  index: { input: raw, args: { element_type: u8, shape: [1] } }
  word: { block: label, from: index, args: { wordlist: [up] } }
outputs: [word]
";
    let mut executor = executor(text, &[]);
    let error = executor.run(&[("index", Tensor::from(vec![7u8]).view())]).unwrap_err();
    assert_eq!(error.help(), Some("extend `wordlist`, or set `fallback`"));
    let error = error.to_string();
    assert!(error.starts_with("the stage `word` (Runefile.yml:5:3) failed: found the index 7"), "{error}");
}

#[test]
fn a_model_that_cannot_run_is_checked_but_not_run() {
    let text = r#"
version: 2
resources:
  model: { text: '{"inputs": [{"name": "x", "type": "f32", "shape": [2]}], "outputs": [], "obstacle": "no backend has CUSTOM"}' }
pipeline:
  numbers: { input: raw, args: { element_type: f32, shape: [2] } }
  model: { model: $model, from: numbers }
outputs: [numbers]
"#;
    let graph = graph(text);
    let warnings = graph.warnings().to_string();
    assert!(
        warnings.contains("warning[cannot-run]: the model of `model` cannot be run here: no backend has CUSTOM"),
        "{warnings}"
    );
    let error = graph.into_executor(&[]).unwrap_err().to_string();
    assert_eq!(error, "the model of the stage `model` (Runefile.yml:7:3) cannot be run here: no backend has CUSTOM");
}

#[test]
fn the_graph_is_drawn() {
    let dot = graph(EVERYTHING).to_dot();
    assert!(dot.starts_with("digraph runefile {\n"), "{dot}");
    assert!(dot.contains("n0 [label=\"numbers\\nraw\", shape=parallelogram];"), "{dot}");
    assert!(dot.contains("n1 -> n2 [label=\"above: f32 [1, 4]\"];"), "{dot}");
    assert!(dot.contains("n3 -> n4 [label=\"f32 [8]\"];"), "{dot}");
    assert!(dot.contains("n6 -> o0 [label=\"utf8 [2]\"];"), "{dot}");
    assert_eq!(dot, graph(EVERYTHING).to_dot());
}

#[test]
fn the_picture_shows_each_stage_and_what_travels() {
    let svg = graph(EVERYTHING).to_svg();
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
    for text in [">numbers<", ">raw<", ">above: f32 [1, 4]<", ">f32 [8]<", ">utf8 [2]<"] {
        assert!(svg.contains(text), "{text}: {svg}");
    }
    assert_eq!(svg, graph(EVERYTHING).to_svg());
}

#[test]
fn a_long_edge_and_a_graph_of_many_stages_are_drawn() {
    let mut text =
        String::from("version: 2\npipeline:\n  s0: { input: raw, args: { element_type: f32, shape: [4] } }\n");
    for stage in 1..1000 {
        text += &format!("  s{stage}: {{ block: modulo, from: s{} }}\n", stage - 1);
    }
    text += "outputs: [s0, s999]\n";
    let svg = graph(&text).to_svg();
    assert_eq!(svg.matches("class=\"box block\"").count(), 999);
}

#[test]
fn a_clone_gives_the_same_and_has_a_state_of_its_own() {
    let text = "
version: 2
resources:
  model: { text: '{\"inputs\": [{\"name\": \"x\", \"type\": \"i8\", \"shape\": [1, 120]}], \"outputs\": [{\"name\": \"y\", \"type\": \"f32\", \"shape\": [1]}]}' }
pipeline:
  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 70 } }
  fft: { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40 } }
  features: { block: noise-filtering, from: fft, args: { out_type: int8 } }
  model: { model: $model, from: features }
outputs: [model]
";
    let graph = graph(text);
    let mut clone = graph.try_clone().unwrap().into_executor(&[]).unwrap();
    let mut first = graph.into_executor(&[]).unwrap();
    let sound = Tensor::from((0..1120).map(|i: i32| (i * i % 7919) as i16).collect::<Vec<_>>());
    for executor in [&mut first, &mut clone] {
        executor.process(&[("audio", sound.view())]).unwrap();
    }
    assert_eq!(numbers(&first, "model"), numbers(&clone, "model"));
    assert_eq!(first.save(), clone.save());
    first.process(&[("audio", sound.view())]).unwrap();
    assert_ne!(first.save(), clone.save(), "the second piece moved the noise estimate of one alone");
}

#[test]
fn version_1_has_its_own_defaults_and_reads_numbers_in_quotes() {
    let text = |args: &str| {
        format!(
            "
version: 1
image: runicos/base
pipeline:
  sink:
    out: SERIAL
    inputs: [sums]
  sums:
    proc-block: \"hotg-ai/proc-blocks@v0.11.3#test_running_sum\"
    inputs: numbers
    outputs: [{{type: F32, dimensions: [1, 2]}}]
    {args}
  numbers:
    capability: raw
    args: {{length: \"8\"}}
    outputs: [{{type: f32, dimensions: [2]}}]
"
        )
    };
    for (args, expected) in [("", [11.0, 13.0]), ("args: { start: \"5\" }", [6.0, 8.0])] {
        let mut executor = executor(&text(args), &[]);
        executor.run(&[("numbers", clip(&[1.0, 2.0]).view())]).unwrap();
        assert_eq!(numbers(&executor, "sums"), expected);
    }
}

#[test]
fn a_pipeline_for_clips_says_so_when_it_gets_a_stream() {
    let text = r#"
version: 2
resources:
  model: { text: '{"inputs": [{"name": "x", "type": "f32", "shape": [1, 2]}], "outputs": [{"name": "y", "type": "f32", "shape": [1]}]}' }
pipeline:
  audio: { input: raw, args: { element_type: i16, shape: [15] } }
  frames: { block: test-frame-sums, from: audio, args: { size: 7 } }
  model: { model: $model, from: frames }
outputs: [model]
"#;
    let mut executor = executor(text, &[]);
    let clip = Tensor::from(vec![1i16; 15]);
    for _ in 0..6 {
        executor.run(&[("audio", clip.view())]).unwrap();
        assert_eq!(numbers(&executor, "model"), [14.0]);
    }
    // What is left over makes a third frame in the end.
    let error = (0..6).find_map(|_| executor.process(&[("audio", clip.view())]).err()).unwrap();
    let expected = "the stage `model` (Runefile.yml:8:3) failed: found a tensor of shape [3]: expected as many elements as [1, 2] has";
    assert_eq!(error.to_string(), expected);
    executor.run(&[("audio", clip.view())]).unwrap();
    assert_eq!(numbers(&executor, "model"), [14.0]);
}

/// The keyword spotter of `check-pass`, its blocks the project's own.
fn spotter(is_clip: bool, keep: &[&str]) -> Executor {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runefiles/check-pass");
    let text = std::fs::read_to_string(folder.join("keyword-with-model.yml")).unwrap();
    let text = if !is_clip {
        let front = &text[..text.find("  model:").unwrap()];
        front.replace(", duration_ms: 1000", "") + "outputs: [features]\n"
    } else {
        text
    };
    let registry = support::registry();
    let graph = Graph::from_text("Runefile.yml", &text, &folder, &Environment::new(&registry, &JsonModels)).unwrap();
    graph.into_executor(keep).unwrap()
}

fn noise(count: usize) -> Vec<i16> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 17) as i16 - 16_384
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn the_keyword_spotter_does_not_allocate_after_the_first_run() {
    let mut executor = spotter(true, &[]);
    let clip = Tensor::from(noise(16_000));
    executor.run(&[("audio", clip.view())]).unwrap();
    let count = allocation_counter::measure(|| executor.run(&[("audio", clip.view())]).unwrap());
    assert_eq!(count.count_total, 0, "{count:?}");
}

#[test]
fn the_front_end_gives_the_same_for_a_stream_and_a_clip_and_after_a_restore() {
    let samples = noise(16_000);
    let mut clip = spotter(true, &["features"]);
    clip.run(&[("audio", Tensor::from(samples.clone()).view())]).unwrap();
    let features = |executor: &Executor| -> Vec<i8> {
        executor.output("features").unwrap().array::<i8>().unwrap().iter().copied().collect()
    };
    let expected = features(&clip);
    assert_eq!(expected.len(), 49 * 40);
    for size in [1, 160, 333, 4000] {
        let mut stream = spotter(false, &[]);
        let mut found = Vec::new();
        for (i, piece) in samples.chunks(size).enumerate() {
            if i == samples.len() / size / 2 {
                let state = stream.save();
                stream = spotter(false, &[]);
                stream.restore(&state).unwrap();
            }
            stream.process(&[("audio", TensorView::from(ndarray::ArrayView1::from(piece)))]).unwrap();
            found.extend(features(&stream));
        }
        assert_eq!(found, expected, "in pieces of {size}");
    }
}
