#![doc = include_str!("../README.md")]
//!
//! An index beyond the wordlist gives the `fallback`; without one it is an error, and so is a wordlist of fewer words than
//! there are classes to choose among, where that is known. One of more words always is.
//!
//! ```
//! use runeblocks_core::{DynBlock, Facts, Tensor, Text};
//! use serde_json::json;
//!
//! let mut block = runeblocks_label::DESCRIPTOR.create(&json!({"wordlist": ["up", "down"], "fallback": "?"}))?;
//! let facts = block.infer(&[Facts::of::<u32>([2])])?;
//! let mut outputs = [facts[0].buffer()];
//! block.process(&[Tensor::from(vec![1u32, 9]).view()], &mut outputs)?;
//! assert_eq!(outputs[0].to_tensor(), Tensor::from(vec![Text::from("down"), Text::from("?")]));
//! # Ok::<(), runeblocks_core::BlockErrors>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use core::cmp::Ordering;

use ndarray::IxDyn;
use runeblocks_core::{
    BlockError, ElementType, Facts, Info, Number, NumericView, Port, ProcBlock, Text, Writer, args, numeric,
};

args! {
    /// Arguments of `label`.
    pub struct LabelArgs {
        /// The words, in the order of their indices.
        wordlist: Vec<String>, alias "labels";
        /// The word of an index beyond the wordlist.
        fallback: Option<String>;
    }
}

/// The block.
#[derive(Debug)]
pub struct Label {
    words: Vec<Text>,
    fallback: Option<Text>,
}

runeblocks_core::register!(Label);

impl ProcBlock for Label {
    type Args = LabelArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = Writer<'a, Text, IxDyn>;
    const INFO: Info = Info::new("label", "Turns indices into words")
        .tags(&["classification", "post-processing"])
        .inputs(&[Port::new("indices", &[], "places in the wordlist, from 0").types(ElementType::INTEGERS)])
        .outputs(&[Port::new("words", &[], "the words")]);

    fn new(args: LabelArgs) -> Result<Self, BlockError> {
        if args.wordlist.is_empty() && args.fallback.is_none() {
            return Err(BlockError::Argument {
                name: "wordlist".to_string(),
                found: "empty".to_string(),
                expected: "at least one word".to_string(),
                help: None,
            });
        }
        Ok(Label {
            words: args.wordlist.into_iter().map(Text::from).collect(),
            fallback: args.fallback.map(Text::from),
        })
    }

    fn infer(&mut self, [indices]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        if !ElementType::INTEGERS.contains(&indices.element_type) {
            return Err(BlockError::Input {
                index: 0,
                port: "indices".to_string(),
                found: indices.to_string(),
                expected: "any integer".to_string(),
                help: Some("scores become indices by `most-confident-indices`".to_string()),
            });
        }
        if let Some(classes) = indices.classes {
            self.check_classes(classes)?;
        }
        Ok([indices.map(ElementType::Utf8, indices.shape.clone())])
    }

    fn process(&mut self, input: NumericView<'_>, output: Writer<'_, Text, IxDyn>) -> Result<(), BlockError> {
        numeric!(input, indices => {
            let mut words = output.shape(indices.raw_dim())?;
            for (word, index) in words.iter_mut().zip(&indices) {
                word.clone_from(self.word(index.to_f64())?);
            }
        });
        Ok(())
    }
}

impl Label {
    /// Holds the words to the number of classes that indices choose among.
    fn check_classes(&self, classes: usize) -> Result<(), BlockError> {
        let words = self.words.len();
        let help = match words.cmp(&classes) {
            Ordering::Less if self.fallback.is_none() => {
                "add the words that are missing, in the order of the scores, or set `fallback` for all of them"
            }
            Ordering::Greater => "take away the words too many, so that the others are in the order of the scores",
            _ => return Ok(()),
        };
        Err(BlockError::Argument {
            name: "wordlist".to_string(),
            found: format!("a list of {words} word{}", if words == 1 { "" } else { "s" }),
            expected: format!("{classes}, one for each score that the index is chosen among"),
            help: Some(help.to_string()),
        })
    }

    /// The word of an index; an integer that is too great for `f64` to hold exactly lies beyond any wordlist.
    fn word(&self, index: f64) -> Result<&Text, BlockError> {
        let word = if index >= 0.0 { self.words.get(index as usize) } else { None };
        word.or(self.fallback.as_ref()).ok_or_else(|| BlockError::Data {
            found: format!("the index {index}"),
            expected: format!("0 to {}, as there are {} words", self.words.len() - 1, self.words.len()),
            help: Some("extend `wordlist`, or set `fallback`".to_string()),
        })
    }
}
