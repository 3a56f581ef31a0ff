//! The graph for Graphviz.

use std::fmt::Write as _;

use super::{Graph, NodeKind, PortId};

pub(super) fn write(graph: &Graph) -> String {
    let mut dot = String::from(
        "digraph runefile {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(dot, "  {text}");
    };
    for (i, node) in graph.nodes().iter().enumerate() {
        let (what, style) = match &node.kind {
            NodeKind::Source { kind, .. } => (kind.name().to_owned(), "shape=parallelogram"),
            NodeKind::Block { descriptor, .. } => (descriptor.name().to_owned(), "shape=box"),
            NodeKind::Model { path, .. } => {
                (path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(), "shape=box3d")
            }
        };
        line(format_args!("n{i} [label=\"{}\\n{}\", {style}];", escape(&node.name), escape(&what)));
    }
    let label = |port: PortId| {
        let facts = graph.facts(port).map(ToString::to_string).unwrap_or_default();
        match graph.nodes()[port.node].outputs() {
            [_] => escape(&facts),
            ports => format!("{}: {}", escape(&ports[port.port].name), escape(&facts)),
        }
    };
    for (i, node) in graph.nodes().iter().enumerate() {
        for input in &node.inputs {
            let PortId { node: from, .. } = input.from;
            line(format_args!("n{from} -> n{i} [label=\"{}\"];", label(input.from)));
        }
    }
    for (i, output) in graph.outputs().iter().enumerate() {
        line(format_args!("o{i} [label=\"{}\", shape=ellipse];", escape(&output.name)));
        line(format_args!("n{} -> o{i} [label=\"{}\"];", output.port.node, label(output.port)));
    }
    dot + "}\n"
}

/// A text inside quotation marks.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_and_control_characters_are_escaped() {
        assert_eq!(super::escape("a\"b\\c\nd"), "a\\\"b\\\\c d");
    }
}
