//! Signals made of integers alone, the same in Rust and in Python (`runtime/frontend/reference/signals.py`).

/// A mix of two 32-bit numbers that looks random.
pub fn mix(n: u32, seed: u32) -> u32 {
    let mut h = n.wrapping_mul(0x9e37_79b1).wrapping_add(seed);
    h = (h ^ (h >> 16)).wrapping_mul(0x243f_6a89);
    h = (h ^ (h >> 15)).wrapping_mul(0x85a3_08d3);
    h ^ (h >> 16)
}

/// What a signal is made of.
///
/// The kinds that begin with `flat` are flattened: divided by the window, aligned to every window that begins at a
/// multiple of its length, so that the FFT meets full scale throughout and its 16-bit sums wrap.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The name of one of the kinds below.
    pub kind: String,
    /// In samples.
    pub length: usize,
    /// 0 to 32768.
    pub amplitude: i64,
    /// Of noise, or the frequency: `seed`/2³² of the sample rate.
    pub seed: u32,
}

impl Signal {
    /// The samples, for a window of these coefficients.
    pub fn samples(&self, window: &[i16]) -> Vec<i16> {
        (0..self.length as u32).map(|n| self.sample(n, window).clamp(-32_768, 32_767) as i16).collect()
    }

    fn sample(&self, n: u32, window: &[i16]) -> i64 {
        let Signal { amplitude, seed, .. } = *self;
        let signed = |negative: bool, value: i64| if negative { -value } else { value };
        let flat = || match i64::from(window[n as usize % window.len()]) {
            0 => amplitude,
            coefficient => amplitude * 4096 / coefficient,
        };
        let phase = n.wrapping_mul(seed);
        match self.kind.as_str() {
            "silence" => 0,
            "noise" => (i64::from((mix(n, seed) >> 16) as u16 as i16) * amplitude) >> 15,
            "square" => signed(phase >> 31 == 1, amplitude),
            "triangle" => {
                let position = i64::from(phase >> 16);
                let rising = position.min(65_535 - position);
                ((2 * rising - 32_767) * amplitude) >> 15
            }
            "impulses" if n.is_multiple_of(seed % 1000 + 1) => signed(mix(n, seed) & 1 == 1, amplitude),
            "impulses" => 0,
            "lowest" => [-32_768, -32_768, 32_767, 0][mix(n / (1 + seed % 37), seed) as usize & 3],
            "ramp" => (i64::from(phase as u16 as i16) * amplitude) >> 15,
            "flat-square" => signed(phase >> 31 == 1, flat()),
            "flat-noise" => signed(mix(n, seed) & 1 == 1, flat()),
            "flat-turn" => {
                // A pair of samples is one complex number: this one stays on the diagonals and turns.
                let quarter = (n / 2).wrapping_mul(seed) >> 30;
                signed(if n.is_multiple_of(2) { quarter == 1 || quarter == 2 } else { quarter >= 2 }, flat())
            }
            other => panic!("no signal is called {other}"),
        }
    }
}
