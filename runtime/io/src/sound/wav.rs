//! RIFF WAVE: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991), `WAVEFORMATEXTENSIBLE` included.

use super::{Channels, FULL_SCALE, to_i16};
use crate::FileError;
use crate::error::ascii;
use crate::file::MAX_FILE_BYTES;

const PCM: u16 = 1;
const IEEE_FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;

/// The bytes of a sub-format GUID after its first two, which are the format tag (`KSDATAFORMAT_SUBTYPE_…`).
const SUBFORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
}

impl Encoding {
    fn of(tag: u16, bits: u16) -> Option<Self> {
        Some(match (tag, bits) {
            (PCM, 8) => Self::U8,
            (PCM, 16) => Self::I16,
            (PCM, 24) => Self::I24,
            (PCM, 32) => Self::I32,
            (IEEE_FLOAT, 32) => Self::F32,
            (IEEE_FLOAT, 64) => Self::F64,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// One sample, `self.bytes()` long, on the scale of 16 bits; exact.
    fn value(self, bytes: &[u8]) -> f64 {
        let byte = |i: usize| bytes[i];
        match self {
            Self::U8 => f64::from((i16::from(byte(0)) - 128) * 256),
            Self::I16 => f64::from(i16::from_le_bytes([byte(0), byte(1)])),
            Self::I24 => f64::from(i32::from_le_bytes([0, byte(0), byte(1), byte(2)])) / 65_536.0,
            Self::I32 => f64::from(i32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])) / 65_536.0,
            Self::F32 => f64::from(f32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])) * FULL_SCALE,
            Self::F64 => {
                let mut eight = [0; 8];
                eight.copy_from_slice(bytes);
                f64::from_le_bytes(eight) * FULL_SCALE
            }
        }
    }
}

/// What the `fmt ` chunk says.
#[derive(Clone, Copy, Debug)]
struct Format {
    encoding: Encoding,
    channels: u16,
    sample_rate: u32,
}

/// A WAV file, its samples still as they are stored.
pub(super) struct Wav<'a> {
    pub(super) sample_rate: u32,
    encoding: Encoding,
    channels: u16,
    /// Whole frames.
    data: &'a [u8],
}

impl Wav<'_> {
    /// The samples of one channel.
    pub(super) fn mono(&self, channels: Channels) -> Result<Vec<i16>, FileError> {
        let range = channels.range(self.channels)?;
        let size = self.encoding.bytes();
        if self.encoding == Encoding::I16 && self.channels == 1 {
            return Ok(self.data.as_chunks().0.iter().map(|&stored| i16::from_le_bytes(stored)).collect());
        }
        let count = range.len() as f64;
        let bytes = range.start * size..range.end * size;
        let frames = self.data.chunks_exact(size * usize::from(self.channels));
        if self.encoding == Encoding::I16 && range.len() == 1 {
            return Ok(frames
                .map(|stored| i16::from_le_bytes([stored[bytes.start], stored[bytes.start + 1]]))
                .collect());
        }
        frames
            .enumerate()
            .map(|(frame, stored)| {
                let sum: f64 = stored[bytes.clone()].chunks_exact(size).map(|sample| self.encoding.value(sample)).sum();
                let mean = sum / count;
                if mean.is_finite() { Ok(to_i16(mean)) } else { Err(FileError::WavNotFinite { frame, found: mean }) }
            })
            .collect()
    }
}

/// Finds the format and the samples of what begins as a WAV file does.
pub(super) fn parse(bytes: &[u8]) -> Result<Wav<'_>, FileError> {
    let mut format = None;
    let mut offset = 12;
    while let Some(header) = bytes.get(offset..offset + 8) {
        let (name, rest) = (&header[..4], &bytes[offset + 8..]);
        let declared = u32_at(header, 4);
        // What writes into a pipe can't know the length, and states one that no file has: the samples reach to the end.
        let open_ended = name == b"data" && u64::from(declared) > MAX_FILE_BYTES;
        let length = if open_ended { rest.len() } else { declared as usize };
        let Some(body) = rest.get(..length) else {
            return Err(FileError::WavCutShort { chunk: ascii(name), offset, declared, present: rest.len() });
        };
        match name {
            b"fmt " => format = Some(parse_format(body)?),
            b"data" => {
                let Some(format) = format else { break };
                return samples(format, body, open_ended);
            }
            _ => {}
        }
        // A chunk of odd length is followed by one byte of padding.
        offset += 8 + length + length % 2;
    }
    Err(FileError::WavChunkMissing { chunk: if format.is_none() { "fmt " } else { "data" } })
}

fn samples(format: Format, data: &[u8], open_ended: bool) -> Result<Wav<'_>, FileError> {
    let frame = format.encoding.bytes() * usize::from(format.channels);
    let rest = data.len() % frame;
    // A pipe may have been closed within a frame; a stated length must be whole.
    if rest != 0 && !open_ended {
        return Err(FileError::WavPartFrame { bytes: data.len(), frame });
    }
    Ok(Wav {
        sample_rate: format.sample_rate,
        encoding: format.encoding,
        channels: format.channels,
        data: &data[..data.len() - rest],
    })
}

fn parse_format(body: &[u8]) -> Result<Format, FileError> {
    let damaged = |field, found, expected: &str| FileError::WavHeader { field, found, expected: expected.to_owned() };
    if body.len() < 16 {
        let found = body.len() as u32;
        return Err(damaged("the length of the \"fmt \" chunk", found, "16 bytes or more"));
    }
    let (mut tag, channels, sample_rate) = (u16_at(body, 0), u16_at(body, 2), u32_at(body, 4));
    // The bytes a second, at 8, follow from the other fields and are not looked at.
    let (block_align, bits) = (u16_at(body, 12), u16_at(body, 14));
    if channels == 0 {
        return Err(damaged("the number of channels", 0, "1 or more"));
    }
    if tag == EXTENSIBLE {
        let Some(guid) = body.get(24..40) else {
            let found = body.len() as u32;
            let expected = "40 bytes, as the format tag is WAVE_FORMAT_EXTENSIBLE";
            return Err(damaged("the length of the \"fmt \" chunk", found, expected));
        };
        if guid[2..] != SUBFORMAT_TAIL {
            return Err(FileError::WavEncoding { found: format!("of sub-format {}", hex(guid)) });
        }
        tag = u16_at(guid, 0);
    }
    let encoding = Encoding::of(tag, bits).ok_or_else(|| FileError::WavEncoding { found: describe(tag, bits) })?;
    let frame = encoding.bytes() * usize::from(channels);
    if usize::from(block_align) != frame {
        let expected = format!("{frame} bytes ({channels} × {bits} bits)");
        return Err(damaged("the length of a frame", u32::from(block_align), &expected));
    }
    Ok(Format { encoding, channels, sample_rate })
}

fn describe(tag: u16, bits: u16) -> String {
    let name = match tag {
        PCM => "integers",
        IEEE_FLOAT => "floats",
        2 | 0x11 => "ADPCM",
        6 => "A-law",
        7 => "µ-law",
        0x55 => "MP3",
        _ => return format!("of format tag {tag:#06x} with {bits} bits"),
    };
    format!("{name} of {bits} bits")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
