//! Sound files, as the options say.

use std::path::Path;

use clap::Args;
use runeblocks_calibrate::Options;
use runeblocks_core::SampleRate;
use runeblocks_io::FileError;
use runeblocks_io::sound::{Channels, Sound};

/// What to do about sound that is not as expected.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Sound")]
pub struct SoundOptions {
    /// Resample sound of another rate than the one expected
    #[arg(long)]
    resample: bool,
    /// Take this channel, counted from 1, of sound that has several
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "mixdown")]
    channel: Option<u16>,
    /// Average the channels of sound that has several
    #[arg(long)]
    mixdown: bool,
}

impl SoundOptions {
    /// As the crate that measures takes them.
    pub fn options(self) -> Options {
        let channels = match self.channel {
            Some(channel) => Channels::Only(channel),
            None if self.mixdown => Channels::Mixdown,
            None => Channels::Mono,
        };
        Options { channels, resample: self.resample, ..Options::default() }
    }

    /// Reads a sound file at a rate.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or is not as expected and no option says what to do.
    pub fn read(self, path: &Path, rate: Option<SampleRate>) -> Result<Sound, FileError> {
        let sound = Sound::read(path, self.options().channels)?;
        match rate {
            None => Ok(sound),
            Some(rate) if self.resample => sound.resample(rate).map_err(|error| error.in_file(path)),
            Some(rate) => sound.at(rate).map_err(|error| error.in_file(path)),
        }
    }
}
