//! The graph as an SVG picture: stages from top to bottom, and on each edge what travels there.

use std::fmt::{self, Write as _};

use super::layers::{Item, arrange};
use super::{Graph, Node, NodeKind, PortId};

const MARGIN: f64 = 12.0;
const BOX_HEIGHT: f64 = 46.0;
const LABEL_HEIGHT: f64 = 18.0;
/// From one rank to the next.
const GAP: f64 = 18.0;
/// Between neighbours in a rank.
const SIDE_GAP: f64 = 24.0;
/// The most bends that edges beside other ranks are given; in a graph that needs more, such edges are straight.
const MAX_BENDS: usize = 20_000;

// The picture may stand inside a page, to which its style must not reach out.
const STYLE: &str = ".runefile text{font-family:system-ui,sans-serif;text-anchor:middle;fill:#1b2733}\
    .runefile .name{font-size:13px;font-weight:600}.runefile .what{font-size:11px;fill:#51606f}\
    .runefile .facts{font-size:11px;fill:#5f6c79}.runefile .box{stroke:#51606f;stroke-width:1.2}\
    .runefile .source{fill:#e3f1e6}.runefile .block{fill:#e6eef8}.runefile .model{fill:#fbeed5}\
    .runefile .output{fill:#f2e6f5}.runefile path{fill:none;stroke:#7a8794;stroke-width:1.3}\
    .runefile .tip{fill:#7a8794;stroke:none}";

/// What an item shows.
enum Shown<'a> {
    Stage(&'a Node),
    Output(&'a str),
    /// What travels from a port.
    Label(String),
    /// An edge on its way past a rank.
    Bend,
}

/// Items and the edges between them, as they are gathered.
struct Drawing<'a> {
    items: Vec<Item<Shown<'a>>>,
    edges: Vec<(usize, usize)>,
    bends: usize,
}

pub(super) fn write(graph: &Graph) -> String {
    let mut drawing = Drawing { items: Vec::new(), edges: Vec::new(), bends: 0 };
    drawing.gather(graph);
    let width = arrange(&mut drawing.items, &drawing.edges, SIDE_GAP) + 2.0 * MARGIN;
    let ranks = drawing.items.iter().map(|item| item.rank + 1).max().unwrap_or(0);
    // Stages stand in the even ranks, labels in the odd ones.
    let top = |rank: usize| {
        let (boxes, labels) = (rank.div_ceil(2) as f64, (rank / 2) as f64);
        MARGIN + boxes * (BOX_HEIGHT + GAP) + labels * (LABEL_HEIGHT + GAP)
    };
    let height = top(ranks) - GAP + MARGIN;
    let title = Escaped(&graph.warnings().source().name);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"runefile\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
         {height:.0}\" role=\"img\"><title>{title}</title><style>{STYLE}</style>\n"
    );
    for &(upper, lower) in &drawing.edges {
        let (from, to) = (&drawing.items[upper], &drawing.items[lower]);
        let start = top(from.rank) + if from.rank.is_multiple_of(2) { BOX_HEIGHT } else { LABEL_HEIGHT };
        // Past the items of a rank an edge is upright.
        let first = if matches!(from.what, Shown::Bend) { top(from.rank) } else { start };
        let tip = matches!(to.what, Shown::Stage(_) | Shown::Output(_));
        let end = top(to.rank) - if tip { 6.0 } else { 0.0 };
        let middle = f64::midpoint(start, end);
        let (x, to_x) = (from.x + MARGIN, to.x + MARGIN);
        put(
            &mut svg,
            format_args!(
                "<path d=\"M{x:.1} {first:.1}L{x:.1} {start:.1}C{x:.1} {middle:.1} {to_x:.1} {middle:.1} {to_x:.1} {end:.1}\"/>"
            ),
        );
        if tip {
            let (left, right, end, tip) = (to_x - 4.0, to_x + 4.0, end - 1.0, end + 6.0);
            put(
                &mut svg,
                format_args!("<path class=\"tip\" d=\"M{left:.1} {end:.1}L{right:.1} {end:.1}L{to_x:.1} {tip:.1}Z\"/>"),
            );
        }
    }
    for item in &drawing.items {
        draw(&mut svg, item, top(item.rank));
    }
    svg + "</svg>\n"
}

