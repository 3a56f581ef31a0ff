//! Compressed and Apple sound files, by the crate symphonia.

use std::cell::Cell;
use std::io::{Cursor, ErrorKind};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use runeblocks_core::SampleRate;
use symphonia::core::codecs::audio::well_known::CODEC_ID_ALAC;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::default::{formats, get_codecs};

use super::edit::{Edit, edit};
use super::kind::Coded;
use super::{Channels, FULL_SCALE, Sound, mixed};
use crate::FileError;
use crate::file::MAX_FILE_BYTES;

/// The most samples of a frame of MPEG audio, and of one of ALAC.
const FRAMES: (u64, u64) = (1_152, 4_096);

/// The most samples of a packet, for which decoders set memory apart.
const MAX_PACKET: u64 = 1 << 22;

/// Decodes a file of a kind. Where a damaged one upsets the decoder, that is an error too.
pub(super) fn parse(bytes: &[u8], format: Coded, channels: Channels) -> Result<Sound, FileError> {
    quietly(|| decode(bytes, format, channels)).unwrap_or_else(|| Err(refused(format, "it is damaged")))
}

thread_local! {
    /// Whether a panic of this thread is awaited.
    static AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// What the function gives; none where it panics, of which nothing is printed.
fn quietly<T>(run: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !AWAITED.get() {
                before(info);
            }
        }));
    });
    let outer = AWAITED.replace(true);
    let found = panic::catch_unwind(AssertUnwindSafe(run));
    AWAITED.set(outer);
    found.ok()
}

fn decode(bytes: &[u8], format: Coded, channels: Channels) -> Result<Sound, FileError> {
    let damaged = |error: Error| wrong(format, &error);
    let mut reader = open(bytes, format).map_err(damaged)?;
    let track = reader.default_track(TrackType::Audio).ok_or_else(|| refused(format, "it has no sound"))?.clone();
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    let packet = params.map(|params| {
        let channels = params.channels.as_ref().map_or(1, |channels| channels.count() as u64);
        params.max_frames_per_packet.unwrap_or(1).saturating_mul(channels.max(1))
    });
    if packet.is_some_and(|samples| samples > MAX_PACKET) {
        return Err(refused(format, "its header gives packets beyond any size"));
    }
    // The delay of Vorbis is that of its decoder; of all others, the file tells it.
    let options = AudioDecoderOptions::default().gapless(format == Coded::Ogg);
    let mut decoder: Box<dyn AudioDecoder> = match params {
        Some(params) => get_codecs().make_audio_decoder(params, &options).map_err(damaged)?,
        None => return Err(refused(format, "how its sound is coded is not known")),
    };
    let mut mono = Mono { format, channels, rate: 0, count: 0, samples: Vec::new(), frame: Vec::new() };
    let mut last = Vec::new();
    while let Some(packet) = reader.next_packet().map_err(damaged)? {
        if packet.track_id == track.id {
            mono.add(decoder.as_mut(), &packet)?;
            last = packet.data.into_vec();
        }
    }
    if ends_within(bytes, format, &last) {
        return Err(refused(format, "it was cut short"));
    }
    let samples = mono.trimmed(bytes, &track)?;
    Sound::new(SampleRate(mono.rate.max(1)), samples)
}

fn open(bytes: &[u8], format: Coded) -> Result<Box<dyn FormatReader + '_>, Error> {
    // Without a length the readers of bare frames guess none.
    let source: Box<dyn MediaSource + '_> = match format {
        Coded::Mpeg | Coded::Adts => Box::new(ReadOnlySource::new(bytes)),
        _ => Box::new(Cursor::new(bytes)),
    };
    let (stream, options) = (MediaSourceStream::new(source, Default::default()), FormatOptions::default());
    Ok(match format {
        Coded::Mpeg => Box::new(formats::MpaReader::try_new(stream, options)?),
        Coded::Ogg => Box::new(formats::OggReader::try_new(stream, options)?),
        Coded::Mp4 => Box::new(formats::IsoMp4Reader::try_new(stream, options)?),
        Coded::Adts => Box::new(formats::AdtsReader::try_new(stream, options)?),
        Coded::Aiff => Box::new(formats::AiffReader::try_new(stream, options)?),
        Coded::Caf => Box::new(formats::CafReader::try_new(stream, options)?),
    })
}

/// One channel of what is decoded, or the mean of all.
struct Mono {
    format: Coded,
    channels: Channels,
    rate: u32,
    /// The channels of the file.
    count: u16,
    samples: Vec<i16>,
    /// The channels of one packet.
    frame: Vec<Vec<f64>>,
}

