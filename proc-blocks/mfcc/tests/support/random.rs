//! Random arguments that a reference has too, from a seed.

#[path = "../../../fft/tests/support/seed.rs"]
mod seed;

use runeblocks_mel_filterbank::scale::Scale;
use runeblocks_mel_filterbank::{Log, MelFilterbankArgs, Norm, Triangles};
use runeblocks_mfcc::{MfccArgs, Norm as DctNorm};
use runeblocks_spectrogram::{Framing, Output, SpectrogramArgs, Window};

use crate::chain::Arguments;

pub use seed::Random;

impl Random {
    /// Arguments for sound at 16 kHz that librosa has as well.
    pub fn of_librosa(&mut self) -> Arguments {
        let mut arguments = self.of_both(Framing::Librosa);
        let output = self.pick(&[Output::Power, Output::Power, Output::Magnitude]);
        arguments.spectrogram.output = output;
        let log = self.pick(&[Log::Db, Log::Db, Log::Natural, Log::Log10, Log::None]);
        let amin = if log == Log::None { 1e-10 } else { self.pick(&[1e-10, 1e-10, 1e-5, 1e-3]) };
        arguments.mel = MelFilterbankArgs {
            htk: self.pick(&[false, true]),
            norm: self.pick(&[Norm::Slaney, Norm::None]),
            reference: if log == Log::Db { self.pick(&[1.0, 0.25, 1e-12]) } else { 1.0 },
            log_offset: if matches!(log, Log::None | Log::Db) { 0.0 } else { self.pick(&[0.0, 1e-6]) },
            log,
            amin,
            ..arguments.mel
        };
        arguments.mfcc.lifter = self.pick(&[0.0, 22.0, 13.5]);
        arguments
    }

    /// Arguments for sound at 16 kHz that `tf.signal` has as well: it takes every FFT to be even, and makes its filters
    /// in single precision, which is too little for those that are narrower than the bins' distance.
    pub fn of_tensorflow(&mut self) -> Arguments {
        let mut arguments = self.of_both(Framing::Tf);
        arguments.spectrogram.n_fft = arguments.spectrogram.n_fft.next_multiple_of(2);
        arguments.spectrogram.output = self.pick(&[Output::Power, Output::Magnitude]);
        arguments.mel = MelFilterbankArgs {
            htk: true,
            norm: Norm::None,
            triangles: Triangles::Mel,
            log: Log::Natural,
            amin: 0.0,
            log_offset: self.pick(&[1e-6, 1e-3]),
            ..arguments.mel
        };
        let mel = |hz: f32| Scale::Htk.mel(hz.into());
        let bin = 16_000.0 / arguments.spectrogram.n_fft as f32;
        let (low, high) = (mel(arguments.mel.fmin), mel(arguments.mel.fmax.unwrap_or(8000.0)));
        let most = (high - low) / (mel(arguments.mel.fmin + 2.0 * bin) - low);
        arguments.mel.n_mels = arguments.mel.n_mels.min(most as u32).max(1);
        arguments.mfcc.n_mfcc = arguments.mfcc.n_mfcc.min(arguments.mel.n_mels);
        arguments.mfcc.norm = DctNorm::Htk;
        arguments
    }

    fn of_both(&mut self, framing: Framing) -> Arguments {
        let n_fft = match self.range(0, 2) {
            0 => self.pick(&[256, 512, 1024, 2048]),
            1 => self.range(64, 4096),
            _ => self.pick(&[320, 400, 480, 640, 800]),
        };
        let win_length = if self.range(0, 2) == 0 { n_fft } else { self.range(n_fft / 2, n_fft) };
        let fmin = if self.range(0, 1) == 0 { 0.0 } else { 1000.0 * self.unit() };
        let n_mels = self.range(1, 80);
        Arguments {
            spectrogram: SpectrogramArgs {
                n_fft,
                win_length: Some(win_length),
                hop_length: Some(self.range(win_length / 6, win_length)),
                window: self.pick(&[Window::Hann, Window::Hann, Window::Hamming, Window::Boxcar]),
                framing,
                ..Default::default()
            },
            mel: MelFilterbankArgs {
                n_mels,
                fmin,
                fmax: if self.range(0, 1) == 0 { None } else { Some(fmin + 500.0 + (7500.0 - fmin) * self.unit()) },
                ..Default::default()
            },
            mfcc: MfccArgs { n_mfcc: self.range(1, n_mels), ..Default::default() },
        }
    }
}
