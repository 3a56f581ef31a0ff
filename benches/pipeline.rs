//! The whole keyword pipeline on a demo clip, with and without its model.

use std::{hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use runeblocks_core::{SampleRate, Tensor, Text};
use runeblocks_graph::{Environment, Graph};
use runeblocks_io::sound::{Channels, Sound};

fn pipeline(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let clip =
        Sound::read(&root.join("examples/clips/up.wav"), Channels::Mono).and_then(|clip| clip.at(SampleRate(16_000)));
    let clip = Tensor::from(clip.expect("the demo clip is there"));
    let registry = runeblocks_all::registry();
    let models = runeblocks_model::Loader::default();
    let environment = Environment::new(&registry, &models);
    let graph = Graph::load(&root.join("models/keyword/Runefile.yml"), &environment).expect("the Runefile is valid");
    let mut pipeline = graph.into_executor(&[]).expect("the model can be run");
    let inputs = [("audio", clip.view())];
    pipeline.run(&inputs).expect("the clip fits");
    let word = pipeline.output("word").expect("the Runefile has this output").to_tensor();
    assert_eq!(word, Tensor::from(vec![Text::from("up")]));

    criterion.bench_function("pipeline/keyword", |b| b.iter(|| pipeline.run(black_box(&inputs))));
    for (stage, time) in pipeline.times() {
        println!("{stage}: {:.1} µs a clip", time.total.as_secs_f64() * 1e6 / time.runs as f64);
    }
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
