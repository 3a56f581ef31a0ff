//! Ways to train a layer, tried on recordings that it was not trained on.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::examples::{Example, shares, without};
use crate::labels::{place, position};
use crate::train::fit;
use crate::{Layer, Rehearsal, Share, Way, labels};

/// The parts that examples are set apart in, at most.
pub(crate) const MOST_FOLDS: usize = 5;
/// The fewest and the most of words that were never heard that are rejected, where nothing is said.
const LEAST_REJECTED: f64 = 0.4;
const MOST_REJECTED: f64 = 0.76;
/// The fewest stored other words by which rejection is set; with fewer, the recordings of other words set it.
const FEWEST_STORED: usize = 20;

/// A recording, its variants behind it.
pub(crate) struct Recording<'a> {
    pub embeddings: &'a [Vec<i8>],
    /// The place of its label among the new words.
    pub label: usize,
    /// The part in which it is set apart.
    pub fold: usize,
}

/// What a layer is to be trained for, and on.
pub(crate) struct Task<'a> {
    pub old_words: &'a [String],
    pub words: &'a [String],
    pub recordings: Vec<Recording<'a>>,
    pub stored: &'a Rehearsal,
    pub old: Layer,
    pub cells: Cells,
    /// Scale and zero point of embeddings.
    pub quantization: (f32, i32),
    pub unknown_recall: Option<f64>,
}

/// A way to train, tried: the layer of all examples, and those without each part.
pub(crate) struct Trial {
    examples: Vec<Example>,
    /// Where the recordings are among the examples.
    firsts: Vec<usize>,
    layer: Layer,
    of_folds: Vec<Layer>,
    /// What is added to `unknown`.
    bias: f32,
}

/// The place of the greatest logit, the first of equal ones.
pub(crate) fn greatest(logits: &[f32]) -> usize {
    (0..logits.len()).fold(0, |best, at| if logits[at] > logits[best] { at } else { best })
}

/// By how much the greatest other logit exceeds that of `unknown`.
fn margin(logits: &[f32], unknown: usize) -> f32 {
    let others = logits.iter().enumerate().filter(|(at, _)| *at != unknown);
    others.fold(f32::MIN, |most, (_, logit)| most.max(*logit)) - logits[unknown]
}

/// What has to be added to `unknown` so that this share of these margins is overcome; 0 where there are none.
fn bias(mut margins: Vec<f32>, share: f64) -> f32 {
    margins.sort_by(f32::total_cmp);
    let at = (share * margins.len().saturating_sub(1) as f64).round() as usize;
    margins.get(at).map_or(0.0, |margin| margin + 1e-6)
}

impl Task<'_> {
    fn real(&self, integer: i8) -> f32 {
        let (scale, zero_point) = self.quantization;
        scale * (i32::from(integer) - zero_point) as f32
    }

    /// What the old layer makes of an embedding.
    pub(crate) fn old_logits(&self, embedding: &[i8]) -> Vec<f32> {
        self.old.logits(&embedding.iter().map(|&integer| self.real(integer)).collect::<Vec<_>>())
    }

    fn was_rejected(&self, embedding: &[i8]) -> bool {
        !labels::is_word(&self.old_words[greatest(&self.old_logits(embedding))])
    }

    /// Whether a stored word is neither an old one nor a new one.
    fn is_other(&self, word: &str) -> bool {
        position(self.words, word).is_none() && position(self.old_words, word).is_none()
    }

    /// The stored recordings of other words that the old layer rejects.
    pub(crate) fn rejected_before(&self) -> Share {
        let others = self.stored.embeddings.iter();
        let others = others.filter(|(_, at)| self.is_other(labels::canonical(&self.stored.labels[*at])));
        others.map(|(embedding, _)| self.was_rejected(embedding)).collect()
    }

    fn examples(&self, way: Way) -> (Vec<Example>, Vec<usize>) {
        let (mut examples, mut firsts) = (Vec::new(), Vec::new());
        let push = |examples: &mut Vec<Example>, embedding: &[i8], label, fold, recorded, share| {
            let values = self.cells.see(embedding, |integer| self.real(integer));
            let was_rejected = self.was_rejected(embedding);
            examples.push(Example { values, label, fold, recorded, share, was_rejected });
        };
        for Recording { embeddings, label, fold } in &self.recordings {
            firsts.push(examples.len());
            for (embedding, share) in embeddings.iter().zip(shares(embeddings.len())) {
                push(&mut examples, embedding, *label, Some(*fold), true, share);
            }
        }
        for (embedding, at) in &self.stored.embeddings {
            let word = labels::canonical(&self.stored.labels[*at]);
            let is_replaced = way == Way::Replaced && labels::is_word(word);
            let label = if is_replaced { position(self.words, labels::UNKNOWN) } else { place(self.words, word) };
            // A word is set apart with all that is stored of it, so that one that is rejected was never heard.
            let fold = self.is_other(word).then_some(at % MOST_FOLDS);
            if let Some(label) = label {
                push(&mut examples, embedding, label, fold, false, 1.0);
            }
        }
        (examples, firsts)
    }

    fn attempt(&self, way: Way) -> Trial {
        let (examples, firsts) = self.examples(way);
        let start = (way == Way::Near).then(|| self.cells.gather(&self.old));
        let train = |fold| fit(&without(&examples, fold, self.words, &self.cells), self.words.len(), start.as_ref());
        let of_folds = (0..MOST_FOLDS).into_par_iter().map(|part| train(Some(part))).collect();
        let mut trial = Trial { layer: train(None), examples, firsts, of_folds, bias: 0.0 };
        if let (Some(unknown), None) = (position(self.words, labels::UNKNOWN), &start) {
            let mut tested = trial.others();
            if tested.len() < FEWEST_STORED {
                tested = trial.firsts.iter().copied().filter(|&at| trial.examples[at].label == unknown).collect();
            }
            let rejected: Share = tested.iter().map(|&at| trial.examples[at].was_rejected).collect();
            let usual = if rejected.of == 0 { 0.0 } else { rejected.value().clamp(LEAST_REJECTED, MOST_REJECTED) };
            let margins = tested.iter().map(|&at| margin(&trial.logits(at), unknown)).collect();
            trial.bias = bias(margins, self.unknown_recall.unwrap_or(usual));
        }
        trial
    }

    /// The way that finds most, and what it gives.
    pub(crate) fn best(&self, replace: bool) -> (Way, Trial) {
        let mut best = match replace {
            true => (Way::Replaced, self.attempt(Way::Replaced)),
            false => (Way::Anew, self.attempt(Way::Anew)),
        };
        if !replace && self.words == self.old_words {
            for way in [Way::Near, Way::Replaced] {
                let trial = self.attempt(way);
                if trial.score(self) > best.1.score(self) {
                    best = (way, trial);
                }
            }
        }
        best
    }
}

