//! Mono sound of 16-bit samples, from WAV, FLAC and other sound files.

#[cfg(feature = "formats")]
mod coded;
#[cfg(feature = "formats")]
mod edit;
#[cfg(feature = "flac")]
mod flac;
mod kind;
#[cfg(feature = "resample")]
mod resample;
mod wav;

use std::ops::Range;
use std::path::Path;

use runeblocks_core::{SampleRate, Tensor};

use crate::error::ascii;
use crate::{FileError, file, loudest};
use kind::Kind;

/// The endings of the names of files that are read, in lower case.
pub const ENDINGS: &[&str] = &[
    "wav",
    "wave",
    #[cfg(feature = "flac")]
    "flac",
    #[cfg(feature = "formats")]
    "mp3",
    #[cfg(feature = "formats")]
    "mp2",
    #[cfg(feature = "formats")]
    "ogg",
    #[cfg(feature = "formats")]
    "oga",
    #[cfg(feature = "formats")]
    "m4a",
    #[cfg(feature = "formats")]
    "mp4",
    #[cfg(feature = "formats")]
    "aac",
    #[cfg(feature = "formats")]
    "aiff",
    #[cfg(feature = "formats")]
    "aif",
    #[cfg(feature = "formats")]
    "aifc",
    #[cfg(feature = "formats")]
    "caf",
];

/// The kinds of files that are read, in words.
pub const READ: &str = match (cfg!(feature = "flac"), cfg!(feature = "formats")) {
    (true, true) => "WAV, FLAC, MP3, Ogg Vorbis, AAC, M4A, AIFF and CAF files",
    (true, false) => "WAV and FLAC files",
    (false, true) => "WAV, MP3, Ogg Vorbis, AAC, M4A, AIFF and CAF files",
    (false, false) => "WAV files",
};

/// Full scale: a sample in floating point is multiplied by this to be one of 16 bits, as the programs divide by it that give floats
/// from −1 to 1.
pub const FULL_SCALE: f64 = 32_768.0;

/// Whether a file's name ends as those that are read.
#[must_use]
pub fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|read| read.eq_ignore_ascii_case(ending)))
}

/// What to do about several channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channels {
    /// One channel is expected; more are an error.
    #[default]
    Mono,
    /// The channel of this number, counted from 1.
    Only(u16),
    /// The mean of all channels, rounded once.
    Mixdown,
}

impl Channels {
    /// The channels that are taken, of as many.
    fn range(self, found: u16) -> Result<Range<usize>, FileError> {
        match self {
            Channels::Mono if found == 1 => Ok(0..1),
            Channels::Mono => Err(FileError::Channels { found }),
            Channels::Only(asked) if (1..=found).contains(&asked) => Ok(usize::from(asked) - 1..usize::from(asked)),
            Channels::Only(asked) => Err(FileError::NoSuchChannel { asked, found }),
            Channels::Mixdown => Ok(0..usize::from(found)),
        }
    }
}

/// What to do about a sound of another length than the one expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Another length is an error.
    #[default]
    Exact,
    /// The start stays: silence is added to the end, or the end is cut (as `tf.audio.decode_wav` does with `desired_samples`).
    PadOrTrim,
    /// The loudest part stays ([`Sound::loudest`]); silence is added to the end of what is too short.
    Loudest,
}

/// A mono recording: one 16-bit sample after another, at a known rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    sample_rate: SampleRate,
    samples: Vec<i16>,
}

impl Sound {
    /// A sound of these samples.
    ///
    /// # Errors
    /// [`FileError::WavHeader`] when the rate is 0, [`FileError::NoSamples`] when there are none.
    pub fn new(sample_rate: SampleRate, samples: Vec<i16>) -> Result<Self, FileError> {
        if sample_rate.0 == 0 {
            return Err(FileError::WavHeader {
                field: "the sample rate",
                found: 0,
                expected: "a positive number of Hz".to_owned(),
            });
        }
        if samples.is_empty() {
            return Err(FileError::NoSamples);
        }
        Ok(Self { sample_rate, samples })
    }

    /// Reads a sound file, as [`Sound::parse`] does.
    ///
    /// # Errors
    /// Those of [`file::read`] and [`Sound::parse`], with the path.
    pub fn read(path: &Path, channels: Channels) -> Result<Self, FileError> {
        Self::parse(&file::read(path)?, channels).map_err(|e| e.in_file(path))
    }

