//! Several complex numbers at once: what the fast forms of the kernels are written in.
//!
//! A kernel is written once, over [`Vector`], and compiled for each level. [`Complex16`] is the vector of one lane.

/// What stands in memory, of a vector with so many lanes.
macro_rules! in_memory {
    ($lanes:literal) => {
        const LANES: usize = $lanes;
        type Chunk = [Complex16; $lanes];
        type Samples = [i16; 2 * $lanes];
        type Energies = [u32; $lanes];

        #[inline(always)]
        fn chunks(values: &[Complex16]) -> &[Self::Chunk] {
            values.as_chunks().0
        }

        #[inline(always)]
        fn chunks_mut(values: &mut [Complex16]) -> &mut [Self::Chunk] {
            values.as_chunks_mut().0
        }

        #[inline(always)]
        fn samples(values: &[i16]) -> &[Self::Samples] {
            values.as_chunks().0
        }

        #[inline(always)]
        fn energies_mut(values: &mut [u32]) -> &mut [Self::Energies] {
            values.as_chunks_mut().0
        }
    };
}

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
    /// The bits that exactly one has.
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
            (Level::Avx2 | Level::Vnni, 32..) => Lanes::Avx2,
            #[cfg(target_arch = "x86_64")]
            (Level::Sse41 | Level::Avx2 | Level::Vnni, 16..) => Lanes::Sse41,
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

#[cfg(test)]
pub(crate) mod tests {
    extern crate std;

    use alloc::vec;
    use alloc::vec::Vec;
    use std::io::Write;

    use super::*;

    /// The widths of this machine, of which none may be wide.
    fn widths() -> impl Iterator<Item = Width> {
        Level::available().filter_map(|level| Width::of(level, 32).ok())
    }

    /// The wide ones; where there are none, that is said past libtest's capture.
    pub(crate) fn wide_widths() -> Vec<Width> {
        let wide: Vec<Width> = widths().filter(|width| width.is_wide()).collect();
        if wide.is_empty() {
            static SAID: std::sync::Once = std::sync::Once::new();
            SAID.call_once(|| std::io::stderr().write_all(b"SKIP wide vectors: this machine has none\n").unwrap());
        }
        wide
    }

    /// Numbers that look random, extremes among them.
    fn values(count: usize, seed: u32) -> Vec<Complex16> {
        let part = |n: u32| {
            let hash = (n + seed).wrapping_mul(0x9e37_79b1) ^ seed.wrapping_mul(0x85eb_ca6b);
            match hash >> 29 {
                0 => [i16::MIN, i16::MAX, -1, 0, 1, i16::MIN + 1, 2, -2][(hash >> 26) as usize & 7],
                _ => (hash >> 11) as i16,
            }
        };
        (0..count as u32).map(|n| Complex16 { re: part(2 * n), im: part(2 * n + 1) }).collect()
    }

    /// Every number there is in each part.
    fn all_values() -> Vec<Complex16> {
        (0..=u16::MAX).map(|part| Complex16 { re: part as i16, im: (part ^ 0x5a5a) as i16 }).collect()
    }

    /// What an operation makes of vectors one after another.
    fn map<V: Vector, const N: usize>(inputs: [&[Complex16]; N], of: impl Fn([V; N]) -> V) -> Vec<Complex16> {
        let mut out = vec![Complex16::default(); inputs[0].len()];
        for (at, out) in V::chunks_mut(&mut out).iter_mut().enumerate() {
            of(inputs.map(|input| V::load(&V::chunks(input)[at]))).store(out);
        }
        out
    }

    /// The results of every operation that takes each lane alone, and the energies.
    struct Operations;

