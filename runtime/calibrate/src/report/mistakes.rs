//! The worst mistakes, run again to see and hear them.

use runeblocks_core::{Number, Tensor, numeric};
use runeblocks_graph::Executor;

use super::{Report, audio};
use crate::{Model, Scored, Spotter, SpotterError};

/// How many are shown.
pub(super) const MOST: usize = 12;
/// The most characters of pictures and recordings, all together.
const ROOM: usize = 2 << 20;

/// A mistake, as it is shown.
pub(super) struct Mistake<'a> {
    /// What was found.
    pub(super) scored: &'a Scored,
    /// The URI of the recording.
    pub(super) sound: Option<String>,
    /// The URI of the picture of what the model was given.
    pub(super) features: Option<String>,
}

/// What the model was given: frames, features a frame, values.
type Features = (usize, usize, Vec<f64>);

/// The worst mistakes, and the range of the values in their pictures.
pub(super) fn worst<'a>(report: &Report<'a>) -> Result<(Vec<Mistake<'a>>, [f64; 2]), SpotterError> {
    let worst: Vec<_> = report.evaluation.mistakes().into_iter().take(MOST).collect();
    if worst.is_empty() {
        return Ok((Vec::new(), [0.0, 0.0]));
    }
    let spotter = Spotter::new(report.graph.try_clone()?)?;
    let (rate, length, input) = (spotter.sample_rate(), spotter.length(), spotter.input().to_owned());
    let mut model = match Model::of(report.graph) {
        Ok(model) => Some((report.graph.try_clone()?.into_executor(&[&model.features])?, model.features)),
        Err(_) => None,
    };
    let mut seen = Vec::new();
    for scored in worst {
        // A file that is gone meanwhile is neither seen nor heard.
        let samples = report.options.read(&scored.clip.path, rate, length).ok().map(|taken| taken.samples);
        let features = match (&mut model, &samples) {
            (Some((executor, port)), Some(samples)) => {
                executor.run(&[(&input, Tensor::from(samples.clone()).view())])?;
                features(executor, port)?
            }
            _ => None,
        };
        seen.push((scored, samples, features));
    }
    let values = seen.iter().filter_map(|(_, _, features)| features.as_ref()).flat_map(|(_, _, values)| values);
    let range = values
        .filter(|value| value.is_finite())
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)]);
    let mut room = ROOM;
    let mut fits = |uri: String| {
        room = room.checked_sub(uri.len())?;
        Some(uri)
    };
    let mistakes = seen.into_iter().map(|(scored, samples, features)| {
        let picture = features.and_then(|(frames, size, values)| audio::picture(frames, size, &values, range));
        let features = picture.and_then(&mut fits);
        let sound = match (rate, samples) {
            (Some(rate), Some(samples)) if 2 * samples.len() < ROOM => fits(audio::wav(rate.0, &samples)),
            _ => None,
        };
        Mistake { scored, sound, features }
    });
    Ok((mistakes.collect(), range))
}

/// What is at a port, if it has frames: two axes that are longer than 1.
fn features(executor: &Executor, port: &str) -> Result<Option<Features>, SpotterError> {
    let view = executor.output(port)?;
    let axes: Vec<_> = view.shape().iter().copied().filter(|&length| length != 1).collect();
    let &[frames, size] = &axes[..] else { return Ok(None) };
    if frames.saturating_mul(size) > ROOM / 4 {
        return Ok(None);
    }
    let values = view.numeric().map(|view| numeric!(view, array => array.iter().map(|x| x.to_f64()).collect()));
    Ok(values.map(|values| (frames, size, values)))
}
