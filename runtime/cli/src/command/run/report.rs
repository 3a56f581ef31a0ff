//! What a run has given, in tables.

use std::fmt;
use std::time::Duration;

use runeblocks_graph::Executor;
use serde_json::{Map, Value, json};

use super::scores::Score;
use crate::terminal::columns;

/// The scores below the label, the greatest first.
pub fn scores_table(scores: &[Score]) -> String {
    let mut sorted: Vec<_> = scores.iter().collect();
    sorted.sort_by(|a, b| b.value.total_cmp(&a.value));
    let row = |score: &&Score| vec![String::new(), score.word.clone(), number(score.value)];
    let rows: Vec<_> = sorted.iter().map(row).collect();
    format!("\n\n{}", columns(&rows).trim_end_matches('\n'))
}

/// The greatest score.
pub fn top(scores: &[Score]) -> Option<String> {
    scores.iter().map(|score| score.value).max_by(f64::total_cmp).map(number)
}

/// A score with as many digits as say something.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() > 1.0 { value.to_string() } else { format!("{value:.4}") }
}

/// How long each stage took.
#[derive(Debug)]
pub struct Timings(Vec<(String, Duration)>);

impl Timings {
    /// Those of the last run.
    pub fn last(executor: &Executor) -> Self {
        Timings(executor.times().map(|(name, time)| (name.to_owned(), time.last)).collect())
    }

    /// The mean of all runs.
    pub fn mean(executor: &Executor) -> Self {
        let mean = |time: runeblocks_graph::StageTime| time.total.div_f64(time.runs.max(1) as f64);
        Timings(executor.times().map(|(name, time)| (name.to_owned(), mean(time))).collect())
    }

    fn total(&self) -> Duration {
        self.0.iter().map(|(_, time)| time).sum()
    }

    /// The times by stage, and their sum, in µs.
    pub fn to_json(&self) -> Value {
        let nodes: Map<_, _> = self.0.iter().map(|(name, time)| (name.clone(), Value::from(micros(*time)))).collect();
        json!({ "unit": "µs", "nodes": nodes, "total": micros(self.total()) })
    }
}

/// Whole nanoseconds in µs.
fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let row = |name: &str, time: Duration| {
            let share = 100.0 * time.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
            vec![name.to_owned(), format!("{:>12.1} µs", micros(time)), format!("{share:>5.1} %")]
        };
        let mut rows: Vec<_> = self.0.iter().map(|(name, time)| row(name, *time)).collect();
        rows.push(row("total", total));
        f.write_str(&columns(&rows))
    }
}
