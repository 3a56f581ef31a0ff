//! The real FFT in 16-bit fixed point.
//!
//! The arithmetic is that of kissfft's real transform with 16-bit samples, as the `micro_frontend` uses it: a complex
//! transform of half the length over pairs of samples, radix 4 with one innermost radix 2 where the length asks for it,
//! and a pass that separates the real spectrum. Every butterfly divides its inputs by its radix, so that a spectrum is
//! scaled by 1/`fft_size`; sums wrap to 16 bits. The division is a product by 32767/radix rather than 32768/radix,
//! which loses a little at every stage.

mod plain;
mod planar;
mod stockham;

use alloc::sync::Arc;
use core::f64::consts::PI;

use runeblocks_core::BlockError;
use runeblocks_micro::{Level, argument};

use crate::energy::energy;
use crate::vector::{Kernel, Vector, Width};
use plain::Plain;
use planar::Planar;
use stockham::{Bins, Energies, Spectrum, Stockham};

/// The smallest transform, in points.
pub const MIN_FFT_SIZE: u32 = 4;
/// The largest transform, in points.
pub const MAX_FFT_SIZE: u32 = 65_536;

/// A complex number in Q15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Complex16 {
    /// The real part.
    pub re: i16,
    /// The imaginary part.
    pub im: i16,
}

impl Complex16 {
    /// 32767·e^(i·`phase`), each part rounded to nearest.
    fn unit(phase: f64) -> Self {
        let part = |value: f64| libm::floor(0.5 + 32767.0 * value) as i16;
        Complex16 { re: part(libm::cos(phase)), im: part(libm::sin(phase)) }
    }

    /// re² + im², at most 2³¹.
    #[inline(always)]
    pub(crate) fn energy(self) -> u32 {
        let (re, im) = (i32::from(self.re), i32::from(self.im));
        (re * re) as u32 + (im * im) as u32
    }
}

/// Factor `i` of a transform of `pairs` pairs: e^(−2πi·`i`/`pairs`).
fn twiddle(i: usize, pairs: usize) -> Complex16 {
    Complex16::unit(-2.0 * PI * i as f64 / pairs as f64)
}

/// The factor that separates bin `k + 1`: e^(−iπ((`k` + 1)/`pairs` + ½)).
fn separation(k: usize, pairs: usize) -> Complex16 {
    Complex16::unit(-PI * ((k + 1) as f64 / pairs as f64 + 0.5))
}

/// The transform of one size at one level. Clones share the tables.
#[derive(Clone, Debug)]
pub struct RealFft {
    level: Level,
    pairs: usize,
    width: Width,
    tables: Arc<Tables>,
}

#[derive(Debug)]
enum Tables {
    Plain(Plain),
    Planar(Planar),
    Vectors(Stockham),
}

impl RealFft {
    /// The tables for `fft_size` points at the level that [`Level::choose`] gives.
    ///
    /// # Errors
    ///
    /// Where that is no power of two from 4 to 65,536.
    pub fn new(fft_size: usize) -> Result<Self, BlockError> {
        Self::with_level(fft_size, Level::choose()?)
    }

    /// The tables for `fft_size` points at a level.
    ///
    /// # Errors
    ///
    /// Where that is no power of two from 4 to 65,536, or the machine lacks the level.
    pub fn with_level(fft_size: usize, level: Level) -> Result<Self, BlockError> {
        if !fft_size.is_power_of_two() || !(MIN_FFT_SIZE as usize..=MAX_FFT_SIZE as usize).contains(&fft_size) {
            return Err(argument("fft_size", fft_size, "a power of two from 4 to 65536", "round it up to one"));
        }
        let pairs = fft_size / 2;
        let width = Width::of(level, pairs)?;
        let tables = match level {
            Level::Plain => Tables::Plain(Plain::new(pairs)),
            _ if !width.is_wide() && Planar::suits(pairs) => Tables::Planar(Planar::new(pairs)),
            _ => Tables::Vectors(Stockham::new(pairs, width.lanes())),
        };
        Ok(RealFft { level, pairs, width, tables: Arc::new(tables) })
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Points of the transform.
    #[must_use]
    pub fn fft_size(&self) -> usize {
        2 * self.pairs
    }

    /// Transforms `fft_size` samples, each shifted left by `shift` and cut to 16 bits, into `fft_size`/2 + 1 bins.
    ///
    /// `work` holds `fft_size` + 1 values, of which nothing is kept. `shift` is at most 15.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than that, or `shift` larger.
    pub fn forward(&self, samples: &[i16], shift: u32, work: &mut [Complex16], spectrum: &mut [Complex16]) {
        self.check(samples, shift, work, spectrum.len());
        match &*self.tables {
            Tables::Plain(plain) => plain.forward(samples, shift, work, spectrum),
            Tables::Planar(planar) => planar.forward::<Spectrum>(samples, shift, parts_mut(work), spectrum),
            Tables::Vectors(fast) => {
                self.width.run(Forward::<Spectrum> { fft: fast, samples, shift, work, bins: spectrum });
            }
        }
    }

    /// The energy r² + i² of each bin of [`forward`](Self::forward), without the bins themselves.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than that, or `shift` larger.
    pub fn energies(&self, samples: &[i16], shift: u32, work: &mut [Complex16], energies: &mut [u32]) {
        self.check(samples, shift, work, energies.len());
        match &*self.tables {
            Tables::Plain(plain) => {
                let (work, spectrum) = work[..=2 * self.pairs].split_at_mut(self.pairs);
                plain.forward(samples, shift, work, spectrum);
                energy(spectrum, energies);
            }
            Tables::Planar(planar) => planar.forward::<Energies>(samples, shift, parts_mut(work), energies),
            Tables::Vectors(fast) => {
                self.width.run(Forward::<Energies> { fft: fast, samples, shift, work, bins: energies });
            }
        }
    }
}

impl RealFft {
    fn check(&self, samples: &[i16], shift: u32, work: &[Complex16], bins: usize) {
        assert!(shift <= 15, "a shift by {shift} bits of 15");
        let fft_size = self.fft_size();
        assert!(samples.len() >= fft_size, "{} samples for an FFT of {fft_size}", samples.len());
        assert!(work.len() > fft_size, "room to work on {} values of {}", work.len(), fft_size + 1);
        assert!(bins > self.pairs, "room for {bins} bins of {}", self.pairs + 1);
    }

