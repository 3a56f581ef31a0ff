//! What other features do to a model.

use runeblocks_core::{BlockError, Buffer, ElementType, Facts, Quantization, ReshapeError, Tensor, TensorView};
use runeblocks_graph::{Graph, LoadedModel, StageKind};
use runeblocks_noise_filtering::output::to_int8;

use super::difference::{real, stored};
use crate::{ParityError, Share, SpotterError, Words};

/// What the other features do to the model of the first Runefile.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Clips whose word is another one with the other features.
    pub decisions: Share,
    /// The greatest change of the score of the word that the model finds in its own features.
    pub greatest: f64,
    /// The mean change of that score.
    pub mean: f64,
    /// Clips whose label was found, with either features; `None` where no label is known.
    pub accuracy: Option<[Share; 2]>,
    /// How the other features were given the model's element type and quantisation, where they had another.
    pub requantised: Option<String>,
}

/// What the model makes of one clip's features.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// The place of the word with each features.
    pub(super) words: [usize; 2],
    /// By how much the score of the first one changes.
    pub(super) change: f64,
    /// The place of the label.
    pub(super) label: Option<usize>,
}

impl Effect {
    pub(super) fn of(heard: &[Heard], requantised: Option<String>) -> Self {
        let labelled = |heard: &Heard| Some((heard.label?, heard.words));
        let right =
            |side: usize| heard.iter().filter_map(labelled).map(|(label, words)| label == words[side]).collect();
        Effect {
            decisions: heard.iter().map(|heard| heard.words[0] != heard.words[1]).collect(),
            greatest: heard.iter().map(|heard| heard.change).fold(0.0, f64::max),
            mean: heard.iter().map(|heard| heard.change).sum::<f64>() / heard.len().max(1) as f64,
            accuracy: heard.iter().any(|heard| heard.label.is_some()).then(|| [right(0), right(1)]),
            requantised,
        }
    }
}

/// How features become an input of a model.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    wanted: Facts,
    how: How,
    /// What is done to the features, in words; `None` where nothing is.
    pub(super) requantised: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// As they are.
    AsTheyAre,
    /// From whole numbers, as `noise-filtering` makes the 8-bit form.
    ToInt8,
    /// By the numbers that they stand for.
    Reals(Option<Quantization>),
}

impl Fit {
    /// For features with these facts. `own` are those of the features that the model takes in its pipeline: their quantisation
    /// counts, from which its own may differ a little. `noise_filtering` says whether that block makes them.
    ///
    /// # Errors
    ///
    /// When the model can't take them; the text says why.
    pub(super) fn new(
        model: &dyn LoadedModel,
        own: &Facts,
        found: &Facts,
        noise_filtering: bool,
    ) -> Result<Self, String> {
        let mut wanted = model.inputs().first().map(|port| port.facts.clone()).ok_or("the model has no input")?;
        wanted.quantization = own.quantization.or(wanted.quantization);
        if wanted.shape.is_stream() || !found.shape.is_view_of(&wanted.shape) {
            return Err(format!("the model takes {}, and B's features have the shape {}", wanted.shape, found.shape));
        }
        let same_type = found.element_type == wanted.element_type;
        let agrees = match (found.quantization, wanted.quantization) {
            (Some(a), Some(b)) => a.agrees_with(b),
            _ => true,
        };
        let how = if same_type && agrees {
            How::AsTheyAre
        } else if noise_filtering && (found.element_type, wanted.element_type) == (ElementType::U16, ElementType::I8) {
            How::ToInt8
        } else if matches!(wanted.element_type, ElementType::I8 | ElementType::U8 | ElementType::F32) {
            How::Reals(found.quantization)
        } else {
            return Err(format!("the model takes {wanted}, and B's features are {}", found.element_type));
        };
        let form = |facts: &Facts| match facts.quantization {
            Some(quantization) => format!("{} ({quantization})", facts.element_type),
            None => facts.element_type.to_string(),
        };
        let requantised = match how {
            How::AsTheyAre => None,
            How::ToInt8 => Some("u16 to i8, as `noise-filtering` does it".to_owned()),
            How::Reals(_) => Some(format!("{} to {}", form(found), form(&wanted))),
        };
        Ok(Fit { wanted, how, requantised })
    }

    fn tensor(&self, view: TensorView<'_>) -> Tensor {
        let quantize = |value: f64, least: f64, most: f64| match self.wanted.quantization {
            Some(Quantization { scale, zero_point }) => {
                (value / f64::from(scale) + f64::from(zero_point)).round().clamp(least, most)
            }
            None => value.round().clamp(least, most),
        };
        match (self.how, view) {
            (How::AsTheyAre, view) => view.to_tensor(),
            (How::ToInt8, TensorView::U16(array)) => {
                Tensor::from(array.iter().map(|&x| to_int8(x)).collect::<Vec<_>>())
            }
            (How::ToInt8, view) => view.to_tensor(),
            (How::Reals(quantization), view) => {
                let reals = stored(view).into_iter().map(|value| real(value, quantization));
                match self.wanted.element_type {
                    ElementType::I8 => {
                        Tensor::from(reals.map(|x| quantize(x, -128.0, 127.0) as i8).collect::<Vec<_>>())
                    }
                    ElementType::U8 => Tensor::from(reals.map(|x| quantize(x, 0.0, 255.0) as u8).collect::<Vec<_>>()),
                    _ => Tensor::from(reals.map(|x| x as f32).collect::<Vec<_>>()),
                }
            }
        }
    }
}

/// The model of a pipeline that ends in words, fed with features.
pub(super) struct Listener {
    model: Box<dyn LoadedModel>,
    outputs: Vec<Buffer>,
    /// The output that has the scores.
    port: usize,
    quantization: Option<Quantization>,
    fit: Fit,
}

impl Listener {
    /// The model whose scores the words of the graph belong to.
    pub(super) fn new(graph: &Graph, fit: &Fit) -> Result<Self, ParityError> {
        let words = Words::find(graph).ok_or(SpotterError::NoWords)?;
        let scores = graph.find_port(&words.scores).ok_or(SpotterError::NoWords)?;
        let node = &graph.nodes()[scores.node];
        let StageKind::Model { model, .. } = node.kind() else {
            return Err(SpotterError::NoModel { stage: node.name().to_owned() }.into());
        };
        let mut model = model.again();
        let outputs = model.infer(std::slice::from_ref(&fit.wanted)).map_err(ParityError::Model)?;
        let outputs = outputs.iter().map(|facts| facts.buffer()).collect();
        Ok(Listener { model, outputs, port: scores.port, quantization: words.quantization, fit: fit.clone() })
    }

    /// The scores that the model gives for features.
    pub(super) fn scores(&mut self, features: TensorView<'_>) -> Result<Vec<f64>, ParityError> {
        let tensor = self.fit.tensor(features);
        let shape = self.fit.wanted.shape.fixed().unwrap_or_default();
        let view = tensor.view().reshape(&shape).map_err(|ReshapeError { found, expected }| {
            let (found, expected) = (format!("features of shape {found:?}"), format!("{expected:?}"));
            ParityError::Model(BlockError::Data { found, expected, help: None })
        })?;
        self.model.reset();
        self.model.process(&[view], &mut self.outputs).map_err(ParityError::Model)?;
        let scores = stored(self.outputs[self.port].view());
        Ok(scores.into_iter().map(|score| real(score, self.quantization)).collect())
    }
}

/// The place of the greatest score, the first of equal ones.
pub(super) fn best(scores: &[f64]) -> usize {
    scores.iter().enumerate().fold(0, |best, (at, score)| if *score > scores[best] { at } else { best })
}