    impl Kernel for Operations {
        type Output = (Vec<(&'static str, Vec<Complex16>)>, Vec<u32>);

        fn run<V: Vector>(self) -> Self::Output {
            let (all, a, b) = (all_values(), values(4096, 1), values(4096, 2));
            // Factors are of the unit circle, for sums of two products to fit 32 bits.
            let part = |value: f64| (32_767.0 * value) as i16;
            let unit = |phase: f64| Complex16 { re: part(libm::cos(phase)), im: part(libm::sin(phase)) };
            let [direct, crossed] =
                [0, 1].map(|form| -> Vec<Complex16> { (0..4096).map(|i| factor(unit(f64::from(i)))[form]).collect() });
            let mut results = vec![
                ("add", map([&a, &b], |[a, b]: [V; 2]| a.add(b))),
                ("sub", map([&a, &b], |[a, b]: [V; 2]| a.sub(b))),
                ("and", map([&a, &b], |[a, b]: [V; 2]| a.and(b))),
                ("xor", map([&a, &b], |[a, b]: [V; 2]| a.xor(b))),
                ("mul", map([&a, &direct, &crossed], |[a, direct, crossed]: [V; 3]| a.mul([direct, crossed]))),
                ("splat", map([&a], |_: [V; 1]| V::splat(Complex16 { re: -5, im: 7 }))),
                ("halve", map([&all], |[value]: [V; 1]| value.halve())),
                ("scale by a half", map([&all], |[value]: [V; 1]| value.scale::<{ 32_767 / 2 }>())),
                ("scale by a quarter", map([&all], |[value]: [V; 1]| value.scale::<{ 32_767 / 4 }>())),
                ("turn", map([&all], |[value]: [V; 1]| value.turn())),
                ("conjugate", map([&all], |[value]: [V; 1]| value.conjugate())),
            ];
            for bits in 0..=15 {
                results.push(("shift_left", map([&all], |[value]: [V; 1]| value.shift_left(bits))));
            }
            let samples: Vec<i16> = a.iter().flat_map(|value| [value.re, value.im]).collect();
            let mut loaded = vec![Complex16::default(); a.len()];
            for (samples, out) in V::samples(&samples).iter().zip(V::chunks_mut(&mut loaded)) {
                V::load_samples(samples).store(out);
            }
            results.push(("load_samples", loaded));
            let lowest = [Complex16 { re: i16::MIN, im: i16::MIN }; 16];
            let mut energies = vec![0; a.len() + lowest.len()];
            let inputs = V::chunks(&a).iter().chain(V::chunks(&lowest));
            inputs.zip(V::energies_mut(&mut energies)).for_each(|(value, out)| V::load(value).store_energies(out));
            (results, energies)
        }
    }

    /// The operations that move lanes, against what they are to do.
    struct Moves;

    impl Kernel for Moves {
        type Output = ();

        fn run<V: Vector>(self) {
            let lanes = V::LANES;
            let values = values(4 * lanes, 3);
            let mut expected = values.clone();
            expected.chunks_exact_mut(lanes).for_each(<[_]>::reverse);
            assert_eq!(map([&values], |[value]: [V; 1]| value.reverse()), expected, "reverse");
            for columns in [1, 4].into_iter().filter(|&columns| columns == 1 || columns < lanes) {
                let rows = V::load_rows(V::chunks(&values), columns);
                for (quarter, row) in rows.into_iter().enumerate() {
                    let mut found = vec![Complex16::default(); lanes];
                    row.store(&mut V::chunks_mut(&mut found)[0]);
                    let of_rows = values.chunks_exact(4 * columns);
                    let expected: Vec<Complex16> =
                        of_rows.flat_map(|row| &row[quarter * columns..][..columns]).copied().collect();
                    assert_eq!(found, expected, "quarter {quarter} of {columns} columns");
                }
            }
        }
    }

    #[test]
    fn operations_are_those_of_one_lane() {
        let (expected, expected_energies) = Operations.run::<Complex16>();
        assert_eq!(expected_energies.last(), Some(&(1 << 31)));
        for width in widths() {
            let (found, energies) = width.run(Operations);
            for ((name, expected), (_, found)) in expected.iter().zip(&found) {
                if let Some(at) = (0..expected.len()).find(|&at| expected[at] != found[at]) {
                    panic!("{name} {at} at {width:?}: {:?}, expected {:?}", found[at], expected[at]);
                }
            }
            assert!(energies == expected_energies, "energies at {width:?}");
        }
    }

    #[test]
    fn lanes_move_as_they_should() {
        widths().for_each(|width| width.run(Moves));
    }

    #[test]
    fn widths_fill_transforms() {
        for level in Level::available() {
            let lanes = [2, 4, 8, 16, 32, 64, 32_768].map(|pairs| Width::of(level, pairs).map(Width::lanes));
            let expected = match level {
                Level::Plain | Level::Scalar => [1; 7],
                Level::Neon | Level::Sse41 => [1, 1, 1, 4, 4, 4, 4],
                Level::Avx2 | Level::Vnni => [1, 1, 1, 4, 8, 8, 8],
            };
            assert_eq!(lanes, expected.map(Ok), "{level}");
        }
        for level in Level::ALL.into_iter().filter(|level| !level.is_available()) {
            assert!(Width::of(level, 256).is_err(), "{level}");
        }
    }
}