    /// The width that the fast form has.
    pub(crate) fn width(&self) -> Width {
        self.width
    }

    /// [`energies`](Self::energies) within a kernel.
    #[inline(always)]
    pub(crate) fn energies_at<V: Vector>(
        &self,
        samples: &[i16],
        shift: u32,
        work: &mut [Complex16],
        energies: &mut [u32],
    ) {
        match &*self.tables {
            Tables::Vectors(fast) => fast.forward::<V, Energies>(samples, shift, work, energies),
            _ => self.energies(samples, shift, work, energies),
        }
    }
}

/// The parts of complex numbers, one after another.
#[expect(unsafe_code, reason = "the standard library has no safe form of it")]
fn parts_mut(values: &mut [Complex16]) -> &mut [i16] {
    // SAFETY: `Complex16` is two `i16` without padding, and the lifetime is that of the borrow.
    unsafe { core::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), 2 * values.len()) }
}

/// The fast transform, at any width.
struct Forward<'a, B: Bins> {
    fft: &'a Stockham,
    samples: &'a [i16],
    shift: u32,
    work: &'a mut [Complex16],
    bins: &'a mut [B::Bin],
}

impl<B: Bins> Kernel for Forward<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        self.fft.forward::<V, B>(self.samples, self.shift, self.work, self.bins);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn spectrum(samples: &[i16]) -> Vec<Complex16> {
        let fft = RealFft::new(samples.len()).unwrap();
        let mut out = alloc::vec![Complex16::default(); samples.len() / 2 + 1];
        fft.forward(samples, 0, &mut alloc::vec![Complex16::default(); samples.len() + 1], &mut out);
        out
    }

    #[test]
    fn sizes() {
        for size in [0, 1, 2, 3, 6, 131_072] {
            assert!(RealFft::new(size).is_err(), "{size}");
        }
        assert!((2..=16).all(|bits| RealFft::new(1 << bits).is_ok_and(|fft| fft.fft_size() == 1 << bits)));
    }

    /// The form for targets without vectors, at sizes that have another one elsewhere too.
    #[test]
    fn one_lane_is_plain() {
        let mut random = 1u32;
        for pairs in (1..=12).map(|bits| 1 << bits) {
            let mut sample = || {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if random & 3 == 0 { i16::MIN } else { (random >> 16) as i16 }
            };
            let samples: Vec<i16> = (0..2 * pairs).map(|_| sample()).collect();
            let mut work = alloc::vec![Complex16::default(); 2 * pairs];
            let mut bins = [(); 2].map(|()| alloc::vec![Complex16::default(); pairs + 1]);
            Plain::new(pairs).forward(&samples, 1, &mut work, &mut bins[0]);
            Stockham::new(pairs, 1).forward::<Complex16, Spectrum>(&samples, 1, &mut work, &mut bins[1]);
            assert_eq!(bins[0], bins[1], "{pairs}");
        }
    }

    /// Against the definition in double precision: each stage of rounding adds less than a unit.
    #[test]
    fn is_a_fourier_transform() {
        for size in [4usize, 8, 16, 32, 256, 512] {
            let samples: Vec<i16> =
                (0..size as i32).map(|n| ((n * n * 7919 + n * 104_729) % 20_001 - 10_000) as i16).collect();
            for (k, bin) in spectrum(&samples).iter().enumerate() {
                let phase = |n: usize| -2.0 * PI * (k * n % size) as f64 / size as f64;
                let re: f64 = samples.iter().enumerate().map(|(n, &x)| f64::from(x) * libm::cos(phase(n))).sum::<f64>()
                    / size as f64;
                let im: f64 = samples.iter().enumerate().map(|(n, &x)| f64::from(x) * libm::sin(phase(n))).sum::<f64>()
                    / size as f64;
                assert!(
                    (re - f64::from(bin.re)).abs() < 5.0 && (im - f64::from(bin.im)).abs() < 5.0,
                    "{size} {k}: {bin:?} {re} {im}"
                );
            }
        }
    }
}
