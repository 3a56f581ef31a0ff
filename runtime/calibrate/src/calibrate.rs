//! A model trained anew on a few recordings: its last layer, on the embeddings that the rest of it gives.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use rayon::prelude::*;
use runeblocks_core::Digest;
use runeblocks_graph::Graph;
use runeblocks_io::FileError;
use runeblocks_io::sound::Sound;
use runeblocks_model::ModelFile;

use crate::cells::Cells;
use crate::labels::place;
use crate::pool::Pool;
use crate::trial::{MOST_FOLDS, Recording, Task, greatest};
use crate::{
    Body, CalibrateError, Clip, Dataset, Evaluation, Fitted, Head, Model, Options, Rehearsal, Scored, Share, Spotter,
    SpotterError, augment, labels,
};

/// How a model is calibrated.
#[derive(Clone, Copy, Debug)]
pub struct CalibrateOptions {
    /// What is done to recordings before the pipeline takes them.
    pub read: Options,
    /// Whether the recordings take the place of the model's words: words without recordings are dropped, and all that is
    /// stored of words counts as `unknown` from then on. Else words stay.
    pub replace: bool,
    /// How many variants of each recording are trained on beside it; `None`: as many as keep the whole small, at most 8.
    pub variants: Option<usize>,
    /// The share of other words, each set apart with all its recordings, that a new layer rejects; `None`: what the model
    /// rejects now, at least 40 % and at most 76 %.
    pub unknown_recall: Option<f64>,
    /// What chance is drawn from.
    pub seed: u64,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        CalibrateOptions { read: Options::default(), replace: false, variants: None, unknown_recall: None, seed: 1 }
    }
}

/// A calibrated model, and what it brings.
#[derive(Debug)]
pub struct Calibrated {
    /// The words of the new model.
    pub words: Vec<String>,
    /// The new model.
    pub model: ModelFile,
    /// What the next calibration rehearses: what this one did, and its recordings.
    pub rehearsal: Rehearsal,
    /// The recordings as the old model takes them.
    pub before: Evaluation,
    /// The recordings as models take them that were trained in the same way without them.
    pub after: Evaluation,
    /// How the recordings were set apart for `after`.
    pub folds: Folds,
    /// Stored recordings of words that neither model has, and how many the old model, and the models of `after`, reject.
    pub rejection: [Share; 2],
    /// How the new layer was trained.
    pub way: Way,
    /// Recordings that could not be used.
    pub failures: Vec<(Clip, FileError)>,
}

/// How a layer was trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the old one, not moving far.
    Near,
    /// Anew, with what is stored of each word as examples of it.
    Anew,
    /// Anew, with what is stored of each word as examples of other words: the recordings are of another language, or sound
    /// otherwise.
    Replaced,
}

/// How recordings are set apart to try a model that was trained on the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folds {
    /// In five parts or fewer, each with speakers of its own.
    Speakers(usize),
    /// In five parts or fewer, whoever speaks.
    Recordings(usize),
}

/// The fewest recordings of a label that a model is trained on.
const FEWEST: usize = 2;
/// About how many examples are trained on, at most, where nothing is said of variants.
const MOST_EXAMPLES: usize = 4000;

