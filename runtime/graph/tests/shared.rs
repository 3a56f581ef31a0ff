//! HOTG's own Runefiles, as they are. They are not part of this repository: the test runs where `RUNEBLOCKS_SHARED` (or
//! `../shared` beside the workspace) names the folder that has them, and says so where there is none.
//!
//! What the models take and give is told here as LiteRT tells it.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use runeblocks_core::Tensor;
use runeblocks_graph::{Environment, Graph};
use support::models::JsonModels;

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RUNEBLOCKS_SHARED").map_or(beside, PathBuf::from).join("models");
    if folder.is_dir() {
        return Some(folder);
    }
    // Past the capture of the harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIP there are no Runefiles of HOTG at {}", folder.display());
    None
}

fn port(name: &str, of: &str, shape: &str) -> String {
    format!(r#"[{{"name": "{name}", "type": "{of}", "shape": {shape}}}]"#)
}

/// The graph of a Runefile whose model, of the given name, takes and gives what is told.
fn load(path: &Path, model: &str, input: &str, output: &str) -> Graph {
    let folder = tempfile::tempdir().unwrap();
    let json = format!(r#"{{"inputs": {input}, "outputs": {output}}}"#);
    std::fs::write(folder.path().join(model), json).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let registry = support::registry();
    let environment = Environment::new(&registry, &JsonModels);
    match Graph::from_text(&path.display().to_string(), &text, folder.path(), &environment) {
        Ok(graph) => {
            assert!(graph.warnings().is_empty(), "{}", graph.warnings());
            graph
        }
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

fn output(graph: &Graph, name: &str) -> String {
    graph.facts(graph.find_port(name).unwrap()).unwrap().to_string()
}

#[test]
fn the_gesture_runefile_runs() {
    let Some(folder) = shared() else { return };
    let path = folder.join("hotg_gesture/Runefile.yml");
    let graph = load(&path, "model.tflite", &port("x", "f32", "[1, 128, 3, 1]"), &port("y", "f32", "[1, 4]"));
    assert_eq!(output(&graph, "label"), "utf8 [1]");
    let mut executor = graph.into_executor(&["normalize"]).unwrap();
    let recording: Vec<f32> = (0..384).map(|i| i as f32).collect();
    executor.run(&[("accelerometer", Tensor::from(recording).view())]).unwrap();
    assert_eq!(executor.output("normalize").unwrap().shape(), [1, 128, 3, 1]);
    let words = executor.output("label").unwrap().array::<runeblocks_core::Text>().unwrap();
    assert_eq!(words.iter().map(|w| &**w).collect::<Vec<_>>(), ["Wing"]);
}

#[test]
fn the_person_detection_runefile_is_right() {
    let Some(folder) = shared() else { return };
    let path = folder.join("hotg_person_detection/Runefile.yml");
    let graph = load(&path, "model.tflite", &port("input", "u8", "[1, 96, 96, 1]"), &port("y", "u8", "[1, 1, 1, 3]"));
    assert_eq!(output(&graph, "most_confident_index"), "u32 [1]");
}

#[test]
fn the_sine_runefile_is_right() {
    let Some(folder) = shared() else { return };
    let path = folder.join("hotg_sine/Runefile.yml");
    let graph = load(&path, "sinemodel.tflite", &port("x", "f32", "[1, 1]"), &port("y", "f32", "[1, 1]"));
    assert_eq!(graph.outputs().iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["sine"]);
}

#[test]
fn the_microspeech_runefiles_run() {
    let Some(folder) = shared() else { return };
    for name in ["Runefile.yml", "multispeech_Runefile.yml"] {
        let path = folder.join("hotg_microspeech/reference").join(name);
        let graph = load(&path, "model.tflite", &port("x", "i8", "[1, 1960]"), &port("y", "i8", "[1, 6]"));
        assert_eq!(output(&graph, "fft"), "u32 [49, 40] at 16000 Hz", "{name}");
        let mut executor = graph.into_executor(&["model"]).unwrap();
        executor.run(&[("audio", Tensor::from(vec![0i16; 16_000]).view())]).unwrap();
        assert_eq!(executor.output("model").unwrap().shape(), [1, 6]);
        let words = executor.output("label").unwrap().array::<runeblocks_core::Text>().unwrap();
        assert_eq!(words.iter().map(|w| &**w).collect::<Vec<_>>(), ["silence"]);
    }
}

#[test]
fn runefiles_in_the_text_form_are_refused_with_their_translation() {
    let Some(folder) = shared() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("hotg_microspeech/reference")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = runeblocks_graph::runefile::parse("Runefile", &text);
        assert_eq!(parsed.diagnostics.items()[0].code, "text-form", "{}", path.display());
        let help = parsed.diagnostics.items()[0].help.last().unwrap();
        let translated = help.split_once('\n').unwrap().1;
        let again = runeblocks_graph::runefile::parse("Runefile.yml", translated);
        assert!(again.diagnostics.is_empty(), "{}", again.diagnostics);
        count += 1;
    }
    assert_eq!(count, 4);
}
