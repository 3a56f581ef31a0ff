//! What was cut off data that is too long, or added to data that is too short, and where the best of it lies.

use clap::ValueEnum;
use runeblocks_core::SampleRate;
use serde_json::{Value, json};

/// The part of data that is too long which is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Its start
    Start,
    /// Where there is most sound, or most movement
    Loudest,
}

/// Data that was cut, or added to.
#[derive(Debug)]
pub struct Fitted {
    /// The file.
    pub title: String,
    /// What it holds.
    pub unit: Unit,
    /// How many there were.
    pub given: usize,
    /// How many were taken.
    pub taken: usize,
    /// The first that was taken.
    pub begin: usize,
    /// The first of the loudest as many.
    pub loudest: usize,
}

/// What data is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Samples of sound, at a rate where that is known.
    Samples(Option<SampleRate>),
    /// Rows of a table.
    Rows,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Samples(_) => "samples",
            Unit::Rows => "rows",
        }
    }

    fn seconds(self, count: usize) -> Option<String> {
        let Unit::Samples(Some(SampleRate(rate))) = self else { return None };
        Some(format!("{} s", (count as f64 / f64::from(rate) * 100.0).round() / 100.0))
    }

    /// A length.
    fn length(self, count: usize) -> String {
        let name = self.name();
        self.seconds(count).map_or_else(|| format!("{count} {name}"), |time| format!("{time} ({count} {name})"))
    }

    /// The place behind as many.
    fn after(self, count: usize) -> String {
        self.seconds(count).unwrap_or_else(|| match self {
            Unit::Samples(_) => format!("sample {count}"),
            Unit::Rows => format!("row {count}"),
        })
    }
}

impl Fitted {
    /// What was done, in a line.
    pub fn note(&self) -> String {
        let Fitted { title, unit, given, taken, begin, loudest } = self;
        let found = format!("{title}: it has {}, and the pipeline takes {}", unit.length(*given), unit.length(*taken));
        let most = match unit {
            Unit::Samples(_) => "the loudest part",
            Unit::Rows => "the part with the most movement",
        };
        match (begin, loudest) {
            _ if given < taken => format!("{found}: zeros are added to its end"),
            (0, 0) => format!("{found}: its start is taken, which is {most}"),
            (0, loudest) => format!("{found}: its start is taken; {most} begins after {}", unit.after(*loudest)),
            (begin, _) => format!("{found}: {most} is taken, which begins after {}", unit.after(*begin)),
        }
    }

    /// Whether another part is the loudest.
    pub fn is_beside_the_loudest(&self) -> bool {
        self.begin != self.loudest
    }

    /// What was done, for programs.
    pub fn to_json(&self) -> Value {
        let rate = if let Unit::Samples(rate) = self.unit { rate } else { None };
        json!({
            "unit": self.unit.name(), "given": self.given, "taken": self.taken, "begin": self.begin,
            "loudest": self.loudest, "sample_rate": rate.map(|rate| rate.0),
        })
    }
}

/// The part of rows with the most movement: the greatest squared distances from the mean row.
pub fn liveliest(rows: ndarray::ArrayView2<'_, f32>, taken: usize) -> usize {
    /// The energy of the row that is farthest from the mean: sums of 2³¹ such rows are exact.
    const FARTHEST: f64 = (1u64 << 32) as f64;
    let rows = rows.mapv(f64::from);
    let Some(mean) = rows.mean_axis(ndarray::Axis(0)) else { return 0 };
    let distances: Vec<f64> = rows.outer_iter().map(|row| (&row - &mean).mapv(|x| x * x).sum()).collect();
    let farthest = distances.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    runeblocks_io::loudest(distances.iter().map(|distance| (distance / farthest * FARTHEST) as u64), taken)
}
