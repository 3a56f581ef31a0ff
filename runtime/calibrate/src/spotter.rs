//! A pipeline from a sound to a word.

use std::time::{Duration, Instant};

use runeblocks_core::{Number, SampleRate, Tensor, TensorView, numeric};
use runeblocks_graph::runefile::SourceKind;
use runeblocks_graph::{Executor, Graph, StageKind};

use crate::{SpotterError, Words};

/// A pipeline from one sound to a word, ready to be run.
#[derive(Debug)]
pub struct Spotter {
    executor: Executor,
    input: String,
    words: Words,
    sample_rate: Option<SampleRate>,
    length: Option<usize>,
}

/// What a pipeline finds in a sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The score of each word, dequantised.
    pub scores: Vec<f64>,
    /// The place of the word that the pipeline gives.
    pub word: usize,
    /// How long the run took.
    pub time: Duration,
}

impl Spotter {
    /// Takes a graph with one input, a sound, which ends in `most-confident-indices` and `label`.
    ///
    /// # Errors
    ///
    /// When the graph is another, or cannot be run.
    pub fn new(graph: Graph) -> Result<Self, SpotterError> {
        let sources: Vec<_> = graph.sources().collect();
        let [source] = sources[..] else {
            let found = format!("{} inputs", sources.len());
            return Err(SpotterError::Inputs { found });
        };
        let facts = &source.outputs()[0].facts;
        if !matches!(source.kind(), StageKind::Source { kind: SourceKind::Sound, .. }) {
            let found = format!("`{}`, {facts}", source.name());
            return Err(SpotterError::Inputs { found });
        }
        let (input, sample_rate, length) = (source.name().to_owned(), facts.sample_rate, facts.shape.count());
        let words = Words::find(&graph).ok_or(SpotterError::NoWords)?;
        let scores = graph.find_port(&words.scores).and_then(|port| graph.facts(port)?.shape.count()).unwrap_or(0);
        if scores != words.words.len() {
            return Err(SpotterError::Count { words: words.words.len(), scores });
        }
        let executor = graph.into_executor(&[&words.scores, &words.indices])?;
        Ok(Spotter { executor, input, words, sample_rate, length })
    }

    /// The words, in the order of the scores.
    pub fn words(&self) -> &[String] {
        &self.words.words
    }

    /// The name of the input.
    pub(crate) fn input(&self) -> &str {
        &self.input
    }

    /// The rate at which sound is taken; any where it is not known.
    pub fn sample_rate(&self) -> Option<SampleRate> {
        self.sample_rate
    }

    /// The number of samples that are taken; any where it is not fixed.
    pub fn length(&self) -> Option<usize> {
        self.length
    }

    /// The pipeline.
    pub fn graph(&self) -> &Graph {
        self.executor.graph()
    }

    /// Runs the pipeline on a clip, from its initial state.
    ///
    /// # Errors
    ///
    /// When the clip is of another length than [`length`](Self::length), or a stage fails.
    pub fn decide(&mut self, samples: Vec<i16>) -> Result<Decision, SpotterError> {
        let clip = Tensor::from(samples);
        let begun = Instant::now();
        self.executor.run(&[(&self.input, clip.view())])?;
        let time = begun.elapsed();
        let mut scores = reals(self.executor.output(&self.words.scores)?);
        if let Some(quantization) = self.words.quantization {
            for score in &mut scores {
                *score = f64::from(quantization.scale) * (*score - f64::from(quantization.zero_point));
            }
        }
        let word = reals(self.executor.output(&self.words.indices)?).first().map_or(0, |index| *index as usize);
        Ok(Decision { scores, word, time })
    }
}

fn reals(view: TensorView<'_>) -> Vec<f64> {
    view.numeric().map_or_else(Vec::new, |view| numeric!(view, array => array.iter().map(|x| x.to_f64()).collect()))
}
