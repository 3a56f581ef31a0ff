//! An evaluation as JSON.

use serde_json::{Map, Value, json};

use crate::{Det, Evaluation, Fitted, OperatingPoint, Share};

impl Evaluation {
    /// The evaluation as a JSON object. `false_accepts` is the share of recordings without a word that may be taken for one,
    /// for which the threshold is told.
    ///
    /// | key | what |
    /// |---|---|
    /// | `accuracy`, `interval`, `count`, `of` | recordings whose label was found |
    /// | `words`, `rejection` | the same for recordings of words, and for those without; null where there are none |
    /// | `trained_on`, `unseen` | recordings that the model was trained on; accuracy on the others, null where there are none |
    /// | `labels`, `confusion` | a row of counts for each label, a column for each word found |
    /// | `per_label` | `recall` and `precision` with their intervals, by label |
    /// | `det` | the curve, its equal error and the threshold that was asked for; null unless there are both kinds of recordings |
    /// | `latency` | seconds a clip |
    /// | `padded`, `cut` | recordings that were too short or too long |
    /// | `mistakes`, `failures` | recordings taken for something else; those that could not be used |
    /// | `others` | how many recordings the labels have that are no words and count as `unknown` |
    /// | `splits` | how many recordings there are of each split, where it is known |
    /// | `left_out` | what of a folder was left out: `reason`, `ending` of a format, `count`, `examples` |
    /// | `joined` | names that are written in several ways: `name`, `spellings` |
    pub fn to_json(&self, false_accepts: f64) -> Value {
        let mut json = share(self.accuracy());
        json["accuracy"] = json["value"].take();
        json.as_object_mut().map(|object| object.remove("value"));
        let some = |value: Share| if value.of == 0 { Value::Null } else { share(value) };
        json["words"] = some(self.words());
        json["rejection"] = some(self.rejection());
        json["trained_on"] = share(self.trained_on());
        json["unseen"] = some(self.unseen());
        json["labels"] = json!(self.labels);
        json["confusion"] = json!(self.confusion());
        let per_label = self.per_label();
        let label = |(label, of): (&String, _)| {
            let crate::PerLabel { recall, precision } = of;
            (label.clone(), json!({ "recall": some(recall), "precision": some(precision) }))
        };
        json["per_label"] = Value::Object(self.labels.iter().zip(per_label).map(label).collect::<Map<_, _>>());
        json["det"] = self.det().map_or(Value::Null, |det| of_det(&det, false_accepts));
        json["latency"] = self.latency().map_or(Value::Null, |latency| {
            let [median, p95, max] = [latency.median, latency.p95, latency.max].map(|time| time.as_secs_f64());
            json!({ "median": median, "p95": p95, "max": max })
        });
        let fitted = |how| self.clips.iter().filter(|scored| scored.fitted == how).count();
        (json["padded"], json["cut"]) = (fitted(Fitted::Padded).into(), fitted(Fitted::Cut).into());
        json["others"] = self
            .others()
            .into_iter()
            .map(|(label, count)| (label.to_owned(), count.into()))
            .collect::<Map<_, _>>()
            .into();
        json["splits"] = json!(self.splits());
        [json["left_out"], json["joined"]] = self.notes.to_json();
        let mistakes = self.mistakes().into_iter().map(|scored| {
            json!({
                "path": scored.clip.path.to_string_lossy(),
                "label": self.labels[scored.label],
                "word": self.labels[scored.word],
                "scores": scored.scores,
            })
        });
        json["mistakes"] = mistakes.collect();
        let failures = self.failures.iter();
        json["failures"] = failures
            .map(|(clip, error)| json!({ "path": clip.path.to_string_lossy(), "error": error.to_string() }))
            .collect();
        json
    }
}

fn share(share: Share) -> Value {
    json!({ "value": share.value(), "interval": share.interval(), "count": share.count, "of": share.of })
}

fn point(point: OperatingPoint) -> Value {
    json!({
        "threshold": point.threshold,
        "false_accepts": share(point.false_accepts),
        "false_rejects": share(point.false_rejects),
    })
}

fn of_det(det: &Det, false_accepts: f64) -> Value {
    let rates = det.points.iter().map(|p| [p.threshold, p.false_accepts.value(), p.false_rejects.value()]);
    json!({
        "equal_error": point(det.equal_error()),
        "asked": { "false_accepts": false_accepts, "point": det.at_false_accepts(false_accepts).map(point) },
        "columns": ["threshold", "false_accepts", "false_rejects"],
        "points": rates.collect::<Vec<_>>(),
    })
}
