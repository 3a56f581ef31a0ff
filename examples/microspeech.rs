//! Which word is spoken in a clip: `cargo run --release --example microspeech -- CLIP.wav`.

use std::{env, error::Error, path::Path};

use runeblocks_core::{SampleRate, Tensor, Text};
use runeblocks_graph::{Environment, Graph};
use runeblocks_io::sound::{Channels, Fit, Sound};
use runeblocks_model::Loader;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let clip = env::args_os().nth(1).map_or_else(|| root.join("examples/clips/up.wav"), Into::into);

    // A Runefile becomes a graph: blocks are looked up, types and shapes are inferred and checked.
    let registry = runeblocks_all::registry();
    let models = Loader::default();
    let environment = Environment::new(&registry, &models);
    let graph = Graph::load(&root.join("models/keyword/Runefile.yml"), &environment)?;
    let facts = graph.find_port("model").and_then(|port| graph.facts(port));
    let stored = facts.and_then(|facts| facts.quantization).ok_or("the scores are quantised")?;
    let mut pipeline = graph.into_executor(&["model"])?;

    // One second of sound at 16 kHz, whatever the file holds.
    let sound = Sound::read(&clip, Channels::Mixdown)?.resample(SampleRate(16_000))?.fit(16_000, Fit::PadOrTrim)?;
    let samples = Tensor::from(sound);
    pipeline.run(&[("audio", samples.view())])?;

    let words = pipeline.output("word")?.array::<Text>().ok_or("the Runefile gives words")?;
    let scores = pipeline.output("model")?.array::<i8>().ok_or("the model gives scores")?;
    let best = scores.iter().copied().max().ok_or("the model gives scores")?;
    let best = stored.scale * (i32::from(best) - stored.zero_point) as f32;
    println!("{} ({:.0} %)", words.first().map_or("", |word| &**word), 100.0 * best);
    Ok(())
}
