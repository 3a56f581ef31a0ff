//! Each error message as its reader sees it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io;
use std::path::Path;

use runeblocks_core::{ElementType, SampleRate};
use runeblocks_io::sound::{Channels, Fit, READ, Sound};
use runeblocks_io::table::Table;
use runeblocks_io::{FileError, npy, raw};

fn assert_message(error: &FileError, text: &str) {
    assert_eq!(error.to_string(), text);
}

/// A 16-bit mono WAV file of two samples, with one byte changed.
fn wav(at: usize, value: u8) -> Vec<u8> {
    let mut file =
        b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\x04\0\0\0\x01\0\x02\0"
            .to_vec();
    file[at] = value;
    file
}

fn sound_error(file: &[u8], channels: Channels) -> FileError {
    Sound::parse(file, channels).unwrap_err()
}

/// A `.npy` file with this dictionary and four bytes of data.
fn npy_file(dictionary: &str) -> Vec<u8> {
    let length = [dictionary.len() as u8, 0];
    [b"\x93NUMPY\x01\x00", &length[..], dictionary.as_bytes(), &[0; 4]].concat()
}

#[test]
fn files() {
    assert_message(
        &FileError::Read(io::Error::from(io::ErrorKind::NotFound)).in_file(Path::new("clips/yes.wav")),
        "clips/yes.wav: it cannot be read: entity not found",
    );
    assert_message(&FileError::Write(io::Error::other("no space")), "it cannot be written: no space");
    assert_message(
        &FileError::TooLarge { limit: 1_073_741_824 },
        "it takes more than the 1073741824 bytes that are held at once; make it smaller, or cut it into parts",
    );
}

#[test]
fn wav_files() {
    let mono = Channels::Mono;
    assert_message(
        &sound_error(b"word,start\xc3", mono),
        &format!(
            "it begins with \"word,start\\xc3\", as no sound file does; {READ} are read: convert it with `sox IN -b 16 OUT.wav`"
        ),
    );
    assert_message(
        &sound_error(b"#!AMR\n", mono),
        &format!("it is an AMR file, and {READ} are read: convert it with `ffmpeg -i IN OUT.wav`"),
    );
    assert_message(
        &sound_error(&wav(40, 6), mono),
        "the \"data\" chunk at byte 36 declares 6 bytes, and the file has 4 left: it was cut short, or its header was never \
         completed; copy or record it again, or make a new header with `sox --ignore-length IN.wav OUT.wav`",
    );
    assert_message(
        &sound_error(&wav(12, b'F'), mono),
        "it has no \"fmt \" chunk before its samples: it is no complete WAV file",
    );
    assert_message(&sound_error(&wav(36, b'D'), mono), "it has no \"data\" chunk: it is no complete WAV file");
    assert_message(
        &sound_error(&wav(32, 3), mono),
        "its header gives the length of a frame as 3, and 2 bytes (1 × 16 bits) is expected: the header is damaged",
    );
    let encoding = |found: &str| {
        format!(
            "its samples are {found}; integers of 8, 16, 24 and 32 bits and floats of 32 and 64 bits are read; \
             convert it with `sox IN.wav -b 16 -e signed OUT.wav`"
        )
    };
    assert_message(&sound_error(&wav(20, 7), mono), &encoding("µ-law of 16 bits"));
    assert_message(&sound_error(&wav(34, 12), mono), &encoding("integers of 12 bits"));
    assert_message(&sound_error(&wav(21, 9), mono), &encoding("of format tag 0x0901 with 16 bits"));
    assert_message(
        &sound_error(&wav(40, 3), mono),
        "its samples take 3 bytes, which is no whole number of frames of 2 bytes: the file is damaged",
    );
    assert_message(
        &FileError::WavNotFinite { frame: 7, found: f64::INFINITY },
        "its sample 7 (counted from 0) is inf, which is no finite number: the program that wrote it is at fault",
    );
    assert_message(
        &FileError::Channels { found: 2 },
        "it has 2 channels, and one is expected; choose one with `--channel N` (1 to 2), or average them with `--mixdown`",
    );
    assert_message(
        &sound_error(&wav(0, b'R'), Channels::Only(2)),
        "channel 2 was asked for, and the file has channels 1 to 1",
    );
    assert_message(
        &sound_error(&wav(40, 0), mono),
        "it holds no samples; a recorder that was stopped before it completed the header leaves such a file",
    );
}

