//! What `inventory` collects, what the table names and what lies in the folders are the same blocks, as described.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use runeblocks_core::{ElementType, Facts, Registry};

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

#[test]
fn element_types_that_a_port_does_not_name_are_refused() {
    for block in runeblocks_all::BUILTIN {
        let args = match block.name() {
            "label" => serde_json::json!({"wordlist": ["a"]}),
            "quantize" | "rescale" => serde_json::json!({"scale": 1}),
            _ => serde_json::Value::Null,
        };
        let mut instance = block.create(&args).unwrap();
        let ports: Vec<_> = block.inputs().map(|(port, of)| (of.types, port.axes.len().max(1))).collect();
        for (index, (types, _)) in ports.iter().enumerate() {
            for foreign in ElementType::ALL.iter().filter(|t| !types.contains(t)) {
                let mut facts: Vec<_> =
                    ports.iter().map(|(types, rank)| Facts::new(types[0], &vec![1; *rank][..])).collect();
                facts[index].element_type = *foreign;
                let error = instance.infer(&facts).unwrap_err();
                assert_eq!(error.input(), Some(index), "{} of {foreign}: {error}", block.name());
            }
        }
    }
}

#[test]
fn a_block_says_whether_it_needs_the_standard_library() {
    for block in runeblocks_all::BUILTIN {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(block.name()).join("src/lib.rs");
        let is_no_std = fs::read_to_string(path).unwrap().contains("no_std)]");
        assert_eq!(block.info().needs_std, !is_no_std, "{}", block.name());
    }
}

/// Each README.md begins with the block's description; what follows a heading of the second level is written by hand.
/// With `RUNEBLOCKS_RENEW` set, the description is written anew.
#[test]
fn every_readme_begins_with_the_description() {
    for block in runeblocks_all::BUILTIN {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(block.name()).join("README.md");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let by_hand = text.find("\n## ").map_or("", |at| &text[at..]);
        let expected = block.to_markdown() + by_hand;
        if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
            fs::write(&path, &expected).unwrap();
        } else {
            assert_eq!(text, expected, "{}: run the test with RUNEBLOCKS_RENEW=1", path.display());
        }
    }
}
