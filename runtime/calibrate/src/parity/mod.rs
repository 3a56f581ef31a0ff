//! Two front ends on the same recordings: where they differ first, by how much, and what that does to a model.

mod difference;
mod effect;
mod recorded;
mod stage;
mod worker;

use rayon::prelude::*;
use runeblocks_core::{Digest, Facts, Tensor};
use runeblocks_graph::{Graph, StageKind};
use runeblocks_io::FileError;

pub use difference::{Channel, Difference, First};
pub use effect::Effect;
pub use stage::{ArgumentDifference, FactDifference, StageParity};

use crate::front_end::Tap;
use crate::pool::Pool;
use crate::{Clip, Dataset, FrontEnd, Model, Notes, Options, ParityError, SpotterError, Words, labels};
use difference::Units;
use effect::Fit;
use recorded::Recorded;
use worker::{Compared, Pair, Worker};

/// What a front end is compared with.
#[derive(Debug)]
pub enum Other {
    /// Another front end.
    FrontEnd(FrontEnd),
    /// Features that something else made of the same recordings: `[clips, frames, channels]` in their order, or the features
    /// of one recording. They are compared with the last stage of their element type.
    Recorded(Tensor),
}

/// What two front ends, A and B, have in common.
#[derive(Debug)]
pub struct Parity {
    /// The digest of either, where it is known.
    pub front_ends: [Option<Digest>; 2],
    /// The arguments that differ.
    pub arguments: Vec<ArgumentDifference>,
    /// The stages of either that the other does not have, with their blocks.
    pub unmatched: [Vec<String>; 2],
    /// The stages that both have, from the input on.
    pub stages: Vec<StageParity>,
    /// What the features of B do to the model of A; or why that is not known.
    pub effect: Result<Effect, String>,
    /// How many recordings were compared.
    pub clips: usize,
    /// The recordings that could not be used.
    pub failures: Vec<(Clip, FileError)>,
    /// What is to be said of all recordings.
    pub notes: Notes,
}

impl Parity {
    /// Runs two front ends on every recording, on all cores: A, and what it is compared with. `graph` is the pipeline of A with
    /// its model. `each` is called when a recording is done.
    ///
    /// # Errors
    ///
    /// When `graph` is not a [`Spotter`](crate::Spotter)'s, recorded features are not those of so many recordings, a stage fails, or,
    /// where [`Options::new_words`] does not say that it is meant, a label looks like a word, mistyped. A recording that can't be used is no error: it is among the [`failures`](Self::failures).
    pub fn run(
        graph: &Graph,
        a: &FrontEnd,
        b: &Other,
        dataset: &Dataset,
        options: Options,
        each: impl Fn() + Sync,
    ) -> Result<Self, ParityError> {
        let taps = a.taps();
        let last = taps.last().cloned().ok_or(SpotterError::NoWords)?;
        let (mut parity, other, recorded) = match b {
            Other::FrontEnd(b) => (Parity::of_front_ends([a, b]), Some(b), None),
            Other::Recorded(tensor) => {
                let recorded = Recorded::new(tensor, dataset.clips.len())?;
                let same_type = |tap: &&Tap| tap.facts.element_type == recorded.facts().element_type;
                let tap = taps.iter().rev().find(same_type).unwrap_or(&last);
                (Parity::of_recorded(tap, &last, recorded.facts()), None, Some(recorded))
            }
        };
        let fit = parity.fit(
            graph,
            &last,
            other.map_or_else(
                || recorded.as_ref().map(|recorded| recorded.facts().clone()),
                |b| b.taps().pop().map(|tap| tap.facts),
            ),
        );
        let pairs = parity.pairs([&taps, &other.map_or_else(Vec::new, FrontEnd::taps)], recorded.as_ref());
        let words = Words::find(graph).ok_or(SpotterError::NoWords)?.words;
        if !options.new_words {
            labels::check_typos(&words, &dataset.clips, &words)?;
        }
        parity.notes = dataset.notes.clone();
        let pool = Pool::new(|| Worker::new(graph, a, other, &pairs, fit.as_ref().ok()))?;
        let sounds = [a.sound(), other.unwrap_or(a).sound()];
        let one = |(at, clip): (usize, &Clip)| {
            let result = pool.with(|worker| {
                let samples = match sounds.map(|(rate, length)| options.read(&clip.path, rate, length)) {
                    [Ok(a), Ok(b)] => [a.samples, b.samples],
                    [Err(error), _] | [_, Err(error)] => return Ok(Err((clip.clone(), error))),
                };
                let recorded = recorded.as_ref().map(|recorded| recorded.clip(at));
                let label = label(&words, clip);
                worker.compare(at, samples, recorded, &pairs, label).map(Ok)
            });
            each();
            result
        };
        let results: Vec<_> = dataset.clips.par_iter().enumerate().map(one).collect::<Result<_, ParityError>>()?;
        let mut heard = Vec::new();
        for result in results {
            match result {
                Ok((compared, found)) => {
                    parity.clips += 1;
                    parity.stages.iter_mut().zip(compared).for_each(|(stage, compared)| join(stage, compared));
                    heard.extend(found);
                }
                Err(failure) => parity.failures.push(failure),
            }
        }
        parity.stages.iter_mut().filter_map(|stage| stage.difference.as_mut()).for_each(Difference::finish);
        parity.effect = fit.map(|fit| Effect::of(&heard, fit.requantised));
        Ok(parity)
    }

