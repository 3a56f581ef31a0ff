//! What was taken for what, as a picture and a table.

use super::svg::{self, Anchor, Svg};
use crate::{Evaluation, Share};

/// The most characters of a label that are shown; a tooltip has them all.
const LONGEST: usize = 20;

impl Evaluation {
    /// The confusion as an SVG picture: a row for each label that has recordings, a column for each word.
    ///
    /// A cell has the number of recordings and their share of the row, by which it is coloured: blue what is right,
    /// vermilion what is wrong. Where there are many words the share is left to the tooltip.
    pub fn confusion_svg(&self) -> String {
        self.confusion_picture().standalone()
    }

    /// The confusion as CSV: the column `label` and a column of counts for each word; a row for each label.
    pub fn confusion_csv(&self) -> String {
        let header = std::iter::once("label").chain(self.labels.iter().map(String::as_str)).map(str::to_owned);
        let rows =
            self.labels.iter().zip(self.confusion()).map(|(label, counts)| {
                std::iter::once(label.clone()).chain(counts.iter().map(usize::to_string)).collect()
            });
        super::clips::csv(std::iter::once(header.collect()).chain(rows))
    }

    /// The picture of [`confusion_svg`](Self::confusion_svg), to be shown anywhere.
    pub(super) fn confusion_picture(&self) -> Svg {
        let labels: Vec<_> = self.labels.iter().map(|label| svg::shortened(label, LONGEST)).collect();
        let confusion = self.confusion();
        let rows: Vec<_> =
            confusion.iter().enumerate().filter(|(_, counts)| counts.iter().sum::<usize>() > 0).collect();
        let cell = match labels.len() {
            0..=8 => 60.0,
            9..=16 => 46.0,
            _ => 26.0,
        };
        let widest = labels.iter().map(|label| svg::width(label)).fold(0.0, f64::max);
        let upright = widest < cell - 4.0;
        let left = widest.max(svg::width("recordings")) + 40.0;
        let top = if upright { 52.0 } else { 40.0 + widest };
        let (right, bottom) = (left + cell * labels.len() as f64, top + cell * rows.len() as f64);
        let mut picture = Svg::new(right + 16.0, bottom + 16.0, "Confusion: labels in rows, words found in columns");
        picture.text([(left + right) / 2.0, 20.0], Anchor::Middle, "faint", "word found");
        picture.text([left - 10.0, top - 12.0], Anchor::End, "faint", "recordings");
        for (column, label) in labels.iter().enumerate() {
            let x = left + cell * (column as f64 + 0.5);
            if upright {
                picture.text([x, top - 10.0], Anchor::Middle, "", label);
            } else {
                let (x, y, text) = (x + 4.0, top - 8.0, svg::escape(label));
                picture.draw(format_args!(
                    r#"<text transform="translate({x:.1} {y:.1}) rotate(-90)" text-anchor="start">{text}</text>"#
                ));
            }
        }
        for (at, (row, counts)) in rows.iter().enumerate() {
            let y = top + cell * at as f64;
            picture.text([left - 10.0, y + cell / 2.0 + 4.5], Anchor::End, "", &labels[*row]);
            self.draw_row(&mut picture, (*row, counts), [left, y], cell);
        }
        let (width, height) = (right - left, bottom - top);
        picture.draw(format_args!(
            r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" class="frame"/>"#
        ));
        picture
    }

    /// Draws the cells of a row; empty ones stay blank.
    fn draw_row(&self, picture: &mut Svg, (row, counts): (usize, &[usize]), [left, y]: [f64; 2], cell: f64) {
        let of = counts.iter().sum();
        let right = left + cell * counts.len() as f64;
        picture.draw(format_args!(r#"<path d="M{left:.1} {y:.1}H{right:.1}" class="grid"/>"#));
        for (column, &count) in counts.iter().enumerate() {
            let x = left + cell * column as f64;
            if column > 0 {
                let end = y + cell;
                picture.draw(format_args!(r#"<path d="M{x:.1} {y:.1}V{end:.1}" class="grid"/>"#));
            }
            if count == 0 {
                continue;
            }
            let share = Share { count, of }.value();
            let (class, opacity) = (if row == column { "right" } else { "wrong" }, 0.12 + 0.88 * share);
            let tooltip = svg::escape(&format!(
                "{} taken for {}: {count} of {of}, {:.1} %",
                self.labels[row],
                self.labels[column],
                100.0 * share
            ));
            picture.draw(format_args!(
                "<g><title>{tooltip}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" class=\"{class}\" \
                 fill-opacity=\"{opacity:.2}\"/>",
                x + 1.0,
                y + 1.0,
                cell - 2.0,
                cell - 2.0
            ));
            let ink = if opacity > 0.6 { "on" } else { "" };
            let (x, middle) = (x + cell / 2.0, y + cell / 2.0);
            if cell < 40.0 {
                picture.text([x, middle + 4.0], Anchor::Middle, &format!("small {ink}"), &count.to_string());
            } else {
                picture.text([x, middle], Anchor::Middle, &format!("strong {ink}"), &count.to_string());
                let share = format!("{:.0} %", 100.0 * share);
                picture.text([x, middle + 15.0], Anchor::Middle, &format!("small {ink}"), &share);
            }
            picture.draw(format_args!("</g>"));
        }
    }
}
