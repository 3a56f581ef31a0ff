//! The last layer of a model: what turns its embedding into scores.

use runeblocks_model::{LastLayer, ModelFile, Patch, TensorInfo};

use crate::CalibrateError;

/// The last layer of a quantised classifier, which can be trained anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head(LastLayer);

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
        LastLayer::find(file).map(Head).map_err(|found| CalibrateError::Head { found })
    }

    /// The model with its embedding for its output.
    ///
    /// # Errors
    ///
    /// When the file can't be changed.
    pub fn body(&self, file: &ModelFile) -> Result<ModelFile, CalibrateError> {
        let mut patch = Patch::new(file);
        patch.outputs(&[self.0.embedding]);
        Ok(patch.finish()?)
    }

    /// The tensor that the layer takes.
    pub(crate) fn embedding<'a>(&self, file: &'a ModelFile) -> &'a TensorInfo {
        &file.main().tensors[self.0.embedding]
    }

    /// Scale and zero point of the embedding.
    pub fn quantization(&self, file: &ModelFile) -> (f32, i32) {
        scale_of(self.embedding(file))
    }

    /// The layer as it is in the file.
    pub fn read(&self, file: &ModelFile) -> Layer {
        let tensors = &file.main().tensors;
        let weights = &tensors[self.0.weights];
        let width = weights.shape[1];
        let scales = scales(weights);
        let scale = |label: usize| scales[label % scales.len()];
        let (input, _) = self.quantization(file);
        let integers = file.constant(weights).unwrap_or_default();
        let rows = integers.chunks_exact(width).enumerate();
        let weights =
            rows.flat_map(|(label, row)| row.iter().map(move |&w| f32::from(w as i8) * scale(label))).collect();
        let bias = self.0.bias.and_then(|bias| file.constant(&tensors[bias])).unwrap_or_default();
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
        let (labels, per_label) = (layer.labels(), scales(&tensors[self.0.weights]).len() > 1);
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
        patch.constant(self.0.weights, &integers)?;
        patch.quantization(self.0.weights, &scales, &zeros)?;
        if let Some(tensor) = self.0.bias {
            patch.constant(tensor, &bias)?;
            patch.quantization(tensor, &bias_scales, &zeros)?;
        }
        patch.quantization(self.0.logits, &[logit_scale], &[logit_zero])?;
        if labels != tensors[self.0.weights].shape[0] {
            patch.shape(self.0.weights, &[labels, layer.width])?;
            if let Some(tensor) = self.0.bias {
                patch.shape(tensor, &[labels])?;
            }
            let outputs =
                if self.0.scores == self.0.logits { vec![self.0.logits] } else { vec![self.0.logits, self.0.scores] };
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
