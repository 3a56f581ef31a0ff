//! The discrete cosine transform.

use alloc::format;
use alloc::vec::Vec;
use core::f64::consts::PI;

use runeblocks_core::BlockError;
use runeblocks_micro::argument;

use crate::args::{MfccArgs, Norm};

/// DCT-II of frames of `n_mels` values, the first `n_mfcc` coefficients of it, and the lifter.
///
/// Coefficient k is gain(k)·Σ x(m)·cos(πk(m + ½)/n_mels).
#[derive(Clone, Debug)]
pub struct Dct {
    n_mels: usize,
    /// A row of `n_mels` weights for each coefficient.
    weights: Vec<f32>,
}

impl Dct {
    /// The weights.
    ///
    /// # Errors
    ///
    /// When an argument is out of bounds, or there are fewer mels than coefficients.
    pub fn new(args: &MfccArgs, n_mels: usize) -> Result<Self, BlockError> {
        args.check()?;
        if args.n_mfcc as usize > n_mels {
            let expected = format!("at most the mels of the input, {n_mels}");
            return Err(argument("n_mfcc", args.n_mfcc, expected, "lower it, or raise n_mels of `mel-filterbank`"));
        }
        let size = n_mels as f64;
        let lifter = f64::from(args.lifter);
        let weight = |k: usize, m: usize| {
            let scale = if k == 0 && args.norm == Norm::Ortho { 1.0 } else { 2.0 };
            let lift = if lifter > 0.0 { 1.0 + lifter / 2.0 * libm::sin(PI * (k + 1) as f64 / lifter) } else { 1.0 };
            // In whole turns, so that the cosine of a large angle loses nothing.
            let turn = (k * (2 * m + 1) % (4 * n_mels)) as f64 / (4.0 * size);
            (lift * libm::sqrt(scale / size) * libm::cos(2.0 * PI * turn)) as f32
        };
        let weights = (0..args.n_mfcc as usize).flat_map(|k| (0..n_mels).map(move |m| weight(k, m))).collect();
        Ok(Dct { n_mels, weights })
    }

    /// Transforms the `n_mels` values of a frame into its `n_mfcc` coefficients.
    pub fn apply(&self, mels: &[f32], coefficients: &mut [f32]) {
        for (to, weights) in coefficients.iter_mut().zip(self.weights.chunks_exact(self.n_mels)) {
            // A sum of many decibels leaves small coefficients, so it is made in double precision.
            let products = weights.iter().zip(mels).map(|(weight, value)| f64::from(*weight) * f64::from(*value));
            *to = products.sum::<f64>() as f32;
        }
    }
}
