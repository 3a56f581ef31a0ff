//! The keyword model in its pipeline, on the demo clips and, where the folder of speech is there, on people.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use runeblocks_core::{SampleRate, Tensor, Text};
use runeblocks_graph::{Environment, Executor, Graph};
use runeblocks_io::sound::{Channels, Sound};
use runeblocks_model::Loader;

const WORDS: [&str; 4] = ["up", "down", "left", "right"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pipeline() -> Executor {
    let registry = runeblocks_all::registry();
    let graph =
        Graph::load(&root().join("models/keyword/Runefile.yml"), &Environment::new(&registry, &Loader::default()));
    graph.unwrap().into_executor(&[]).unwrap()
}

fn word(pipeline: &mut Executor, samples: &Tensor) -> Text {
    pipeline.run(&[("audio", samples.view())]).unwrap();
    pipeline.output("word").unwrap().array::<Text>().unwrap()[[0]].clone()
}

fn demo_clip(word: &str) -> Tensor {
    let path = root().join(format!("examples/clips/{word}.wav"));
    Sound::read(&path, Channels::Mono).unwrap().at(SampleRate(16_000)).unwrap().into()
}

#[test]
fn demo_clips_are_recognised() {
    let mut pipeline = pipeline();
    for expected in WORDS {
        assert_eq!(&*word(&mut pipeline, &demo_clip(expected)), expected);
    }
}

/// Nothing is allocated after the first run: neither by blocks and executor, nor by the model.
#[test]
fn a_run_allocates_nothing() {
    let clip = demo_clip("left");
    let registry = runeblocks_all::registry();
    let path = root().join("models/keyword/Runefile.yml");
    let text = fs::read_to_string(&path).unwrap();
    let features = format!("{}outputs: [features]\n", text.split("  model:").next().unwrap());
    let models = Loader::default();
    let environment = Environment::new(&registry, &models);
    let graph = Graph::from_text("features.yml", &features, path.parent().unwrap(), &environment).unwrap();
    let mut features = graph.into_executor(&[]).unwrap();
    let mut whole = pipeline();
    let inputs = [("audio", clip.view())];
    let counts = [&mut features, &mut whole].map(|pipeline| {
        pipeline.run(&inputs).unwrap();
        allocation_counter::measure(|| pipeline.run(&inputs).unwrap()).count_total
    });
    println!("allocations a run: {} in the front end, {} with the model", counts[0], counts[1]);
    assert_eq!(counts, [0, 0]);
}

/// The `val` split of the English set: at least 85 % of the four words.
#[test]
fn people_are_understood() {
    let shared = env::var_os("RUNEBLOCKS_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let folder = shared.join("speech/english");
    let Ok(manifest) = fs::read_to_string(folder.join("manifest.csv")) else {
        // Past the capture of the harness, which would hide it.
        let _ = writeln!(std::io::stderr(), "SKIP people_are_understood: no speech in {}", folder.display());
        return;
    };
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|h| *h == name).unwrap();
    let (path, label, split) = (column("path"), column("label"), column("split"));
    let mut pipeline = pipeline();
    let mut counts = [[0; 2]; 2];
    for fields in lines.map(|line| line.split(',').collect::<Vec<_>>()).filter(|fields| fields[split] == "val") {
        let mut reader = claxon::FlacReader::open(folder.join(fields[path])).unwrap();
        let samples: Vec<i16> = reader.samples().map(|sample| i16::try_from(sample.unwrap()).unwrap()).collect();
        let right = usize::from(&*word(&mut pipeline, &samples.into()) == fields[label]);
        counts[usize::from(WORDS.contains(&fields[label]))][right] += 1;
    }
    let [[other_wrong, other_right], [wrong, right]] = counts;
    let six = (wrong + right + other_wrong + other_right, right + other_right);
    println!("four words: {right} of {}; six classes: {} of {}", wrong + right, six.1, six.0);
    assert!(right * 100 >= 85 * (wrong + right), "{right} of {}", wrong + right);
}