impl Mono {
    fn add(
        &mut self,
        decoder: &mut dyn AudioDecoder,
        packet: &symphonia::core::packet::Packet,
    ) -> Result<(), FileError> {
        let format = self.format;
        let decoded = decoder.decode(packet).map_err(|error| wrong(format, &error))?;
        let count = u16::try_from(decoded.num_planes()).unwrap_or(u16::MAX);
        if decoded.frames() == 0 || count == 0 {
            return Ok(());
        }
        let rate = decoded.spec().rate();
        if self.count == 0 {
            (self.rate, self.count) = (rate, count);
        } else if (self.rate, self.count) != (rate, count) {
            return Err(refused(format, "its sample rate or its channels change on the way"));
        }
        let range = self.channels.range(count)?;
        decoded.copy_to_vecs_planar(&mut self.frame);
        let planes = &self.frame[range];
        let before = self.samples.len();
        for at in 0..decoded.frames() {
            let values = planes.iter().map(|plane| plane[at] * FULL_SCALE);
            if let Some(found) = values.clone().find(|value| !value.is_finite()) {
                return Err(FileError::WavNotFinite { frame: before + at, found });
            }
            self.samples.push(mixed(values));
        }
        // Silence takes next to no bytes, however long it is.
        if self.samples.len() as u64 > MAX_FILE_BYTES / 2 {
            return Err(FileError::TooLarge { limit: MAX_FILE_BYTES });
        }
        Ok(())
    }

    /// The samples without those that the encoder added.
    fn trimmed(&mut self, bytes: &[u8], track: &Track) -> Result<Vec<i16>, FileError> {
        let found = self.samples.len() as u64;
        let edit = match self.format {
            // What was trimmed is the decoder's; pages that are missing are told by `ends_within`.
            Coded::Ogg | Coded::Adts => None,
            Coded::Mp4 => edit(bytes, self.rate),
            _ => {
                track.num_frames.map(|length| Edit { delay: track.delay.unwrap_or_default().into(), length, slack: 0 })
            }
        };
        let mut samples = std::mem::take(&mut self.samples);
        let Some(Edit { delay, length, slack }) = edit else { return Ok(samples) };
        let length = if length == 0 { found.saturating_sub(delay) } else { length };
        let padding = u64::from(track.padding.unwrap_or_default());
        let end = delay.saturating_add(length);
        // Some encoders count the frame that holds the count, and some count ALAC in whole frames.
        let coded = track.codec_params.as_ref().and_then(|params| params.audio()).map(|params| params.codec);
        let allowance = match self.format {
            Coded::Mpeg if track.delay.is_none() => FRAMES.0,
            Coded::Caf if coded == Some(CODEC_ID_ALAC) => FRAMES.1,
            _ => slack,
        };
        if end > found + allowance {
            return Err(FileError::CutShort { found: found.saturating_sub(delay) as usize, expected: length });
        }
        // Frames beyond those that are counted come from files that were joined.
        if self.format != Coded::Mpeg || found <= end + padding {
            samples.truncate(end as usize);
        }
        samples.drain(..samples.len().min(delay as usize));
        Ok(samples)
    }
}

/// Whether a file ends within a frame or before its last page, where nothing tells how long it is.
fn ends_within(bytes: &[u8], format: Coded, last: &[u8]) -> bool {
    match format {
        Coded::Mpeg | Coded::Adts => {
            let Some(at) = (!last.is_empty()).then(|| rfind(bytes, last)).flatten() else { return false };
            matches!(bytes[at + last.len()..], [0xff, second, ..] if second & 0xe0 == 0xe0)
        }
        Coded::Ogg => {
            let Some(page) = rfind(bytes, b"OggS").map(|at| &bytes[at..]) else { return true };
            let lengths = page.get(27..).zip(page.get(26)).and_then(|(rest, &count)| rest.get(..count.into()));
            let whole = lengths
                .map(|lengths| 27 + lengths.len() + lengths.iter().map(|&length| usize::from(length)).sum::<usize>());
            let is_last = page.get(5).is_some_and(|flags| flags & 4 != 0);
            !is_last || whole.is_none_or(|length| length > page.len())
        }
        _ => false,
    }
}

fn rfind(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).rposition(|found| found == part)
}

fn refused(format: Coded, reason: &str) -> FileError {
    FileError::Coded { format: format.name(), reason: reason.to_owned() }
}

fn wrong(format: Coded, error: &Error) -> FileError {
    match error {
        Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => refused(format, "it was cut short"),
        Error::ResetRequired => refused(format, "it holds several recordings, one after another"),
        error => refused(format, &error.to_string()),
    }
}
