//! The old and the new model of a calibration, on recordings that were not trained on.

use std::collections::BTreeSet;
use std::time::Instant;

use rayon::prelude::*;
use runeblocks_graph::Graph;
use runeblocks_model::ModelFile;

use crate::evaluation::Taken;
use crate::labels::{self, place};
use crate::pool::Pool;
use crate::trained_on::trained_on;
use crate::{Body, CalibrateError, Calibrated, Clip, Dataset, Evaluation, Model, Options, Scored, SpotterError, Words};

impl Calibrated {
    /// What the model of the graph, and the new one, find in recordings. Both are told in the words of the new model: a word
    /// that it does not have counts as `unknown`, and as itself where there is none. `each` is called when a model is done with a recording.
    ///
    /// # Errors
    ///
    /// When the graph is not the one that was calibrated, a stage fails, or the labels are none that [`Evaluation::run`] takes.
    pub fn measure(
        &self,
        graph: &Graph,
        dataset: &Dataset,
        options: Options,
        each: impl Fn() + Sync,
    ) -> Result<[Evaluation; 2], CalibrateError> {
        let old_words = Words::find(graph).ok_or(SpotterError::NoWords)?.words;
        let old = runeblocks_model::read(Model::of(graph)?.path)?;
        let told_in = labels::with_dropped(&self.words, &old_words);
        let [before, after] = [trained_on(graph), self.rehearsal.trained_on.clone()];
        let before = evaluate(graph, &old, [&old_words, &told_in], &before, dataset, options, &each)?;
        let after = evaluate(graph, &self.model, [&self.words; 2], &after, dataset, options, &each)?;
        Ok([before, after])
    }
}

/// What a model with these words finds in recordings, told in others; `known` are those that it was trained on.
fn evaluate(
    graph: &Graph,
    model: &ModelFile,
    [words, told_in]: [&Vec<String>; 2],
    known: &BTreeSet<u64>,
    dataset: &Dataset,
    options: Options,
    each: &(impl Fn() + Sync),
) -> Result<Evaluation, CalibrateError> {
    let places: Vec<_> = words.iter().map(|word| place(told_in, labels::canonical(word))).collect();
    let truths = labels::truths(told_in, &dataset.clips, options.new_words)?;
    let scores = model.outputs().next().and_then(|scores| scores.quantization.as_ref());
    let (scale, zero_point) = match scores.map(|found| (&found.scales[..], &found.zero_points[..])) {
        Some((&[scale], &[zero_point])) => (f64::from(scale), zero_point as f64),
        _ => (1.0, 0.0),
    };
    let bodies = Pool::new(|| Body::new(graph, model.clone()))?;
    let one = |(clip, label): (&Clip, usize)| -> Result<_, CalibrateError> {
        let scored = bodies.with(|body| {
            let Taken { samples, fitted, fingerprint } =
                match options.read(&clip.path, body.sample_rate(), body.length()) {
                    Ok(read) => read,
                    Err(error) => return Ok(Err((clip.clone(), error))),
                };
            let begun = Instant::now();
            let found = body.run(samples)?;
            let time = begun.elapsed();
            // Of equal scores the first is the word; a word that the model does not have has the least.
            let mut scores = vec![scale * (f64::from(i8::MIN) - zero_point); told_in.len()];
            let mut best: Option<(i8, usize)> = None;
            for (&score, at) in found.iter().zip(&places) {
                let Some(at) = *at else { continue };
                scores[at] = scores[at].max(scale * (f64::from(score) - zero_point));
                best = best.filter(|(most, _)| *most >= score).or(Some((score, at)));
            }
            let word = best.map_or(0, |(_, at)| at);
            let trained_on = known.contains(&fingerprint);
            Ok(Ok(Scored { clip: clip.clone(), label, word, scores, fitted, trained_on, time }))
        });
        each();
        scored
    };
    let results = dataset.clips.par_iter().zip(truths).map(one).collect::<Result<_, _>>()?;
    Ok(Evaluation::of(told_in.clone(), results, dataset.notes.clone()))
}
