//! Every Runefile of `tests/runefiles` is checked; what is said of it stands beside it in a `.txt` file.
//!
//! With `RUNEBLOCKS_RENEW=1` the `.txt` files are written anew.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_graph::{Diagnostics, Environment, Graph, Severity};
use support::models::JsonModels;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runefiles").join(name)
}

fn runefiles(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.filter(|p| p.extension().is_some_and(|e| e == "yml")).collect();
    paths.sort();
    paths
}

fn check(path: &Path) -> Result<Graph, Diagnostics> {
    let registry = support::registry();
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    Graph::from_text(name, &text, path.parent().unwrap(), &Environment::new(&registry, &JsonModels))
}

/// Holds a text against the file beside the Runefile; no file stands for an empty text.
fn hold(path: &Path, said: &str, wrong: &mut Vec<String>) {
    // The folder of the sources has no place in a message.
    let said = said.replace(path.parent().unwrap().to_str().unwrap(), "FOLDER");
    let beside = path.with_extension("txt");
    let expected = fs::read_to_string(&beside).unwrap_or_default();
    if said.trim_end() == expected.trim_end() {
        return;
    }
    if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
        fs::write(&beside, said + "\n").unwrap();
    } else {
        wrong.push(format!("{}\n--- expected\n{expected}\n--- found\n{said}\n", path.display()));
    }
}

#[test]
fn good_ones_pass_with_the_warnings_expected() {
    let mut wrong = Vec::new();
    let paths = runefiles(&folder("check-pass"));
    assert!(paths.len() >= 5);
    for path in paths {
        match check(&path) {
            Ok(graph) => hold(&path, &graph.warnings().to_string(), &mut wrong),
            Err(diagnostics) => wrong.push(diagnostics.to_string()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn broken_ones_fail_with_the_messages_expected() {
    let mut wrong = Vec::new();
    let paths = runefiles(&folder("check-fail"));
    assert!(paths.len() >= 40);
    for path in paths {
        match check(&path) {
            Ok(_) => wrong.push(format!("{} is not refused", path.display())),
            Err(diagnostics) => {
                let said = diagnostics.to_string();
                for item in diagnostics.items().iter().filter(|d| d.severity == Severity::Error) {
                    let tells = !item.help.is_empty() || item.labels.len() > 1 || item.message.contains("expected");
                    assert!(tells, "nothing tells what to do in {}:\n{said}", path.display());
                }
                hold(&path, &said, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_unreadable_runefile_is_a_finding_too() {
    let registry = support::registry();
    let environment = Environment::new(&registry, &JsonModels);
    for path in ["nowhere.yml", "."] {
        let found = Graph::check(Path::new(path), &environment);
        assert!(found.has_errors());
        assert!(
            found.to_string().starts_with(&format!("error[unreadable-file]: cannot read the Runefile `{path}`")),
            "{found}"
        );
    }
}

#[test]
fn contents_can_take_the_place_of_resources() {
    use runeblocks_graph::ResourceContent;
    let text = "
version: 2
resources: { words: { path: nowhere.txt } }
pipeline:
  index: { input: raw, args: { shape: [1] } }
  word: { block: label, from: index, args: { wordlist: $words } }
outputs: [word]
";
    let registry = support::registry();
    let mut environment = Environment::new(&registry, &JsonModels);
    environment.resources.insert("words".into(), ResourceContent::Text("up\ndown\n".into()));
    let graph = Graph::from_text("Runefile.yml", text, Path::new("."), &environment).unwrap();
    let mut executor = graph.into_executor(&[]).unwrap();
    executor.run(&[("index", runeblocks_core::Tensor::from(vec![1u8]).view())]).unwrap();
    let word = executor.output("word").unwrap().array::<runeblocks_core::Text>().unwrap();
    assert_eq!(word.iter().map(|w| &**w).collect::<Vec<_>>(), ["down"]);

    environment.resources.insert("wrods".into(), ResourceContent::Text(String::new()));
    let error = Graph::from_text("Runefile.yml", text, Path::new("."), &environment).unwrap_err().to_string();
    assert!(
        error.contains("`wrods`, which the Runefile does not have") && error.contains("did you mean `words`?"),
        "{error}"
    );
}

#[test]
fn another_front_end_can_be_allowed() {
    let registry = support::registry();
    let path = folder("check-fail").join("front-end.yml");
    let text = fs::read_to_string(&path).unwrap();
    let mut environment = Environment::new(&registry, &JsonModels);
    environment.allow_other_front_end = true;
    let graph = Graph::from_text("Runefile.yml", &text, path.parent().unwrap(), &environment).unwrap();
    assert_eq!(graph.warnings().items().iter().map(|d| d.code).collect::<Vec<_>>(), ["front-end-mismatch"]);
}
