//! FLAC, RFC 9639, by the crate flac-codec.

use flac_codec::decode::FlacSampleReader;
use flac_codec::metadata::Metadata as _;
use runeblocks_core::SampleRate;

use super::{Channels, Sound, mixed};
use crate::FileError;
use crate::file::MAX_FILE_BYTES;

/// Decodes a FLAC file. The checksums of its frames are verified.
pub(super) fn parse(bytes: &[u8], channels: Channels) -> Result<Sound, FileError> {
    let damaged = |error: flac_codec::Error| FileError::Flac { reason: error.to_string() };
    let mut reader = FlacSampleReader::new(bytes).map_err(damaged)?;
    let metadata = reader.metadata();
    let (rate, found, bits) = (metadata.sample_rate(), metadata.channel_count(), metadata.bits_per_sample());
    let expected = metadata.total_samples();
    let range = channels.range(found.into())?;
    let scale = f64::from(bits as i32 - 16).exp2();
    let mut samples = Vec::new();
    loop {
        let decoded = match reader.fill_buf() {
            Ok(decoded) => decoded,
            // A decoder that knows how many samples there are takes an early end for an error of the operating system.
            Err(flac_codec::Error::Io(_)) => {
                return Err(FileError::FlacCutShort { found: samples.len(), expected: expected.unwrap_or(0) });
            }
            Err(error) => return Err(damaged(error)),
        };
        if decoded.is_empty() {
            return Sound::new(SampleRate(rate), samples);
        }
        let frames = decoded.chunks_exact(found.into());
        let length = (samples.len() + frames.len()) as u64;
        if let Some(expected) = expected.filter(|expected| length > *expected) {
            let reason = format!("it has more than the {expected} samples that its header gives");
            return Err(FileError::Flac { reason });
        }
        // Silence takes next to no bytes, however long it is.
        if length > MAX_FILE_BYTES / 2 {
            return Err(FileError::TooLarge { limit: MAX_FILE_BYTES });
        }
        samples.extend(frames.map(|frame| mixed(frame[range.clone()].iter().map(|&v| f64::from(v) / scale))));
        let consumed = decoded.len();
        reader.consume(consumed);
    }
}
