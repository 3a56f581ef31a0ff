//! How near results have to be.
//!
//! | values | a and b agree where |
//! |---|---|
//! | power, magnitude, energies | \|a − b\| ≤ 10⁻⁴·max(\|a\|, \|b\|) + 10⁻⁶·(the largest of the frame, at least 1 % of that of the clip) |
//! | logarithms of them | \|a − b\| ≤ 10⁻³ dB, or what they are logarithms of agrees |
//! | cepstral coefficients | \|a − b\| ≤ 10⁻⁴·(1 + lifter/2)·(the largest magnitude of the frame, at least 1) |
//!
//! What is small beside its frame is measured by the frame: there, an FFT in single precision leaves rounding only, of
//! which cepstral coefficients get their part, and a lifter enlarges it as it does them. `tf.signal` makes its window in
//! single precision too, which shows in frames that hold nothing but a little at an end of the window.

use runeblocks_mel_filterbank::Log;
use runeblocks_spectrogram::Output;

use crate::chain::{Arguments, Frames};

/// What values are.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// In proportion to power or magnitude.
    Linear,
    /// This times the natural logarithm of an energy.
    Log(f64),
    /// Coefficients, the largest of which the lifter has multiplied by this.
    Cepstral(f64),
}

/// 10·log10 by the natural logarithm.
const DECIBELS: f64 = 10.0 / std::f64::consts::LN_10;

/// The units of the three blocks' outputs.
pub fn units(arguments: &Arguments) -> [Unit; 3] {
    let spectrogram = match arguments.spectrogram.output {
        Output::Power | Output::Magnitude => Unit::Linear,
        Output::Db => Unit::Log(DECIBELS),
    };
    let mel = match arguments.mel.log {
        Log::None => Unit::Linear,
        Log::Natural => Unit::Log(1.0),
        Log::Log10 => Unit::Log(DECIBELS / 10.0),
        Log::Db => Unit::Log(DECIBELS),
    };
    [spectrogram, mel, Unit::Cepstral(1.0 + f64::from(arguments.mfcc.lifter) / 2.0)]
}

/// The greatest differences that were met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worst {
    /// As a share of what is allowed; beyond 1 is too much.
    pub share: f64,
    /// Relative to the frame's greatest magnitude; of energies and of what logarithms are taken of, relative to
    /// themselves, where they are at least a thousandth of that.
    pub difference: f64,
}

impl Worst {
    /// The greater of both.
    pub fn join(&mut self, other: Worst) {
        self.share = self.share.max(other.share);
        self.difference = self.difference.max(other.difference);
    }
}

/// What small values of each frame of a clip are measured by: its greatest magnitude or, of logarithms, value.
pub fn greatest(unit: Unit, clip: &Frames) -> Vec<f64> {
    let of = |values: &[f32]| {
        let values = values.iter().map(|&value| f64::from(value));
        match unit {
            Unit::Log(_) => values.fold(f64::NEG_INFINITY, f64::max),
            Unit::Linear | Unit::Cepstral(_) => values.fold(0.0f64, |most, value| most.max(value.abs())),
        }
    };
    let whole = of(&clip.values);
    let least = match unit {
        Unit::Linear => 0.01 * whole,
        Unit::Log(scale) => whole - scale * 100f64.ln(),
        Unit::Cepstral(_) => 1.0,
    };
    clip.rows().map(|row| of(row).max(least)).collect()
}

/// Compares values of one frame with those of a reference, `of` being the frame's [`greatest`], and `slack` how much
/// further off each energy or coefficient may be.
pub fn compare(unit: Unit, found: &[f32], expected: &[f32], of: f64, slack: &[f64]) -> Worst {
    assert_eq!(found.len(), expected.len());
    let mut worst = Worst::default();
    for (at, (&a, &b)) in found.iter().zip(expected).enumerate() {
        assert!(a.is_finite() && b.is_finite(), "{a} and {b}");
        worst.join(difference(unit, a.into(), b.into(), of, slack.get(at).copied().unwrap_or_default()));
    }
    worst
}

fn difference(unit: Unit, a: f64, b: f64, of: f64, slack: f64) -> Worst {
    let part = |a: f64, b: f64, of: f64| if a == b { 0.0 } else { (a - b).abs() / of };
    let linear = |a: f64, b: f64, of: f64, slack: f64| {
        let larger = a.abs().max(b.abs());
        let difference = if larger < 1e-3 * of { 0.0 } else { part(a, b, larger) };
        Worst { share: part(a, b, 1e-4 * larger + 1e-6 * of + slack), difference }
    };
    match unit {
        Unit::Linear => linear(a, b, of, slack),
        Unit::Cepstral(lift) => {
            let difference = part(a, b, of);
            Worst { share: part(a, b, 1e-4 * lift * of + slack), difference }
        }
        Unit::Log(scale) => {
            // Energies relative to the greatest of the frame.
            let energy = |value: f64| ((value - of) / scale).exp();
            let decibels = (a - b).abs() / scale * DECIBELS;
            let Worst { share, difference } = linear(energy(a), energy(b), 1.0, slack / (of / scale).exp());
            Worst { share: share.min(decibels / 1e-3), difference }
        }
    }
}
