//! What a pipeline finds in recordings.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;
use runeblocks_core::SampleRate;
use runeblocks_graph::Graph;
use runeblocks_io::FileError;
use runeblocks_io::sound::{Channels, Fit, Sound};

use crate::det::Trial;
use crate::pool::Pool;
use crate::trained_on::{fingerprint, trained_on};
use crate::{Clip, Dataset, Decision, Det, Notes, Share, Spotter, SpotterError, labels, splits};

/// What is done to recordings before a pipeline takes them. Silence is added to the end of those that are too short, and the
/// end of those that are too long is cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What is done about several channels.
    pub channels: Channels,
    /// Whether recordings of another sample rate are resampled; else they fail.
    pub resample: bool,
    /// Whether labels may be new words; else labels that look like words of the pipeline, mistyped, are an error, and so is a
    /// measurement on recordings none of whose words it knows.
    pub new_words: bool,
}

/// What was done to a recording's length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fitted {
    /// Nothing.
    #[default]
    Exact,
    /// Silence was added to its end.
    Padded,
    /// Its end was cut.
    Cut,
}

/// A recording as a pipeline takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The samples.
    pub samples: Vec<i16>,
    /// What was done to its length.
    pub fitted: Fitted,
    /// What the recording is known again by: its [`fingerprint`](crate::fingerprint()) before it was resampled and fitted.
    pub fingerprint: u64,
}

/// What a pipeline found in a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The recording.
    pub clip: Clip,
    /// The place of its label among the words.
    pub label: usize,
    /// The place of the word that the pipeline gave.
    pub word: usize,
    /// The score of each word.
    pub scores: Vec<f64>,
    /// What was done to its length.
    pub fitted: Fitted,
    /// Whether the model was trained on it.
    pub trained_on: bool,
    /// How long the pipeline took.
    pub time: Duration,
}

/// What a pipeline found in recordings.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// The words of the pipeline.
    pub labels: Vec<String>,
    /// The recordings, in their order.
    pub clips: Vec<Scored>,
    /// The recordings that could not be used.
    pub failures: Vec<(Clip, FileError)>,
    /// What is to be said of them all.
    pub notes: Notes,
}

/// How a pipeline does on the recordings of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerLabel {
    /// Recordings of the label in which it was found.
    pub recall: Share,
    /// Recordings in which it was found that are of the label.
    pub precision: Share,
}

/// How long runs of a pipeline took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Half of the runs took no longer.
    pub median: Duration,
    /// 95 % of them.
    pub p95: Duration,
    /// All of them.
    pub max: Duration,
}

impl Options {
    /// Reads a recording as a spotter takes it.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or is not as expected and no option says what to do.
    pub fn read(self, path: &Path, rate: Option<SampleRate>, length: Option<usize>) -> Result<Taken, FileError> {
        let sound = Sound::read(path, self.channels)?;
        let fingerprint = fingerprint(&sound);
        let sound = match rate {
            Some(rate) if self.resample => sound.resample(rate),
            Some(rate) => sound.at(rate),
            None => Ok(sound),
        };
        let sound = sound.map_err(|error| error.in_file(path))?;
        let Some(length) = length else {
            return Ok(Taken { samples: sound.into_samples(), fitted: Fitted::Exact, fingerprint });
        };
        let fitted = match sound.samples().len() {
            found if found < length => Fitted::Padded,
            found if found > length => Fitted::Cut,
            _ => Fitted::Exact,
        };
        let sound = sound.fit(length, Fit::PadOrTrim).map_err(|error| error.in_file(path))?;
        Ok(Taken { samples: sound.into_samples(), fitted, fingerprint })
    }
}

impl Evaluation {
    /// Runs a pipeline on every recording, on all cores. `each` is called when one is done.
    ///
    /// A label that is not among the words counts as `unknown` (see [`others`](Self::others)).
    ///
    /// # Errors
    ///
    /// When the pipeline is not a [`Spotter`]'s or fails, or a label is not among its words and `unknown` is neither. Where
    /// [`Options::new_words`] does not say that it is meant, also when a label looks like a word, mistyped, and when there are
    /// recordings of words, and none of a word of the pipeline.
    /// A recording that can't be used is no error: it is among the [`failures`](Self::failures).
    pub fn run(
        graph: &Graph,
        dataset: &Dataset,
        options: Options,
        each: impl Fn() + Sync,
    ) -> Result<Self, SpotterError> {
        let spotters = Pool::new(|| Spotter::new(graph.try_clone()?))?;
        let words = spotters.with(|spotter| spotter.words().to_vec());
        let truths = labels::truths(&words, &dataset.clips, options.new_words)?;
        let known = trained_on(graph);
        let one = |(clip, label): (&Clip, usize)| {
            let scored = spotters.with(|spotter| {
                let read = options.read(&clip.path, spotter.sample_rate(), spotter.length());
                Ok(match read {
                    Ok(Taken { samples, fitted, fingerprint }) => {
                        let Decision { word, scores, time } = spotter.decide(samples)?;
                        let trained_on = known.contains(&fingerprint);
                        Ok(Scored { clip: clip.clone(), label, word, scores, fitted, trained_on, time })
                    }
                    Err(error) => Err((clip.clone(), error)),
                })
            });
            each();
            scored
        };
        let results: Vec<_> = dataset.clips.par_iter().zip(truths).map(one).collect::<Result<_, SpotterError>>()?;
        Ok(Self::of(words, results, dataset.notes.clone()))
    }

