//! A model trained anew on a few recordings: its last layer, on the embeddings that the rest of it gives.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use fastrand::Rng;
use rayon::prelude::*;
use runeblocks_core::Digest;
use runeblocks_core::text::{equal, key};
use runeblocks_graph::Graph;
use runeblocks_io::FileError;
use runeblocks_io::sound::Sound;
use runeblocks_model::ModelFile;

use crate::cells::Cells;
use crate::evaluation::Taken;
use crate::labels::{place, position};
use crate::pool::Pool;
use crate::trial::{MOST_FOLDS, Recording, Task, greatest};
use crate::{
    Body, CalibrateError, Clip, Dataset, Evaluation, Fitted, Head, Model, Notes, Options, Rehearsal, Scored, Share,
    Spotter, SpotterError, Words, augment, labels,
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
    /// Those that the old model does not have, with their numbers of recordings.
    pub new_words: Vec<(String, usize)>,
    /// The new model.
    pub model: ModelFile,
    /// What the next calibration rehearses: what this one did, and its recordings.
    pub rehearsal: Rehearsal,
    /// The recordings as the old model takes them, told in the new words, and in those that they drop where there is no `unknown`.
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
    /// What is to be said of all recordings.
    pub notes: Notes,
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
/// damaged or another front end's, or the recordings don't do; their labels are to be as [`new_words`] takes them.
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
    let mut stored = Rehearsal::read(path, &file, front_end)?.unwrap_or_else(none);
    let new_words = new_words(graph, dataset, options)?;
    let words = words(spotter.words(), dataset, options.replace)?;
    let bodies = Pool::new(|| Body::new(graph, head.body(&file)?))?;
    let (embedded, mut failures) = embed(&bodies, dataset, options, each)?;
    if embedded.is_empty() && !failures.is_empty() {
        return Err(CalibrateError::Unusable { count: failures.len(), first: failures.swap_remove(0).1 });
    }
    // What an earlier calibration stored of these recordings would tell what they are while they are set apart.
    let own: HashSet<_> = embedded.iter().map(|recording| &recording.embeddings[0]).collect();
    stored.embeddings.retain(|(embedding, _)| !own.contains(embedding));
    check(&embedded, &words, &stored)?;

    let (folds, parts) = set_apart(&embedded);
    let parts = together(&embedded, parts);
    let task = Task {
        old_words: spotter.words(),
        words: &words,
        recordings: embedded
            .iter()
            .zip(parts)
            .map(|(Embedded { clip, embeddings, .. }, fold)| {
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

    let scored = |recording: &Embedded, trained_on: bool, label: usize, logits: &[f32]| Scored {
        clip: recording.clip.clone(),
        label,
        word: greatest(logits),
        scores: softmax(logits),
        fitted: recording.fitted,
        trained_on,
        time: Duration::ZERO,
    };
    let told_in = labels::with_dropped(&words, task.old_words);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (at, recording) in embedded.iter().enumerate() {
        let label = task.recordings[at].label;
        let old = placed(&task.old_logits(&recording.embeddings[0]), task.old_words, &told_in);
        let trained_on = stored.trained_on.contains(&recording.fingerprint);
        before.push(scored(recording, trained_on, label, &old));
        after.push(scored(recording, trained_on, label, &trial.of_recording(&task, at)));
    }
    Ok(Calibrated {
        model,
        before: Evaluation { labels: told_in, clips: before, ..Evaluation::default() },
        after: Evaluation { labels: words.clone(), clips: after, ..Evaluation::default() },
        new_words,
        notes: dataset.notes.clone(),
        folds,
        rejection: [task.rejected_before(), trial.rejected(&task)],
        way,
        rehearsal: extended(stored.clone(), &embedded, &words),
        failures,
        words: words.clone(),
    })
}

/// The labels that a calibration would make words, with their numbers of recordings.
///
/// # Errors
///
/// When the pipeline does not end in words; when two labels, or a label and a word, differ by case alone; when there are too few words;
/// and, where [`Options::new_words`] does not say that it is meant, when a label looks like a word, mistyped. Words that are
/// dropped, as [`CalibrateOptions::replace`] has it, are none that a label can look like.
pub fn new_words(
    graph: &Graph,
    dataset: &Dataset,
    options: &CalibrateOptions,
) -> Result<Vec<(String, usize)>, CalibrateError> {
    let old = Words::find(graph).ok_or(SpotterError::NoWords)?.words;
    let words = words(&old, dataset, options.replace)?;
    if !options.read.new_words {
        let stays = words.iter().filter(|word| position(&old, labels::canonical(word)).is_some());
        labels::check_typos(&old, &dataset.clips, stays)?;
    }
    let new = dataset.counts().into_iter().filter(|(label, _)| position(&old, label).is_none());
    Ok(new.map(|(label, count)| (label.to_owned(), count)).collect())
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
    let is_recorded = |word: &str| counts.keys().any(|label| equal(label, labels::canonical(word)));
    let stays = |word: &&String| !replace || !labels::is_word(word) || is_recorded(word);
    let mut words: Vec<String> = old.iter().filter(stays).cloned().collect();
    let new: Vec<_> = counts.keys().filter(|label| position(&words, label).is_none()).collect();
    words.extend(new.into_iter().map(|label| (*label).to_owned()));
    let mut seen = BTreeMap::new();
    for word in &words {
        if let Some(other) = seen.insert(key(word).to_lowercase(), word) {
            return Err(CalibrateError::Clash { one: other.clone(), other: word.clone() });
        }
    }
    if words.len() < 2 {
        return Err(CalibrateError::OneWord { word: words.concat() });
    }
    Ok(words)
}

/// A recording as the model sees it before its last layer, variants of it behind it.
struct Embedded {
    clip: Clip,
    fitted: Fitted,
    fingerprint: u64,
    embeddings: Vec<Vec<i8>>,
}

type Failures = Vec<(Clip, FileError)>;

/// The embeddings of the recordings and their variants.
fn embed(
    bodies: &Pool<Body>,
    dataset: &Dataset,
    options: &CalibrateOptions,
    each: impl Fn() + Sync,
) -> Result<(Vec<Embedded>, Failures), CalibrateError> {
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
            let Taken { samples, fitted, fingerprint } = match options.read.read(&clip.path, rate, body.length()) {
                Ok(read) => read,
                Err(error) => return Ok(Err((clip.clone(), error))),
            };
            let mut rng = Rng::with_seed(options.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ at as u64);
            let hertz = rate.map_or(16_000.0, |rate| f64::from(rate.0));
            let variants: Vec<_> = (0..count).map(|_| augment::variant(&samples, hertz, &noises, &mut rng)).collect();
            let all = std::iter::once(samples).chain(variants);
            let embeddings = all.map(|samples| body.run(samples)).collect::<Result<_, _>>()?;
            Ok(Ok(Embedded { clip: clip.clone(), fitted, fingerprint, embeddings }))
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
fn check(embedded: &[Embedded], words: &[String], stored: &Rehearsal) -> Result<(), CalibrateError> {
    let counts = |label: &str| {
        let recorded = embedded.iter().filter(|recording| equal(&recording.clip.label, label)).count();
        let is_same = |name: &String| equal(labels::canonical(name), label);
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

/// How the recordings are set apart, and the part of each: by speakers, where all are known and can be dealt out such that
/// no word is in one part alone.
fn set_apart(embedded: &[Embedded]) -> (Folds, Vec<usize>) {
    let words = || embedded.iter().map(|recording| &recording.clip).filter(|clip| labels::is_word(&clip.label));
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for speaker in embedded.iter().filter_map(|recording| recording.clip.speaker.as_deref()) {
        let next = places.len();
        places.entry(speaker).or_insert(next);
    }
    let parts = |count: usize, by_speaker: bool| {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut parts = Vec::with_capacity(embedded.len());
        for Embedded { clip, .. } in embedded {
            parts.push(match clip.speaker.as_deref().filter(|_| by_speaker) {
                Some(speaker) => places[speaker] % count,
                None => {
                    let at = seen.entry(&clip.label).or_default();
                    *at += 1;
                    (*at - 1) % count
                }
            });
        }
        parts
    };
    if words().all(|clip| clip.speaker.is_some()) {
        for count in (2..=places.len().min(MOST_FOLDS)).rev() {
            let parts = parts(count, true);
            let mut of_words: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
            for (Embedded { clip, .. }, part) in embedded.iter().zip(&parts) {
                of_words.entry(&clip.label).or_default().insert(*part);
            }
            if of_words.iter().all(|(label, parts)| !labels::is_word(label) || parts.len() > 1) {
                return (Folds::Speakers(count), parts);
            }
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    words().for_each(|clip| *counts.entry(&clip.label).or_default() += 1);
    let count = counts.into_values().min().unwrap_or(MOST_FOLDS).clamp(2, MOST_FOLDS);
    (Folds::Recordings(count), parts(count, false))
}

/// The parts, with copies of one recording in one part: else a model would be tried on what it was trained on.
fn together(embedded: &[Embedded], parts: Vec<usize>) -> Vec<usize> {
    let mut first = HashMap::new();
    embedded.iter().zip(parts).map(|(recording, part)| *first.entry(recording.fingerprint).or_insert(part)).collect()
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().fold(f32::MIN, |most, logit| most.max(*logit));
    let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// What was stored, and the recordings.
fn extended(mut stored: Rehearsal, embedded: &[Embedded], words: &[String]) -> Rehearsal {
    stored.trained_on.extend(embedded.iter().map(|recording| recording.fingerprint));
    for Embedded { clip, embeddings, .. } in embedded {
        let name = labels::spoken(clip, words);
        let label = stored.labels.iter().position(|label| equal(label, name)).unwrap_or_else(|| {
            stored.labels.push(name.to_owned());
            stored.labels.len() - 1
        });
        stored.embeddings.push((embeddings[0].clone(), label));
    }
    stored
}
