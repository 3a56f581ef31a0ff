//! What a threshold trades: false accepts against false rejects.

use crate::Share;

/// The trade of false accepts for false rejects, over all thresholds.
///
/// A clip is taken for a word when the greatest score of a word reaches the threshold. That is a false accept in a clip
/// without a word, and no accept in a clip of another word; a clip of a word is rejected falsely when its own word is not
/// found. After A. Martin et al., "The DET Curve in Assessment of Detection Task Performance", Eurospeech 1997.
#[derive(Clone, Debug, PartialEq)]
pub struct Det {
    /// One for each threshold at which something changes, rising.
    pub points: Vec<OperatingPoint>,
}

/// A threshold and what it brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// Scores from here on are accepted.
    pub threshold: f64,
    /// Clips without a word that are taken for one.
    pub false_accepts: Share,
    /// Clips of a word that are not taken for it.
    pub false_rejects: Share,
}

/// One clip, as a threshold sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial {
    /// The greatest score of a word.
    pub score: f64,
    /// `None` in a clip without a word; else whether the greatest score is that of its own.
    pub hit: Option<bool>,
}

impl Det {
    /// The curve of these trials; `None` unless there are clips with a word and clips without.
    pub(crate) fn new(mut trials: Vec<Trial>) -> Option<Self> {
        let others = trials.iter().filter(|trial| trial.hit.is_none()).count();
        let words = trials.len() - others;
        if others == 0 || words == 0 {
            return None;
        }
        trials.sort_by(|a, b| b.score.total_cmp(&a.score));
        let (mut accepted, mut hits, mut points) = (0, 0, Vec::new());
        let mut point = |threshold, accepted, hits| {
            points.push(OperatingPoint {
                threshold,
                false_accepts: Share { count: accepted, of: others },
                false_rejects: Share { count: words - hits, of: words },
            });
        };
        for (at, trial) in trials.iter().enumerate() {
            match trial.hit {
                None => accepted += 1,
                Some(hit) => hits += usize::from(hit),
            }
            if trials.get(at + 1).is_none_or(|next| next.score < trial.score) {
                point(trial.score, accepted, hits);
            }
        }
        points.reverse();
        Some(Det { points })
    }

    /// The lowest threshold at which at most that share of the clips without a word is accepted; `None` where even the
    /// highest score of all is one of theirs.
    pub fn at_false_accepts(&self, most: f64) -> Option<OperatingPoint> {
        self.points.iter().find(|point| point.false_accepts.value() <= most).copied()
    }

    /// The point at which both errors are nearest to each other.
    pub fn equal_error(&self) -> OperatingPoint {
        let distance = |point: &OperatingPoint| (point.false_accepts.value() - point.false_rejects.value()).abs();
        let nearest = self.points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.copied().unwrap_or(self.points[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(score: f64, hit: Option<bool>) -> Trial {
        Trial { score, hit }
    }

    #[test]
    fn thresholds_trade_accepts_for_rejects() {
        let trials =
            [(0.9, Some(true)), (0.8, None), (0.8, Some(true)), (0.5, Some(false)), (0.2, None), (0.1, Some(true))];
        let det = Det::new(trials.map(|(score, hit)| trial(score, hit)).to_vec()).unwrap();
        let seen: Vec<_> =
            det.points.iter().map(|p| (p.threshold, p.false_accepts.count, p.false_rejects.count)).collect();
        assert_eq!(seen, [(0.1, 2, 1), (0.2, 2, 2), (0.5, 1, 2), (0.8, 1, 2), (0.9, 0, 3)]);
        assert_eq!(det.at_false_accepts(0.5).unwrap().threshold, 0.5);
        assert_eq!(det.at_false_accepts(0.1).unwrap().threshold, 0.9);
        assert_eq!(det.equal_error().threshold, 0.5);
        assert!(Det::new(vec![trial(0.5, None)]).is_none());
    }

    #[test]
    fn no_threshold_keeps_out_the_greatest_score() {
        let det = Det::new(vec![trial(1.0, None), trial(1.0, Some(true))]).unwrap();
        assert_eq!(det.at_false_accepts(0.5), None);
    }
}
