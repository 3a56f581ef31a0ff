//! The old and the new model of a calibration, on recordings that were not trained on.

use std::time::Instant;

use rayon::prelude::*;
use runeblocks_graph::Graph;
use runeblocks_model::ModelFile;

use crate::pool::Pool;
use crate::{
    Body, CalibrateError, Calibrated, Clip, Dataset, Evaluation, Model, Options, Scored, SpotterError, Words, labels,
};

impl Calibrated {
    /// What the model of the graph, and the new one, find in recordings. Both are told in the words of the new model: a word
    /// that it does not have counts as `unknown`. `each` is called when a model is done with a recording.
    ///
    /// # Errors
    ///
    /// When the graph is not the one that was calibrated, or a stage fails.
    pub fn measure(
        &self,
        graph: &Graph,
        dataset: &Dataset,
        options: Options,
        each: impl Fn() + Sync,
    ) -> Result<[Evaluation; 2], CalibrateError> {
        let old_words = Words::find(graph).ok_or(SpotterError::NoWords)?.words;
        let old = runeblocks_model::read(Model::of(graph)?.path)?;
        let before = self.evaluate(graph, &old, &old_words, dataset, options, &each)?;
        let after = self.evaluate(graph, &self.model, &self.words, dataset, options, &each)?;
        Ok([before, after])
    }

    fn evaluate(
        &self,
        graph: &Graph,
        model: &ModelFile,
        words: &[String],
        dataset: &Dataset,
        options: Options,
        each: &(impl Fn() + Sync),
    ) -> Result<Evaluation, CalibrateError> {
        let place = |label: &str| self.words.iter().position(|word| labels::canonical(word) == label);
        let unknown = place(labels::UNKNOWN);
        let places: Vec<_> = words.iter().map(|word| place(labels::canonical(word)).or(unknown)).collect();
        let bodies = Pool::new(|| Body::new(graph, model.clone()))?;
        let one = |clip: &Clip| -> Result<_, CalibrateError> {
            let scored = bodies.with(|body| {
                let label = place(&clip.label).or(unknown.filter(|_| labels::is_word(&clip.label)));
                let Some(label) = label else {
                    let (label, words) = (clip.label.clone(), self.words.clone());
                    return Err(SpotterError::Label { label, words }.into());
                };
                let (samples, fitted) = match options.read(&clip.path, body.sample_rate(), body.length()) {
                    Ok(read) => read,
                    Err(error) => return Ok(Err((clip.clone(), error))),
                };
                let begun = Instant::now();
                let found = body.run(samples)?;
                let time = begun.elapsed();
                // Scores of 1/256 and zero point -128, as SOFTMAX gives them; of equal ones the first is the word.
                let mut scores = vec![0.0f64; self.words.len()];
                let mut best: Option<(i8, usize)> = None;
                for (&score, at) in found.iter().zip(&places) {
                    let Some(at) = *at else { continue };
                    scores[at] = scores[at].max((f64::from(score) + 128.0) / 256.0);
                    best = best.filter(|(most, _)| *most >= score).or(Some((score, at)));
                }
                let word = best.map_or(0, |(_, at)| at);
                Ok(Ok(Scored { clip: clip.clone(), label, word, scores, fitted, time }))
            });
            each();
            scored
        };
        let results: Vec<_> = dataset.clips.par_iter().map(one).collect();
        let mut evaluation = Evaluation { labels: self.words.clone(), clips: Vec::new(), failures: Vec::new() };
        for result in results {
            match result? {
                Ok(scored) => evaluation.clips.push(scored),
                Err(failure) => evaluation.failures.push(failure),
            }
        }
        Ok(evaluation)
    }
}
