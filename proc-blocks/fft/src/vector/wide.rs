//! What vectors of SIMD do besides.

use super::Vector;

/// A vector that also serves as twice as many samples, and that has sums of four at hand.
pub(crate) trait Wide: Vector {
    /// Four numbers in double precision.
    type Doubles: Copy;

    /// The whole chunks of a slice.
    fn samples_mut(values: &mut [i16]) -> &mut [Self::Samples];
    /// Writes samples, an even and an odd one a lane.
    fn store_samples(self, samples: &mut Self::Samples);
    /// The upper 16 bits of each product of samples.
    fn mul_high(self, other: Self) -> Self;
    /// The magnitude of each sample; that of −32768 is itself.
    fn abs(self) -> Self;
    /// The larger of each two samples.
    fn max(self, other: Self) -> Self;
    /// The largest sample.
    fn largest(self) -> i16;

    /// Four times 0.
    fn zeros() -> Self::Doubles;
    /// `sums` and the products of `energies`, each below 2³¹, and `weights`.
    fn accumulate(sums: Self::Doubles, energies: &[u32; 4], weights: &[f64; 4]) -> Self::Doubles;
    /// The sum of each.
    fn sum_each(of: [Self::Doubles; 4]) -> Self::Doubles;
    /// The larger of each two.
    fn larger(one: Self::Doubles, other: Self::Doubles) -> Self::Doubles;
    /// Whether one is at least `limit`.
    fn any_reaches(values: Self::Doubles, limit: f64) -> bool;
    /// [`sqrt`](crate::sqrt::sqrt) of each, which is a whole number below 2⁴⁸, shifted right by `shift`.
    fn roots(values: Self::Doubles, shift: u32) -> [u32; 4];
}
