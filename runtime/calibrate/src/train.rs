//! Trains a layer on embeddings: multinomial logistic regression.
//!
//! The curvature of its loss has an upper bound that does not depend on the weights (D. Böhning, "Multinomial Logistic
//! Regression Algorithm", Annals of the Institute of Statistical Mathematics 44, 1992). With it, each step is one solution
//! with the same matrix, which is factored once; Nesterov's momentum makes the steps larger.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use crate::Layer;

/// How strongly weights are drawn to 0, in units of standardised embeddings: at most so much, and less where there are
/// many examples, as if these were [`HELD`] in number.
const DECAY: f32 = 1e-2;
const HELD: f32 = 14.0;
/// The same, towards a layer to start from.
const NEAR: f32 = 1e-1;
/// How many steps are made. Fewer hold the layer closer to the mean of each label.
const STEPS: usize = 30;
/// What is added to the deviation of each value, as a share of that of all, so that one that hardly moves is not blown up.
const FLOOR: f32 = 0.1;
/// The fewest rows that mean and deviation are taken of.
const FEWEST_MEASURED: usize = 20;

/// What a layer is trained on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examples {
    /// The length of an embedding.
    width: usize,
    /// A row of `width` for each example.
    embeddings: Vec<f32>,
    /// The place of each example's label.
    labels: Vec<usize>,
    /// How much each example counts.
    weights: Vec<f32>,
    /// Rows whose mean and deviation embeddings are measured by; all where there are too few.
    measured: Vec<usize>,
}

impl Examples {
    pub(crate) fn new(width: usize) -> Self {
        Examples { width, ..Examples::default() }
    }

    pub(crate) fn push(&mut self, embedding: &[f32], label: usize, weight: f32, is_measured: bool) {
        if is_measured {
            self.measured.push(self.labels.len());
        }
        self.embeddings.extend_from_slice(embedding);
        self.labels.push(label);
        self.weights.push(weight);
    }
}

/// The layer that tells `labels` labels apart best; with `start`, the one near it.
pub(crate) fn fit(examples: &Examples, labels: usize, start: Option<&Layer>) -> Layer {
    let (count, width) = (examples.labels.len(), examples.width);
    let rows = ArrayView2::from_shape((count, width), &examples.embeddings).expect("a row for each label");
    let total: f32 = examples.weights.iter().sum();
    let weights = Array1::from_iter(examples.weights.iter().map(|weight| weight / total));

    // Standardised values, and 1 for the bias.
    let measured = match &examples.measured[..] {
        chosen if chosen.len() < FEWEST_MEASURED => rows.to_owned(),
        chosen => rows.select(Axis(0), chosen),
    };
    let mean = measured.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(width));
    let all = measured.std(0.0).max(f32::MIN_POSITIVE);
    let factor = measured.std_axis(Axis(0), 0.0).mapv(|deviation| 1.0 / (deviation + FLOOR * all));
    let mut z = Array2::ones((count, width + 1));
    z.slice_axis_mut(Axis(1), Slice::from(..width)).assign(&((&rows - &mean) * &factor));
    let mut decay =
        Array2::from_elem((width + 1, 1), if start.is_some() { NEAR } else { DECAY.min(HELD / count as f32) });
    decay[[width, 0]] = 1e-6;

    let weighted = &z * &weights.view().insert_axis(Axis(1));
    let bound = weighted.t().dot(&z).mapv(|value| f64::from(value) / 2.0);
    let diagonal = Array2::from_diag(&decay.column(0).mapv(f64::from));
    let inverse = inverse(bound + diagonal).mapv(|value| value as f32);

    let mut prior = Array2::<f32>::zeros((width + 1, labels));
    if let Some(start) = start {
        for (label, (row, bias)) in start.weights.chunks_exact(width).zip(&start.bias).enumerate() {
            let row = Array1::from_iter(row.iter().copied());
            prior[[width, label]] = bias + row.dot(&mean);
            prior.slice_axis_mut(Axis(0), Slice::from(..width)).column_mut(label).assign(&(&row / &factor));
        }
    }
    let mut layer = prior.clone();
    let mut ahead = prior.clone();
    let mut pace = 1.0f32;
    for _ in 0..STEPS {
        let mut excess = z.dot(&ahead);
        for ((mut row, &label), &weight) in excess.rows_mut().into_iter().zip(&examples.labels).zip(&weights) {
            let most = row.fold(f32::MIN, |most, &logit| most.max(logit));
            row.mapv_inplace(|logit| (logit - most).exp());
            row *= weight / row.sum();
            row[label] -= weight;
        }
        let gradient = z.t().dot(&excess) + (&ahead - &prior) * &decay;
        let next = &ahead - &inverse.dot(&gradient);
        let next_pace = (1.0 + (1.0 + 4.0 * pace * pace).sqrt()) / 2.0;
        ahead = &next + &((&next - &layer) * ((pace - 1.0) / next_pace));
        (layer, pace) = (next, next_pace);
    }

    let weights = layer.slice_axis(Axis(0), Slice::from(..width)).t().to_owned() * &factor;
    let bias = layer.row(width).to_owned() - weights.dot(&mean);
    Layer { width, weights: weights.iter().copied().collect(), bias: bias.to_vec() }
}

/// The inverse of a symmetric matrix whose eigenvalues are all above 0, by Cholesky's factors.
fn inverse(mut matrix: Array2<f64>) -> Array2<f64> {
    let n = matrix.nrows();
    for j in 0..n {
        for i in j..n {
            let known: f64 = (0..j).map(|k| matrix[[i, k]] * matrix[[j, k]]).sum();
            let value = matrix[[i, j]] - known;
            matrix[[i, j]] = if i == j { value.max(f64::MIN_POSITIVE).sqrt() } else { value / matrix[[j, j]] };
        }
    }
    let mut inverse = Array2::eye(n);
    for mut column in inverse.columns_mut() {
        for i in 0..n {
            let known: f64 = (0..i).map(|k| matrix[[i, k]] * column[k]).sum();
            column[i] = (column[i] - known) / matrix[[i, i]];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| matrix[[k, i]] * column[k]).sum();
            column[i] = (column[i] - known) / matrix[[i, i]];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_is_one() {
        let matrix = ndarray::array![[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]];
        let product = inverse(matrix.clone()).dot(&matrix);
        assert!((&product - &Array2::<f64>::eye(3)).iter().all(|error| error.abs() < 1e-12), "{product}");
    }

    #[test]
    fn clouds_are_told_apart() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut examples = Examples::new(5);
        for i in 0..300 {
            let label = i % 3;
            let at = |axis: usize| if axis == label { 2.0 } else { 0.0 };
            let embedding: Vec<f32> = (0..5).map(|axis| at(axis) + rng.f32() - 0.5).collect();
            examples.push(&embedding, label, 1.0, false);
        }
        let layer = fit(&examples, 3, None);
        for (embedding, label) in examples.embeddings.chunks(5).zip(&examples.labels) {
            let logits = layer.logits(embedding);
            assert!((0..3).all(|other| other == *label || logits[other] < logits[*label]), "{label}: {logits:?}");
        }
        assert_eq!(layer, fit(&examples, 3, None));
    }
}
