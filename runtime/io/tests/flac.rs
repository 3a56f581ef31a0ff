//! FLAC files: every width, several channels, damage.

#![cfg(feature = "flac")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use flac_codec::encode::{FlacSampleWriter, Options};
use proptest::prelude::*;
use runeblocks_core::SampleRate;
use runeblocks_io::FileError;
use runeblocks_io::sound::{Channels, Sound};

fn flac(bits: u32, channels: u8, samples: &[i32]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let length = Some(samples.len() as u64);
    let mut writer = FlacSampleWriter::new(&mut bytes, Options::default(), 16_000, bits, channels, length).unwrap();
    writer.write(samples).unwrap();
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn every_width_is_put_on_sixteen_bits() {
    for (bits, stored, expected) in [
        (8, vec![-128, 0, 127], [-32_768, 0, 32_512]),
        (16, vec![-32_768, 1, 32_767], [-32_768, 1, 32_767]),
        (24, vec![-8_388_608, 128, 8_388_607], [-32_768, 1, 32_767]),
    ] {
        let sound = Sound::parse(&flac(bits, 1, &stored), Channels::Mono).unwrap();
        assert_eq!((sound.sample_rate(), sound.samples()), (SampleRate(16_000), &expected[..]), "{bits} bits");
    }
}

#[test]
fn several_channels_need_a_choice() {
    let file = flac(16, 2, &[100, 201, -7, 8]);
    assert!(matches!(Sound::parse(&file, Channels::Mono), Err(FileError::Channels { found: 2 })));
    assert_eq!(Sound::parse(&file, Channels::Only(2)).unwrap().samples(), [201, 8]);
    assert_eq!(Sound::parse(&file, Channels::Mixdown).unwrap().samples(), [151, 1]);
    let error = Sound::parse(&file, Channels::Only(3)).unwrap_err();
    assert_eq!(error.to_string(), "channel 3 was asked for, and the file has channels 1 to 2");
}

#[test]
fn damage_is_told() {
    let file = flac(16, 1, &(0..9000).map(|i| (i * 7919) % 4001 - 2000).collect::<Vec<_>>());
    let error = Sound::parse(&file[..file.len() * 3 / 4], Channels::Mono).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it ends after 4096 samples, and its header promises 9000: it was cut short; copy it again"
    );
    let mut damaged = file.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let error = Sound::parse(&damaged, Channels::Mono).unwrap_err().to_string();
    assert!(error.starts_with("it is no sound FLAC file: "), "{error}");
    assert!(error.ends_with("; copy it again, or test it with `flac -t FILE`"), "{error}");
    // A header that promises less than there is.
    let mut short = file;
    short[25] = 10;
    short[24] = 0;
    let error = Sound::parse(&short, Channels::Mono).unwrap_err().to_string();
    assert!(error.contains("more than the 10 samples"), "{error}");
}

proptest! {
    #[test]
    fn what_is_written_is_read(samples in prop::collection::vec(any::<i16>(), 1..6000)) {
        let wide: Vec<i32> = samples.iter().map(|&sample| sample.into()).collect();
        prop_assert_eq!(Sound::parse(&flac(16, 1, &wide), Channels::Mono).unwrap().into_samples(), samples);
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0usize..2000, value: u8) {
        let mut file = flac(16, 2, &(0..3000).map(|i| (i * i) % 997).collect::<Vec<_>>());
        let at = at % file.len();
        file[at] = value;
        let _ = Sound::parse(&file, Channels::Mixdown);
    }
}
