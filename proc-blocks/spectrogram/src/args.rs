//! The arguments, and what they have to be together.

use runeblocks_core::{BlockError, args, choice};
use runeblocks_micro::argument;

use crate::window::Window;

/// Points of the largest FFT.
pub const MAX_N_FFT: u32 = 65_536;

choice! {
    /// How frames and windows are made.
    pub enum Framing {
        /// As by `librosa.stft`: a frame is `n_fft` samples, with the window in its middle; the period of a window is
        /// its length.
        Librosa = "librosa",
        /// As by `tf.signal.stft`: a frame is `win_length` samples, with zeros behind them; the period of a window is
        /// its length, less one where that is odd.
        Tf = "tf",
    }
}

choice! {
    /// What is told of each bin.
    pub enum Output {
        /// The squared magnitude.
        Power = "power",
        /// The magnitude.
        Magnitude = "magnitude",
        /// 10·log10 of the squared magnitude.
        Db = "db",
    }
}

args! {
    /// Arguments of `spectrogram`, by the names of librosa.
    pub struct SpectrogramArgs {
        /// Sample rate of the input.
        sample_rate: u32 = 16_000, unit "Hz", min 1, max i32::MAX;
        /// Points of the FFT; there are n_fft/2 + 1 bins.
        n_fft: u32 = 512, min 2, max MAX_N_FFT;
        /// Samples of the window, at most n_fft; n_fft if left out.
        win_length: Option<u32> = None, min 2, max MAX_N_FFT;
        /// Samples from the start of one frame to the start of the next; a quarter of win_length if left out.
        hop_length: Option<u32> = None, min 1, max MAX_N_FFT;
        /// The window function.
        window: Window = Window::Hann;
        /// Where a window shorter than n_fft lies: in the middle of n_fft samples as in librosa, or with zeros behind it as in tf.signal.
        framing: Framing = Framing::Librosa;
        /// What is told of each bin: squared magnitude, magnitude, or decibels.
        output: Output = Output::Power;
        /// The power that is 0 dB, where output is db.
        reference: f32 = 1.0, min 0, alias "ref";
        /// The least power and the least reference that decibels are taken of.
        amin: f32 = 1e-10, min 0;
    }
}

/// What valid arguments come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Points of the FFT.
    pub(crate) n_fft: usize,
    /// Samples of the window.
    pub(crate) win_length: usize,
    /// Samples of a frame, `win_length` to `n_fft`.
    pub(crate) frame: usize,
    /// Samples of a frame before the window.
    pub(crate) start: usize,
    /// Samples of a period of the window.
    pub(crate) period: usize,
    /// Samples from frame to frame, 1 to `frame`.
    pub(crate) hop_length: usize,
}

impl SpectrogramArgs {
    /// Checks everything.
    pub(crate) fn layout(&self) -> Result<Layout, BlockError> {
        let SpectrogramArgs { sample_rate, n_fft, .. } = *self;
        if sample_rate == 0 || sample_rate > i32::MAX as u32 {
            let help = "give the rate of the recording, such as 16000";
            return Err(argument("sample_rate", format!("{sample_rate} Hz"), "1 to 2147483647 Hz", help));
        }
        if !(2..=MAX_N_FFT).contains(&n_fft) {
            let help = "512 points are usual for speech at 16000 Hz";
            return Err(argument("n_fft", n_fft, format!("2 to {MAX_N_FFT}"), help));
        }
        let win_length = self.win_length.unwrap_or(n_fft);
        if !(2..=n_fft).contains(&win_length) {
            let expected = format!("2 to n_fft, {n_fft}");
            return Err(argument("win_length", win_length, expected, "change it, or raise n_fft"));
        }
        let (frame, period) = match self.framing {
            Framing::Librosa => (n_fft, win_length),
            Framing::Tf => (win_length, win_length - win_length % 2),
        };
        let hop_length = self.hop_length.unwrap_or((win_length / 4).max(1));
        if !(1..=frame).contains(&hop_length) {
            let expected = format!("1 to {frame}, the samples of a frame");
            let help = "change it: samples beyond a frame would never be looked at";
            return Err(argument("hop_length", hop_length, expected, help));
        }
        self.check_decibels()?;
        Ok(Layout {
            n_fft: n_fft as usize,
            win_length: win_length as usize,
            frame: frame as usize,
            start: (frame - win_length) as usize / 2,
            period: period as usize,
            hop_length: hop_length as usize,
        })
    }

    fn check_decibels(&self) -> Result<(), BlockError> {
        let usual = SpectrogramArgs::default();
        for (name, found, usual) in [("reference", self.reference, usual.reference), ("amin", self.amin, usual.amin)] {
            if !found.is_finite() || found < 0.0 || (found == 0.0 && name == "amin") {
                let expected = if name == "amin" { "a finite number above 0" } else { "a finite number of at least 0" };
                return Err(argument(name, found, expected, "leave it out for the usual one"));
            }
            if self.output != Output::Db && found != usual {
                let expected = format!("{usual:?}, as output is {}", self.output);
                return Err(argument(name, found, expected, "set output to db, or leave it out"));
            }
        }
        Ok(())
    }
}