    /// An evaluation of what was found in each recording, or why it could not be used.
    pub(crate) fn of(labels: Vec<String>, results: Vec<Result<Scored, (Clip, FileError)>>, notes: Notes) -> Self {
        let mut evaluation = Evaluation { labels, notes, ..Evaluation::default() };
        for result in results {
            match result {
                Ok(scored) => evaluation.clips.push(scored),
                Err(failure) => evaluation.failures.push(failure),
            }
        }
        evaluation
    }

    /// Recordings whose label was found, of all.
    pub fn accuracy(&self) -> Share {
        self.share(|_| true)
    }

    /// Recordings of words whose word was found.
    pub fn words(&self) -> Share {
        self.share(|scored| self.is_word(scored.label))
    }

    /// Recordings without a word in which none was found.
    pub fn rejection(&self) -> Share {
        let others = self.clips.iter().filter(|scored| !self.is_word(scored.label));
        others.map(|scored| !self.is_word(scored.word)).collect()
    }

    /// How each label does, in their order.
    pub fn per_label(&self) -> Vec<PerLabel> {
        let one = |label| {
            let recall = self.share(|scored| scored.label == label);
            let found = self.clips.iter().filter(|scored| scored.word == label).count();
            PerLabel { recall, precision: Share { count: recall.count, of: found } }
        };
        (0..self.labels.len()).map(one).collect()
    }

    /// How many recordings of each label (a row each) were taken for each word (a column each).
    pub fn confusion(&self) -> Vec<Vec<usize>> {
        let mut confusion = vec![vec![0; self.labels.len()]; self.labels.len()];
        for scored in &self.clips {
            confusion[scored.label][scored.word] += 1;
        }
        confusion
    }

    /// What a threshold on the greatest score of a word would bring; `None` unless there are recordings with a word and
    /// recordings without.
    pub fn det(&self) -> Option<Det> {
        let words: Vec<_> = (0..self.labels.len()).filter(|&label| self.is_word(label)).collect();
        let trial = |scored: &Scored| {
            let best = words.iter().copied().max_by(|&a, &b| scored.scores[a].total_cmp(&scored.scores[b]))?;
            let hit = self.is_word(scored.label).then_some(best == scored.label);
            Some(Trial { score: scored.scores[best], hit })
        };
        Det::new(self.clips.iter().filter_map(trial).collect())
    }

    /// The recordings that were taken for something else, the most confident mistakes first.
    pub fn mistakes(&self) -> Vec<&Scored> {
        let lead = |scored: &Scored| scored.scores[scored.word] - scored.scores[scored.label];
        let mut mistakes: Vec<_> = self.clips.iter().filter(|scored| scored.word != scored.label).collect();
        mistakes.sort_by(|a, b| lead(b).total_cmp(&lead(a)));
        mistakes
    }

    /// How long the runs took, with all cores at work; `None` where there are none.
    pub fn latency(&self) -> Option<Latency> {
        let mut times: Vec<_> = self.clips.iter().map(|scored| scored.time).collect();
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        (!times.is_empty()).then(|| Latency { median: at(0.5), p95: at(0.95), max: at(1.0) })
    }

    /// The labels that are no words of the pipeline and count as `unknown`, with their numbers of recordings, the greatest first.
    pub fn others(&self) -> Vec<(&str, usize)> {
        labels::others(&self.labels, self.all())
    }

    /// How many recordings of each split there are, where it is known.
    pub fn splits(&self) -> BTreeMap<&str, usize> {
        splits(self.all())
    }

    fn all(&self) -> impl Iterator<Item = &Clip> {
        self.clips.iter().map(|scored| &scored.clip).chain(self.failures.iter().map(|(clip, _)| clip))
    }

    fn is_word(&self, label: usize) -> bool {
        labels::is_word(&self.labels[label])
    }

    pub(crate) fn share(&self, which: impl Fn(&Scored) -> bool) -> Share {
        self.clips.iter().filter(|scored| which(scored)).map(|scored| scored.word == scored.label).collect()
    }
}
