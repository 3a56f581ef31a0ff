//! A model trained anew on a few recordings: its last layer, on the embeddings that the rest of it gives.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use rayon::prelude::*;
use runeblocks_graph::Graph;
use runeblocks_io::FileError;
use runeblocks_io::sound::Sound;
use runeblocks_model::ModelFile;

use crate::cells::Cells;
use crate::examples::{Example, shares, without};
use crate::pool::Pool;
use crate::train::fit;
use crate::{
    Body, CalibrateError, Clip, Dataset, Evaluation, Fitted, Head, Layer, Model, Options, Rehearsal, Scored, Share,
    Spotter, SpotterError, augment, labels,
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
    /// rejects now, at most 76 %.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// In five parts, whoever speaks.
    Recordings(usize),
}

/// The most parts that recordings are set apart in.
const MOST_FOLDS: usize = 5;
/// The fewest recordings of a label that a model is trained on.
const FEWEST: usize = 2;
/// About how many examples are trained on, at most, where nothing is said of variants.
const MOST_EXAMPLES: usize = 4000;

/// The most words that were never heard that are rejected at the price of words that are meant, where nothing is said.
const MOST_REJECTED: f64 = 0.76;

/// A way to train, tried: the layer of all examples, and those without each part.
struct Trial {
    examples: Vec<Example>,
    layer: Layer,
    of_folds: Vec<Layer>,
    /// What is added to `unknown`.
    bias: f32,
}

