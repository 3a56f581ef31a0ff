//! What can be wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use runeblocks_core::{ElementType, SampleRate};

/// Why a file was not read or written: what was found, what is expected, and what to do.
///
/// Options that a message names (`--resample`) are those of the `runeblocks` program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Any of the others, with the file it is about.
    #[error("{}: {cause}", path.display())]
    InFile {
        /// The file as it was named.
        path: PathBuf,
        /// What is wrong with it.
        cause: Box<FileError>,
    },
    /// The operating system did not let the file be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// The operating system did not let the file be written.
    #[error("it cannot be written: {0}")]
    Write(io::Error),
    /// What is to be written was read, or is named by what was read.
    #[error(
        "{}, and what is read is never written over; choose another name",
        match other { None => "it is read".to_owned(), Some(other) => format!("it is the same file as {}, which is read", other.display()) }
    )]
    WasRead {
        /// The other path under which it was read.
        other: Option<PathBuf>,
    },
    /// What is to be written is there already.
    #[error("it is there already; choose another name, or replace it by `--overwrite`")]
    Exists,
    /// Two outputs are to be written to one file.
    #[error("two outputs would go there; choose a name for each")]
    OutputTwice,
    /// The ending of a name does not fit what is written.
    #[error(
        "its name {}; choose a name that ends in {}",
        match found { None => "has no ending".to_owned(), Some(found) => format!("ends in .{found}, which is no form of what is written") },
        endings(expected)
    )]
    Ending {
        /// The ending, where there is one.
        found: Option<String>,
        /// Those that are expected.
        expected: Vec<&'static str>,
    },
    /// Two things are to be written to standard output.
    #[error("standard output takes one thing, and {by} goes there; write to a file (`./-` is one of that name)")]
    StdoutTaken {
        /// What goes there.
        by: String,
    },
    /// What is to be written has the name of a folder.
    #[error("it is the name of a folder; add the name of a file")]
    IsFolder,
    /// The folder of what is to be written is not there.
    #[error("there is no folder {}; make the folder first", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// What should be the folder of what is to be written is something else.
    #[error("{} is no folder; choose another one", folder.display())]
    NotAFolder {
        /// What should be a folder.
        folder: PathBuf,
    },
    /// The file, or what it would become, is larger than is held in memory at once.
    #[error("it takes more than the {limit} bytes that are held at once; make it smaller, or cut it into parts")]
    TooLarge {
        /// The most bytes that are held.
        limit: u64,
    },

    /// The first bytes are those of no kind of sound file.
    #[error("it begins with \"{found}\", as no sound file does; {READ} are read: convert it with `sox IN -b 16 OUT.wav`", READ = crate::sound::READ)]
    NotWav {
        /// The first bytes, at most twelve, as escaped ASCII.
        found: String,
    },
    /// The file is of a kind that is known, but not read.
    #[error("it is {found}, and {READ} are read: convert it with `ffmpeg -i IN OUT.wav`", READ = crate::sound::READ)]
    OtherSound {
        /// The kind of file in words, with an article.
        found: &'static str,
    },
    /// A compressed or Apple sound file is damaged, or stored in a way that is not read.
    #[error("it is {format} that can't be decoded: {reason}; copy it again, or convert it with `ffmpeg -i IN OUT.wav`")]
    Coded {
        /// The kind of file in words, with an article.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// A chunk of a WAV file declares more bytes than there are.
    #[error(
        "the \"{chunk}\" chunk at byte {offset} declares {declared} bytes, and the file has {present} left: it was cut short, or its header was \
         never completed; copy or record it again, or make a new header with `sox --ignore-length IN.wav OUT.wav`"
    )]
    WavCutShort {
        /// The chunk's name, as escaped ASCII.
        chunk: String,
        /// Where the chunk begins, in bytes from the start of the file.
        offset: usize,
        /// The length that the chunk's header gives, in bytes.
        declared: u32,
        /// The bytes that follow that header.
        present: usize,
    },
    /// A chunk that every WAV file has is not there, or not before the samples.
    #[error("it has no \"{chunk}\" chunk{}: it is no complete WAV file", if *chunk == "fmt " { " before its samples" } else { "" })]
    WavChunkMissing {
        /// The name of the chunk.
        chunk: &'static str,
    },
    /// A field of a WAV header makes no sense.
    #[error("its header gives {field} as {found}, and {expected} is expected: the header is damaged")]
    WavHeader {
        /// The field in words.
        field: &'static str,
        /// Its value.
        found: u32,
        /// What it should be.
        expected: String,
    },
    /// The samples are stored in a way that is not read.
    #[error(
        "its samples are {found}; integers of 8, 16, 24 and 32 bits and floats of 32 and 64 bits are read; \
         convert it with `sox IN.wav -b 16 -e signed OUT.wav`"
    )]
    WavEncoding {
        /// The encoding in words.
        found: String,
    },
    /// The samples end within a frame (one sample of every channel).
    #[error("its samples take {bytes} bytes, which is no whole number of frames of {frame} bytes: the file is damaged")]
    WavPartFrame {
        /// The length of the data chunk, in bytes.
        bytes: usize,
        /// The length of one frame, in bytes.
        frame: usize,
    },
    /// A float sample is infinite or not a number.
    #[error(
        "its sample {frame} (counted from 0) is {found}, which is no finite number: the program that wrote it is at fault"
    )]
    WavNotFinite {
        /// The frame, counted from 0.
        frame: usize,
        /// The value.
        found: f64,
    },
    /// A FLAC file is damaged.
    #[error("it is no sound FLAC file: {reason}; copy it again, or test it with `flac -t FILE`")]
    Flac {
        /// What the decoder says.
        reason: String,
    },
    /// A file ends before its last sample.
    #[error("it ends after {found} samples, and its header promises {expected}: it was cut short; copy it again")]
    CutShort {
        /// The samples of a channel that are there.
        found: usize,
        /// The samples of a channel that the header gives; 0 where it gives none.
        expected: u64,
    },
    /// There are several channels, and nothing says which is meant.
    #[error(
        "it has {found} channels, and one is expected; choose one with `--channel N` (1 to {found}), or average them with `--mixdown`"
    )]
    Channels {
        /// The number of channels in the file.
        found: u16,
    },
    /// The channel that was asked for is not there.
    #[error("channel {asked} was asked for, and the file has channels 1 to {found}")]
    NoSuchChannel {
        /// The channel asked for, counted from 1.
        asked: u16,
        /// The number of channels in the file.
        found: u16,
    },
    /// There are no samples.
    #[error("it holds no samples; a recorder that was stopped before it completed the header leaves such a file")]
    NoSamples,
    /// The sound has another sample rate than the one expected.
    #[error(
        "it is sampled at {found}, and {expected} is expected; convert it with `--resample`, or record at {expected}"
    )]
    SampleRate {
        /// The rate of the sound.
        found: SampleRate,
        /// The rate expected.
        expected: SampleRate,
    },
    /// A sample rate is outside what is resampled.
    #[error("it cannot be resampled from {from} to {to}: both rates must be within 1000 Hz to 768000 Hz")]
    ResampleRates {
        /// The rate of the sound.
        from: SampleRate,
        /// The rate asked for.
        to: SampleRate,
    },
    /// The sound has another length than the one expected.
    #[error("it has {found} samples, and {expected} are expected; {}", match found > expected {
        true => "take its loudest part with `--fit=loudest`, or its start with `--fit`",
        false => "add silence to its end with `--fit`",
    })]
    SoundLength {
        /// The number of samples in the sound.
        found: usize,
        /// The number expected.
        expected: usize,
    },

    /// The file is not text.
    #[error("its byte {offset} is not UTF-8, and a table is text; save it as CSV in UTF-8")]
    NotText {
        /// The first byte that is not text, counted from 0.
        offset: usize,
    },
    /// A table has no row of numbers.
    #[error("it holds no row of numbers")]
    NoRows,
    /// A field of a table is no number.
    #[error(
        "line {line}, column {column}: found \"{found}\", and a finite number is expected; \
         columns are separated by commas, and only the first line may be names"
    )]
    NotANumber {
        /// The line, counted from 1.
        line: u64,
        /// The column, counted from 1.
        column: usize,
        /// The text of the field, cut after 40 characters.
        found: String,
    },
    /// A row of a table has another number of columns than the first.
    #[error("line {line}: found {}, and {expected} are expected as in the first row", columns(*found))]
    Ragged {
        /// The line, counted from 1.
        line: u64,
        /// The number of columns in it.
        found: usize,
        /// The number of columns in the first row.
        expected: usize,
    },

    /// An image could not be decoded.
    #[error("it is no PNG or JPEG image that can be read: {reason}; save it again as PNG")]
    Image {
        /// What the decoder says.
        reason: String,
    },
    /// An image is empty or larger than is read, or such a size is asked for.
    #[error("an image of {height} × {width} pixels is out of bounds: both sides must be within 1 to {limit} pixels")]
    ImageSize {
        /// The height, in pixels.
        height: u32,
        /// The width, in pixels.
        width: u32,
        /// The longest side that is read, in pixels.
        limit: u32,
    },

    /// A raw file has another length than its type and shape need.
    #[error("it has {found} bytes, and {element_type} elements of shape {shape:?} take {}", match expected { Some(n) => format!("{n} bytes"), None => "more than any file has".to_owned() })]
    RawLength {
        /// The number of bytes in the file.
        found: usize,
        /// The element type asked for.
        element_type: ElementType,
        /// The shape asked for.
        shape: Vec<usize>,
        /// The bytes that they take, if they can be counted.
        expected: Option<usize>,
    },
    /// Elements of this type have no fixed size.
    #[error(
        "elements of {element_type} have no fixed size, so they cannot be read from raw bytes; choose a type of numbers"
    )]
    RawType {
        /// The element type asked for.
        element_type: ElementType,
    },

    /// A `.npy` file is damaged, or no such file.
    #[error("it is no `.npy` file that can be read: {reason}")]
    Npy {
        /// What is wrong, and where.
        reason: String,
    },
    /// The elements of a `.npy` file are of a type that no tensor has.
    #[error(
        "its elements are \"{found}\"; little-endian integers, floats of 32 and 64 bits and text are read (|u1 |i1 <u2 <i2 <u4 <i4 <u8 <i8 <f4 <f8 <U); \
         convert the array with `astype` and save it again"
    )]
    NpyType {
        /// The type as the file gives it.
        found: String,
    },
}

impl FileError {
    /// What is wrong, without the file it is about.
    #[must_use]
    pub fn cause(&self) -> &Self {
        if let Self::InFile { cause, .. } = self { cause.cause() } else { self }
    }

    /// The same error, with the file it is about; a file that is named already stays.
    #[must_use]
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::InFile { .. } => self,
            other => Self::InFile { path: path.to_path_buf(), cause: Box::new(other) },
        }
    }
}

fn endings(forms: &[&str]) -> String {
    let named: Vec<_> = forms.iter().map(|form| format!(".{form}")).collect();
    match named.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => named.concat(),
    }
}

fn columns(n: usize) -> String {
    if n == 1 { "1 column".to_owned() } else { format!("{n} columns") }
}

/// Bytes that should have been ASCII, printable.
pub(crate) fn ascii(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
