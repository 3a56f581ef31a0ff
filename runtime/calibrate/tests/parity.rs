//! Front ends compared, on the keyword pipeline of the repository and the demo clips.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use ndarray::{ArcArray, IxDyn};
use runeblocks_calibrate::{Change, Clip, Dataset, FrontEnd, Options, Other, Parity, ParityError};
use runeblocks_core::Tensor;
use runeblocks_graph::Environment;
use runeblocks_io::npy;
use runeblocks_model::Loader;

const WORDS: [&str; 4] = ["up", "down", "left", "right"];

fn dataset(words: &[&str]) -> Dataset {
    let clip = |word: &&str| Clip {
        path: common::root().join(format!("examples/clips/{word}.wav")),
        name: format!("{word}.wav"),
        label: (*word).to_owned(),
        ..Clip::default()
    };
    Dataset { clips: words.iter().map(clip).collect(), ..Dataset::default() }
}

fn with<T>(what: impl FnOnce(&Environment<'_>) -> T) -> T {
    let (registry, models) = (runeblocks_all::registry(), Loader::default());
    what(&Environment::new(&registry, &models))
}

fn front_end(changes: &[&str]) -> Result<FrontEnd, ParityError> {
    let changes: Vec<Change> = changes.iter().map(|change| change.parse().unwrap()).collect();
    with(|environment| FrontEnd::read(&common::root().join("models/keyword/Runefile.yml"), &changes, environment))
}

fn parity(words: &[&str], a: &FrontEnd, b: &Other) -> Result<Parity, ParityError> {
    Parity::run(&common::graph(), a, b, &dataset(words), Options::default(), || ())
}

fn changed(changes: &[&str]) -> Parity {
    parity(&WORDS, &front_end(&[]).unwrap(), &Other::FrontEnd(front_end(changes).unwrap())).unwrap()
}

/// What the front end gives for all clips: `[clips, frames, channels]`.
fn features(changes: &[&str]) -> ArcArray<i8, IxDyn> {
    let mut executor = front_end(changes).unwrap().graph().try_clone().unwrap().into_executor(&[]).unwrap();
    let mut values = Vec::new();
    for (_, samples) in common::clips() {
        executor.run(&[("audio", Tensor::from(samples).view())]).unwrap();
        values.extend(executor.output("features").unwrap().array::<i8>().unwrap().iter().copied());
    }
    ArcArray::from_shape_vec(IxDyn(&[4, values.len() / 160, 40]), values).unwrap()
}

/// As a file has them.
fn recorded(tensor: Tensor) -> Parity {
    let mut bytes = Vec::new();
    npy::encode(&tensor.view(), &mut bytes).unwrap();
    let recorded = npy::parse(&bytes).unwrap();
    let path = common::root().join("models/keyword/Runefile.yml");
    let a = with(|environment| FrontEnd::read_for(&path, &recorded, environment)).unwrap();
    parity(&WORDS, &a, &Other::Recorded(recorded)).unwrap()
}

#[test]
fn a_front_end_is_the_same_as_itself() {
    let parity = changed(&[]);
    assert!(parity.is_same() && parity.first().is_none() && parity.arguments.is_empty());
    assert_eq!(parity.front_ends[0], parity.front_ends[1]);
    assert!(parity.front_ends[0].is_some());
    let names: Vec<_> = parity.stages.iter().map(|stage| stage.names[1].as_str()).collect();
    assert_eq!(names, ["audio", "fft", "features"]);
    assert!(parity.stages.iter().all(|stage| stage.facts.is_empty()));
    let effect = parity.effect.unwrap();
    assert_eq!((effect.decisions.count, effect.decisions.of), (0, 4));
    assert_eq!((effect.greatest, effect.mean, effect.requantised), (0.0, 0.0, None));
    let [a, b] = effect.accuracy.unwrap();
    assert_eq!((a, a.of), (b, 4));
    assert_eq!((parity.clips, parity.failures.len()), (4, 0));
}

#[test]
fn an_argument_that_changes_the_bits_is_found() {
    let parity = changed(&["fft.lower_band_limit=130"]);
    assert!(!parity.is_same());
    assert_ne!(parity.front_ends[0], parity.front_ends[1]);
    let argument = &parity.arguments[0];
    assert_eq!((argument.stage.as_str(), argument.argument), ("fft", "lower_band_limit"));
    assert_eq!((argument.values[0].as_f64(), argument.values[1].as_f64()), (Some(125.0), Some(130.0)));
    let first = parity.first().unwrap();
    assert_eq!(first.names[0], "fft");
    let difference = first.difference.as_ref().unwrap();
    let found = difference.first.as_ref().unwrap();
    assert_eq!(found.clip, 0);
    assert!(found.frame < 49 && found.channel < 40);
    assert_ne!(found.values[0], found.values[1]);
    assert!(difference.differing > 0 && difference.differing <= difference.values);
    assert!(difference.mean > 0.0 && difference.mean <= difference.greatest);
    assert_eq!((difference.step, difference.width), (None, 40));
    let counts: usize = difference.channels.iter().map(|channel| channel.differing).sum();
    assert_eq!(counts, difference.differing);
    assert!(difference.channels.is_sorted_by(|a, b| a.differing >= b.differing));
    assert_eq!(parity.stages[2].difference.as_ref().unwrap().step, Some(26.0 / 256.0));
}

/// Values of the two dialects are seldom different; their tables, and so their digests, are.
#[test]
fn dialects_have_other_digests() {
    let parity = changed(&["fft.dialect=tflm"]);
    assert_ne!(parity.front_ends[0], parity.front_ends[1]);
    assert_eq!(parity.arguments[0].values, ["tf", "tflm"]);
    let facts: Vec<_> = parity.stages.iter().flat_map(|stage| &stage.facts).map(|fact| fact.fact).collect();
    assert_eq!(facts, ["front end", "front end"]);
    assert!(parity.stages.iter().all(|stage| stage.difference.is_some()));
}

#[test]
fn other_shapes_are_told_and_not_compared() {
    let parity = changed(&["fft.window_step=10"]);
    assert!(!parity.is_same() && parity.stages[0].is_same());
    let first = parity.first().unwrap();
    assert_eq!((first.names[0].as_str(), &first.difference), ("fft", &None));
    let told = |fact: &str| first.facts.iter().find(|found| found.fact == fact).unwrap().values.clone();
    assert_eq!(told("shape"), [Some("[49, 40]".to_owned()), Some("[98, 40]".to_owned())]);
    assert_eq!(told("framing")[1].as_deref(), Some("windows of 480 samples every 160"));
    assert_eq!(parity.effect.unwrap_err(), "the model takes [1, 49, 40, 1], and B's features have the shape [98, 40]");
}

#[test]
fn recorded_features_are_the_same() {
    let features = features(&[]);
    let parity = recorded(Tensor::I8(features.clone()));
    assert!(parity.is_same(), "{parity:?}");
    assert_eq!(parity.effect.unwrap().decisions.of, 4);
    let flat = features.clone().into_shape_with_order(IxDyn(&[4, 1960])).unwrap();
    assert!(recorded(Tensor::I8(flat)).is_same());
    // Whole numbers are those behind the 8-bit form.
    let mut executor =
        front_end(&["features.out_type=uint16"]).unwrap().graph().try_clone().unwrap().into_executor(&[]).unwrap();
    let mut whole = Vec::new();
    for (_, samples) in common::clips() {
        executor.run(&[("audio", Tensor::from(samples).view())]).unwrap();
        whole.extend(executor.output("features").unwrap().array::<u16>().unwrap().iter().copied());
    }
    let whole = ArcArray::from_shape_vec(IxDyn(&[4, 49, 40]), whole).unwrap();
    let parity = recorded(Tensor::U16(whole));
    assert!(parity.is_same());
    let effect = parity.effect.unwrap();
    assert_eq!((effect.decisions.count, effect.greatest), (0, 0.0));
    assert!(effect.requantised.unwrap().starts_with("u16 to i8"));
    // The numbers that they stand for: the same, and of another type.
    let reals = features.mapv(|x| 26.0 / 256.0 * (f32::from(x) + 128.0)).into_shared();
    let parity = recorded(Tensor::F32(reals));
    assert!(!parity.is_same());
    let stage = parity.first().unwrap();
    assert_eq!(stage.facts[0].values, [Some("i8".to_owned()), Some("f32".to_owned())]);
    assert_eq!(stage.difference.as_ref().unwrap().differing, 0);
    let effect = parity.effect.unwrap();
    assert_eq!(effect.greatest, 0.0);
    assert!(effect.requantised.unwrap().starts_with("f32 to i8 (scale 0.1015625"));
}

#[test]
fn one_value_that_differs_is_found() {
    let mut features = features(&[]);
    let value = features[[2, 17, 33]];
    features[[2, 17, 33]] = if value == 127 { 126 } else { value + 1 };
    let parity = recorded(Tensor::I8(features));
    let stage = parity.first().unwrap();
    assert_eq!(stage.names, ["features", "recorded"]);
    let difference = stage.difference.as_ref().unwrap();
    assert_eq!((difference.differing, difference.values, difference.greatest), (1, 4 * 1960, 26.0 / 256.0));
    let first = difference.first.as_ref().unwrap();
    assert_eq!((first.clip, first.frame, first.channel, first.values[0]), (2, 17, 33, f64::from(value)));
    assert_eq!((difference.channels.len(), difference.channels[0].channel), (1, 33));
}

#[test]
fn what_cannot_be_compared_is_told() {
    let wrong = ArcArray::<i8, _>::zeros(IxDyn(&[3, 49, 40]));
    let error = parity(&WORDS, &front_end(&[]).unwrap(), &Other::Recorded(Tensor::I8(wrong))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the recorded features are i8 [3, 49, 40]: expected [4, frames, channels], for as many recordings"
    );
    let error = front_end(&["model.x=1"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no block `model` whose arguments could be changed; there are `fft`, `features`, `top`, `word`"
    );
    let error = front_end(&["fft.dialect=foo"]).unwrap_err().to_string();
    assert!(error.starts_with("error[argument]") && error.contains("tflm"), "{error}");
    assert!("fft=1".parse::<Change>().is_err() && "fft.a".parse::<Change>().is_err());
    // A stage before the features has none of them.
    let spectra = ArcArray::<u32, _>::zeros(IxDyn(&[49, 40]));
    let found = parity(&WORDS[..1], &front_end(&[]).unwrap(), &Other::Recorded(Tensor::U32(spectra))).unwrap();
    assert_eq!(found.stages[0].names[0], "fft");
    assert_eq!(
        found.effect.unwrap_err(),
        "the recorded features are those of the stage `fft`, and the model takes those of `features`"
    );
}
