//! The JSON Schema that is published in `docs/` is that of the code.
//!
//! With `RUNEBLOCKS_RENEW=1` it is written anew.

use std::path::Path;

use runeblocks_graph::runefile::json_schema;
use serde_json::Value;

#[test]
fn the_published_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runefile-v2.schema.json");
    let schema = serde_json::to_string_pretty(&json_schema(&runeblocks_all::registry())).unwrap() + "\n";
    if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == schema, "{} is out of date: run this test with RUNEBLOCKS_RENEW=1", path.display());
}

#[test]
fn every_block_and_its_arguments_are_in_it() {
    let registry = runeblocks_all::registry();
    let schema = json_schema(&registry);
    let stages = schema["$defs"]["stage"]["oneOf"].as_array().unwrap();
    for block in registry.iter() {
        let stage = stages.iter().find(|s| s["properties"]["block"]["const"] == block.name()).unwrap();
        let args = &stage["properties"]["args"]["properties"];
        for spec in block.args() {
            assert!(args[spec.name].is_object(), "{} of {}", spec.name, block.name());
        }
        let required = stage["required"].as_array().unwrap();
        let needs_args = block.args().iter().any(|s| s.default.is_none() && s.aliases.is_empty());
        assert_eq!(required.contains(&Value::from("args")), needs_args, "{}", block.name());
    }
    assert_eq!(stages.len(), registry.iter().len() + 5 + 1);
}
