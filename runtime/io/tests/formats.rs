//! Files of other kinds than WAV and FLAC: each is told by its bytes, and gives the sound that was put in.

#![cfg(feature = "formats")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::f64::consts::PI;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use runeblocks_core::SampleRate;
use runeblocks_io::FileError;
use runeblocks_io::sound::{Channels, Sound, is_sound};

const LENGTH: usize = 4_000;

/// The chirp of `sounds/make.py`.
fn chirp() -> Vec<f64> {
    (0..LENGTH)
        .map(|at| {
            let t = at as f64;
            (9000.0 * (PI * t / LENGTH as f64).sin() * (t * (0.12 + t / 20_000.0)).sin()).round()
        })
        .collect()
}

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "sounds", name].iter().collect()
}

fn file(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

fn sound(bytes: &[u8]) -> Vec<i16> {
    let sound = Sound::parse(bytes, Channels::Mono).unwrap();
    assert_eq!(sound.sample_rate(), SampleRate(16_000));
    sound.into_samples()
}

/// Noise over signal of what was found from `begin` on, where the chirp is expected from its own begin.
fn error(found: &[i16], begin: usize, gain: f64) -> f64 {
    let expected = chirp();
    let energy: f64 = expected.iter().map(|value| (value * gain).powi(2)).sum();
    let noise: f64 =
        expected.iter().zip(&found[begin..]).map(|(value, &found)| (value * gain - f64::from(found)).powi(2)).sum();
    (noise / energy).sqrt()
}

#[test]
fn lossless_kinds_come_back_to_the_bit() {
    for (name, length) in [
        ("s16.aiff", 320),
        ("f32.aifc", 320),
        ("sowt.aifc", 320),
        ("s24.caf", 320),
        ("alac.m4a", 800),
        ("alac.caf", 800),
    ] {
        let expected: Vec<i16> = chirp().iter().take(length).map(|&value| value as i16).collect();
        assert_eq!(sound(&file(name)), expected, "{name}");
    }
}

#[test]
fn what_the_encoder_added_is_taken_away() {
    for (name, limit) in [("tagged.mp3", 0.1), ("mono.m4a", 0.1), ("mono.ogg", 0.15)] {
        let found = sound(&file(name));
        assert_eq!(found.len(), LENGTH, "{name}");
        assert!(error(&found, 0, 1.0) < limit, "{name}: {}", error(&found, 0, 1.0));
    }
}

#[test]
fn what_tells_no_length_is_read_whole() {
    for (name, length, delay) in [("bare.mp3", 5_184, 1_105), ("mono.mp2", 4_608, 481), ("mono.aac", 5_120, 1_024)] {
        let found = sound(&file(name));
        assert_eq!(found.len(), length, "{name}");
        let best =
            (0..=length - LENGTH).min_by(|&a, &b| error(&found, a, 1.0).total_cmp(&error(&found, b, 1.0))).unwrap();
        assert_eq!(best, delay, "{name}");
        assert!(error(&found, best, 1.0) < 0.15, "{name}: {}", error(&found, best, 1.0));
    }
}

#[test]
fn several_channels_need_a_choice() {
    let stereo = file("stereo.mp3");
    assert!(matches!(Sound::parse(&stereo, Channels::Mono), Err(FileError::Channels { found: 2 })));
    assert!(matches!(Sound::parse(&stereo, Channels::Only(3)), Err(FileError::NoSuchChannel { asked: 3, found: 2 })));
    for (channels, gain) in [(Channels::Only(1), 1.0), (Channels::Only(2), -0.5), (Channels::Mixdown, 0.25)] {
        let found = Sound::parse(&stereo, channels).unwrap();
        assert_eq!(found.samples().len(), LENGTH);
        assert!(error(found.samples(), 0, gain) < 0.15, "{channels:?}: {}", error(found.samples(), 0, gain));
    }
}

/// An ID3v2 tag of a length, such as a picture takes.
fn tag(length: usize) -> Vec<u8> {
    let size = [21, 14, 7, 0].map(|shift| (length >> shift & 0x7f) as u8);
    [b"ID3\x04\0\0".as_slice(), &size, &vec![0xff; length]].concat()
}

#[test]
fn a_tag_before_the_sound_is_passed_over() {
    for name in ["bare.mp3", "tagged.mp3", "mono.mp2", "mono.aac", "mono.ogg", "mono.m4a", "s16.aiff", "alac.caf"] {
        let plain = sound(&file(name));
        for length in [0, 1, 127, 128, 70_000] {
            assert_eq!(sound(&[tag(length), tag(3), file(name)].concat()), plain, "{name} after {length} bytes");
        }
    }
}

#[test]
fn joined_files_are_read_to_their_end() {
    let one = sound(&file("tagged.mp3")).len();
    let joined = sound(&[file("tagged.mp3"), file("bare.mp3")].concat());
    assert!(joined.len() > one + LENGTH, "{}", joined.len());
}

#[test]
fn the_kind_is_told_by_the_bytes() {
    for entry in fs::read_dir(path("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let read = Sound::parse(&file(&name), Channels::Mixdown).is_ok();
        assert_eq!(is_sound(name.as_ref()), read, "{name}");
    }
}

#[test]
fn kinds_that_are_not_read_are_named() {
    let remedy =
        "and WAV, FLAC, MP3, Ogg Vorbis, AAC, M4A, AIFF and CAF files are read: convert it with `ffmpeg -i IN OUT.wav`";
    let wma = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9".to_vec();
    for (bytes, name) in [
        (file("mono.opus"), "an Opus file"),
        (file("mono.webm"), "a WebM or Matroska file"),
        ([tag(9), wma].concat(), "a WMA (ASF) file"),
        (b"RF64\xff\xff\xff\xffWAVEds64".to_vec(), "an RF64 file, a WAV for more than 4 GiB"),
        (b"#!AMR\n".to_vec(), "an AMR file"),
    ] {
        assert_eq!(Sound::parse(&bytes, Channels::Mono).unwrap_err().to_string(), format!("it is {name}, {remedy}"));
    }
}

#[test]
fn a_file_that_was_cut_short_is_an_error() {
    for name in
        ["tagged.mp3", "bare.mp3", "mono.mp2", "mono.aac", "mono.ogg", "mono.m4a", "alac.m4a", "s16.aiff", "s24.caf"]
    {
        let whole = file(name);
        let length = sound(&whole).len();
        for cut in (0..whole.len() - 4).step_by(7) {
            match Sound::parse(&whole[..cut], Channels::Mono) {
                Err(_) => {}
                // Bare frames that end where one does are a shorter sound.
                Ok(sound) => assert!(
                    ["bare.mp3", "mono.mp2", "mono.aac"].contains(&name) && sound.samples().len() < length
                        || name.starts_with("mono.m4a") && sound.samples().len() == length,
                    "{name}: {cut} of {} bytes gave {} samples",
                    whole.len(),
                    sound.samples().len()
                ),
            }
        }
    }
    let error = Sound::parse(&file("mono.ogg")[..3_000], Channels::Mono).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it is an Ogg Vorbis file that can't be decoded: it was cut short; copy it again, or convert it with `ffmpeg -i IN OUT.wav`"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damage_never_panics(
        name in prop::sample::select(vec![
            "tagged.mp3", "bare.mp3", "mono.mp2", "mono.aac", "mono.ogg", "mono.m4a", "alac.m4a", "alac.caf", "s16.aiff", "f32.aifc",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = file(name);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = Sound::parse(&bytes, Channels::Mixdown);
    }
}
