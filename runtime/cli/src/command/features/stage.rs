//! The stages of the front end, each as an array.

use clap::ValueEnum;
use ndarray::{Array, IxDyn};
use runeblocks_core::{Digest, Element, ElementType, Tensor};
use runeblocks_frontend::{Config, Features, MicroFrontend, OutType, Taps};

use crate::failure::{Exit, Failure};

/// A stage of the front end whose output can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Samples after the window: `i16[frames, samples]`
    Window,
    /// Spectrum, real and imaginary part: `i16[frames, bins, 2]`
    Fft,
    /// Channels after the square root: `u32[frames, channels]`
    Filterbank,
    /// Channels after noise reduction: `u32[frames, channels]`
    Noise,
    /// Channels after PCAN: `u32[frames, channels]`
    Pcan,
    /// The op's output: `u16` or `f32`, `[rows, channels]`
    #[default]
    Output,
}

impl Stage {
    /// What this stage makes of a clip.
    pub fn of(self, frontend: &mut MicroFrontend, samples: &[i16]) -> Result<Tensor, Failure> {
        let bins = frontend.spectrogram().fft_size() as usize / 2 + 1;
        let channels = frontend.spectrogram().num_channels();
        let window = frontend.spectrogram().window_size();
        match self {
            Stage::Window => frames(frontend, samples, &[window], |taps, to| to.extend_from_slice(taps.window)),
            Stage::Fft => frames(frontend, samples, &[bins, 2], |taps, to| {
                to.extend(taps.fft.iter().flat_map(|bin| [bin.re, bin.im]));
            }),
            Stage::Filterbank => {
                frames(frontend, samples, &[channels], |taps, to| to.extend_from_slice(taps.filterbank))
            }
            Stage::Noise => frames(frontend, samples, &[channels], |taps, to| to.extend_from_slice(taps.noise)),
            Stage::Pcan => frames(frontend, samples, &[channels], |taps, to| to.extend_from_slice(taps.pcan)),
            Stage::Output => match frontend.process_clip(samples) {
                Features::Uint16(values) => tensor(values, &[frontend.row_len()]),
                Features::Float(values) => tensor(values, &[frontend.row_len()]),
            },
        }
    }

    /// How many bytes this stage makes of so many samples.
    pub fn bytes(self, frontend: &MicroFrontend, config: &Config, samples: usize) -> u64 {
        let spectrogram = frontend.spectrogram();
        let frames = spectrogram.frames_of(samples);
        let (rows, row, element) = match self {
            Stage::Window => (frames, spectrogram.window_size(), ElementType::I16),
            Stage::Fft => (frames, (spectrogram.fft_size() as usize / 2 + 1) * 2, ElementType::I16),
            Stage::Filterbank | Stage::Noise | Stage::Pcan => (frames, spectrogram.num_channels(), ElementType::U32),
            Stage::Output => {
                let element = if config.out_type == OutType::Float { ElementType::F32 } else { ElementType::U16 };
                (frontend.rows_of(samples), frontend.row_len(), element)
            }
        };
        [row, element.size().unwrap_or(1)].iter().fold(rows as u64, |bytes, n| bytes.saturating_mul(*n as u64))
    }

    /// The digest of the front end up to this stage: its first half, or the whole.
    pub fn digest(self, frontend: &MicroFrontend) -> Digest {
        match self {
            Stage::Window | Stage::Fft | Stage::Filterbank => frontend.spectrogram().digest(),
            Stage::Noise | Stage::Pcan | Stage::Output => frontend.digest(),
        }
    }

    /// The name by which it is chosen.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Refuses parameters that only the op's output has.
    pub fn check(self, config: &Config) -> Result<(), Failure> {
        let op = Config::default();
        let given = [
            ("--left-context", config.left_context != op.left_context),
            ("--right-context", config.right_context != op.right_context),
            ("--frame-stride", config.frame_stride != op.frame_stride),
            ("--zero-padding", config.zero_padding != op.zero_padding),
            ("--out-scale", config.out_scale != op.out_scale),
            ("--out-type", config.out_type != op.out_type),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((name, _)) if self != Stage::Output => {
                Err(Failure::new(Exit::Usage, format!("{name} has no effect on the stage `{}`", self.name()))
                    .help(format!("leave out {name}, or take `--stage output`")))
            }
            _ => Ok(()),
        }
    }
}

/// One array of what `take` takes of each frame.
fn frames<T: Element>(
    frontend: &mut MicroFrontend,
    samples: &[i16],
    shape: &[usize],
    mut take: impl FnMut(Taps<'_>, &mut Vec<T>),
) -> Result<Tensor, Failure> {
    let mut values = Vec::new();
    frontend.reset();
    frontend.for_each_frame(samples, |taps| take(taps, &mut values));
    frontend.reset();
    tensor(values, shape)
}

/// Rows of the given shape.
fn tensor<T: Element>(values: Vec<T>, shape: &[usize]) -> Result<Tensor, Failure> {
    let row: usize = shape.iter().product();
    let shape: Vec<usize> = std::iter::once(values.len() / row.max(1)).chain(shape.iter().copied()).collect();
    let array = Array::from_shape_vec(IxDyn(&shape), values);
    Ok(array.map_err(|error| Failure::new(Exit::Run, error.to_string()))?.into())
}