#[test]
fn sounds() {
    let clip = Sound::parse(&wav(0, b'R'), Channels::Mono).unwrap();
    assert_message(
        &clip.clone().at(SampleRate(8_000)).unwrap_err(),
        "it is sampled at 16000 Hz, and 8000 Hz is expected; convert it with `--resample`, or record at 8000 Hz",
    );
    assert_message(
        &clip.clone().fit(1, Fit::Exact).unwrap_err(),
        "it has 2 samples, and 1 are expected; take its loudest part with `--fit=loudest`, or its start with `--fit`",
    );
    assert_message(
        &clip.fit(16_000, Fit::Exact).unwrap_err(),
        "it has 2 samples, and 16000 are expected; add silence to its end with `--fit`",
    );
    assert_message(
        &FileError::ResampleRates { from: SampleRate(16_000), to: SampleRate(1) },
        "it cannot be resampled from 16000 Hz to 1 Hz: both rates must be within 1000 Hz to 768000 Hz",
    );
}

#[test]
fn tables() {
    assert_message(
        &Table::<f32>::parse("1,2\n3,four").unwrap_err(),
        "line 2, column 2: found \"four\", and a finite number is expected; columns are separated by commas, \
         and only the first line may be names",
    );
    assert_message(
        &Table::<f32>::parse("1,2\n3").unwrap_err(),
        "line 2: found 1 column, and 2 are expected as in the first row",
    );
    assert_message(&Table::<f32>::parse("").unwrap_err(), "it holds no row of numbers");
    assert_message(
        &FileError::NotText { offset: 3 },
        "its byte 3 is not UTF-8, and a table is text; save it as CSV in UTF-8",
    );
}

#[test]
fn images() {
    assert_message(
        &FileError::Image { reason: "it begins as neither does".to_owned() },
        "it is no PNG or JPEG image that can be read: it begins as neither does; save it again as PNG",
    );
    assert_message(
        &FileError::ImageSize { height: 0, width: 9_000, limit: 8_192 },
        "an image of 0 × 9000 pixels is out of bounds: both sides must be within 1 to 8192 pixels",
    );
}

#[test]
fn arrays() {
    assert_message(
        &raw::parse(&[0; 5], ElementType::I16, &[2, 3]).unwrap_err(),
        "it has 5 bytes, and i16 elements of shape [2, 3] take 12 bytes",
    );
    assert_message(
        &raw::parse(&[0; 5], ElementType::I16, &[usize::MAX]).unwrap_err(),
        "it has 5 bytes, and i16 elements of shape [18446744073709551615] take more than any file has",
    );
    assert_message(
        &raw::parse(&[0; 5], ElementType::Utf8, &[1]).unwrap_err(),
        "elements of utf8 have no fixed size, so they cannot be read from raw bytes; choose a type of numbers",
    );
    assert_message(
        &npy::parse(b"\x93NUMPY\x01\x00\x0a\x00{'descr': ").unwrap_err(),
        "it is no `.npy` file that can be read: in its header, a string is expected, before \"\"",
    );
    assert_message(
        &npy::parse(&npy_file("{'descr': '>f4', 'fortran_order': False, 'shape': ()}")).unwrap_err(),
        "its elements are \">f4\"; little-endian integers, floats of 32 and 64 bits and text are read \
         (|u1 |i1 <u2 <i2 <u4 <i4 <u8 <i8 <f4 <f8 <U); convert the array with `astype` and save it again",
    );
    assert_message(
        &npy::parse(&npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}")).unwrap_err(),
        "it is no `.npy` file that can be read: 4 bytes follow its header, and \"<f4\" elements of shape [3] take 12 bytes",
    );
}
