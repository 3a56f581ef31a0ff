//! A pipeline with another model in the place of its own.

use std::path::Path;
use std::sync::Arc;

use runeblocks_core::{Buffer, DynBlock, SampleRate, Tensor, TensorView};
use runeblocks_graph::{Executor, Graph, StageKind};
use runeblocks_model::{ModelFile, ModelStage};

use crate::{CalibrateError, Spotter, SpotterError, Words};

/// A pipeline up to its model, and another model of the same input in its place: the model's body, which gives the
/// embedding, or a calibrated model.
pub struct Body {
    executor: Executor,
    input: String,
    features: String,
    sample_rate: Option<SampleRate>,
    length: Option<usize>,
    stage: ModelStage,
    outputs: Vec<Buffer>,
}

/// The model of a pipeline that ends in words, and where it is.
pub struct Model<'a> {
    /// Its file.
    pub path: &'a Path,
    /// The port that it takes features from, as [`Graph::find_port`] reads it.
    pub features: String,
}

impl<'a> Model<'a> {
    /// The model whose scores the words belong to.
    ///
    /// # Errors
    ///
    /// When the pipeline does not end in words, or these are not the scores of a model with one input.
    pub fn of(graph: &'a Graph) -> Result<Self, SpotterError> {
        let words = Words::find(graph).ok_or(SpotterError::NoWords)?;
        let scores = graph.find_port(&words.scores).ok_or(SpotterError::NoWords)?;
        let node = &graph.nodes()[scores.node];
        match (node.kind(), node.inputs()) {
            (StageKind::Model { path, .. }, [input]) => {
                let name = graph.nodes()[input.from.node].name();
                let features =
                    if input.from.port == 0 { name.to_owned() } else { format!("{name}.{}", input.from.port) };
                Ok(Model { path, features })
            }
            _ => Err(SpotterError::NoModel { stage: node.name().to_owned() }),
        }
    }
}

impl Body {
    /// The pipeline of a graph, with this model.
    ///
    /// # Errors
    ///
    /// When the pipeline is not a [`Spotter`]'s, or the model can't be run in it.
    pub fn new(graph: &Graph, model: ModelFile) -> Result<Self, CalibrateError> {
        let spotter = Spotter::new(graph.try_clone().map_err(SpotterError::from)?)?;
        let features = Model::of(graph)?.features;
        let executor = graph.try_clone().and_then(|graph| graph.into_executor(&[&features]));
        let executor = executor.map_err(SpotterError::from)?;
        let input = spotter.input().to_owned();
        let port = graph.find_port(&features).and_then(|port| graph.facts(port));
        let mut stage = ModelStage::new(Arc::new(model), None);
        let facts = stage.infer(&port.cloned().into_iter().collect::<Vec<_>>()).map_err(CalibrateError::Body)?;
        let outputs = facts.iter().map(|facts| facts.buffer()).collect();
        let (sample_rate, length) = (spotter.sample_rate(), spotter.length());
        Ok(Body { executor, input, features, sample_rate, length, stage, outputs })
    }

    /// The rate at which sound is taken; any where it is not known.
    pub fn sample_rate(&self) -> Option<SampleRate> {
        self.sample_rate
    }

    /// The number of samples that are taken; any where it is not fixed.
    pub fn length(&self) -> Option<usize> {
        self.length
    }

    /// What the model gives for a clip, the pipeline in its initial state.
    ///
    /// # Errors
    ///
    /// When the clip is of another length than [`length`](Self::length), or a stage fails.
    pub fn run(&mut self, samples: Vec<i16>) -> Result<Vec<i8>, CalibrateError> {
        let clip = Tensor::from(samples);
        self.executor.run(&[(&self.input, clip.view())]).map_err(SpotterError::from)?;
        let features = self.executor.output(&self.features).map_err(SpotterError::from)?;
        self.stage.reset();
        self.stage.process(&[features], &mut self.outputs).map_err(CalibrateError::Body)?;
        match self.outputs[0].view() {
            TensorView::I8(output) => Ok(output.iter().copied().collect()),
            other => Err(CalibrateError::Head { found: format!("it gives {}", other.element_type()) }),
        }
    }
}
