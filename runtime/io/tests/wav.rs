//! WAV files: every encoding, several channels, damage.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use proptest::prelude::*;
use runeblocks_core::{ElementType, SampleRate, Tensor};
use runeblocks_io::FileError;
use runeblocks_io::sound::{Channels, Fit, Sound};

/// A chunk with its byte of padding.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((body.len() as u32).to_le_bytes());
    chunk.extend(body);
    chunk.extend(vec![0; body.len() % 2]);
    chunk
}

fn fmt(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend((rate * u32::from(frame)).to_le_bytes());
    body.extend(frame.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32 + 4).to_le_bytes());
    file.extend(b"WAVE");
    file.extend(body);
    file
}

fn wav(tag: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &fmt(tag, channels, 16_000, bits)), chunk(b"data", data)])
}

fn samples(bytes: &[u8], channels: Channels) -> Vec<i16> {
    Sound::parse(bytes, channels).unwrap().into_samples()
}

fn hound(spec: hound::WavSpec, write: impl FnOnce(&mut hound::WavWriter<&mut Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    write(&mut writer);
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn sixteen_bits_are_taken_as_they_are() {
    let values = [0i16, 1, -1, 12_345, i16::MIN, i16::MAX];
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let sound = Sound::parse(&wav(1, 1, 16, &data), Channels::Mono).unwrap();
    assert_eq!(sound.sample_rate(), SampleRate(16_000));
    assert_eq!(sound.samples(), values);
    let tensor = Tensor::from(sound);
    assert_eq!((tensor.element_type(), tensor.view().shape()), (ElementType::I16, &[6][..]));
}

#[test]
fn eight_bits_are_scaled_exactly() {
    assert_eq!(samples(&wav(1, 1, 8, &[0, 127, 128, 129, 255]), Channels::Mono), [-32_768, -256, 0, 256, 32_512]);
}

#[test]
fn twenty_four_bits_are_rounded_ties_upwards_and_saturated() {
    let values = [0i32, 256, 127, 128, 129, -128, -129, -384, 8_388_607, -8_388_608];
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()[..3].to_vec()).collect();
    assert_eq!(samples(&wav(1, 1, 24, &data), Channels::Mono), [0, 1, 0, 1, 1, 0, -1, -1, 32_767, -32_768]);
}

#[test]
fn thirty_two_bits_are_rounded_ties_upwards_and_saturated() {
    let values = [65_536i32, 32_767, 32_768, -32_768, -32_769, i32::MAX, i32::MIN];
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(samples(&wav(1, 1, 32, &data), Channels::Mono), [1, 0, 1, 0, -1, 32_767, -32_768]);
}

#[test]
fn floats_have_full_scale_one() {
    let values = [0.0f32, 0.5, -1.0, 1.0, 7.0, -7.0, 0.5 / 32_768.0, -0.5 / 32_768.0];
    let expected = [0, 16_384, -32_768, 32_767, 32_767, -32_768, 1, 0];
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(samples(&wav(3, 1, 32, &data), Channels::Mono), expected);
    let data: Vec<u8> = values.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect();
    assert_eq!(samples(&wav(3, 1, 64, &data), Channels::Mono), expected);
}

#[test]
fn a_float_that_is_no_number_is_refused() {
    let data: Vec<u8> = [0.0f32, f32::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
    let error = Sound::parse(&wav(3, 1, 32, &data), Channels::Mono).unwrap_err();
    assert!(matches!(error, FileError::WavNotFinite { frame: 1, .. }), "{error}");
}

#[test]
fn channels_are_refused_chosen_or_averaged() {
    let data: Vec<u8> = [10i16, 21, -10, -21].iter().flat_map(|v| v.to_le_bytes()).collect();
    let stereo = wav(1, 2, 16, &data);
    assert!(matches!(Sound::parse(&stereo, Channels::Mono), Err(FileError::Channels { found: 2 })));
    assert_eq!(samples(&stereo, Channels::Only(1)), [10, -10]);
    assert_eq!(samples(&stereo, Channels::Only(2)), [21, -21]);
    assert_eq!(samples(&stereo, Channels::Mixdown), [16, -15], "15.5 and -15.5, ties upwards");
    for asked in [0, 3] {
        let error = Sound::parse(&stereo, Channels::Only(asked)).unwrap_err();
        assert!(matches!(error, FileError::NoSuchChannel { found: 2, .. }), "{error}");
    }
}

#[test]
fn chunks_of_odd_length_and_unknown_name_are_skipped() {
    let file = riff(&[
        chunk(b"LIST", b"odd"),
        chunk(b"fmt ", &fmt(1, 1, 8_000, 16)),
        chunk(b"bext", &[]),
        chunk(b"data", &[1, 0, 2, 0]),
        chunk(b"LIST", b"after"),
    ]);
    let sound = Sound::parse(&file, Channels::Mono).unwrap();
    assert_eq!((sound.sample_rate(), sound.samples()), (SampleRate(8_000), &[1, 2][..]));
}

#[test]
fn the_extensible_form_is_read() {
    let mut body = fmt(0xfffe, 1, 16_000, 16);
    body.extend(22u16.to_le_bytes());
    body.extend(16u16.to_le_bytes());
    body.extend(4u32.to_le_bytes());
    body.extend([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    let data = chunk(b"data", &[5, 0]);
    assert_eq!(samples(&riff(&[chunk(b"fmt ", &body), data.clone()]), Channels::Mono), [5]);

    let short = riff(&[chunk(b"fmt ", &body[..30]), data.clone()]);
    assert!(matches!(Sound::parse(&short, Channels::Mono), Err(FileError::WavHeader { found: 30, .. })));
    *body.last_mut().unwrap() = 0;
    let other = riff(&[chunk(b"fmt ", &body), data]);
    assert!(matches!(Sound::parse(&other, Channels::Mono), Err(FileError::WavEncoding { .. })));
}

#[test]
fn data_of_unknown_length_reach_to_the_end() {
    let mut file = wav(1, 2, 16, &[1, 0, 2, 0, 3, 0, 4, 0]);
    let at = file.len() - 12;
    file[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(samples(&file, Channels::Only(1)), [1, 3]);
    file.push(9);
    assert_eq!(samples(&file, Channels::Only(1)), [1, 3], "a frame that was cut is dropped");
}

#[test]
fn a_header_that_promises_too_much_is_refused() {
    for declared in [5, 0x3fff_ffff, 1 << 30] {
        let mut file = wav(1, 1, 16, &[1, 0, 2, 0]);
        let at = file.len() - 8;
        file[at..at + 4].copy_from_slice(&u32::to_le_bytes(declared));
        let error = Sound::parse(&file, Channels::Mono).unwrap_err();
        assert!(matches!(error, FileError::WavCutShort { present: 4, offset: 36, .. }), "{error}");
    }
}

#[test]
fn damaged_headers_are_refused() {
    let data = chunk(b"data", &[1, 0, 2, 0]);
    let with = |at: usize, value: u8| {
        let mut body = fmt(1, 1, 16_000, 16);
        body[at] = value;
        Sound::parse(&riff(&[chunk(b"fmt ", &body), data.clone()]), Channels::Mono).unwrap_err()
    };
    assert!(matches!(with(2, 0), FileError::WavHeader { field: "the number of channels", .. }));
    assert!(matches!(with(12, 3), FileError::WavHeader { field: "the length of a frame", found: 3, .. }));
    assert!(matches!(with(14, 12), FileError::WavEncoding { .. }));
    assert!(matches!(with(0, 7), FileError::WavEncoding { .. }));
    let rate = riff(&[chunk(b"fmt ", &fmt(1, 1, 0, 16)), data.clone()]);
    assert!(matches!(Sound::parse(&rate, Channels::Mono), Err(FileError::WavHeader { field: "the sample rate", .. })));
    let part = wav(1, 2, 16, &[1, 0, 2, 0, 3, 0]);
    assert!(matches!(Sound::parse(&part, Channels::Mixdown), Err(FileError::WavPartFrame { bytes: 6, frame: 4 })));
    assert!(matches!(Sound::parse(&wav(1, 1, 16, &[]), Channels::Mono), Err(FileError::NoSamples)));
    let late = riff(&[data.clone(), chunk(b"fmt ", &fmt(1, 1, 16_000, 16))]);
    assert!(matches!(Sound::parse(&late, Channels::Mono), Err(FileError::WavChunkMissing { chunk: "fmt " })));
    let none = riff(&[chunk(b"fmt ", &fmt(1, 1, 16_000, 16))]);
    assert!(matches!(Sound::parse(&none, Channels::Mono), Err(FileError::WavChunkMissing { chunk: "data" })));
}

#[test]
fn every_truncation_is_an_error() {
    let file = wav(1, 1, 16, &[1, 0, 2, 0, 3, 0]);
    for length in 0..file.len() {
        assert!(Sound::parse(&file[..length], Channels::Mono).is_err(), "{length} bytes were enough");
    }
    assert!(Sound::parse(&file, Channels::Mono).is_ok());
}

#[test]
fn another_length_is_refused_padded_or_cut() {
    let clip = Sound::new(SampleRate(16_000), vec![1, 2, 3]).unwrap();
    assert_eq!(clip.clone().fit(3, Fit::Exact).unwrap(), clip);
    assert!(matches!(clip.clone().fit(4, Fit::Exact), Err(FileError::SoundLength { found: 3, expected: 4 })));
    assert_eq!(clip.clone().fit(5, Fit::PadOrTrim).unwrap().samples(), [1, 2, 3, 0, 0]);
    assert_eq!(clip.clone().fit(2, Fit::PadOrTrim).unwrap().samples(), [1, 2]);
    assert!(matches!(clip.fit(0, Fit::PadOrTrim), Err(FileError::NoSamples)));
}

proptest! {
    #[test]
    fn a_length_that_no_file_has_reaches_to_the_end(
        declared in prop_oneof![(1u32 << 30) + 1.., Just(0x7fff_f000), Just(0x8000_0000), Just(0xffff_ffff), Just(0xffff_ff00)],
        riff in any::<u32>(),
        values in prop::collection::vec(any::<i16>(), 1..200),
    ) {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut file = wav(1, 1, 16, &data);
        file[4..8].copy_from_slice(&riff.to_le_bytes());
        file[40..44].copy_from_slice(&declared.to_le_bytes());
        prop_assert_eq!(samples(&file, Channels::Mono), values);
    }

    #[test]
    fn what_hound_writes_is_read(
        values in prop::collection::vec(any::<i16>(), 1..200),
        channels in 1u16..4,
        rate in 1u32..400_000,
    ) {
        let values = &values[..values.len() / usize::from(channels) * usize::from(channels)];
        prop_assume!(!values.is_empty());
        let spec = hound::WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let bytes = hound(spec, |w| values.iter().for_each(|v| w.write_sample(*v).unwrap()));
        for channel in 1..=channels {
            let sound = Sound::parse(&bytes, Channels::Only(channel)).unwrap();
            let expected: Vec<i16> =
                values.iter().copied().skip(usize::from(channel) - 1).step_by(usize::from(channels)).collect();
            prop_assert_eq!(sound.sample_rate(), SampleRate(rate));
            prop_assert_eq!(sound.samples(), expected);
        }
    }

    #[test]
    fn widened_samples_come_back(values in prop::collection::vec(any::<i16>(), 1..100)) {
        let spec = |bits_per_sample, sample_format| hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample, sample_format };
        let int = hound::SampleFormat::Int;
        for bits in [24, 32] {
            let shift = bits - 16;
            let wide = hound(spec(bits, int), |w| {
                values.iter().for_each(|v| w.write_sample(i32::from(*v) << shift).unwrap());
            });
            prop_assert_eq!(&samples(&wide, Channels::Mono), &values);
        }
        let float = hound(spec(32, hound::SampleFormat::Float), |w| {
            values.iter().for_each(|v| w.write_sample(f32::from(*v) / 32_768.0).unwrap());
        });
        prop_assert_eq!(&samples(&float, Channels::Mono), &values);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), channel in 0u16..4) {
        for channels in [Channels::Mono, Channels::Mixdown, Channels::Only(channel)] {
            let _ = Sound::parse(&bytes, channels);
        }
    }

    #[test]
    fn a_changed_byte_never_panics_nor_makes_more_samples(at in 0usize..56, value in any::<u8>()) {
        let mut file = wav(1, 1, 16, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
        file[at] = value;
        if let Ok(sound) = Sound::parse(&file, Channels::Mixdown) {
            prop_assert!(sound.samples().len() <= file.len());
        }
    }
}
