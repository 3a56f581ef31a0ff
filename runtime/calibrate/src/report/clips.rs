//! What was found in every recording, as a table.

use crate::Evaluation;

impl Evaluation {
    /// The recordings as CSV: `path`, `label`, `word`, `trained_on` and a column `score:…` for each word; a row for each recording.
    pub fn clips_csv(&self) -> String {
        let header = ["path", "label", "word", "trained_on"].map(str::to_owned).into_iter();
        let header = header.chain(self.labels.iter().map(|word| format!("score:{word}"))).collect();
        let rows = self.clips.iter().map(|scored| {
            let texts = [
                scored.clip.path.display().to_string(),
                scored.clip.label.clone(),
                self.labels[scored.word].clone(),
                scored.trained_on.to_string(),
            ];
            texts.into_iter().chain(scored.scores.iter().map(f64::to_string)).collect()
        });
        csv(std::iter::once(header).chain(rows))
    }
}

/// Rows of equal length as CSV.
pub(super) fn csv(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows are of equal length, and a Vec takes all");
    }
    let bytes = writer.into_inner().expect("a Vec takes all");
    String::from_utf8(bytes).expect("texts are UTF-8")
}
