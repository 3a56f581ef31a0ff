//! Random arguments and signals, from a seed.

#[path = "seed.rs"]
mod seed;

use runeblocks_fft::FftArgs;

use crate::signal::Signal;

pub use seed::Random;

/// The kinds of signal.
const KINDS: [&str; 10] =
    ["silence", "noise", "square", "triangle", "impulses", "lowest", "ramp", "flat-square", "flat-noise", "flat-turn"];

impl Random {
    /// True once in `n` times.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.range(1, n) == 1
    }

    /// Arguments: valid more often than not, and otherwise just beside it.
    pub fn args(&mut self) -> FftArgs {
        let sample_rate = if self.once_in(2) {
            16_000
        } else {
            self.pick(&[1000, 4000, 8000, 11_025, 22_050, 44_100, 48_000, 96_000])
        };
        // Every fourth window fills its FFT.
        let full = self.once_in(4);
        let sample_rate = if full { 16_000 } else { sample_rate };
        let samples = match self.range(0, 39) {
            _ if full => 16 << self.range(0, 7),
            0 => self.range(20_000, 65_536),
            1..=4 => self.range(2049, 20_000),
            5..=9 => self.range(2, 64),
            _ => self.range(65, 2048),
        };
        let window_size = (samples * 1000).div_ceil(sample_rate).max(1);
        let nyquist = sample_rate as f32 / 2.0;
        let lower_band_limit = if self.once_in(8) { 0.0 } else { nyquist * 0.6 * self.unit() * self.unit() };
        let upper_band_limit = if self.once_in(20) {
            nyquist * 0.999_999_9
        } else {
            lower_band_limit + (nyquist * 0.999 - lower_band_limit) * self.unit()
        };
        FftArgs {
            sample_rate,
            window_size,
            window_step: if self.once_in(3) { window_size } else { self.range(1.max(window_size / 8), window_size) },
            num_channels: if self.once_in(10) { self.range(65, 300) } else { self.range(1, 64) },
            upper_band_limit,
            lower_band_limit,
            ..FftArgs::default()
        }
    }

    /// A signal over a few windows of `size` samples.
    pub fn signal(&mut self, size: usize) -> Signal {
        let windows = if size > 4000 { 2 } else { 6 };
        let kind = self.pick(&KINDS);
        // A flattened signal has to leave room for its rise at the ends of the window.
        let amplitude = if kind.starts_with("flat") {
            (32_768 >> self.range(2, 8)) - 1
        } else if self.once_in(2) {
            32_768
        } else {
            32_768 >> self.range(0, 14)
        };
        Signal {
            kind: kind.to_owned(),
            length: size * self.range(1, windows) as usize + self.range(0, size as u32) as usize,
            amplitude,
            // A flattened turn of one of 32 frequencies falls on a bin, where its sum is greatest.
            seed: if kind == "flat-turn" { self.range(0, 31) << 27 } else { self.next() as u32 },
        }
    }
}
