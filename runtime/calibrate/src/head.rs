//! The last layer of a model: what turns its embedding into scores.

use runeblocks_model::{ModelFile, Patch, TensorInfo, TensorType, operator};

use crate::CalibrateError;

/// The last layer of a quantised classifier: FULLY_CONNECTED, and SOFTMAX or nothing after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The tensor that the layer takes, the embedding: `i8`, `[…, width]`.
    embedding: usize,
    /// `i8`, `[labels, width]`.
    weights: usize,
    /// `i32`, `[labels]`.
    bias: Option<usize>,
    /// `i8`, `[1, labels]`.
    logits: usize,
    /// What the model gives: `logits`, or what SOFTMAX makes of them.
    scores: usize,
}

/// A layer in real numbers: `logits = weights · embedding + bias`.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The length of an embedding.
    pub width: usize,
    /// A row of `width` for each label.
    pub weights: Vec<f32>,
    /// One for each label.
    pub bias: Vec<f32>,
}

impl Layer {
    /// How many labels there are.
    pub fn labels(&self) -> usize {
        self.bias.len()
    }

    /// The logits of an embedding.
    ///
    /// # Panics
    ///
    /// When its length is not [`width`](Self::width).
    pub fn logits(&self, embedding: &[f32]) -> Vec<f32> {
        assert_eq!(embedding.len(), self.width, "the length of an embedding");
        let rows = self.weights.chunks_exact(self.width).zip(&self.bias);
        rows.map(|(row, bias)| bias + row.iter().zip(embedding).map(|(w, x)| w * x).sum::<f32>()).collect()
    }
}

impl Head {
    /// Finds the last layer.
    ///
    /// # Errors
    ///
    /// When the model does not end in such a layer.
    pub fn find(file: &ModelFile) -> Result<Self, CalibrateError> {
        let main = file.main();
        let refuse = |found: String| CalibrateError::Head { found };
        let [scores] = main.outputs[..] else {
            return Err(refuse(format!("it has {} outputs", main.outputs.len())));
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
            return Err(refuse(format!("it ends in {}", names.join(", "))));
        };
        let (Some(&Some(embedding)), Some(&Some(weights))) = (dense.inputs.first(), dense.inputs.get(1)) else {
            return Err(refuse("its FULLY_CONNECTED has no weights".to_owned()));
        };
        let bias = dense.inputs.get(2).copied().flatten();
        let head = Head { embedding, weights, bias, logits, scores };
        for (tensor, wanted) in [(embedding, TensorType::Int8), (weights, TensorType::Int8), (logits, TensorType::Int8)]
        {
            let TensorInfo { name, element_type, quantization, .. } = &main.tensors[tensor];
            if *element_type != wanted {
                return Err(refuse(format!("`{name}` in its last layer is {element_type}")));
            }
            let scales = quantization.as_ref().map_or(0, |quantization| quantization.scales.len());
            if scales == 0 || (scales > 1 && tensor != weights) {
                return Err(refuse(format!("`{name}` in its last layer has {scales} scales")));
            }
        }
        let TensorInfo { name, shape, .. } = &main.tensors[weights];
        if file.constant(&main.tensors[weights]).is_none() || shape.len() != 2 || bias.is_none() {
            return Err(refuse(format!(
                "the weights `{name}` of its last layer are no constant of two axes with a bias"
            )));
        }
        if main.tensors[scores].elements() != shape[0] || main.tensors[embedding].elements() != shape[1] {
            return Err(refuse("its last layer runs on several rows".to_owned()));
        }
        Ok(head)
    }

    /// The model with its embedding for its output.
    ///
    /// # Errors
    ///
    /// When the file can't be changed.
    pub fn body(&self, file: &ModelFile) -> Result<ModelFile, CalibrateError> {
        let mut patch = Patch::new(file);
        patch.outputs(&[self.embedding]);
        Ok(patch.finish()?)
    }

