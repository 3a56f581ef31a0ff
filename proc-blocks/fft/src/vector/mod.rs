//! Several complex numbers at once: what the fast forms of the kernels are written in.
//!
//! A kernel is written once, over [`Vector`], and compiled for each level. [`Complex16`] is the vector of one lane.

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
#[expect(unsafe_code, reason = "intrinsics")]
mod neon;
mod one;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics")]
mod sse41;
mod wide;

use runeblocks_core::BlockError;
use runeblocks_micro::Level;

use crate::fixed_fft::Complex16;

pub(crate) use wide::Wide;

/// A factor of a complex product in the two forms that a product takes: `c − di` and `d + ci`, for the factor `c + di`.
pub(crate) type Factor<V> = [V; 2];

/// The two forms of a factor, of each lane.
pub(crate) const fn factor(value: Complex16) -> Factor<Complex16> {
    let Complex16 { re, im } = value;
    [Complex16 { re, im: -im }, Complex16 { re: im, im: re }]
}

/// Complex numbers with 16-bit parts, one a lane. Sums wrap.
pub(crate) trait Vector: Copy {
    /// How many.
    const LANES: usize;
    /// `LANES` of them in memory.
    type Chunk;
    /// Twice as many samples in memory.
    type Samples;
    /// As many energies in memory.
    type Energies;

    /// The whole chunks of a slice.
    fn chunks(values: &[Complex16]) -> &[Self::Chunk];
    /// The whole chunks of a slice.
    fn chunks_mut(values: &mut [Complex16]) -> &mut [Self::Chunk];
    /// The whole chunks of a slice.
    fn samples(values: &[i16]) -> &[Self::Samples];
    /// The whole chunks of a slice.
    fn energies_mut(values: &mut [u32]) -> &mut [Self::Energies];

    /// Reads a chunk.
    fn load(chunk: &Self::Chunk) -> Self;
    /// Reads samples, an even and an odd one a lane.
    fn load_samples(samples: &Self::Samples) -> Self;
    /// The same in every lane.
    fn splat(value: Complex16) -> Self;
    /// Writes a chunk.
    fn store(self, chunk: &mut Self::Chunk);
    /// Writes re² + im².
    fn store_energies(self, energies: &mut Self::Energies);

    /// Four vectors from `LANES`/`columns` rows of 4·`columns` values each, four chunks in all: vector `r` takes the
    /// `r`-th quarter of every row. `columns` is 1, or 4 where there are more lanes than that.
    fn load_rows(chunks: &[Self::Chunk], columns: usize) -> [Self; 4];

    /// The sum.
    fn add(self, other: Self) -> Self;
    /// The difference.
    fn sub(self, other: Self) -> Self;
    /// The bits that both have.
    fn and(self, other: Self) -> Self;
    /// The bits that one has.
    fn xor(self, other: Self) -> Self;
    /// Each part shifted left, and cut to 16 bits.
    fn shift_left(self, bits: u32) -> Self;
    /// Each part halved, rounded down.
    fn halve(self) -> Self;
    /// Each part times `FACTOR`/2¹⁵, rounded to nearest.
    fn scale<const FACTOR: i16>(self) -> Self;
    /// The complex product in Q15, rounded to nearest and cut to 16 bits.
    fn mul(self, factor: Factor<Self>) -> Self;
    /// Times −i.
    fn turn(self) -> Self;
    /// With the sign of each imaginary part turned.
    fn conjugate(self) -> Self;
    /// The lanes in reverse.
    fn reverse(self) -> Self;
}

/// A kernel that is written over [`Vector`].
pub(crate) trait Kernel {
    /// What it returns.
    type Output;

    /// Runs on vectors of one width. Implementations are `#[inline(always)]`, to be compiled for what `V` needs.
    fn run<V: Vector>(self) -> Self::Output;

    /// Runs on vectors of SIMD.
    #[inline(always)]
    fn run_wide<V: Wide>(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run::<V>()
    }
}

/// Which vectors a kernel runs on. That there is one says that the machine has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Width(Lanes);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lanes {
    One,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon,
    #[cfg(target_arch = "x86_64")]
    Sse41,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Width {
    /// The widest vectors of `level` that a transform of `pairs` pairs fills.
    ///
    /// # Errors
    ///
    /// Where the machine lacks the level.
    pub(crate) fn of(level: Level, pairs: usize) -> Result<Self, BlockError> {
        level.check()?;
        Ok(Width(match (level, pairs) {
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            (Level::Neon, 16..) => Lanes::Neon,
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, 32..) => Lanes::Avx2,
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2 | Level::Sse41, 16..) => Lanes::Sse41,
            _ => Lanes::One,
        }))
    }

    /// Whether the vectors are those of SIMD.
    pub(crate) fn is_wide(self) -> bool {
        self.0 != Lanes::One
    }

    /// Lanes of a vector.
    pub(crate) fn lanes(self) -> usize {
        match self.0 {
            Lanes::One => Complex16::LANES,
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Lanes::Neon => neon::Neon::LANES,
            #[cfg(target_arch = "x86_64")]
            Lanes::Sse41 => sse41::Sse41::LANES,
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => avx2::Avx2::LANES,
        }
    }

    /// Runs a kernel on vectors of this width.
    #[inline]
    #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "calls what is compiled for other features"))]
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Lanes::One => kernel.run::<Complex16>(),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Lanes::Neon => kernel.run_wide::<neon::Neon>(),
            // SAFETY: a width is only made of a level that the machine has.
            #[cfg(target_arch = "x86_64")]
            Lanes::Sse41 => unsafe { sse41::run(kernel) },
            // SAFETY: a width is only made of a level that the machine has.
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => unsafe { avx2::run(kernel) },
        }
    }
}
