//! The page and its pictures, for labels that are not easy to write.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::path::Path;
use std::time::Duration;

use runeblocks_calibrate::{Clip, Dataset, Evaluation, Fitted, Options, Report, Scored};
use runeblocks_graph::Graph;

/// A word that HTML and XML take for something else, one with an umlaut, one from right to left, one with a quote.
const WORDS: &str = r#"[silence, unknown, "<up> & co", "üles", "يسار", "\"paremale'"]"#;

fn clip(file: &str, label: &str) -> Clip {
    let path = common::root().join("examples/clips").join(file);
    Clip { path, name: file.to_owned(), label: label.to_owned(), speaker: Some("<anna>".to_owned()), ..Clip::default() }
}

fn measured() -> (Graph, Evaluation) {
    let graph = common::with_words(WORDS);
    let clips = vec![
        clip("up.wav", "<up> & co"),
        clip("down.wav", "üles"),
        clip("left.wav", "<up> & co"),
        clip("right.wav", "<cat>"),
        clip("<nope>.wav", "üles"),
    ];
    let evaluation =
        Evaluation::run(&graph, &Dataset { clips, ..Dataset::default() }, Options::default(), || ()).unwrap();
    (graph, evaluation)
}

fn page(graph: &Graph, evaluation: &Evaluation) -> String {
    let report = Report {
        graph,
        evaluation,
        runefile: Path::new("<my> Runefile.yml"),
        data: Path::new("recordings & more"),
        split: Some("val"),
        options: Options::default(),
        false_accepts: 0.05,
    };
    report.to_html().unwrap()
}

/// Parses XML, and gives all its text.
fn text(xml: &str) -> String {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document =
        roxmltree::Document::parse_with_options(xml, options).unwrap_or_else(|error| panic!("{error}: {xml}"));
    document.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_page_is_well_formed_and_stands_alone() {
    let (graph, evaluation) = measured();
    let html = page(&graph, &evaluation);
    assert!(html.contains("&lt;up&gt; &amp; co") && !html.contains("<up>") && !html.contains("<anna>"), "{html}");
    assert!(html.contains("<bdi>يسار</bdi>") && html.contains("(<bdi>&lt;cat&gt;</bdi>)"));
    for outside in ["http-equiv", "<script", "<link", "url(", "src=\"http", "href="] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("data:image/png;base64,").count(), 2);
    assert_eq!(html.matches("data:audio/wav;base64,").count(), 2);
    // The SHA-256 of the model, and the front end's.
    let text = text(&html);
    let digest = "bf0caace66e3c9dc2b8950650a55761775c0aad5d2c875f55b90470562c37336";
    assert!(text.contains(digest) && text.contains("SHA-256"), "{text}");
    for part in ["<my> Runefile.yml", "recordings & more", "50.0 %", "4 of 5 recordings", "<nope>.wav"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("it cannot be read: No such file or directory"), "{text}");
}

#[test]
fn without_mistakes_there_are_none_in_the_page() {
    let graph = common::graph();
    let dataset = Dataset { clips: vec![clip("up.wav", "up")], ..Dataset::default() };
    let evaluation = Evaluation::run(&graph, &dataset, Options::default(), || ()).unwrap();
    let text = text(&page(&graph, &evaluation));
    assert!(!text.contains("The worst mistakes") && !text.to_lowercase().contains("could not be used"), "{text}");
    assert!(text.contains("It takes recordings with a word and recordings without"), "{text}");
}

#[test]
fn pictures_are_well_formed() {
    let (_, evaluation) = measured();
    let confusion = text(&evaluation.confusion_svg());
    for part in ["<up> & co", "üles", "يسار", "\"paremale'", "<up> & co taken for يسار: 1 of 2, 50.0 %"] {
        assert!(confusion.contains(part), "{part}: {confusion}");
    }
    let det = evaluation.det().unwrap();
    let curve = text(&det.to_svg(0.05));
    assert!(
        curve.contains("equal error ") && curve.contains("false accepts, % of recordings without a word"),
        "{curve}"
    );
}

#[test]
fn tables_have_a_header_and_a_row_each() {
    let (_, evaluation) = measured();
    let csv = evaluation.confusion_csv();
    let rows: Vec<_> = csv.lines().collect();
    assert_eq!(rows[0], "label,silence,unknown,<up> & co,üles,يسار,\"\"\"paremale'\"");
    assert_eq!((rows[3], rows.len()), ("<up> & co,0,0,1,0,1,0", 7));
    let det = evaluation.det().unwrap();
    let csv = det.to_csv();
    assert_eq!(csv.lines().next(), Some("threshold,false_accepts,false_rejects"));
    assert_eq!(csv.lines().count(), det.points.len() + 1);
    let csv = evaluation.clips_csv();
    let rows: Vec<_> = csv.lines().collect();
    assert!(rows[0].starts_with("path,label,word,trained_on,score:silence,score:unknown,score:<up> & co,"), "{csv}");
    assert_eq!(rows.len(), 5);
    assert!(rows[4].contains("right.wav,<cat>,\"\"\"paremale'\",false,"), "{csv}");
}

/// Many words make a greater picture, and no text of it is lost.
#[test]
fn many_labels_are_drawn() {
    let labels: Vec<_> = (0..50).map(|n| format!("word number {n}")).collect();
    let scored = |label: usize, word: usize| Scored {
        clip: clip("up.wav", "up"),
        label,
        word,
        scores: vec![0.0; 50],
        fitted: Fitted::Exact,
        trained_on: false,
        time: Duration::ZERO,
    };
    let clips = (0..500).map(|n| scored(n % 50, if n % 7 == 0 { n * 13 % 50 } else { n % 50 })).collect();
    let evaluation = Evaluation { labels, clips, ..Evaluation::default() };
    let svg = evaluation.confusion_svg();
    let shown = text(&svg);
    assert!((0..50).all(|n| shown.matches(&format!("word number {n} ")).count() >= 2), "{shown}");
    assert!(svg.len() < 200_000, "{}", svg.len());
}
