//! The page.

use std::fmt::Write as _;
use std::fs;

use sha2::{Digest as _, Sha256};

use super::svg::{STYLE, escape};
use super::{Report, mistakes};
use crate::{Fitted, Model, OperatingPoint, Share, SpotterError};

const PAGE_STYLE: &str = include_str!("page.css");
/// The most labels that are listed in a line.
const MOST_NAMES: usize = 40;
/// The most recordings that could not be used that are listed.
const MOST_FAILURES: usize = 100;

/// The page of a report.
pub(super) fn page(report: &Report<'_>) -> Result<String, SpotterError> {
    let title = format!("Evaluation of {}", report.runefile.display());
    let title = escape(&title);
    let sections = [
        measured(report),
        headlines(report),
        confusion(report),
        per_label(report),
        thresholds(report),
        worst(report)?,
        recordings(report),
    ];
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n\
         <style>\n{PAGE_STYLE}{STYLE}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n{}</body>\n</html>\n",
        sections.concat()
    ))
}

/// What was measured.
fn measured(report: &Report<'_>) -> String {
    let evaluation = report.evaluation;
    let mut rows = vec![("Runefile", code(&report.runefile.display().to_string()))];
    if let Ok(model) = Model::of(report.graph) {
        let digest = fs::read(model.path).map_or_else(
            |error| escape(&format!("it cannot be read: {error}")),
            |bytes| {
                let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                format!("SHA-256 {}", code(&hex))
            },
        );
        rows.push(("Model", format!("{}, {digest}", code(&model.path.display().to_string()))));
        let port = report.graph.find_port(&model.features).and_then(|port| report.graph.facts(port));
        if let Some(front_end) = port.and_then(|facts| facts.front_end) {
            rows.push(("Front end", code(&front_end.to_string())));
        }
    }
    let split = report.split.map(|split| format!(", split {}", code(split))).unwrap_or_default();
    rows.push(("Recordings", format!("{}{split}", code(&report.data.display().to_string()))));
    let (used, all) = (evaluation.clips.len(), evaluation.clips.len() + evaluation.failures.len());
    rows.push(("Measured", format!("{used} of {all} recordings")));
    let splits: Vec<_> = evaluation.splits().into_iter().collect();
    if splits.len() > 1 {
        rows.push(("Splits", names(&splits)));
    }
    let others = evaluation.others();
    if !others.is_empty() {
        rows.push(("Other words", format!("{}; they count as unknown", names(&others))));
    }
    for line in evaluation.notes.lines() {
        rows.push(("Note", format!("<bdi>{}</bdi>", escape(&line))));
    }
    rows.push(("By", concat!("runeblocks ", env!("CARGO_PKG_VERSION")).to_owned()));
    let rows: String = rows.into_iter().map(|(name, text)| format!("<dt>{name}</dt><dd>{text}</dd>\n")).collect();
    format!("<dl>\n{rows}</dl>\n")
}

/// The shares that matter most.
fn headlines(report: &Report<'_>) -> String {
    let evaluation = report.evaluation;
    let shares = [
        ("Accuracy", evaluation.accuracy()),
        ("Words found", evaluation.words()),
        ("Others rejected", evaluation.rejection()),
    ];
    let card = |(name, share): (&str, Share)| {
        let [low, high] = share.interval().map(|end| 100.0 * end);
        let Share { count, of } = share;
        format!(
            "<div class=\"card\">{name}<b>{:.1} %</b><span class=\"faint\">{low:.1}–{high:.1} %; {count} of {of}</span></div>\n",
            100.0 * share.value()
        )
    };
    let cards: String = shares.into_iter().filter(|(_, share)| share.of > 0).map(card).collect();
    let warning = evaluation.trained_on_warning().map(|text| format!("<p class=\"warning\">{}.</p>\n", escape(&text)));
    let warning = warning.unwrap_or_default();
    format!(
        "{warning}<div class=\"cards\">\n{cards}</div>\n<p class=\"faint\">Intervals are Wilson’s of 95 %. They take recordings for \
         independent, which those of one speaker are not.</p>\n"
    )
}

