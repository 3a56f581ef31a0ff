//! Properties of `label`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::{Facts, Notation, Tensor, Text};
use serde_json::{Value, json};

fn label(args: &Value, index: i64) -> Result<Text, String> {
    let args = args.as_object().unwrap();
    let create = runeblocks_label::DESCRIPTOR.create_with(args, Notation::V1);
    let mut block = create.map_err(|e| e.to_string())?;
    let mut outputs = [block.infer(&[Facts::of::<i64>([1, 1])]).map_err(|e| e.to_string())?[0].buffer()];
    let index = Tensor::from(ndarray::arr2(&[[index]]));
    block.process(&[index.view()], &mut outputs).map_err(|e| e.to_string())?;
    assert_eq!(outputs[0].view().shape(), [1, 1]);
    Ok(outputs[0].view().array::<Text>().unwrap()[[0, 0]].clone())
}

#[test]
fn wordlists_are_lists_or_lines() {
    for args in [json!({"wordlist": "up\ndown\n"}), json!({"labels": ["up", "down"]})] {
        assert_eq!(label(&args, 1).unwrap(), Text::from("down"));
        assert_eq!(label(&args, 2).unwrap_err(), "found the index 2: expected 0 to 1, as there are 2 words");
    }
    assert_eq!(
        label(&json!({"wordlist": ""}), 0).unwrap_err(),
        "the argument `wordlist` is empty: expected at least one word"
    );
    assert_eq!(
        label(&json!({}), 0).unwrap_err(),
        "the argument `wordlist` is missing: expected a list of words, or a text with one word a line"
    );
}

#[test]
fn floats_are_no_indices() {
    let mut block = runeblocks_label::DESCRIPTOR.create(&json!({"wordlist": ["up"]})).unwrap();
    let error = block.infer(&[Facts::of::<f32>([6])]).unwrap_err();
    assert_eq!(error.to_string(), "the input `indices` is f32 [6]: expected any integer");
    assert_eq!(error.help(), Some("scores become indices by `most-confident-indices`"));
}

#[test]
fn lists_of_words_that_are_none_are_refused() {
    for (words, expected) in [
        (
            json!(["a", "b", "a "]),
            "`a` twice, as word 1 and word 3: expected words that differ (rename one of the two)",
        ),
        (
            json!(["\u{fc}", "u\u{308}", "\u{fc}"]),
            "`\u{fc}` and `u\u{308}`, which are composed differently and read alike, as word 1 and word 2 (and 1 more like it): \
             expected words that differ (rename one of the two)",
        ),
        (
            json!("a\n \nb\n\n"),
            "nothing as word 2: expected a word (write the word, or take its place away; a word that means nothing, such as \
             `null`, is put into quotes)",
        ),
        (
            json!(["a", 5]),
            "5, which is no text, as word 2: expected one word (write one word, as a text: in quotes, if it has marks in it)",
        ),
        (
            json!("labels.txt\n"),
            "the name of a file, `labels.txt`, as its only word: expected the words (give the words themselves, or the text \
             of the file)",
        ),
        (
            json!("['a', 'b']"),
            "2 words joined into one: expected each by itself (give a list of the words, or a text with one word a line)",
        ),
    ] {
        let error = label(&json!({ "wordlist": words }), 0).unwrap_err();
        assert_eq!(error, format!("the argument `wordlist` has {expected}"));
    }
}

#[test]
fn there_is_a_word_for_each_class() {
    let infer = |args: Value| {
        let facts = Facts { classes: Some(3), ..Facts::of::<u32>([1]) };
        runeblocks_label::DESCRIPTOR.create(&args).unwrap().infer(&[facts]).map_err(|error| error.to_string())
    };
    assert!(infer(json!({"wordlist": ["a", "b", "c"]})).is_ok());
    assert!(infer(json!({"wordlist": ["a"], "fallback": "?"})).is_ok());
    for (args, found) in [
        (json!({"wordlist": ["a"]}), "1 word"),
        (json!({"wordlist": ["a", "b", "c", "d"]}), "4 words"),
        (json!({"wordlist": ["a", "b", "c", "d"], "fallback": "?"}), "4 words"),
    ] {
        let expected = format!(
            "the argument `wordlist` is a list of {found}: expected 3, one for each score that the index is chosen among"
        );
        assert_eq!(infer(args).unwrap_err(), expected);
    }
}

proptest! {
    #[test]
    fn every_index_has_its_word_or_the_fallback(words in proptest::collection::btree_set("[a-z]{1,5}", 0..6), index: i64) {
        let words: Vec<String> = words.into_iter().collect();
        let args = json!({"wordlist": words, "fallback": "none"});
        for index in [index, index % 8] {
            let expected = usize::try_from(index).ok().and_then(|i| words.get(i)).map_or("none", |word| word);
            prop_assert_eq!(&*label(&args, index).unwrap(), expected);
        }
    }
}
