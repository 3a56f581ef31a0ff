//! Both front ends on one recording.

use runeblocks_core::{Tensor, TensorView};
use runeblocks_graph::{Executor, Graph};

use super::difference::{Difference, Units, stored};
use super::effect::{Fit, Heard, Listener, best};
use crate::{FrontEnd, ParityError, Spotter};

/// A stage that is compared, by its ports.
pub(super) struct Pair {
    pub(super) ports: [String; 2],
    /// `None` where the shapes differ.
    pub(super) units: Option<Units>,
}

/// How a stage differs in one clip.
pub(super) enum Compared {
    Values(Difference),
    /// The shapes differ.
    Shapes([String; 2]),
}

/// What a thread needs.
pub(super) struct Worker {
    spotter: Spotter,
    a: (Executor, String),
    b: Option<(Executor, String)>,
    listener: Option<Listener>,
    /// The port of B that the model is fed from.
    features: String,
}

impl Worker {
    pub(super) fn new(
        graph: &Graph,
        a: &FrontEnd,
        b: Option<&FrontEnd>,
        pairs: &[Pair],
        fit: Option<&Fit>,
    ) -> Result<Self, ParityError> {
        let features = b.and_then(|b| b.taps().pop()).map(|tap| tap.port);
        let executor = |of: &FrontEnd, side: usize, end: Option<&String>| -> Result<_, ParityError> {
            let keep: Vec<&str> = pairs.iter().map(|pair| &pair.ports[side]).chain(end).map(String::as_str).collect();
            Ok((of.graph().try_clone()?.into_executor(&keep)?, of.input().to_owned()))
        };
        Ok(Worker {
            spotter: Spotter::new(graph.try_clone()?)?,
            a: executor(a, 0, None)?,
            b: b.map(|b| executor(b, 1, features.as_ref())).transpose()?,
            listener: fit.map(|fit| Listener::new(graph, fit)).transpose()?,
            features: features.unwrap_or_default(),
        })
    }

    /// Runs both on a clip, or A alone where features are recorded.
    pub(super) fn compare(
        &mut self,
        clip: usize,
        [samples, others]: [Vec<i16>; 2],
        recorded: Option<Tensor>,
        pairs: &[Pair],
        label: Option<usize>,
    ) -> Result<(Vec<Option<Compared>>, Option<Heard>), ParityError> {
        let sound = Tensor::from(samples.clone());
        self.a.0.run(&[(&self.a.1, sound.view())])?;
        if let Some((executor, input)) = &mut self.b {
            executor.run(&[(input, Tensor::from(others).view())])?;
        }
        let other = |port: &str| -> Result<TensorView<'_>, ParityError> {
            match (&self.b, &recorded) {
                (Some((executor, _)), _) => Ok(executor.output(port)?),
                (None, Some(tensor)) => Ok(tensor.view()),
                (None, None) => Ok(sound.view()),
            }
        };
        let compared = pairs.iter().map(|pair| {
            let Some(units) = pair.units else { return Ok(None) };
            Ok(Some(compare(clip, [self.a.0.output(&pair.ports[0])?, other(&pair.ports[1])?], units)))
        });
        let compared = compared.collect::<Result<_, ParityError>>()?;
        let Some(listener) = &mut self.listener else { return Ok((compared, None)) };
        let theirs = listener.scores(other(&self.features)?)?;
        let own = self.spotter.decide(samples)?.scores;
        let words = [best(&own), best(&theirs)];
        let change = (own[words[0]] - theirs[words[0]]).abs();
        Ok((compared, Some(Heard { words, change, label })))
    }
}

/// The tensors of one stage. Those of recorded features may have other axes, and as many elements.
fn compare(clip: usize, [a, b]: [TensorView<'_>; 2], units: Units) -> Compared {
    let channels = if a.shape().len() < 2 { 1 } else { a.shape().last().copied().unwrap_or(1).max(1) };
    if a.len() != b.len() {
        return Compared::Shapes([a.shape(), b.shape()].map(|shape| format!("{shape:?}")));
    }
    Compared::Values(Difference::of(clip, channels, [&stored(a), &stored(b)], units))
}
