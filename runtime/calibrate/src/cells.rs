//! Embeddings that are maps of many positions, seen in coarse cells.

use runeblocks_model::TensorInfo;

use crate::Layer;

/// A map of `rows` × `columns` positions of some channels, seen as the means over a grid of nearly equal cells. A layer on
/// the cells is one on the positions in which all positions of a cell have the same weights, so few recordings suffice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cells {
    /// The cell of each position.
    cell: Vec<usize>,
    /// The number of positions in each cell.
    sizes: Vec<usize>,
    channels: usize,
}

/// The longest embedding that is taken as it is.
const MOST_VALUES: usize = 512;
/// The most cells along the first and the second axis: time and frequency.
const GRID: [usize; 2] = [5, 10];

impl Cells {
    /// How an embedding is seen: each position by itself, unless it is a map of too many values.
    pub(crate) fn of(embedding: &TensorInfo) -> Self {
        let count = embedding.elements();
        match embedding.shape[..] {
            [1, rows, columns, channels] if count > MOST_VALUES => {
                let [down, across] = [rows.min(GRID[0]), columns.min(GRID[1])];
                // Bounds at the multiples of length / parts, rounded to the nearest.
                let place = |at: usize, length: usize, parts: usize| {
                    (0..parts).filter(|part| (2 * length * part + parts) / (2 * parts) <= at).count() - 1
                };
                let positions = (0..rows * columns).map(|at| (at / columns, at % columns));
                let cell: Vec<_> = positions
                    .map(|(row, column)| place(row, rows, down) * across + place(column, columns, across))
                    .collect();
                let mut sizes = vec![0; down * across];
                cell.iter().for_each(|&cell| sizes[cell] += 1);
                Cells { cell, sizes, channels }
            }
            _ => Cells { cell: vec![0], sizes: vec![1], channels: count },
        }
    }

    /// How many values are seen.
    pub(crate) fn width(&self) -> usize {
        self.sizes.len() * self.channels
    }

    /// An embedding as it is seen: `real` gives what an integer stands for.
    pub(crate) fn see(&self, embedding: &[i8], real: impl Fn(i8) -> f32) -> Vec<f32> {
        let mut seen = vec![0.0; self.width()];
        for (position, &cell) in embedding.chunks_exact(self.channels).zip(&self.cell) {
            for (sum, &value) in seen[cell * self.channels..].iter_mut().zip(position) {
                *sum += real(value) / self.sizes[cell] as f32;
            }
        }
        seen
    }

    /// A layer on the cells as one on the positions.
    pub(crate) fn spread(&self, layer: &Layer) -> Layer {
        let row = |weights: &[f32]| -> Vec<f32> {
            let of = |&cell: &usize| {
                let size = self.sizes[cell] as f32;
                weights[cell * self.channels..][..self.channels].iter().map(move |weight| weight / size)
            };
            self.cell.iter().flat_map(of).collect()
        };
        let weights = layer.weights.chunks_exact(layer.width).flat_map(row).collect();
        Layer { width: self.cell.len() * self.channels, weights, bias: layer.bias.clone() }
    }

    /// A layer on the positions as one on the cells, if its weights were the same in each.
    pub(crate) fn gather(&self, layer: &Layer) -> Layer {
        let row = |weights: &[f32]| {
            let mut gathered = vec![0.0; self.width()];
            for (position, &cell) in weights.chunks_exact(self.channels).zip(&self.cell) {
                for (sum, weight) in gathered[cell * self.channels..].iter_mut().zip(position) {
                    *sum += weight;
                }
            }
            gathered
        };
        let weights = layer.weights.chunks_exact(layer.width).flat_map(row).collect();
        Layer { width: self.width(), weights, bias: layer.bias.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_on_cells_is_one_on_positions() {
        let cells = Cells { cell: vec![0, 0, 1, 0, 0, 1], sizes: vec![4, 2], channels: 2 };
        let embedding: Vec<i8> = (0..12).map(|i| i * 7 % 11).collect();
        let layer = Layer { width: 4, weights: vec![1.0, -2.0, 3.0, 0.5], bias: vec![0.25] };
        let full = cells.spread(&layer);
        let seen = layer.logits(&cells.see(&embedding, f32::from));
        let all = full.logits(&embedding.iter().map(|&e| f32::from(e)).collect::<Vec<_>>());
        assert!((seen[0] - all[0]).abs() < 1e-4, "{seen:?} {all:?}");
        assert_eq!(cells.gather(&full), layer);
    }
}
