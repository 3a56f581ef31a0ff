//! The Runefile of README.md: it is accepted, streams as the clip does, and allocates nothing.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::path::Path;

use allocation_counter::measure;
use runeblocks_core::{Axis, Registry, Tensor};
use runeblocks_graph::{Environment, Executor, Graph, NoModels};

/// The Runefile, its sound of any length where `stream`.
fn executor(stream: bool) -> Executor {
    let readme = include_str!("../README.md");
    let runefile = readme.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let runefile = if stream { runefile.replace(", duration_ms: 1000", "") } else { runefile.to_owned() };
    let blocks =
        [&runeblocks_spectrogram::DESCRIPTOR, &runeblocks_mel_filterbank::DESCRIPTOR, &runeblocks_mfcc::DESCRIPTOR];
    let registry = Registry::new(blocks).unwrap();
    let environment = Environment::new(&registry, &NoModels);
    let graph = Graph::from_text("README.md", &runefile, Path::new("."), &environment);
    let graph = graph.unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let facts = &graph.nodes().last().unwrap().outputs()[0].facts;
    let frames = if stream { Axis::Stream } else { Axis::Fixed(98) };
    assert_eq!(facts.shape.axes(), [frames, Axis::Fixed(13)]);
    assert!(facts.front_end.is_some());
    graph.into_executor(&[]).unwrap()
}

fn output(executor: &Executor) -> Vec<u32> {
    let mfcc = executor.output("mfcc").unwrap().array::<f32>().unwrap();
    mfcc.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn the_runefile_of_the_readme_runs() {
    let samples: Vec<i16> = (0..16_000u64).map(|n| (n * n % 20_011) as i16 - 10_000).collect();
    let mut clip = executor(false);
    let whole = Tensor::from(samples.clone());
    clip.run(&[("audio", whole.view())]).unwrap();
    let expected = output(&clip);
    assert_eq!(expected.len(), 98 * 13);
    assert!(expected.iter().all(|bits| f32::from_bits(*bits).is_finite()));
    let count = measure(|| clip.run(&[("audio", whole.view())]).unwrap());
    assert_eq!(count.count_total, 0, "{count:?}");

    let mut stream = executor(true);
    for size in [1, 160, 333, 5000] {
        stream.reset();
        let mut found = Vec::new();
        for piece in samples.chunks(size) {
            stream.process(&[("audio", Tensor::from(piece.to_vec()).view())]).unwrap();
            found.extend(output(&stream));
        }
        assert!(found == expected, "in pieces of {size}");
    }
}
