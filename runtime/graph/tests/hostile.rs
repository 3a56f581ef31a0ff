//! No text makes the reader panic, and every finding points into the text.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::path::Path;

use proptest::prelude::*;
use runeblocks_graph::{Environment, Graph, fuzzing};
use support::models::JsonModels;

/// Reads a Runefile and builds its graph.
fn build(text: &str) {
    fuzzing::runefile(text);
    let registry = support::registry();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runefiles/check-pass");
    match Graph::from_text("Runefile.yml", text, &folder, &Environment::new(&registry, &JsonModels)) {
        Ok(graph) => {
            assert!(!graph.warnings().has_errors());
            assert!(graph.to_dot().starts_with("digraph"));
            assert!(graph.to_svg().ends_with("</svg>\n"));
        }
        Err(diagnostics) => assert!(diagnostics.has_errors()),
    }
}

/// Texts whose every part looks at all the others: seconds are enough for them, and megabytes for what is said of them.
#[test]
fn large_texts_take_neither_long_nor_much() {
    let start = std::time::Instant::now();
    build(&(0..100_000).map(|i| format!("k{i}:\n")).collect::<String>());
    build(&format!("version: 2\nx: [{}]\n", "a,".repeat(200_000)));
    build(&format!("version: 2\nx: [{}]\n", "é,".repeat(200_000)));
    let stages: String = (0..20_000).map(|i| format!(" a{i}: {{ block: fft, from: b{i} }}\n")).collect();
    let text = format!("version: 2\npipeline:\n{stages}outputs: [a0]\n");
    let registry = support::registry();
    let found = Graph::from_text("Runefile.yml", &text, Path::new(""), &Environment::new(&registry, &JsonModels));
    let rendered = found.unwrap_err().to_string();
    assert!(rendered.len() < 1 << 20 && rendered.contains("there are 19900 errors more"), "{}", rendered.len());
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

const PIECES: &[&str] = &[
    "version: 1\n",
    "version: 2\n",
    "pipeline:\n",
    "outputs: [a]\n",
    "  a: ",
    "{ input: sound",
    ", args: { sample_rate: 16000 }",
    " }\n",
    "block: fft",
    "from: a",
    "- ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ",",
    ": ",
    "? ",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\t",
    "\r\n",
    "é",
    "\u{feff}",
    "\0",
    "$words",
    "0x",
    "1e999",
    ".inf",
    "resources:\n",
    "capability: SOUND\n",
    "model: m.tflite",
    "front_end: 00",
    "expect: [{type: f32, shape: [1, stream]}]",
    "<<: *a\n",
    "proc-block: \"x#y\"\n",
    "inputs: a.1\n",
    "FROM x\n",
    "CAPABILITY<I16[1]> a SOUND --hz 1\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzzing::runefile(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        fuzzing::runefile(&text);
    }

    #[test]
    fn pieces_of_runefiles(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        build(&pieces.concat());
    }

    #[test]
    fn damaged_runefiles(which in 0usize..3, at in 0usize..900, cut in 0usize..20, put in "\\PC{0,6}") {
        let text = [
            include_str!("runefiles/check-pass/keyword.yml"),
            include_str!("runefiles/check-pass/keyword-with-model.yml"),
            include_str!("runefiles/check-pass/v1-stray-argument.yml"),
        ][which];
        let floor = |mut at: usize| { at = at.min(text.len()); while !text.is_char_boundary(at) { at -= 1 } at };
        let (start, end) = (floor(at), floor(at + cut));
        build(&format!("{}{put}{}", &text[..start], &text[end..]));
    }

    /// Numbers of any size in the place of numbers.
    #[test]
    fn other_numbers(values in proptest::collection::vec(number(), 12)) {
        let text = include_str!("runefiles/check-pass/keyword-with-model.yml").replace("from: audio, args: {", "from: audio, args: { sample_rate: 16000,");
        let mut values = values.into_iter();
        let mut digits = false;
        let mut other = String::new();
        for c in text.chars() {
            match (c.is_ascii_digit(), digits) {
                // The version stays.
                (true, false) if other.len() > 12 => other += &values.next().unwrap_or_default(),
                (true, true) if other.len() > 12 => {}
                _ => other.push(c),
            }
            digits = c.is_ascii_digit();
        }
        build(&other);
    }
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u32..2000).prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| format!("{n:e}")),
        Just("16000".into()),
        Just("4294967296".into()),
        Just(".inf".into()),
    ]
}