    /// Reads the bytes of a sound file, of whichever kind its bytes are: WAV; FLAC (with the feature `flac`); MP3 and MP2, Ogg Vorbis, AAC
    /// (as M4A or ADTS), ALAC, AIFF and CAF (with the feature `formats`). An ID3 tag before the sound is passed over. What an encoder added
    /// before and after the sound is taken away where the file tells how much that is.
    ///
    /// 16-bit integers, the native encoding, are taken as they are. Any other is put on the scale of 16 bits and rounded to the nearest
    /// integer, ties upwards, values beyond −32768 and 32767 becoming these:
    ///
    /// | stored as | value on the 16-bit scale |
    /// |---|---|
    /// | 8-bit unsigned | (v − 128) × 256, exact |
    /// | 24-bit signed | v / 256 |
    /// | 32-bit signed | v / 65536 |
    /// | 32- or 64-bit float, full scale ±1 | v × 32768 |
    /// | FLAC of n bits | v × 2^(16 − n) |
    /// | all else | as the decoder gives it, full scale ±1: v × 32768 |
    ///
    /// No dither is added, so the same file always gives the same samples, and 16-bit samples that were widened to any of these come back
    /// unchanged. A data chunk whose length is beyond [`file::MAX_FILE_BYTES`], as programs state that write into a pipe, reaches to the end
    /// of the file.
    ///
    /// # Errors
    /// [`FileError::NotWav`] and [`FileError::OtherSound`] for a file of another kind; the `Wav…` and `Flac…` errors, [`FileError::Coded`]
    /// and [`FileError::CutShort`] for one that is damaged or stored in a way that is not read; [`FileError::Channels`] and
    /// [`FileError::NoSuchChannel`] where `channels` does not settle which is meant; [`FileError::NoSamples`] when there are none.
    pub fn parse(bytes: &[u8], channels: Channels) -> Result<Self, FileError> {
        let (kind, bytes) = kind::of(bytes);
        match kind {
            #[cfg(feature = "flac")]
            Kind::Flac => flac::parse(bytes, channels),
            #[cfg(feature = "formats")]
            Kind::Coded(format) => coded::parse(bytes, format, channels),
            Kind::Wav => {
                let wav = wav::parse(bytes)?;
                Self::new(SampleRate(wav.sample_rate), wav.mono(channels)?)
            }
            Kind::Other(found) => Err(FileError::OtherSound { found }),
            Kind::Unknown if bytes.is_empty() => Err(FileError::NoSamples),
            Kind::Unknown => Err(FileError::NotWav { found: ascii(&bytes[..bytes.len().min(12)]) }),
        }
    }

    /// Samples a second.
    #[must_use]
    pub fn sample_rate(&self) -> SampleRate {
        self.sample_rate
    }

    /// The samples in order of time.
    #[must_use]
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The samples in order of time.
    #[must_use]
    pub fn into_samples(self) -> Vec<i16> {
        self.samples
    }

    /// The sound, if its rate is `sample_rate`.
    ///
    /// # Errors
    /// [`FileError::SampleRate`] when it is not.
    pub fn at(self, sample_rate: SampleRate) -> Result<Self, FileError> {
        if self.sample_rate == sample_rate {
            Ok(self)
        } else {
            Err(FileError::SampleRate { found: self.sample_rate, expected: sample_rate })
        }
    }

    /// The sound at `sample_rate`, resampled when it has another rate.
    ///
    /// The band up to the lower of both Nyquist frequencies is kept (flat to about 95 % of it) by a linear-phase filter whose delay is taken out;
    /// what lies before and after the clip counts as silence. The length is n × to / from, rounded to the nearest, ties upwards, and never 0.
    /// Results are rounded as [`Sound::parse`] says. The filter runs in 64-bit floats, so on another processor a sample may differ by 1.
    ///
    /// # Errors
    /// [`FileError::ResampleRates`] when the rates differ and one of them is below 1000 Hz or above 768000 Hz; [`FileError::TooLarge`] when
    /// the result would take more than [`file::MAX_FILE_BYTES`].
    #[cfg(feature = "resample")]
    pub fn resample(self, sample_rate: SampleRate) -> Result<Self, FileError> {
        if self.sample_rate == sample_rate {
            return Ok(self);
        }
        let samples = resample::resample(&self.samples, self.sample_rate, sample_rate)?;
        Ok(Self { sample_rate, samples })
    }

    /// Where the loudest `len` samples begin: those with the greatest energy, as [`loudest`] finds them.
    #[must_use]
    pub fn loudest(&self, len: usize) -> usize {
        loudest(self.samples.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)), len)
    }

    /// The sound with `len` samples, as `fit` says.
    ///
    /// # Errors
    /// [`FileError::SoundLength`] when the length is another and `fit` is [`Fit::Exact`]; [`FileError::NoSamples`] when `len` is 0.
    pub fn fit(mut self, len: usize, fit: Fit) -> Result<Self, FileError> {
        if self.samples.len() != len {
            match fit {
                Fit::Exact => {
                    return Err(FileError::SoundLength { found: self.samples.len(), expected: len });
                }
                Fit::PadOrTrim => self.samples.resize(len, 0),
                Fit::Loudest => {
                    self.samples.drain(..self.loudest(len));
                    self.samples.resize(len, 0);
                }
            }
        }
        Self::new(self.sample_rate, self.samples)
    }
}

impl From<Sound> for Tensor {
    /// `i16`, `[samples]`.
    fn from(sound: Sound) -> Self {
        sound.samples.into()
    }
}

/// The mean of the channels of one frame as a sample; finite where they are.
#[cfg(any(feature = "flac", feature = "formats"))]
fn mixed(values: impl ExactSizeIterator<Item = f64>) -> i16 {
    let count = values.len() as f64;
    to_i16(values.sum::<f64>() / count)
}

/// A value on the scale of 16-bit samples as such a sample: the nearest, ties upwards, saturated.
fn to_i16(value: f64) -> i16 {
    (value + 0.5).floor() as i16
}
