//! Shares with their uncertainty.

/// A share of trials that came out well, with Wilson's interval of 95 %.
///
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927). It takes trials
/// for independent, which clips of one speaker are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// How many came out well.
    pub count: usize,
    /// How many there were.
    pub of: usize,
}

impl Share {
    /// The share, from 0 to 1; NaN of nothing.
    pub fn value(self) -> f64 {
        self.count as f64 / self.of as f64
    }

    /// Lower and upper end of the interval; from 0 to 1 of nothing.
    pub fn interval(self) -> [f64; 2] {
        /// The normal deviate that 2.5 % lie above.
        const Z: f64 = 1.959_963_984_540_054;
        if self.of == 0 {
            return [0.0, 1.0];
        }
        let (n, p, z2) = (self.of as f64, self.value(), Z * Z);
        let centre = p + z2 / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        [((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0)]
    }
}

/// The share of trials that are true.
impl FromIterator<bool> for Share {
    fn from_iter<T: IntoIterator<Item = bool>>(trials: T) -> Self {
        trials.into_iter().fold(Share { count: 0, of: 0 }, |share, is_good| Share {
            count: share.count + usize::from(is_good),
            of: share.of + 1,
        })
    }
}

impl std::fmt::Display for Share {
    /// `90.6 % (84.5–94.4; 125 of 138)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Share { count, of } = self;
        if *of == 0 {
            return f.write_str("– (0 of 0)");
        }
        let [low, high] = self.interval().map(|end| 100.0 * end);
        write!(f, "{:.1} % ({low:.1}–{high:.1}; {count} of {of})", 100.0 * self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        let share = Share { count: 125, of: 138 };
        assert_eq!(share.to_string(), "90.6 % (84.5–94.4; 125 of 138)");
        assert_eq!(Share { count: 0, of: 10 }.interval().map(|x| (x * 1000.0).round()), [0.0, 278.0]);
        assert_eq!(Share { count: 10, of: 10 }.interval().map(|x| (x * 1000.0).round()), [722.0, 1000.0]);
        assert_eq!(Share { count: 0, of: 0 }.to_string(), "– (0 of 0)");
    }
}