    /// The tensor that the layer takes.
    pub(crate) fn embedding<'a>(&self, file: &'a ModelFile) -> &'a TensorInfo {
        &file.main().tensors[self.embedding]
    }

    /// Scale and zero point of the embedding.
    pub fn quantization(&self, file: &ModelFile) -> (f32, i32) {
        scale_of(self.embedding(file))
    }

    /// The layer as it is in the file.
    pub fn read(&self, file: &ModelFile) -> Layer {
        let tensors = &file.main().tensors;
        let weights = &tensors[self.weights];
        let width = weights.shape[1];
        let scales = scales(weights);
        let scale = |label: usize| scales[label % scales.len()];
        let (input, _) = self.quantization(file);
        let integers = file.constant(weights).unwrap_or_default();
        let rows = integers.chunks_exact(width).enumerate();
        let weights =
            rows.flat_map(|(label, row)| row.iter().map(move |&w| f32::from(w as i8) * scale(label))).collect();
        let bias = self.bias.and_then(|bias| file.constant(&tensors[bias])).unwrap_or_default();
        let bias = bias.chunks_exact(4).enumerate().map(|(label, bytes)| {
            i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as f32 * scale(label) * input
        });
        let bias: Vec<f32> = bias.collect();
        Layer { width, weights, bias }
    }

    /// The model with another last layer, quantised anew. The weights get as many scales as they had: one, or one for each
    /// label. `logits` is the range that the layer gives.
    ///
    /// # Errors
    ///
    /// When the file can't be changed.
    pub fn write(&self, file: &ModelFile, layer: &Layer, logits: [f32; 2]) -> Result<ModelFile, CalibrateError> {
        let tensors = &file.main().tensors;
        let (labels, per_label) = (layer.labels(), scales(&tensors[self.weights]).len() > 1);
        let greatest = |row: &[f32]| row.iter().fold(0.0f32, |most, w| most.max(w.abs()));
        let scale = |row: &[f32]| (greatest(row) / 127.0).max(f32::MIN_POSITIVE);
        let rows = layer.weights.chunks_exact(layer.width);
        let scales: Vec<f32> = match per_label {
            true => rows.clone().map(scale).collect(),
            false => vec![scale(&layer.weights)],
        };
        let of = |label: usize| scales[label % scales.len()];
        let integers: Vec<u8> = rows.enumerate().flat_map(|(label, row)| self.rounded(file, row, of(label))).collect();
        let (input, _) = self.quantization(file);
        let bias_scales: Vec<f32> = scales.iter().map(|scale| scale * input).collect();
        let bias = layer.bias.iter().enumerate().map(|(label, bias)| {
            let scale = f64::from(bias_scales[label % scales.len()]);
            (f64::from(*bias) / scale).round() as i32
        });
        let bias: Vec<u8> = bias.flat_map(i32::to_le_bytes).collect();
        let [low, high] = [logits[0].min(0.0), logits[1].max(0.0)];
        let logit_scale = ((high - low) / 255.0).max(f32::MIN_POSITIVE);
        let logit_zero = (-128.0 - low / logit_scale).round() as i64;

        let mut patch = Patch::new(file);
        let zeros = vec![0; scales.len()];
        patch.constant(self.weights, &integers)?;
        patch.quantization(self.weights, &scales, &zeros)?;
        if let Some(tensor) = self.bias {
            patch.constant(tensor, &bias)?;
            patch.quantization(tensor, &bias_scales, &zeros)?;
        }
        patch.quantization(self.logits, &[logit_scale], &[logit_zero])?;
        if labels != tensors[self.weights].shape[0] {
            patch.shape(self.weights, &[labels, layer.width])?;
            if let Some(tensor) = self.bias {
                patch.shape(tensor, &[labels])?;
            }
            let outputs = if self.scores == self.logits { vec![self.logits] } else { vec![self.logits, self.scores] };
            for tensor in outputs {
                let mut shape = tensors[tensor].shape.clone();
                if let Some(last) = shape.last_mut() {
                    *last = labels;
                }
                patch.shape(tensor, &shape)?;
            }
        }
        Ok(patch.finish()?)
    }
}

impl Head {
    /// A row of weights as integers. In a map of many positions, what rounding loses at one is made up for at the next, so
    /// that weights that are small by themselves keep their sums.
    fn rounded(&self, file: &ModelFile, row: &[f32], scale: f32) -> Vec<u8> {
        /// From here on positions are many.
        const MANY: usize = 64;
        let channels = self.embedding(file).shape.last().copied().unwrap_or(row.len()).max(1);
        let is_map = row.len() / channels >= MANY;
        let mut lost = vec![0.0; channels];
        let round = |(at, weight): (usize, &f32)| {
            let lost = &mut lost[at % channels];
            let exact = weight / scale + *lost;
            let integer = exact.round().clamp(-127.0, 127.0);
            if is_map {
                *lost = exact - integer;
            }
            integer as i8 as u8
        };
        row.iter().enumerate().map(round).collect()
    }
}

fn scales(tensor: &TensorInfo) -> &[f32] {
    tensor.quantization.as_ref().map_or(&[], |quantization| &quantization.scales)
}

fn scale_of(tensor: &TensorInfo) -> (f32, i32) {
    let quantization = tensor.quantization.as_ref();
    let zero_point = quantization.and_then(|quantization| quantization.zero_points.first());
    let zero_point = zero_point.and_then(|&zero_point| i32::try_from(zero_point).ok());
    (scales(tensor).first().copied().unwrap_or(1.0), zero_point.unwrap_or(0))
}