/// Trains the last layer of a pipeline's model anew: logistic regression on the embeddings of the recordings, of variants of
/// them, and of what is stored beside the model.
///
/// The words are those of the pipeline, and the labels of the recordings that are not among them. Where there is no new
/// word, three ways are tried (see [`Way`]), and the one taken that finds most.
///
/// # Errors
///
/// When the pipeline is not a [`Spotter`]'s, its model has no last layer that can be trained, the rehearsal beside it is
/// damaged, or the recordings don't do.
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
    let stored = Rehearsal::read(path, &file)?.unwrap_or_default();
    let old_words = spotter.words();
    let words = words(old_words, dataset, options.replace)?;
    let unknown = words.iter().position(|word| labels::canonical(word) == labels::UNKNOWN);
    let position = |words: &[String], label: &str| words.iter().position(|word| labels::canonical(word) == label);
    // The place of a label; one that is none of the words is unknown.
    let place = |label: &str| position(&words, label).or(unknown);

    let bodies = Pool::new(|| Body::new(graph, head.body(&file)?))?;
    let (embedded, failures) = embed(&bodies, dataset, options, each)?;
    check(&embedded, &words, &stored)?;

    let real = real(&file, &head);
    let old = head.read(&file);
    let old_logits = |embedding: &[i8]| old.logits(&embedding.iter().map(|&e| real(e)).collect::<Vec<_>>());
    let rejects = |embedding: &[i8]| !labels::is_word(&old_words[greatest(&old_logits(embedding))]);
    let cells = Cells::of(head.embedding(&file));
    let see = |embedding: &[i8]| cells.see(embedding, real);
    let folds = folds(&embedded);
    let parts = assign(&embedded, folds);
    let firsts: Vec<usize> =
        embedded.iter().scan(0, |at, (_, all)| Some(std::mem::replace(at, *at + all.len()))).collect();
    let recorded: usize = embedded.iter().map(|(_, all)| all.len()).sum();
    let is_new = |word: &str| position(&words, word).is_none() && position(old_words, word).is_none();
    let examples = |way: Way| {
        let mut examples = Vec::new();
        for ((clip, embeddings), &fold) in embedded.iter().zip(&parts) {
            let label = place(&clip.label).unwrap_or_default();
            let all = embeddings.iter().zip(shares(embeddings.len()));
            examples.extend(all.map(|(embedding, share)| Example {
                values: see(embedding),
                label,
                fold: Some(fold),
                recorded: true,
                share,
                was_rejected: rejects(embedding),
            }));
        }
        for (embedding, at) in &stored.embeddings {
            let word = labels::canonical(&stored.labels[*at]);
            let label = if way == Way::Replaced && labels::is_word(word) { unknown } else { place(word) };
            // A word is set apart with all that is stored of it, so that one that is rejected was never heard.
            let fold = is_new(word).then_some(at % MOST_FOLDS);
            let example = |label| Example {
                values: see(embedding),
                label,
                fold,
                recorded: false,
                share: 1.0,
                was_rejected: rejects(embedding),
            };
            examples.extend(label.map(example));
        }
        examples
    };
    let tied = cells.gather(&old);
    let attempt = |way: Way| {
        let examples = examples(way);
        let others: Vec<usize> = (recorded..examples.len()).filter(|&at| examples[at].fold.is_some()).collect();
        // Where hardly any are stored, rejection is set by the recordings of other words.
        let tested: Vec<usize> = match others.len() {
            20.. => others,
            _ => firsts.iter().copied().filter(|&first| Some(examples[first].label) == unknown).collect(),
        };
        let start = (way == Way::Near).then_some(&tied);
        let train = |fold| fit(&without(&examples, fold, &words, &cells), words.len(), start);
        let mut of_folds: Vec<_> =
            (0..=MOST_FOLDS).into_par_iter().map(|part| train((part < MOST_FOLDS).then_some(part))).collect();
        let layer = of_folds.pop().expect("the last one is of all examples");
        let mut bias = 0.0;
        if let (Some(unknown), true) = (unknown, start.is_none()) {
            let logits = |&at: &usize| of_folds[examples[at].fold.unwrap_or(0)].logits(&examples[at].values);
            let rejected = tested.iter().filter(|&&at| examples[at].was_rejected).count();
            let rejected = rejected as f64 / tested.len().max(1) as f64;
            let share = options.unknown_recall.unwrap_or(rejected.min(MOST_REJECTED));
            bias = self::bias(tested.iter().map(|at| margin(&logits(at), unknown)).collect(), share);
        }
        Trial { examples, layer, of_folds, bias }
    };
    let decide = |trial: &Trial, at: usize| {
        let example = &trial.examples[at];
        let mut logits = trial.of_folds[example.fold.unwrap_or(0)].logits(&example.values);
        if let Some(unknown) = unknown {
            logits[unknown] += trial.bias;
        }
        logits
    };
    let rejected = |trial: &Trial| {
        let others = (recorded..trial.examples.len()).filter(|&at| trial.examples[at].fold.is_some());
        others.fold(Share { count: 0, of: 0 }, |share, at| Share {
            count: share.count + usize::from(!labels::is_word(&words[greatest(&decide(trial, at))])),
            of: share.of + 1,
        })
    };
    // Words that are found and others that are rejected count alike, however many there are of each.
    let score = |trial: &Trial| {
        let stored = rejected(trial);
        let mut shares = [Share { count: 0, of: 0 }, stored];
        for &first in &firsts {
            let (label, found) = (trial.examples[first].label, greatest(&decide(trial, first)));
            let is_other = !labels::is_word(&words[label]);
            let is_right = if is_other { !labels::is_word(&words[found]) } else { found == label };
            let share = &mut shares[usize::from(is_other)];
            *share = Share { count: share.count + usize::from(is_right), of: share.of + 1 };
        }
        shares.iter().filter(|share| share.of > 0).map(|share| share.value()).sum::<f64>()
    };
    let ways: &[Way] = match (options.replace, words == old_words) {
        (true, _) => &[Way::Replaced],
        (false, true) => &[Way::Near, Way::Anew, Way::Replaced],
        (false, false) => &[Way::Anew],
    };
    let trials = ways.iter().map(|&way| (way, attempt(way)));
    let best = trials.reduce(|best, next| if score(&next.1) > score(&best.1) { next } else { best });
    let (way, best) = best.expect("there is a way");

    let mut layer = best.layer.clone();
    let ranges = best.examples.iter().flat_map(|example| layer.logits(&example.values));
    let range = ranges.fold([0.0f32, 0.0], |[low, high], logit| [low.min(logit), high.max(logit + best.bias)]);
    if let Some(unknown) = unknown {
        // Of equal logits the first word wins, which would mostly be `unknown`: half a step decides for the other.
        layer.bias[unknown] += best.bias - 0.5 * (range[1] - range[0]) / 255.0;
    }
    let model = head.write(&file, &cells.spread(&layer), range)?;

    let scored = |clip: &Clip, label: usize, logits: &[f32]| Scored {
        clip: clip.clone(),
        label,
        word: greatest(logits),
        scores: softmax(logits),
        fitted: Fitted::Exact,
        time: Duration::ZERO,
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for ((clip, embeddings), &first) in embedded.iter().zip(&firsts) {
        let label = best.examples[first].label;
        before.push(scored(clip, label, &placed(&old_logits(&embeddings[0]), old_words, &words, unknown)));
        after.push(scored(clip, label, &decide(&best, first)));
    }
    let others = stored.embeddings.iter().filter(|(_, at)| is_new(labels::canonical(&stored.labels[*at])));
    let rejected_before = others.fold(Share { count: 0, of: 0 }, |share, (embedding, _)| Share {
        count: share.count + usize::from(rejects(embedding)),
        of: share.of + 1,
    });
    let evaluation = |clips| Evaluation { labels: words.clone(), clips, failures: Vec::new() };
    Ok(Calibrated {
        model,
        before: evaluation(before),
        after: evaluation(after),
        folds,
        rejection: [rejected_before, rejected(&best)],
        way,
        rehearsal: extended(stored, &embedded),
        failures,
        words,
    })
}

/// The logits of the old words in the places of the new ones; those of dropped words count for `unknown`.
fn placed(logits: &[f32], old: &[String], new: &[String], unknown: Option<usize>) -> Vec<f32> {
    let mut placed = vec![f32::NEG_INFINITY; new.len()];
    for (logit, word) in logits.iter().zip(old) {
        if let Some(at) = new.iter().position(|new| new == word).or(unknown) {
            placed[at] = placed[at].max(*logit);
        }
    }
    placed
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
            (found, stored) if found + stored < FEWEST || (stored == 0 && found < FEWEST) => {
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

/// What an integer of the embedding stands for.
fn real(file: &ModelFile, head: &Head) -> impl Fn(i8) -> f32 + Copy {
    let (scale, zero_point) = head.quantization(file);
    move |integer| scale * (i32::from(integer) - zero_point) as f32
}

/// The place of the greatest logit, the first of equal ones.
fn greatest(logits: &[f32]) -> usize {
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