impl Trial {
    /// The examples of stored other words.
    fn others(&self) -> Vec<usize> {
        let stored = |&at: &usize| !self.examples[at].recorded && self.examples[at].fold.is_some();
        (0..self.examples.len()).filter(stored).collect()
    }

    /// What the layer that was trained without an example makes of it, before the bias.
    fn logits(&self, at: usize) -> Vec<f32> {
        let Example { values, fold, .. } = &self.examples[at];
        fold.map_or(&self.layer, |fold| &self.of_folds[fold]).logits(values)
    }

    fn decision(&self, task: &Task<'_>, at: usize) -> Vec<f32> {
        let mut logits = self.logits(at);
        if let Some(unknown) = position(task.words, labels::UNKNOWN) {
            logits[unknown] += self.bias;
        }
        logits
    }

    /// What the layer that was trained without a recording makes of it.
    pub(crate) fn of_recording(&self, task: &Task<'_>, recording: usize) -> Vec<f32> {
        self.decision(task, self.firsts[recording])
    }

    fn is_rejected(&self, task: &Task<'_>, at: usize) -> bool {
        !labels::is_word(&task.words[greatest(&self.decision(task, at))])
    }

    /// The stored recordings of other words that are rejected, each by a layer that was trained without its word.
    pub(crate) fn rejected(&self, task: &Task<'_>) -> Share {
        self.others().into_iter().map(|at| self.is_rejected(task, at)).collect()
    }

    /// The share of words that is found and that of others that is rejected, added.
    fn score(&self, task: &Task<'_>) -> f64 {
        let is_word = |&at: &usize| labels::is_word(&task.words[self.examples[at].label]);
        let (words, mut others): (Vec<usize>, Vec<usize>) = self.firsts.iter().copied().partition(is_word);
        others.extend(self.others());
        let is_found = |at: usize| greatest(&self.decision(task, at)) == self.examples[at].label;
        let found: Share = words.into_iter().map(is_found).collect();
        let rejected: Share = others.into_iter().map(|at| self.is_rejected(task, at)).collect();
        [found, rejected].iter().filter(|share| share.of > 0).map(|share| share.value()).sum()
    }

    /// The layer on whole embeddings, and the range of its logits.
    pub(crate) fn finished(&self, task: &Task<'_>) -> (Layer, [f32; 2]) {
        let mut layer = self.layer.clone();
        let logits = self.examples.iter().flat_map(|example| layer.logits(&example.values));
        let range = logits.fold([0.0f32, 0.0], |[low, high], logit| [low.min(logit), high.max(logit + self.bias)]);
        if let Some(unknown) = position(task.words, labels::UNKNOWN) {
            // Of equal logits the first word wins, which would mostly be `unknown`: half a step decides for the other.
            layer.bias[unknown] += self.bias - 0.5 * (range[1] - range[0]) / 255.0;
        }
        (task.cells.spread(&layer), range)
    }
}