impl<'a> Drawing<'a> {
    fn gather(&mut self, graph: &'a Graph) {
        // The rank of a stage is the length of the longest way to it. Stages stand after those that they read.
        let mut ranks: Vec<usize> = Vec::new();
        for node in graph.nodes() {
            ranks.push(node.inputs().iter().map(|input| ranks[input.from.node] + 2).max().unwrap_or(0));
        }
        for (node, &rank) in graph.nodes().iter().zip(&ranks) {
            let width = text_width(&node.name, 13.0).max(text_width(&what(node), 11.0)) + 28.0;
            self.add(Shown::Stage(node), width, rank);
        }
        // What reads a port: the items of stages and of outputs.
        let mut readers = vec![Vec::new(); graph.nodes().len()];
        for (reader, node) in graph.nodes().iter().enumerate() {
            node.inputs().iter().for_each(|input| readers[input.from.node].push((input.from.port, reader)));
        }
        for output in graph.outputs() {
            let PortId { node, port } = output.port;
            let item = self.add(Shown::Output(&output.name), text_width(&output.name, 13.0) + 36.0, ranks[node] + 2);
            readers[node].push((port, item));
        }
        for (index, node) in graph.nodes().iter().enumerate() {
            for (port, of) in node.outputs().iter().enumerate() {
                let readers: Vec<usize> = readers[index].iter().filter(|(p, _)| *p == port).map(|(_, r)| *r).collect();
                if readers.is_empty() {
                    continue;
                }
                let text = match node.outputs() {
                    [_] => of.facts.to_string(),
                    _ => format!("{}: {}", of.name, of.facts),
                };
                let label = self.add(Shown::Label(text.clone()), text_width(&text, 11.0) + 8.0, ranks[index] + 1);
                self.edges.push((index, label));
                readers.into_iter().for_each(|reader| self.join(label, reader));
            }
        }
    }

    fn add(&mut self, what: Shown<'a>, width: f64, rank: usize) -> usize {
        self.items.push(Item { what, width, rank, x: 0.0 });
        self.items.len() - 1
    }

    /// An edge, with a bend in every rank that it passes.
    fn join(&mut self, upper: usize, lower: usize) {
        let (first, last) = (self.items[upper].rank + 1, self.items[lower].rank);
        let mut from = upper;
        if self.bends + last.saturating_sub(first) <= MAX_BENDS {
            for rank in first..last {
                let bend = self.add(Shown::Bend, 1.0, rank);
                self.edges.push((from, bend));
                self.bends += 1;
                from = bend;
            }
        }
        self.edges.push((from, lower));
    }
}

/// What a stage is, in a word.
fn what(node: &Node) -> String {
    match &node.kind {
        NodeKind::Source { kind, .. } => kind.name().to_owned(),
        NodeKind::Block { descriptor, .. } => descriptor.name().to_owned(),
        NodeKind::Model { path, .. } => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    }
}

fn draw(svg: &mut String, item: &Item<Shown<'_>>, top: f64) {
    let x = item.x + MARGIN;
    let left = x - item.width / 2.0;
    match &item.what {
        Shown::Bend => {}
        Shown::Label(text) => {
            put(
                svg,
                format_args!("<text class=\"facts\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", top + 13.0, Escaped(text)),
            );
        }
        Shown::Stage(node) => {
            let (class, corner) = match &node.kind {
                NodeKind::Source { .. } => ("source", 14.0),
                NodeKind::Block { .. } => ("block", 4.0),
                NodeKind::Model { .. } => ("model", 4.0),
            };
            frame(svg, class, corner, left, top, item.width, BOX_HEIGHT);
            let (name, what) = (Escaped(&node.name), what(node));
            put(svg, format_args!("<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>", top + 20.0));
            put(
                svg,
                format_args!("<text class=\"what\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", top + 36.0, Escaped(&what)),
            );
        }
        Shown::Output(name) => {
            frame(svg, "output", 15.0, left, top, item.width, 30.0);
            put(
                svg,
                format_args!("<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", top + 19.5, Escaped(name)),
            );
        }
    }
}

fn frame(svg: &mut String, class: &str, corner: f64, left: f64, top: f64, width: f64, height: f64) {
    put(
        svg,
        format_args!(
            "<rect class=\"box {class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{corner}\"/>"
        ),
    );
}

fn put(svg: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "{text}");
}

/// How wide a text is about, in a font without serifs.
fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.58 } else { 1.0 }).sum::<f64>() * size
}

/// A text in XML. Control characters, which XML does not have, are blanks.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_char(' '),
            c => f.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(Escaped("<a b=\"c\">&\0\n").to_string(), "&lt;a b=&quot;c&quot;&gt;&amp;  ");
    }
}