    /// Whether the bits of all stages that both have are the same.
    pub fn is_same(&self) -> bool {
        self.stages.iter().all(StageParity::is_same)
    }

    /// The first stage whose bits differ.
    pub fn first(&self) -> Option<&StageParity> {
        self.stages.iter().find(|stage| !stage.is_same())
    }

    fn new(stages: Vec<StageParity>, front_ends: [Option<Digest>; 2]) -> Self {
        Parity {
            front_ends,
            arguments: Vec::new(),
            unmatched: [Vec::new(), Vec::new()],
            stages,
            effect: Err(String::new()),
            clips: 0,
            failures: Vec::new(),
            notes: Notes::default(),
        }
    }

    fn of_front_ends([a, b]: [&FrontEnd; 2]) -> Self {
        let (taps, others) = (a.taps(), b.taps());
        let matched = stage::matched(&taps, &others);
        let stages = matched.iter().map(|&(at, other)| StageParity {
            names: [&taps[at], &others[other]].map(|tap| tap.port.clone()),
            facts: stage::facts(&taps[at].facts, &others[other].facts, true),
            difference: None,
        });
        let digest = |taps: &[Tap]| taps.last().and_then(|tap| tap.facts.front_end);
        let mut parity = Parity::new(stages.collect(), [digest(&taps), digest(&others)]);
        let arguments =
            matched.iter().map(|&(at, other)| stage::arguments([(a.graph(), &taps[at]), (b.graph(), &others[other])]));
        parity.arguments = arguments.flatten().collect();
        let missing = |taps: &[Tap], found: Vec<usize>| {
            let taps = taps.iter().enumerate().filter(|(at, _)| !found.contains(at));
            taps.map(|(_, tap)| format!("{} ({})", tap.port, tap.kind)).collect()
        };
        let (found, of_others) = matched.iter().copied().unzip();
        parity.unmatched = [missing(&taps, found), missing(&others, of_others)];
        parity
    }

    fn of_recorded(tap: &Tap, last: &Tap, recorded: &Facts) -> Self {
        let stage = StageParity {
            names: [tap.port.clone(), "recorded".to_owned()],
            facts: stage::facts(&tap.facts, recorded, false),
            difference: None,
        };
        Parity::new(vec![stage], [last.facts.front_end, None])
    }

    /// How the features of B become an input of A's model.
    fn fit(&self, graph: &Graph, last: &Tap, found: Option<Facts>) -> Result<Fit, String> {
        let compared = self.stages.last().map_or("", |stage| &stage.names[0]);
        if compared != last.port {
            return Err(format!(
                "the recorded features are those of the stage `{compared}`, and the model takes those of `{}`",
                last.port
            ));
        }
        let found = found.ok_or("B gives no features")?;
        let own = Model::of(graph).ok().and_then(|model| graph.facts(graph.find_port(&model.features)?));
        let words = Words::find(graph).and_then(|words| graph.find_port(&words.scores));
        let (Some(own), Some(StageKind::Model { model, .. })) =
            (own, words.map(|port| graph.nodes()[port.node].kind()))
        else {
            return Err("the words of A are not those of a model".to_owned());
        };
        Fit::new(model, own, &found, last.kind == "noise-filtering")
    }

    /// The ports of the stages, and how their values are compared.
    fn pairs(&self, [taps, others]: [&[Tap]; 2], recorded: Option<&Recorded>) -> Vec<Pair> {
        let facts = |taps: &[Tap], name: &str| taps.iter().find(|tap| tap.port == name).map(|tap| tap.facts.clone());
        let pair = |stage: &StageParity| {
            let a = facts(taps, &stage.names[0]);
            let b = recorded.map(|recorded| recorded.facts().clone()).or_else(|| facts(others, &stage.names[1]));
            let comparable = a.zip(b).filter(|_| !stage.facts.iter().any(|fact| fact.fact == stage::SHAPE));
            Pair { ports: stage.names.clone(), units: comparable.map(|(a, b)| Units::of(&a, &b)) }
        };
        self.stages.iter().map(pair).collect()
    }
}

fn join(stage: &mut StageParity, compared: Option<Compared>) {
    let has_shapes = stage.facts.iter().any(|fact| fact.fact == stage::SHAPE);
    match compared {
        Some(Compared::Values(found)) if !has_shapes => stage.difference.get_or_insert_default().join(found),
        Some(Compared::Shapes(shapes)) if !has_shapes => {
            stage.difference = None;
            stage.facts.push(FactDifference { fact: stage::SHAPE, values: shapes.map(Some) });
        }
        _ => {}
    }
}

/// The place of a recording's label among the words, where it has one that is known.
fn label(words: &[String], clip: &Clip) -> Option<usize> {
    let unknown = || labels::position(words, labels::UNKNOWN).filter(|_| labels::is_word(&clip.label));
    if clip.label.is_empty() { None } else { labels::position(words, &clip.label).or_else(unknown) }
}
