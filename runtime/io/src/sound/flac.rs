//! FLAC, RFC 9639, by the crate claxon.

use claxon::{Error, FlacReader};
use runeblocks_core::SampleRate;

use super::{Channels, Sound, mixed};
use crate::FileError;
use crate::file::MAX_FILE_BYTES;

/// Decodes a FLAC file. The checksums of its frames are verified.
pub(super) fn parse(bytes: &[u8], channels: Channels) -> Result<Sound, FileError> {
    let damaged = |error: Error| FileError::Flac { reason: error.to_string() };
    let mut reader = FlacReader::new(bytes).map_err(damaged)?;
    let info = reader.streaminfo();
    let found = u16::try_from(info.channels).unwrap_or(u16::MAX);
    let range = channels.range(found)?;
    let scale = f64::from(info.bits_per_sample as i32 - 16).exp2();
    let mut samples = Vec::new();
    let mut blocks = reader.blocks();
    let mut buffer = Vec::new();
    loop {
        let cut_short = |found| FileError::CutShort { found, expected: info.samples.unwrap_or(0) };
        let block = match blocks.read_next_or_eof(buffer) {
            Ok(Some(block)) => block,
            Ok(None) if info.samples.is_some_and(|expected| expected > samples.len() as u64) => {
                return Err(cut_short(samples.len()));
            }
            Ok(None) => return Sound::new(SampleRate(info.sample_rate), samples),
            Err(Error::IoError(_)) => return Err(cut_short(samples.len())),
            Err(error) => return Err(damaged(error)),
        };
        let length = samples.len() as u64 + u64::from(block.duration());
        if let Some(expected) = info.samples.filter(|expected| length > *expected) {
            let reason = format!("it has more than the {expected} samples that its header gives");
            return Err(FileError::Flac { reason });
        }
        // Silence takes next to no bytes, however long it is.
        if length > MAX_FILE_BYTES / 2 {
            return Err(FileError::TooLarge { limit: MAX_FILE_BYTES });
        }
        if block.channels() < range.end as u32 {
            return Err(FileError::Flac { reason: "a frame has fewer channels than the header gives".to_owned() });
        }
        let values = |at: u32| range.clone().map(move |channel| (channel as u32, at));
        samples.extend(
            (0..block.duration())
                .map(|at| mixed(values(at).map(|(channel, at)| f64::from(block.sample(channel, at)) / scale))),
        );
        buffer = block.into_buffer();
    }
}
