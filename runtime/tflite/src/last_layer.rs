//! The last layer of a model: what turns its embedding into scores.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::{ModelFile, TensorInfo, TensorType, operator};

/// The last layer of a quantised classifier: FULLY_CONNECTED, and SOFTMAX or nothing after it. A model that ends in one can be
/// calibrated. Tensors are given by their numbers in the main subgraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLayer {
    /// The tensor that the layer takes, the embedding: `i8`, `[…, width]`.
    pub embedding: usize,
    /// `i8`, `[labels, width]`.
    pub weights: usize,
    /// `i32`, `[labels]`.
    pub bias: Option<usize>,
    /// `i8`, `[1, labels]`.
    pub logits: usize,
    /// What the model gives: `logits`, or what SOFTMAX makes of them.
    pub scores: usize,
}

impl LastLayer {
    /// Finds the last layer.
    ///
    /// # Errors
    ///
    /// When the model does not end in such a layer: what was found, in words.
    pub fn find(file: &ModelFile) -> Result<Self, String> {
        let main = file.main();
        let [scores] = main.outputs[..] else {
            return Err(format!("it has {} outputs", main.outputs.len()));
        };
        let maker = |tensor: usize| main.operators.iter().find(|operator| operator.outputs.contains(&tensor));
        let mut logits = scores;
        let mut last = maker(scores);
        if let Some(softmax) = last.filter(|operator| operator.code == operator::SOFTMAX)
            && let [Some(input), ..] = softmax.inputs[..]
        {
            logits = input;
            last = maker(input);
        }
        let names: Vec<_> = main.operators.iter().rev().take(2).rev().map(|operator| operator.name.as_str()).collect();
        let Some(dense) = last.filter(|operator| operator.code == operator::FULLY_CONNECTED) else {
            return Err(format!("it ends in {}", names.join(", ")));
        };
        let (Some(&Some(embedding)), Some(&Some(weights))) = (dense.inputs.first(), dense.inputs.get(1)) else {
            return Err("its FULLY_CONNECTED has no weights".to_owned());
        };
        let bias = dense.inputs.get(2).copied().flatten();
        let layer = LastLayer { embedding, weights, bias, logits, scores };
        for (tensor, wanted) in [(embedding, TensorType::Int8), (weights, TensorType::Int8), (logits, TensorType::Int8)]
        {
            let TensorInfo { name, element_type, quantization, .. } = &main.tensors[tensor];
            if *element_type != wanted {
                return Err(format!("`{name}` in its last layer is {element_type}"));
            }
            let scales = quantization.as_ref().map_or(0, |quantization| quantization.scales.len());
            if scales == 0 || (scales > 1 && tensor != weights) {
                return Err(format!("`{name}` in its last layer has {scales} scales"));
            }
        }
        let TensorInfo { name, shape, .. } = &main.tensors[weights];
        if file.constant(&main.tensors[weights]).is_none() || shape.len() != 2 || bias.is_none() {
            return Err(format!("the weights `{name}` of its last layer are no constant of two axes with a bias"));
        }
        if main.tensors[scores].elements() != shape[0] || main.tensors[embedding].elements() != shape[1] {
            return Err("its last layer runs on several rows".to_owned());
        }
        Ok(layer)
    }
}