fn confusion(report: &Report<'_>) -> String {
    let small = if report.evaluation.labels.len() <= 8 { " small" } else { "" };
    let picture = report.evaluation.confusion_picture().inline();
    format!(
        "<h2>What was taken for what</h2>\n<p class=\"faint\">A row for each label that has recordings, a column for each \
         word found. Percentages and colours are shares of the row.</p>\n<div class=\"scroll{small}\">{picture}</div>\n"
    )
}

fn per_label(report: &Report<'_>) -> String {
    let evaluation = report.evaluation;
    let mut rows = String::new();
    for ((label, of), counts) in evaluation.labels.iter().zip(evaluation.per_label()).zip(evaluation.confusion()) {
        if of.recall.of == 0 {
            continue;
        }
        let mut others: Vec<_> = counts.iter().zip(&evaluation.labels).filter(|(_, word)| *word != label).collect();
        others.sort_by_key(|(count, _)| std::cmp::Reverse(**count));
        let taken = others.iter().take(2).filter(|(count, _)| **count > 0);
        let taken: Vec<_> = taken.map(|(count, word)| format!("{} ({count})", name(word))).collect();
        writeln!(
            rows,
            "<tr><td>{}</td><td class=\"number\">{}</td><td><span class=\"bar\"><i style=\"width:{:.1}%\"></i></span>{}</td><td>{}</td><td>{}</td></tr>",
            name(label),
            of.recall.of,
            100.0 * of.recall.value(),
            of.recall,
            of.precision,
            taken.join(", ")
        )
        .expect("a String takes all");
    }
    format!(
        "<h2>Label by label</h2>\n<div class=\"scroll\"><table>\n<tr><th>label</th><th>recordings</th><th>recall: found, of its \
         recordings</th><th>precision: right, of those found</th><th>else taken for</th></tr>\n{rows}</table></div>\n"
    )
}

fn thresholds(report: &Report<'_>) -> String {
    let heading = "<h2>What a threshold trades</h2>\n";
    let Some(det) = report.evaluation.det() else {
        return format!(
            "{heading}<p>It takes recordings with a word and recordings without to tell false accepts from words missed.</p>\n"
        );
    };
    let row = |name: &str, point: OperatingPoint| {
        format!(
            "<tr><td>{name}</td><td class=\"number\">{:.4}</td><td>{}</td><td>{}</td></tr>\n",
            point.threshold, point.false_accepts, point.false_rejects
        )
    };
    let asked = format!("at most {} % false accepts", 100.0 * report.false_accepts);
    let asked = match det.at_false_accepts(report.false_accepts) {
        Some(point) => row(&asked, point),
        None => format!(
            "<tr><td>{asked}</td><td colspan=\"3\">none: a recording without a word has the greatest score of all</td></tr>\n"
        ),
    };
    format!(
        "{heading}<p class=\"faint\">A recording is taken for the word with the greatest score, if that reaches the threshold. \
         The detection error trade-off is drawn on normal deviates.</p>\n<div class=\"scroll\"><table>\n\
         <tr><th></th><th>threshold</th><th>false accepts</th><th>words missed</th></tr>\n{}{asked}</table></div>\n\
         <div class=\"scroll small\">{}</div>\n",
        row("equal error", det.equal_error()),
        det.picture(report.false_accepts).inline()
    )
}

