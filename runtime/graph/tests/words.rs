//! A list of words is the same one however it is written: in a list, in a text, in a resource, in a file of any line ends.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use runeblocks_core::{Tensor, Text, text};
use runeblocks_graph::{Environment, Graph};
use saphyr_parser::{Event, Parser, ScalarStyle};
use support::models::JsonModels;

/// The words that a pipeline gives for the indices from 0 and the codes of its warnings, or what is said of it.
fn words(
    resources: &str,
    wordlist: &str,
    folder: &Path,
    count: usize,
) -> Result<(Vec<String>, Vec<&'static str>), String> {
    let text = format!(
        "version: 2\n{resources}pipeline:\n  index: {{ input: raw, args: {{ shape: [{count}] }} }}\n  word:\n    \
         block: label\n    from: index\n    args:\n      wordlist: {wordlist}\noutputs: [word]\n"
    );
    let registry = support::registry();
    let graph = Graph::from_text("Runefile.yml", &text, folder, &Environment::new(&registry, &JsonModels))
        .map_err(|diagnostics| diagnostics.items().iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("\n"))?;
    let warnings = graph.warnings().items().iter().map(|d| d.code).collect();
    let mut executor = graph.into_executor(&[]).unwrap();
    let indices: Vec<u8> = (0..count).map(|i| u8::try_from(i).unwrap()).collect();
    executor.run(&[("index", Tensor::from(indices).view())]).map_err(|error| error.to_string())?;
    let words = executor.output("word").unwrap().array::<Text>().unwrap();
    Ok((words.iter().map(|word| word.to_string()).collect(), warnings))
}

/// Whether YAML takes a text, without quotes in a list of lines, for a scalar with its very characters.
fn stands_unquoted(word: &str) -> bool {
    let text = format!("- {word}\n- z\n");
    let events: Result<Vec<_>, _> = Parser::new_from_str(&text).map(|event| event.map(|(event, _)| event)).collect();
    let scalar = |event: &Event<'_>| match event {
        Event::Scalar(text, ScalarStyle::Plain, 0, None) => Some(text.to_string()),
        _ => None,
    };
    let is_nothing = matches!(word, "" | "~" | "null" | "Null" | "NULL") || word.starts_with('$');
    !is_nothing && events.is_ok_and(|events| events.iter().filter_map(scalar).collect::<Vec<_>>() == [word, "z"])
}

fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

/// Every way in which words can be written, by a name, as resources and a wordlist.
fn forms(list: &[String], folder: &Path) -> Vec<(String, String, String)> {
    let plain = |word: &String| if stands_unquoted(word) { word.clone() } else { quoted(word) };
    let inline: Vec<_> = list.iter().map(|word| quoted(word)).collect();
    let block = list.iter().fold(String::new(), |text, word| text + "\n        - " + &plain(word));
    let mut forms = vec![
        ("inline".to_owned(), String::new(), format!("[{}]", inline.join(", "))),
        ("block".to_owned(), String::new(), block),
        ("text".to_owned(), String::new(), quoted(&list.join("\n"))),
        (
            "resource".to_owned(),
            format!("resources: {{ words: {{ text: {} }} }}\n", quoted(&list.join("\n"))),
            "$words".to_owned(),
        ),
    ];
    for (at, end) in ["\n", "\r\n", "\r"].into_iter().enumerate() {
        for (mark, padding, last) in [("", "", ""), ("\u{feff}", " \t", end), ("", "\u{a0}\u{200b}", "\n\r\n \n")] {
            let mut text = String::from(mark);
            for (place, word) in list.iter().enumerate() {
                write!(text, "{}{padding}{word}{padding}", if place == 0 { "" } else { end }).unwrap();
            }
            let name = format!("file-{at}-{}.txt", forms.len());
            std::fs::write(folder.join(&name), text + last).unwrap();
            forms.push((name.clone(), format!("resources: {{ words: {{ path: {name} }} }}\n"), "$words".to_owned()));
        }
    }
    forms
}

