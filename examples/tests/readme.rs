//! The pipeline shown in README.md is a valid one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use runeblocks_graph::{Environment, Graph};
use runeblocks_model::Loader;

#[test]
fn the_pipeline_of_the_readme_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let runefile = readme.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let registry = runeblocks_all::registry();
    let models = Loader::default();
    let environment = Environment::new(&registry, &models);
    let graph = Graph::from_text("README.md", runefile, &root.join("models/keyword"), &environment);
    assert!(graph.unwrap().warnings().is_empty());
}
