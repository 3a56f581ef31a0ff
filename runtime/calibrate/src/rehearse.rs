//! Makes the rehearsal of a model, of the recordings that it was made with.

use std::collections::BTreeMap;

use fastrand::Rng;
use rayon::prelude::*;
use runeblocks_graph::Graph;
use runeblocks_io::sound::Sound;
use runeblocks_model::ModelFile;

use crate::calibrate::front_end;
use crate::pool::Pool;
use crate::trained_on::fingerprint;
use crate::{Body, CalibrateError, Clip, Dataset, Head, Model, Options, Rehearsal, SpotterError, augment, labels};

/// How many recordings are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of each word of the model, and of silence.
    pub per_word: usize,
    /// Of all other words together, the same number of each as far as there are as many.
    pub unknown: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Kept { per_word: 40, unknown: 300 }
    }
}

/// Embeds recordings that a model was made with: chosen by chance, `seed` draws. In the place of every second one stands a
/// variant of it, as recordings are trained on with theirs: else noise would tell new recordings from stored ones. All
/// recordings, kept or not, are known again from then on ([`Rehearsal::trained_on`]).
///
/// # Errors
///
/// When the pipeline is not a [`Spotter`](crate::Spotter)'s, its model has no last layer that can be trained, the labels are
/// none that [`Evaluation::run`](crate::Evaluation::run) takes, a recording can't be used, or none is kept.
pub fn rehearse(
    graph: &Graph,
    dataset: &Dataset,
    kept: Kept,
    options: Options,
    seed: u64,
) -> Result<(ModelFile, Rehearsal), CalibrateError> {
    let words = crate::Words::find(graph).ok_or(SpotterError::NoWords)?.words;
    let file = runeblocks_model::read(Model::of(graph)?.path)?;
    let head = Head::find(&file)?;
    let mut rng = Rng::with_seed(seed);
    labels::check(&words, &dataset.clips, options.new_words)?;
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, clip) in dataset.clips.iter().enumerate() {
        by_word.entry(labels::spoken(clip, &words)).or_default().push(at);
    }
    let mut chosen = Vec::new();
    let mut others = Vec::new();
    for (word, mut clips) in by_word {
        rng.shuffle(&mut clips);
        if labels::position(&words, word).is_some() && word != labels::UNKNOWN {
            chosen.extend(clips.into_iter().take(kept.per_word).map(|clip| (clip, word)));
        } else {
            others.extend(clips.into_iter().enumerate().map(|(round, clip)| (round, clip, word)));
        }
    }
    // The first of each word, then the second of each, and so on.
    others.sort_by_key(|(round, _, _)| *round);
    chosen.extend(others.into_iter().take(kept.unknown).map(|(_, clip, word)| (clip, word)));
    if chosen.is_empty() {
        return Err(CalibrateError::NothingKept);
    }

    let mut labels: Vec<String> = chosen.iter().map(|(_, word)| (*word).to_owned()).collect();
    labels.sort();
    labels.dedup();
    let bodies = Pool::new(|| Body::new(graph, head.body(&file)?))?;
    let one = |(at, (clip, word)): (usize, (usize, &str))| {
        bodies.with(|body| {
            let taken = options.read(&dataset.clips[clip].path, body.sample_rate(), body.length())?;
            let mut samples = taken.samples;
            if at % 2 == 1 {
                let hertz = body.sample_rate().map_or(16_000.0, |rate| f64::from(rate.0));
                samples = augment::variant(&samples, hertz, &[], &mut Rng::with_seed(seed ^ at as u64));
            }
            let label = labels.iter().position(|label| label == word).unwrap_or_default();
            Ok((body.run(samples)?, label))
        })
    };
    let embeddings = chosen.into_par_iter().enumerate().map(one).collect::<Result<_, CalibrateError>>()?;
    let heard = |clip: &Clip| Ok(fingerprint(&Sound::read(&clip.path, options.channels)?));
    let trained_on = dataset.clips.par_iter().map(heard).collect::<Result<_, CalibrateError>>()?;
    Ok((file, Rehearsal { labels, front_end: front_end(graph)?, embeddings, trained_on }))
}
