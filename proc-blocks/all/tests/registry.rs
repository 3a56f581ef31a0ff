//! What `inventory` collects, what the table names and what lies in the folders are the same blocks.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use runeblocks_core::Registry;

#[test]
fn inventory_table_and_folders_agree() {
    let mut folders: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "all")
        .collect();
    folders.sort();
    let names = |registry: Registry| registry.iter().map(|block| block.name()).collect::<Vec<_>>();
    assert_eq!(names(runeblocks_all::registry()), folders);
    assert_eq!(names(Registry::linked().unwrap()), folders);
}

#[test]
fn every_block_is_as_it_describes_itself() {
    for block in runeblocks_all::BUILTIN {
        block.check().unwrap();
        let info = block.info();
        assert!(info.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", info.name);
        assert!(!info.summary.is_empty() && !info.summary.ends_with('.'), "{}", info.name);
        assert!(block.inputs().len() > 0 && block.outputs().len() > 0 && !info.tags.is_empty(), "{}", info.name);
        for arg in block.args() {
            assert!(arg.summary.ends_with('.'), "{}: `{}` has no summary", info.name, arg.name);
        }
        if block.args().iter().all(|arg| arg.default.is_some()) {
            block.create(&serde_json::Value::Null).unwrap();
        }
    }
}