fn worst(report: &Report<'_>) -> Result<String, SpotterError> {
    let (mistakes, [low, high]) = mistakes::worst(report)?;
    if mistakes.is_empty() {
        return Ok(String::new());
    }
    let labels = &report.evaluation.labels;
    let mut figures = String::new();
    for mistake in &mistakes {
        let scored = mistake.scored;
        let (label, word) = (&labels[scored.label], &labels[scored.word]);
        let spoken = scored.clip.word.as_ref().unwrap_or(&scored.clip.label);
        let own = if spoken == label { String::new() } else { format!(" ({})", name(spoken)) };
        let speaker = scored.clip.speaker.as_ref().map(|speaker| format!(", speaker {}", name(speaker)));
        let features = mistake.features.as_ref().map(|uri| {
            format!("<img src=\"{uri}\" alt=\"What the model was given: time to the right, frequency upwards\"/>\n")
        });
        let sound = match &mistake.sound {
            Some(uri) => format!("<audio controls=\"controls\" preload=\"none\" src=\"{uri}\"></audio>\n"),
            None => "<small class=\"faint\">The recording is too long for this page, or gone.</small>\n".to_owned(),
        };
        writeln!(
            figures,
            "<figure>\n<figcaption><span class=\"right\">{}</span>{own} taken for <span class=\"wrong\">{}</span>\n\
             <small>scores {:.3} and {:.3}</small>\n<small>{}{}</small></figcaption>\n{}{sound}</figure>",
            name(label),
            name(word),
            scored.scores[scored.label],
            scored.scores[scored.word],
            name(&scored.clip.name),
            speaker.unwrap_or_default(),
            features.unwrap_or_default()
        )
        .expect("a String takes all");
    }
    let all = report.evaluation.mistakes().len();
    let legend = if mistakes.iter().any(|mistake| mistake.features.is_some()) {
        format!(
            " The pictures show what the model was given, time to the right and the first feature at the bottom, from {low} \
             (dark) to {high} (bright)."
        )
    } else {
        String::new()
    };
    Ok(format!(
        "<h2>The worst mistakes</h2>\n<p class=\"faint\">The {} of {all} with the greatest lead over the right score.{legend}\
         </p>\n<div class=\"mistakes\">\n{figures}</div>\n",
        mistakes.len()
    ))
}

/// How long it took, and what was out of the ordinary.
fn recordings(report: &Report<'_>) -> String {
    let evaluation = report.evaluation;
    let mut text = "<h2>Recordings</h2>\n".to_owned();
    if let Some(latency) = evaluation.latency() {
        let [median, p95, max] = [latency.median, latency.p95, latency.max];
        text += &format!(
            "<p>A recording took the pipeline {median:.1?}, 95 % of them at most {p95:.1?}, all at most {max:.1?}, with all \
             cores at work.</p>\n"
        );
    }
    let fitted = |how| evaluation.clips.iter().filter(|scored| scored.fitted == how).count();
    for (how, done) in
        [(Fitted::Padded, "Too short, and given silence at their end"), (Fitted::Cut, "Too long, and cut at their end")]
    {
        if fitted(how) > 0 {
            text += &format!("<p>{done}: {}.</p>\n", fitted(how));
        }
    }
    let failures = &evaluation.failures;
    if failures.is_empty() {
        return text;
    }
    text += &format!("<p>Could not be used: {}.</p>\n<div class=\"scroll\"><table>\n", failures.len());
    for (clip, error) in failures.iter().take(MOST_FAILURES) {
        let error = error.to_string();
        let reason = error.strip_prefix(&format!("{}: ", clip.path.display())).unwrap_or(&error);
        text += &format!(
            "<tr><td class=\"wrap\">{}</td><td class=\"wrap\">{}</td></tr>\n",
            name(&clip.name),
            escape(reason)
        );
    }
    text += "</table></div>\n";
    if failures.len() > MOST_FAILURES {
        text += &format!("<p>and {} more.</p>\n", failures.len() - MOST_FAILURES);
    }
    text
}

/// Names with their counts, the first ones where they are many.
fn names(counts: &[(&str, usize)]) -> String {
    let shown: Vec<_> =
        counts.iter().take(MOST_NAMES).map(|(text, count)| format!("{} ({count})", name(text))).collect();
    let more = counts.len().saturating_sub(MOST_NAMES);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// A name that a user gave, kept apart from the direction of the text around it.
fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

fn code(text: &str) -> String {
    format!("<span class=\"code\">{}</span>", escape(text))
}
