//! What was compared, in tables.

use runeblocks_calibrate::{Difference, Effect, Parity, Share, StageParity};

use super::{SIDES, shown};
use crate::terminal::{Paint, columns};

/// How many channels are told of.
const MOST_CHANNELS: usize = 5;

/// The comparison for people. `clips` are the names of the recordings.
pub fn write(parity: &Parity, sides: &[String; 2], clips: &[&str]) -> String {
    let paint = Paint::stdout();
    let digest =
        |side: usize| parity.front_ends[side].map_or_else(|| "not known".to_owned(), |digest| digest.to_string());
    let rows: Vec<_> = [0, 1]
        .into_iter()
        .flat_map(|side| {
            [
                vec![SIDES[side].to_owned(), sides[side].clone()],
                vec![String::new(), format!("front end {}", digest(side))],
            ]
        })
        .collect();
    let mut text = columns(&rows);
    if !parity.arguments.is_empty() {
        let mut rows = vec![["stage", "argument", "A", "B"].map(str::to_owned).to_vec()];
        rows.extend(parity.arguments.iter().map(|of| {
            let [a, b] = of.values.each_ref().map(shown);
            vec![of.stage.clone(), of.argument.to_owned(), a, b]
        }));
        text += &format!("\n{}", columns(&rows));
    }
    for (side, stages) in SIDES.iter().zip(&parity.unmatched).filter(|(_, stages)| !stages.is_empty()) {
        text += &format!("\nonly {side} has {}\n", stages.join(", "));
    }
    let facts: Vec<_> = parity.stages.iter().flat_map(facts).collect();
    if !facts.is_empty() {
        let mut rows = vec![["stage", "what is known", "A", "B"].map(str::to_owned).to_vec()];
        rows.extend(facts);
        text += &format!("\n{}", columns(&rows));
    }
    let mut rows =
        vec![["stage", "bits", "values that differ", "at most by", "on average"].map(str::to_owned).to_vec()];
    rows.extend(parity.stages.iter().map(|stage| row(stage, paint)));
    text += &format!("\n{}", columns(&rows));
    if let Some(stage) = parity.first() {
        text += &format!("\n{}", first(stage, clips, paint));
    }
    text += "\n";
    text += &match &parity.effect {
        Ok(of) => effect(of, parity.clips),
        Err(reason) => format!("the effect on the model is not known: {reason}\n"),
    };
    text
}

fn name(stage: &StageParity) -> String {
    let [a, b] = &stage.names;
    if a == b { a.clone() } else { format!("{a} ({b})") }
}

/// What is known of a stage and differs; digests stand above.
fn facts(stage: &StageParity) -> Vec<Vec<String>> {
    let told = stage.facts.iter().filter(|fact| fact.fact != "front end");
    let row = |fact: &runeblocks_calibrate::FactDifference| {
        let [a, b] = fact.values.each_ref().map(|value| value.clone().unwrap_or_else(|| "not known".to_owned()));
        vec![name(stage), fact.fact.to_owned(), a, b]
    };
    told.map(row).collect()
}

fn row(stage: &StageParity, paint: Paint) -> Vec<String> {
    let bits = if stage.is_same() { "same".to_owned() } else { paint.strong("differ") };
    let mut row = vec![name(stage), bits];
    match &stage.difference {
        Some(difference) if difference.differing > 0 => row.extend([
            share(difference.differing, difference.values),
            amount(difference.greatest, difference),
            amount(difference.mean, difference),
        ]),
        Some(_) => {}
        None => row.push("not compared, as the shapes differ".to_owned()),
    }
    row
}

fn share(count: usize, of: usize) -> String {
    format!("{:.2} % ({count} of {of})", 100.0 * count as f64 / of.max(1) as f64)
}

/// An amount in the units of a stage, and in steps where it is quantised.
fn amount(value: f64, of: &Difference) -> String {
    let digits = |value: f64| {
        let text = format!("{value:.4}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    match of.step {
        Some(step) if step > 0.0 => format!("{} ({} steps)", digits(value), digits(value / step)),
        _ => digits(value),
    }
}

/// Where the first stage that differs does so.
fn first(stage: &StageParity, clips: &[&str], paint: Paint) -> String {
    let mut text = format!("the first stage that differs is {}", paint.strong(&name(stage)));
    let Some(difference) = &stage.difference else { return text + "\n" };
    let Some(found) = &difference.first else { return text + "\n" };
    let place = format!("clip {}, frame {}, channel {}", clips[found.clip], found.frame, found.channel);
    let [a, b] = found.values;
    text += &format!(": {}: A {a}, B {b}\n", paint.strong(&place));
    if !difference.channels.is_empty() {
        let frames = difference.values / difference.width.max(1);
        let mut rows = vec![["channel", "values that differ", "at most by", "on average"].map(str::to_owned).to_vec()];
        rows.extend(difference.channels.iter().take(MOST_CHANNELS).map(|channel| {
            vec![
                channel.channel.to_string(),
                share(channel.differing, frames),
                amount(channel.greatest, difference),
                amount(channel.mean, difference),
            ]
        }));
        text += &format!("its channels that differ most:\n\n{}", columns(&rows));
    }
    text
}

/// What B does to the model of A.
fn effect(of: &Effect, clips: usize) -> String {
    let mut rows = vec![
        vec![format!("the model of A, {clips} clip{}", if clips == 1 { "" } else { "s" })],
        vec!["words that change".to_owned(), of.decisions.to_string()],
        vec![
            "score of the word".to_owned(),
            format!("changes by {:.4} at most, {:.4} on average", of.greatest, of.mean),
        ],
    ];
    if let Some(accuracy) = &of.accuracy {
        let row = |(side, share): (&str, &Share)| vec![format!("accuracy with {side}"), share.to_string()];
        rows.extend(SIDES.into_iter().zip(accuracy).map(row));
    }
    if let Some(how) = &of.requantised {
        rows.push(vec!["features of B".to_owned(), format!("requantised: {how}")]);
    }
    columns(&rows)
}
