//! Pictures of Scalable Vector Graphics 1.1, in a light and a dark form of which the viewer takes one.

use std::fmt::Write as _;

/// The colours and texts of all pictures. Programs that know no media queries take the light ones. Right and wrong are the
/// blue and the vermilion of M. Okabe and K. Ito, "Color Universal Design", 2008.
pub(crate) const STYLE: &str = "\
.rb text{font:13px system-ui,sans-serif;fill:#1c2128}.rb .small{font-size:11px}.rb .faint{fill:#57606a}\
.rb .strong{font-weight:600}.rb .paper{fill:#fff}.rb .frame{fill:none;stroke:#8c959f}.rb .grid{fill:none;stroke:#d8dee4}\
.rb .right{fill:#0072b2}.rb .wrong{fill:#d55e00}.rb .on{fill:#fff}.rb .curve{fill:none;stroke:#0072b2;stroke-width:2}\
.rb .equal{fill:#fff;stroke:#1c2128;stroke-width:2}.rb .asked{fill:#d55e00;stroke:#fff}\
.rb .diagonal{fill:none;stroke:#8c959f;stroke-dasharray:3 4}\
@media(prefers-color-scheme:dark){.rb text{fill:#e6edf3}.rb .faint{fill:#9da7b3}.rb .paper{fill:#15191f}\
.rb .frame{stroke:#6e7681}.rb .grid{stroke:#2d333b}.rb .right{fill:#56b4e9}.rb .wrong{fill:#f0803c}.rb text.on{fill:#0b0e12}\
.rb .curve{stroke:#56b4e9}.rb .equal{fill:#15191f;stroke:#e6edf3}.rb .asked{fill:#f0803c;stroke:#15191f}\
.rb .diagonal{stroke:#6e7681}}";

/// A picture that is being drawn.
#[derive(Clone, Debug)]
pub(crate) struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

/// What of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Middle,
    End,
}

impl Svg {
    /// An empty picture of that size in pixels; the title is for those who do not see it.
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        Svg { width, height, title: escape(title), body: String::new() }
    }

    /// Draws elements as they are written.
    pub(crate) fn draw(&mut self, element: std::fmt::Arguments<'_>) {
        self.body.write_fmt(element).expect("a String takes all");
        self.body.push('\n');
    }

    /// Draws a text. `class` is one of the style's, `transform` an attribute or nothing.
    pub(crate) fn text(&mut self, at: [f64; 2], anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let [x, y] = at;
        let text = escape(text);
        self.draw(format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" class="{class}">{text}</text>"#));
    }

    /// The element for a page that has [`STYLE`].
    pub(crate) fn inline(&self) -> String {
        self.element("")
    }

    /// A file of its own.
    pub(crate) fn standalone(&self) -> String {
        let paper = format!("<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n");
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", self.element(&paper))
    }

    fn element(&self, before: &str) -> String {
        let Svg { width, height, title, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rb\" role=\"img\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>{title}</title>\n{before}{body}</svg>"
        )
    }
}

/// A text as XML and HTML take it within an element or an attribute in quotes. What XML cannot hold becomes U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// About how wide a text is at 13 pixels.
pub(crate) fn width(text: &str) -> f64 {
    text.chars().map(|c| if c < '\u{1100}' { 7.6 } else { 13.5 }).sum()
}

/// The start of a text, where it is longer than so many characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escape("<a & \"b\" 'c'>\u{1}õ"), "&lt;a &amp; &quot;b&quot; &#39;c&#39;&gt;\u{fffd}õ");
        assert_eq!(shortened("parem", 5), "parem");
        assert_eq!(shortened("vasakule", 5), "vasa…");
    }
}