/// Trains the last layer of a pipeline's model anew: logistic regression on the embeddings of the recordings, of variants of
/// them, and of what is stored beside the model.
///
/// The words are those of the pipeline, and the labels of the recordings that are not among them. Where there is no new
/// word, three ways are tried (see [`Way`]), and the one taken that finds most.
///
/// # Errors
///
/// When the pipeline is not a [`Spotter`]'s, its model has no last layer that can be trained, the rehearsal beside it is
/// damaged or another front end's, or the recordings don't do.
pub fn calibrate(
    graph: &Graph,
    dataset: &Dataset,
    options: &CalibrateOptions,
    each: impl Fn() + Sync,
) -> Result<Calibrated, CalibrateError> {
    let spotter = Spotter::new(graph.try_clone().map_err(SpotterError::from)?)?;
    let path = Model::of(graph)?.path;
    let file = runeblocks_model::read(path)?;
    let head = Head::find(&file)?;
    let front_end = front_end(graph)?;
    let none = || Rehearsal { front_end, ..Rehearsal::default() };
    let stored = Rehearsal::read(path, &file, front_end)?.unwrap_or_else(none);
    let words = words(spotter.words(), dataset, options.replace)?;
    let bodies = Pool::new(|| Body::new(graph, head.body(&file)?))?;
    let (embedded, failures) = embed(&bodies, dataset, options, each)?;
    check(&embedded, &words, &stored)?;

    let folds = folds(&embedded);
    let parts = assign(&embedded, folds);
    let task = Task {
        old_words: spotter.words(),
        words: &words,
        recordings: embedded
            .iter()
            .zip(parts)
            .map(|((clip, embeddings), fold)| {
                let label = place(&words, &clip.label).unwrap_or_default();
                Recording { embeddings, label, fold }
            })
            .collect(),
        stored: &stored,
        old: head.read(&file),
        cells: Cells::of(head.embedding(&file)),
        quantization: head.quantization(&file),
        unknown_recall: options.unknown_recall,
    };
    let (way, trial) = task.best(options.replace);
    let (layer, range) = trial.finished(&task);
    let model = head.write(&file, &layer, range)?;

    let scored = |clip: &Clip, label: usize, logits: &[f32]| Scored {
        clip: clip.clone(),
        label,
        word: greatest(logits),
        scores: softmax(logits),
        fitted: Fitted::Exact,
        time: Duration::ZERO,
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (at, (clip, embeddings)) in embedded.iter().enumerate() {
        let label = task.recordings[at].label;
        let old = placed(&task.old_logits(&embeddings[0]), task.old_words, &words);
        before.push(scored(clip, label, &old));
        after.push(scored(clip, label, &trial.of_recording(&task, at)));
    }
    let evaluation = |clips| Evaluation { labels: words.clone(), clips, failures: Vec::new() };
    Ok(Calibrated {
        model,
        before: evaluation(before),
        after: evaluation(after),
        folds,
        rejection: [task.rejected_before(), trial.rejected(&task)],
        way,
        rehearsal: extended(stored.clone(), &embedded),
        failures,
        words: words.clone(),
    })
}

/// The logits of the old words in the places of the new ones; those of dropped words count for `unknown`.
fn placed(logits: &[f32], old: &[String], new: &[String]) -> Vec<f32> {
    let mut placed = vec![f32::NEG_INFINITY; new.len()];
    for (logit, word) in logits.iter().zip(old) {
        if let Some(at) = place(new, labels::canonical(word)) {
            placed[at] = placed[at].max(*logit);
        }
    }
    placed
}

/// The front end that feeds the model, where it has a digest.
pub(crate) fn front_end(graph: &Graph) -> Result<Option<Digest>, SpotterError> {
    let features = graph.find_port(&Model::of(graph)?.features);
    Ok(features.and_then(|port| graph.facts(port)?.front_end))
}

/// The words of the new model.
fn words(old: &[String], dataset: &Dataset, replace: bool) -> Result<Vec<String>, CalibrateError> {
    let counts = dataset.counts();
    let stays = |word: &&String| !replace || !labels::is_word(word) || counts.contains_key(labels::canonical(word));
    let mut words: Vec<String> = old.iter().filter(stays).cloned().collect();
    let known: Vec<_> = words.iter().map(|word| labels::canonical(word).to_owned()).collect();
    words.extend(
        counts.keys().filter(|label| !known.iter().any(|word| word == *label)).map(|label| (*label).to_owned()),
    );
    let mut seen = BTreeMap::new();
    for word in &words {
        if let Some(other) = seen.insert(word.to_lowercase(), word) {
            return Err(CalibrateError::Clash { one: other.clone(), other: word.clone() });
        }
    }
    if words.len() < 2 {
        return Err(CalibrateError::OneWord { word: words.concat() });
    }
    Ok(words)
}

type Embedded = Vec<(Clip, Vec<Vec<i8>>)>;
type Failures = Vec<(Clip, FileError)>;

/// The embeddings of the recordings and their variants.
fn embed(
    bodies: &Pool<Body>,
    dataset: &Dataset,
    options: &CalibrateOptions,
    each: impl Fn() + Sync,
) -> Result<(Embedded, Failures), CalibrateError> {
    let rate = bodies.with(|body| body.sample_rate());
    let mut noises = Vec::new();
    for path in &dataset.noises {
        let sound = Sound::read(path, options.read.channels)?;
        noises.push(match rate {
            Some(rate) => sound.resample(rate)?.into_samples(),
            None => sound.into_samples(),
        });
    }
    let count = options.variants.unwrap_or_else(|| (MOST_EXAMPLES / dataset.clips.len().max(1)).min(8));
    let one = |(at, clip): (usize, &Clip)| {
        let embedded: Result<_, CalibrateError> = bodies.with(|body| {
            let samples = match options.read.read(&clip.path, rate, body.length()) {
                Ok((samples, _)) => samples,
                Err(error) => return Ok(Err((clip.clone(), error))),
            };
            let mut rng = Rng::with_seed(options.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ at as u64);
            let hertz = rate.map_or(16_000.0, |rate| f64::from(rate.0));
            let variants: Vec<_> = (0..count).map(|_| augment::variant(&samples, hertz, &noises, &mut rng)).collect();
            let all = std::iter::once(samples).chain(variants);
            Ok(Ok((clip.clone(), all.map(|samples| body.run(samples)).collect::<Result<Vec<_>, _>>()?)))
        });
        each();
        embedded
    };
    let results: Vec<_> = dataset.clips.par_iter().enumerate().map(|(at, clip)| one((at, clip))).collect();
    let (mut embedded, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result? {
            Ok(clip) => embedded.push(clip),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((embedded, failures))
}

/// Whether there are recordings, or stored ones, of every word.
fn check(embedded: &Embedded, words: &[String], stored: &Rehearsal) -> Result<(), CalibrateError> {
    let counts = |label: &str| {
        let recorded = embedded.iter().filter(|(clip, _)| clip.label == label).count();
        let is_same = |name: &String| labels::canonical(name) == label;
        let is_other = |name: &String| label == labels::UNKNOWN && labels::is_word(name);
        let kept = stored.embeddings.iter().filter(|(_, at)| {
            let name = &stored.labels[*at];
            is_same(name) || is_other(name)
        });
        (recorded, kept.count())
    };
    for word in words {
        match counts(labels::canonical(word)) {
            (0, 0) => return Err(CalibrateError::NoRecordings { word: word.clone() }),
            (found, stored) if found + stored < FEWEST => {
                return Err(CalibrateError::TooFew { word: word.clone(), found, expected: FEWEST });
            }
            _ => {}
        }
    }
    Ok(())
}

/// How the recordings are set apart: by speakers where all are known and every label has several.
fn folds(embedded: &Embedded) -> Folds {
    let mut speakers: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
    for (clip, _) in embedded {
        speakers.entry(&clip.label).or_default().push(clip.speaker.as_deref());
    }
    let several = |speakers: &Vec<Option<&str>>| speakers.iter().any(|speaker| *speaker != speakers[0]);
    let words = || speakers.iter().filter(|(label, _)| labels::is_word(label));
    let known = words().all(|(_, speakers)| speakers.iter().all(Option::is_some) && several(speakers));
    let mut all: Vec<_> = embedded.iter().filter_map(|(clip, _)| clip.speaker.as_deref()).collect();
    all.sort_unstable();
    all.dedup();
    if known && all.len() > 1 {
        return Folds::Speakers(all.len().min(MOST_FOLDS));
    }
    let fewest = words().map(|(_, clips)| clips.len()).min().unwrap_or(MOST_FOLDS);
    Folds::Recordings(fewest.clamp(2, MOST_FOLDS))
}

/// The part of each recording.
fn assign(embedded: &Embedded, folds: Folds) -> Vec<usize> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut speakers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parts = Vec::with_capacity(embedded.len());
    for (clip, _) in embedded {
        parts.push(match (folds, clip.speaker.as_deref()) {
            (Folds::Speakers(count), Some(speaker)) => {
                let next = speakers.len();
                *speakers.entry(speaker).or_insert(next) % count
            }
            (Folds::Speakers(count) | Folds::Recordings(count), _) => {
                let at = seen.entry(&clip.label).or_default();
                *at += 1;
                (*at - 1) % count
            }
        });
    }
    parts
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().fold(f32::MIN, |most, logit| most.max(*logit));
    let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// What was stored, and the recordings.
fn extended(mut stored: Rehearsal, embedded: &Embedded) -> Rehearsal {
    for (clip, embeddings) in embedded {
        let name = clip.word.as_ref().filter(|_| !labels::is_word(&clip.label)).unwrap_or(&clip.label);
        let label = stored.labels.iter().position(|label| label == name).unwrap_or_else(|| {
            stored.labels.push(name.clone());
            stored.labels.len() - 1
        });
        stored.embeddings.push((embeddings[0].clone(), label));
    }
    stored
}
