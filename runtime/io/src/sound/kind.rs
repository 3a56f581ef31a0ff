//! What kind of file some bytes are, told by the bytes alone.

/// A kind of sound file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Wav,
    #[cfg(feature = "flac")]
    Flac,
    #[cfg(feature = "formats")]
    Coded(Coded),
    /// A kind that is not read, in words.
    Other(&'static str),
    Unknown,
}

/// A kind of file whose samples come out of a decoder for many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coded {
    /// MPEG audio, layers II and III.
    Mpeg,
    Ogg,
    Mp4,
    /// AAC in frames, without a container.
    Adts,
    Aiff,
    Caf,
}

impl Coded {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mpeg => "an MP3 file",
            Self::Ogg => "an Ogg Vorbis file",
            Self::Mp4 => "an M4A or MP4 file",
            Self::Adts => "an AAC file",
            Self::Aiff => "an AIFF file",
            Self::Caf => "a CAF file",
        }
    }
}

/// The first bytes of kinds that are not read.
const OTHERS: [(&[u8], &str); 16] = [
    (b"RF64", "an RF64 file, a WAV for more than 4 GiB"),
    (b"BW64", "a BW64 file, a WAV for more than 4 GiB"),
    (b"riff\x2e\x91\xcf\x11", "a Wave64 file"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a WMA (ASF) file"),
    (b"\x1a\x45\xdf\xa3", "a WebM or Matroska file"),
    (b"#!AMR", "an AMR file"),
    (b"wvpk", "a WavPack file"),
    (b"MAC ", "a Monkey's Audio file"),
    (b"TTA1", "a True Audio file"),
    (b"MPCK", "a Musepack file"),
    (b"DSD ", "a DSD file"),
    (b".snd", "an AU file"),
    (b"NIST_1A", "a NIST SPHERE file"),
    (b"Creative Voice File", "a VOC file"),
    (b"ADIF", "an AAC file in ADIF"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
];

/// The kind, and the bytes from where it begins: after a tag, if there is one.
pub(super) fn of(bytes: &[u8]) -> (Kind, &[u8]) {
    let begin = after_tags(bytes);
    (named(begin), begin)
}

fn named(bytes: &[u8]) -> Kind {
    let form = |name: &[u8]| bytes.get(8..12) == Some(name);
    match bytes {
        [b'R', b'I', b'F', b'F', ..] if form(b"WAVE") || bytes.len() < 12 => Kind::Wav,
        [b'f', b'L', b'a', b'C', ..] => flac(),
        [b'O', b'g', b'g', b'S', ..] => ogg(bytes),
        [b'F', b'O', b'R', b'M', ..] if form(b"AIFF") || form(b"AIFC") => coded(Coded::Aiff),
        [b'c', b'a', b'f', b'f', 0, ..] => coded(Coded::Caf),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => coded(Coded::Mp4),
        [0xff, second, third, ..] if is_frame(*second, *third) => {
            coded(if second & 0x06 == 0 { Coded::Adts } else { Coded::Mpeg })
        }
        _ => OTHERS
            .iter()
            .find(|(first, _)| bytes.starts_with(first))
            .map_or(Kind::Unknown, |(_, name)| Kind::Other(name)),
    }
}

/// Whether these follow 0xff in the header of a frame of AAC, or of MPEG audio of layer II or III.
fn is_frame(second: u8, third: u8) -> bool {
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    match layer {
        0 => second & 0xf0 == 0xf0 && third >> 2 & 15 < 13,
        3 => false,
        _ => second & 0xe0 == 0xe0 && version != 1 && third >> 4 < 15 && third >> 2 & 3 < 3,
    }
}

/// An Ogg file by the first packet of the first page.
fn ogg(bytes: &[u8]) -> Kind {
    let segments = usize::from(bytes.get(26).copied().unwrap_or_default());
    let packet = bytes.get(27 + segments..).unwrap_or_default();
    let others: [(&[u8], &str); 4] = [
        (b"OpusHead", "an Opus file"),
        (b"Speex   ", "a Speex file"),
        (b"\x7fFLAC", "a FLAC file in Ogg"),
        (b"\x80theora", "an Ogg video"),
    ];
    let other = others.iter().find(|(first, _)| packet.starts_with(first));
    other.map_or_else(|| coded(Coded::Ogg), |(_, name)| Kind::Other(name))
}

#[cfg(feature = "flac")]
fn flac() -> Kind {
    Kind::Flac
}

#[cfg(not(feature = "flac"))]
fn flac() -> Kind {
    Kind::Other("a FLAC file")
}

fn coded(format: Coded) -> Kind {
    #[cfg(feature = "formats")]
    return Kind::Coded(format);
    #[cfg(not(feature = "formats"))]
    Kind::Other(format.name())
}

/// What follows the ID3v2 tags at the begin (id3.org, "ID3 tag version 2.4.0 – Main Structure"), and zeros that pad them.
fn after_tags(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [b'I', b'D', b'3', _, _, flags, size @ ..] = rest
        && let Some((size, body)) = size.split_first_chunk::<4>()
        && size.iter().all(|byte| byte < &0x80)
    {
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        let length = size.iter().fold(0, |length, &byte| length << 7 | usize::from(byte)) + footer;
        let Some(after) = body.get(length..) else { break };
        let padding = after.iter().take_while(|&&byte| byte == 0).count();
        // Four zeros may be the length of an MP4's first box.
        rest = if after.get(4..8) == Some(b"ftyp") { after } else { &after[padding..] };
    }
    rest
}
