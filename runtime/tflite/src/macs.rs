//! Multiply-accumulates of an operator, from the shapes of its tensors.

use crate::{Operator, TensorInfo, operator as code};

impl Operator {
    /// Whether multiply-accumulates of this operator are counted: convolutions, matrix products, SVDF and LSTM. Others count zero.
    pub fn counts_macs(&self) -> bool {
        matches!(
            self.code,
            code::CONV_2D
                | code::DEPTHWISE_CONV_2D
                | code::FULLY_CONNECTED
                | code::SVDF
                | code::UNIDIRECTIONAL_SEQUENCE_LSTM
                | code::TRANSPOSE_CONV
                | code::BATCH_MATMUL
                | code::CONV_3D
        )
    }
}

/// Multiply-accumulates of one invocation of `operator`, or `None` where its tensors do not have the ranks that it asks for.
///
/// Padding counts as if it were data, as is usual: the figure is that of the output's size times the kernel's.
pub(crate) fn count(operator: &Operator, tensors: &[TensorInfo]) -> Option<u64> {
    if !operator.counts_macs() {
        return Some(0);
    }
    let input = |n: usize| operator.inputs.get(n).copied().flatten().map(|index| &tensors[index]);
    let output = &tensors[*operator.outputs.first()?];
    let product = |lengths: &[usize]| lengths.iter().fold(1_u64, |all, &n| all.saturating_mul(n as u64));
    let rank = |tensor: &TensorInfo, rank: usize| (tensor.shape.len() == rank).then_some(());
    Some(match operator.code {
        code::CONV_2D => {
            let kernel = input(1)?;
            rank(kernel, 4)?;
            product(&output.shape).saturating_mul(product(&kernel.shape[1..]))
        }
        code::DEPTHWISE_CONV_2D => {
            let kernel = input(1)?;
            rank(kernel, 4)?;
            product(&output.shape).saturating_mul(product(&kernel.shape[1..3]))
        }
        code::CONV_3D => {
            let kernel = input(1)?;
            rank(kernel, 5)?;
            product(&output.shape).saturating_mul(product(&kernel.shape[..4]))
        }
        code::TRANSPOSE_CONV => {
            let kernel = input(1)?;
            rank(kernel, 4)?;
            product(&input(2)?.shape).saturating_mul(product(&kernel.shape[..3]))
        }
        code::FULLY_CONNECTED => {
            let weights = input(1)?;
            rank(weights, 2)?;
            product(&input(0)?.shape).saturating_mul(weights.shape[0] as u64)
        }
        code::BATCH_MATMUL => {
            let (left, out) = (&input(0)?.shape, &output.shape);
            let rows = *out.len().checked_sub(2).and_then(|axis| out.get(axis))? as u64;
            let matrix = product(left.get(left.len().checked_sub(2)?..)?);
            product(out).saturating_mul(matrix.checked_div(rows)?)
        }
        code::SVDF => {
            let (features, time) = (input(1)?, input(2)?);
            let batches = *input(0)?.shape.first()? as u64;
            batches.saturating_mul(product(&features.shape).saturating_add(product(&time.shape)))
        }
        code::UNIDIRECTIONAL_SEQUENCE_LSTM => {
            let (_, steps) = input(0)?.shape.split_last()?;
            // Inputs 1 to 4 are the weights from the input, 5 to 8 those from the state, 16 the projection.
            let weights = (1..=8).chain([16]).filter_map(input);
            let per_step = weights.fold(0_u64, |sum, tensor| sum.saturating_add(product(&tensor.shape)));
            product(steps).saturating_mul(per_step)
        }
        _ => 0,
    })
}
