//! What thresholds trade, as a picture and a table.

use std::fmt::Write as _;

use super::svg::{Anchor, Svg};
use crate::{Det, OperatingPoint};

/// Shares at which the axes can have a tick, in percent.
const TICKS: [f64; 19] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 90.0, 95.0, 98.0, 99.0, 99.9];
/// The end of the axes, in percent, unless both errors are as great at some threshold.
const USUAL_END: f64 = 60.0;
/// Left, top and length of the axes, in pixels.
const FRAME: [f64; 3] = [76.0, 20.0, 400.0];

impl Det {
    /// The curve as an SVG picture, with the equal error and the point at which at most that share of the recordings
    /// without a word is accepted.
    ///
    /// The axes are normal deviates, on which the errors of two normal distributions lie on a straight line. Shares below
    /// the least one that is shown lie on the edge.
    pub fn to_svg(&self, false_accepts: f64) -> String {
        self.picture(false_accepts).standalone()
    }

    /// The curve as CSV: `threshold`, `false_accepts`, `false_rejects`, the errors from 0 to 1; a row for each threshold.
    pub fn to_csv(&self) -> String {
        let header = ["threshold", "false_accepts", "false_rejects"].map(str::to_owned).to_vec();
        let rows = self.points.iter().map(|point| {
            let values = [point.threshold, point.false_accepts.value(), point.false_rejects.value()];
            values.map(|value| value.to_string()).to_vec()
        });
        super::clips::csv(std::iter::once(header).chain(rows))
    }

    /// The picture of [`to_svg`](Self::to_svg), to be shown anywhere.
    pub(super) fn picture(&self, false_accepts: f64) -> Svg {
        let [left, top, length] = FRAME;
        let equal = self.equal_error();
        let axis = Axis::new(equal);
        let mut picture = Svg::new(left + length + 24.0, top + length + 56.0, "Detection error trade-off");
        axis.draw(&mut picture);
        let mut path = String::new();
        let mut last = None;
        for at in self.points.iter().map(|point| axis.place(*point)).map(|at| at.map(|x| (10.0 * x).round() / 10.0)) {
            if last != Some(at) {
                let command = if last.is_none() { 'M' } else { 'L' };
                write!(path, "{command}{} {}", at[0], at[1]).expect("a String takes all");
                last = Some(at);
            }
        }
        picture.draw(format_args!(r#"<path d="{path}" class="curve"/>"#));
        let [x, y] = axis.place(equal);
        picture.draw(format_args!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="5" class="equal"/>"#));
        let key = top + 22.0;
        let end = left + length - 12.0;
        let share = 50.0 * (equal.false_accepts.value() + equal.false_rejects.value());
        picture.draw(format_args!(r#"<circle cx="{end:.1}" cy="{:.1}" r="5" class="equal"/>"#, key - 4.5));
        picture.text([end - 12.0, key], Anchor::End, "", &format!("equal error {share:.1} %"));
        if let Some(asked) = self.at_false_accepts(false_accepts) {
            let diamond = |[x, y]: [f64; 2]| format!("M{x:.1} {:.1}l6 6l-6 6l-6 -6z", y - 6.0);
            picture.draw(format_args!(r#"<path d="{}" class="asked"/>"#, diamond(axis.place(asked))));
            picture.draw(format_args!(r#"<path d="{}" class="asked"/>"#, diamond([end, key + 15.5])));
            let text = format!(
                "threshold {:.4}: {:.1} % accepted, {:.1} % missed",
                asked.threshold,
                100.0 * asked.false_accepts.value(),
                100.0 * asked.false_rejects.value()
            );
            picture.text([end - 12.0, key + 20.0], Anchor::End, "", &text);
        }
        picture
    }
}

/// The scale of both axes, in normal deviates.
struct Axis {
    ends: [f64; 2],
}

impl Axis {
    /// A scale that has the least share that could be measured, and the equal error.
    fn new(equal: OperatingPoint) -> Self {
        let least = 100.0 / equal.false_accepts.of.max(equal.false_rejects.of) as f64;
        let great = 100.0 * equal.false_accepts.value().max(equal.false_rejects.value());
        let low = TICKS.iter().rev().find(|&&tick| tick < least.min(USUAL_END / 2.0)).copied().unwrap_or(TICKS[0]);
        let high = TICKS.iter().find(|&&tick| tick >= USUAL_END.max(1.2 * great)).copied().unwrap_or(99.9);
        Axis { ends: [deviate(low / 100.0), deviate(high / 100.0)] }
    }

    /// How far along the axis a share is, from 0 to 1.
    fn along(&self, share: f64) -> f64 {
        let [low, high] = self.ends;
        (deviate(share).clamp(low, high) - low) / (high - low)
    }

    fn place(&self, point: OperatingPoint) -> [f64; 2] {
        let [left, top, length] = FRAME;
        let [x, y] = [point.false_accepts, point.false_rejects].map(|share| self.along(share.value()));
        [left + length * x, top + length * (1.0 - y)]
    }

    /// Draws the frame, the ticks and the names of the axes.
    fn draw(&self, picture: &mut Svg) {
        let [left, top, length] = FRAME;
        let (right, bottom) = (left + length, top + length);
        for tick in TICKS {
            let [low, high] = self.ends;
            let value = deviate(tick / 100.0);
            if value < low || value > high {
                continue;
            }
            let along = self.along(tick / 100.0);
            let (x, y) = (left + length * along, top + length * (1.0 - along));
            picture.draw(format_args!(r#"<path d="M{x:.1} {top}V{bottom}M{left} {y:.1}H{right}" class="grid"/>"#));
            picture.text([x, bottom + 18.0], Anchor::Middle, "small", &tick.to_string());
            picture.text([left - 8.0, y + 4.0], Anchor::End, "small", &tick.to_string());
        }
        picture.draw(format_args!(r#"<path d="M{left} {bottom}L{right} {top}" class="diagonal"/>"#));
        picture.draw(format_args!(r#"<rect x="{left}" y="{top}" width="{length}" height="{length}" class="frame"/>"#));
        let (middle, centre) = (left + length / 2.0, top + length / 2.0);
        picture.text([middle, bottom + 42.0], Anchor::Middle, "faint", "false accepts, % of recordings without a word");
        picture.draw(format_args!(
            "<text transform=\"translate(22 {centre}) rotate(-90)\" text-anchor=\"middle\" class=\"faint\">\
             words missed, % of recordings with one</text>"
        ));
    }
}

/// The normal deviate that a share lies below: the inverse of the normal distribution, by bisection.
fn deviate(share: f64) -> f64 {
    let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if below(middle) < share { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_those_of_the_tables() {
        for (share, expected) in [(0.5, 0.0), (0.975, 1.959_964), (0.01, -2.326_348), (0.0, -6.0), (1.0, 6.0)] {
            assert!((deviate(share) - expected).abs() < 1e-5, "{share}: {}", deviate(share));
        }
    }
}
