//! Scales of mel.

/// A scale of mel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// That of Slaney's *Auditory Toolbox* (1998): linear up to 1000 Hz, which is 15 mel, and logarithmic above, 27 mel
    /// for a factor of 6.4.
    Slaney,
    /// O'Shaughnessy's, which HTK uses: 2595·log10(1 + f/700).
    Htk,
}

/// Hz of one mel below `BEND`, in Slaney's scale.
const LINEAR: f64 = 200.0 / 3.0;
/// Where Slaney's scale becomes logarithmic, in Hz.
const BEND: f64 = 1000.0;
/// `BEND` in mel.
const BEND_MEL: f64 = BEND / LINEAR;
/// Mel for a factor of e above `BEND`: 27/ln(6.4).
const LOGARITHMIC: f64 = 27.0 / 1.856_297_990_365_626;

impl Scale {
    /// The mel of a frequency in Hz of at least 0.
    #[must_use]
    pub fn mel(self, hz: f64) -> f64 {
        match self {
            Scale::Slaney if hz < BEND => hz / LINEAR,
            Scale::Slaney => BEND_MEL + LOGARITHMIC * libm::log(hz / BEND),
            Scale::Htk => 2595.0 * libm::log10(1.0 + hz / 700.0),
        }
    }

    /// The frequency in Hz of a mel of at least 0.
    #[must_use]
    pub fn hz(self, mel: f64) -> f64 {
        match self {
            Scale::Slaney if mel < BEND_MEL => mel * LINEAR,
            Scale::Slaney => BEND * libm::exp((mel - BEND_MEL) / LOGARITHMIC),
            Scale::Htk => 700.0 * (libm::pow(10.0, mel / 2595.0) - 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (scale, hz, mel) in [
            (Scale::Slaney, 200.0, 3.0),
            (Scale::Slaney, 1000.0, 15.0),
            (Scale::Slaney, 6400.0, 42.0),
            (Scale::Htk, 0.0, 0.0),
            (Scale::Htk, 700.0, 2595.0 * core::f64::consts::LOG10_2),
            (Scale::Htk, 6300.0, 2595.0),
        ] {
            assert!((scale.mel(hz) - mel).abs() < 1e-9, "{scale:?} of {hz} Hz");
            assert!((scale.hz(mel) - hz).abs() < 1e-9, "{scale:?} of {mel} mel");
        }
    }
}