fn word() -> impl Strategy<Value = String> {
    let scripts = prop_oneof![
        "[a-zA-Z \\-'#:]{1,6}",
        "([a-zõäöü][\u{300}-\u{304}\u{323}]{0,2}){1,4}",
        "[\u{ac00}-\u{ac30}\u{1100}-\u{1105}\u{1161}-\u{1165}\u{11a8}-\u{11ab}]{1,4}",
        "[\u{627}-\u{63a}\u{64b}-\u{650}]{1,6}",
        "[ăâđêôơưạảấầẩẫậắặẹẻếềểễệ]{1,5}",
        "[+-]?[0-9][0-9a-fxob_.:eE+-]{0,6}",
    ];
    let special = prop::sample::select(vec![
        "0x10",
        "012",
        "1_000",
        "1e3",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "true",
        "False",
        "null",
        "~",
        "1.0",
        "2024-01-01",
        ".inf",
        "-.INF",
        ".nan",
        "0o17",
        "0b1",
        "12:30",
        "+1",
        "-",
        "1e999",
        "!",
        "<<",
        "=",
        "u\u{308}les",
        "\u{fc}les",
    ]);
    prop_oneof![4 => scripts, 1 => special.prop_map(str::to_owned)]
        .prop_map(|word| text::trimmed(&word).to_owned())
        .prop_filter("a word", |word| !word.is_empty() && !word.starts_with('$'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn words_are_the_same_in_every_form(list in prop::collection::vec(word(), 2..7), number in prop::bool::weighted(0.2)) {
        let folder = tempfile::tempdir().unwrap();
        let bare = list;
        let list: Vec<String> = if number {
            bare.iter().enumerate().map(|(at, word)| format!("{at} {word}")).collect()
        } else {
            bare.clone()
        };
        let mut keys: Vec<_> = bare.iter().map(|word| text::key(word)).collect();
        keys.sort();
        keys.dedup();
        let differ = keys.len() == bare.len();
        let mut first: Option<Result<_, String>> = None;
        for (name, resources, wordlist) in forms(&list, folder.path()) {
            let found = words(&resources, &wordlist, folder.path(), list.len());
            match &found {
                Ok((found, warnings)) if number && differ => {
                    prop_assert_eq!(found, &bare, "{}", name);
                    prop_assert_eq!(warnings, &["numbered-words"]);
                }
                Ok((found, _)) => prop_assert!(differ || number, "{}: {:?}", name, found),
                Err(error) => prop_assert!(!differ && !number, "{}: {}", name, error),
            }
            if let Ok((found, warnings)) = &found
                && warnings.is_empty()
            {
                prop_assert_eq!(found, &list, "{}", name);
            }
            prop_assert_eq!(first.get_or_insert(found.clone()), &found, "{} of {:?}", name, list);
        }
    }

    #[test]
    fn what_stands_unquoted_is_the_word(word in "[ -~\u{e4}\u{4e2d}]{1,9}") {
        let word = word.trim();
        prop_assume!(stands_unquoted(word));
        let folder = Path::new(".");
        let found = words("", &format!("\n        - {word}\n        - z and z"), folder, 2);
        prop_assert_eq!(found.map(|(words, _)| words), Ok(vec![word.to_owned(), "z and z".to_owned()]));
    }

    #[test]
    fn numbers_and_booleans_are_texts_where_texts_are_expected(word in "[+-]?[0-9][0-9a-fxob_.:eE+-]{0,6}|true|False|no|[.]inf") {
        prop_assume!(stands_unquoted(&word));
        let text = format!(
            "version: 2\npipeline:\n  index: {{ input: raw, args: {{ shape: [1] }} }}\n  word:\n    block: label\n    from: index\n    \
             args:\n      wordlist: [up]\n      fallback: {word}\noutputs: [word]\n"
        );
        let registry = support::registry();
        let graph = Graph::from_text("Runefile.yml", &text, Path::new("."), &Environment::new(&registry, &JsonModels)).unwrap();
        let mut executor = graph.into_executor(&[]).unwrap();
        executor.run(&[("index", Tensor::from(vec![1u8]).view())]).unwrap();
        let found = executor.output("word").unwrap();
        prop_assert_eq!(&*found.array::<Text>().unwrap()[[0]], word.as_str());
    }
}

#[test]
fn words_that_yaml_would_change_are_left() {
    let list = "[0x10, 012, 1_000, 1e3, yes, 1.0, 2024-01-01, .inf, True, \"null\", 0o17]";
    let found = words("", list, Path::new("."), 11).unwrap().0;
    assert_eq!(found, ["0x10", "012", "1_000", "1e3", "yes", "1.0", "2024-01-01", ".inf", "True", "null", "0o17"]);
}

#[test]
fn files_are_found_however_their_names_are_composed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("so\u{303}nad.txt"), "up\ndown\n").unwrap();
    let resources = "resources: { words: { path: \"s\u{f5}nad.txt\" } }\n";
    assert_eq!(words(resources, "$words", folder.path(), 2).unwrap().0, ["up", "down"]);
}

#[test]
fn the_names_of_contents_are_compared_as_people_read_them() {
    use runeblocks_graph::ResourceContent;
    let text = "version: 2\nresources: { words: { path: nowhere.txt } }\npipeline:\n  index: { input: raw, args: { shape: [1] } }\n  \
                word: { block: label, from: index, args: { wordlist: $words } }\noutputs: [word]\n";
    let registry = support::registry();
    let mut environment = Environment::new(&registry, &JsonModels);
    environment.resources.insert(" words\u{feff}".into(), ResourceContent::Binary(b"\xef\xbb\xbfup\r\n".to_vec()));
    let graph = Graph::from_text("Runefile.yml", text, Path::new("."), &environment).unwrap();
    assert_eq!(graph.arguments(&graph.nodes()[1])[0].words(), ["up"]);
}
