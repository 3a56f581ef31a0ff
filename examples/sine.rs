//! A sine, drawn by a model: `cargo run --release --example sine`.

use std::{error::Error, path::Path};

use ndarray::arr2;
use runeblocks_core::Tensor;
use runeblocks_graph::{Environment, Graph};
use runeblocks_model::Loader;

fn main() -> Result<(), Box<dyn Error>> {
    let runefile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/sine/Runefile.yml");
    let registry = runeblocks_all::registry();
    let graph = Graph::load(&runefile, &Environment::new(&registry, &Loader::default()))?;
    let mut pipeline = graph.into_executor(&[])?;

    for degrees in (0..=720u16).step_by(30) {
        let angle = Tensor::from(arr2(&[[f32::from(degrees)]]));
        pipeline.run(&[("angle", angle.view())])?;
        let sine = pipeline.output("sine")?.array::<f32>().ok_or("the model gives a number")?;
        let sine = sine.iter().copied().next().ok_or("the model gives one number")?;
        let exact = f32::from(degrees).to_radians().sin();
        let dot = usize::try_from((20.0 * (sine + 1.1)) as i64)?;
        println!("{degrees:>4}°  {sine:>6.3}  ({exact:>6.3}) {:dot$}*", "");
    }
    Ok(())
}
