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

proptest! {
    #[test]
    fn every_index_has_its_word_or_the_fallback(words in proptest::collection::vec("[a-z]{1,5}", 0..6), index: i64) {
        let args = json!({"wordlist": words, "fallback": "none"});
        for index in [index, index % 8] {
            let expected = usize::try_from(index).ok().and_then(|i| words.get(i)).map_or("none", |word| word);
            prop_assert_eq!(&*label(&args, index).unwrap(), expected);
        }
    }
}
