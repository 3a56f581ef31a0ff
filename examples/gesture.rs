//! Which gesture an accelerometer has recorded: `cargo run --release --example gesture -- RECORDING.csv`.

use std::{env, error::Error, path::Path};

use runeblocks_core::{Tensor, Text};
use runeblocks_graph::{Environment, Graph};
use runeblocks_io::table::Table;
use runeblocks_model::Loader;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let recording = env::args_os().nth(1).map_or_else(|| root.join("examples/gestures/wing.csv"), Into::into);
    let registry = runeblocks_all::registry();
    let models = Loader::default();
    let graph = Graph::load(&root.join("models/gesture/Runefile.yml"), &Environment::new(&registry, &models))?;
    let mut pipeline = graph.into_executor(&[])?;

    // 128 rows of x, y and z.
    let acceleration = Tensor::from(Table::<f32>::read(&recording)?);
    pipeline.run(&[("acceleration", acceleration.view())])?;
    let gesture = pipeline.output("gesture")?.array::<Text>().ok_or("the Runefile gives words")?;
    println!("{}", gesture.first().map_or("", |gesture| &**gesture));
    Ok(())
}
