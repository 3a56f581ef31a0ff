//! What of the samples of an MP4 file is the sound: its edit list (ISO/IEC 14496-12, 8.6.6), or the comment `iTunSMPB` that encoders write
//! in its place.

/// Samples that the encoder put before the sound, and the length of the sound; 0 where that is the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) delay: u64,
    pub(super) length: u64,
    /// How much longer than it is the length may be, as it is stated in coarser units.
    pub(super) slack: u64,
}

/// The edit of the first sound track at `rate`, where the file has one that keeps one piece.
pub(super) fn edit(bytes: &[u8], rate: u32) -> Option<Edit> {
    let movie = find(bytes, b"moov")?;
    let listed = || {
        let movie_scale = scale(find(movie, b"mvhd")?)?;
        let track = boxes(movie).filter(|(name, _)| name == b"trak").find_map(|(_, track)| {
            let handler = find(find(track, b"mdia")?, b"hdlr")?;
            (handler.get(8..12)? == b"soun").then_some(track)
        })?;
        let media = find(find(track, b"mdia")?, b"mdhd")?;
        let media_scale = scale(media)?;
        let (length, delay) = entry(find(find(track, b"edts")?, b"elst")?)?;
        let samples =
            |ticks: u64, scale: u64| u64::try_from(u128::from(ticks) * u128::from(rate) / u128::from(scale)).ok();
        let (stated, slack) = (samples(length, movie_scale)?, samples(1, movie_scale)? + 1);
        // The list rounds the length to units of the movie; the track tells it in its own.
        let own = samples(duration(media)?.saturating_sub(delay), media_scale)?;
        let delay = samples(delay, media_scale)?;
        if stated.abs_diff(own) <= slack {
            return Some(Edit { delay, length: own, slack: 0 });
        }
        Some(Edit { delay, length: stated, slack })
    };
    listed().or_else(|| comment(movie))
}

/// The boxes that lie one after another in a box, by their names.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = u32_at(bytes, 0)?;
        let name = bytes.get(4..8)?.try_into().ok()?;
        let (header, size) = match size {
            0 => (8, bytes.len()),
            1 => (16, usize::try_from(u64_at(bytes, 8)?).ok()?),
            size => (8, size as usize),
        };
        let content = bytes.get(header..size)?;
        bytes = &bytes[size..];
        Some((name, content))
    })
}

fn find<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(found, _)| found == name).map(|(_, content)| content)
}

/// The ticks a second that a `mvhd` or `mdhd` states.
fn scale(header: &[u8]) -> Option<u64> {
    let at = if header.first()? == &1 { 20 } else { 12 };
    u32_at(header, at).filter(|scale| *scale != 0).map(u64::from)
}

/// The length in ticks that a `mdhd` states.
fn duration(header: &[u8]) -> Option<u64> {
    if header.first()? == &1 { u64_at(header, 24) } else { u32_at(header, 16).map(u64::from) }
}

/// Length and begin of the one entry of an edit list that keeps something.
fn entry(list: &[u8]) -> Option<(u64, u64)> {
    let wide = list.first()? == &1;
    let mut kept = None;
    for entry in list.get(8..)?.chunks_exact(if wide { 20 } else { 12 }) {
        let (length, begin) = if wide {
            (u64_at(entry, 0)?, u64_at(entry, 8)?)
        } else {
            // A begin of −1 stays one that is no begin.
            (u32_at(entry, 0)?.into(), u64::from_ne_bytes(i64::from(u32_at(entry, 4)?.cast_signed()).to_ne_bytes()))
        };
        if begin == u64::MAX {
            continue;
        }
        if kept.replace((length, begin)).is_some() {
            return None;
        }
    }
    kept
}

/// The comment ` 00000000 DELAY PADDING LENGTH …` in hexadecimal.
fn comment(movie: &[u8]) -> Option<Edit> {
    let after = |bytes: &'_ [u8], name: &[u8]| {
        bytes.windows(name.len()).position(|found| found == name).map(|at| at + name.len())
    };
    let rest = &movie[after(movie, b"iTunSMPB")?..];
    let text = rest.get(after(rest, b"data")? + 8..)?;
    let text = text.split(|byte| !byte.is_ascii_hexdigit() && *byte != b' ').next()?;
    let mut numbers = str::from_utf8(text).ok()?.split_whitespace().map(|word| u64::from_str_radix(word, 16));
    let delay = numbers.nth(1)?.ok()?;
    let length = numbers.nth(1)?.ok()?;
    Some(Edit { delay, length, slack: 0 })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|eight| u64::from_be_bytes(*eight))
}
