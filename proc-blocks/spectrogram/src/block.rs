//! The block.

use ndarray::{ArrayView1, ArrayViewMut2, Ix2};
use runeblocks_core::{
    Axis, BlockError, ElementType, Facts, Framing, Info, Port, ProcBlock, SampleRate, StateReader, StateWriter, Writer,
};

use crate::args::SpectrogramArgs;
use crate::samples::{Sample, Samples};
use crate::spectrogram::Spectrogram;

/// The largest sample: the power of as many as an FFT has points is finite.
const MAX_SAMPLE: f32 = 1e14;

/// The block `spectrogram`.
#[derive(Debug)]
pub struct SpectrogramBlock {
    spectrogram: Spectrogram,
}

runeblocks_core::register!(SpectrogramBlock);

impl ProcBlock for SpectrogramBlock {
    type Args = SpectrogramArgs;
    type Input<'a> = (Samples<'a>,);
    type Output<'a> = Writer<'a, f32, Ix2>;
    const INFO: Info =
        Info::new("spectrogram", "The spectrogram of sound in floating point, as librosa and tf.signal make it")
            .tags(&["audio", "spectrum", "stft", "librosa"])
            .inputs(&[Port::new("audio", &["samples"], "PCM samples, or samples from -1 to 1")])
            .outputs(&[Port::new("spectrogram", &["frames", "bins"], "power, magnitude or decibels of each bin")])
            .needs_std();

    fn new(args: SpectrogramArgs) -> Result<Self, BlockError> {
        Ok(SpectrogramBlock { spectrogram: Spectrogram::new(args)? })
    }

    fn infer(&mut self, [audio]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        self.spectrogram.reset();
        let &SpectrogramArgs { sample_rate, n_fft, .. } = self.spectrogram.args();
        let sample_rate = SampleRate(sample_rate);
        let fault = |found, expected, help| BlockError::Input {
            index: 0,
            port: "audio".to_string(),
            found,
            expected,
            help: Some(help),
        };
        if let Some(found) = audio.sample_rate.filter(|&found| found != sample_rate) {
            let help = format!("resample the sound, or set sample_rate to {}", found.0);
            return Err(fault(format!("sound at {found}"), format!("{sample_rate}, the argument sample_rate"), help));
        }
        let (frame, hop) = (self.spectrogram.frame_length(), self.spectrogram.hop_length());
        let frames = match audio.shape.axes() {
            &[Axis::Fixed(samples)] => match self.spectrogram.frames_of(samples) {
                0 => {
                    let help = "give a longer clip, or lower n_fft".to_string();
                    return Err(fault(format!("{samples} samples"), format!("at least one frame, {frame}"), help));
                }
                frames => Axis::Fixed(frames),
            },
            _ => Axis::Stream,
        };
        Ok([Facts {
            sample_rate: Some(sample_rate),
            framing: Some(Framing { window: frame as u32, hop: hop as u32 }),
            fft_size: Some(n_fft),
            front_end: Some(self.spectrogram.digest()),
            ..audio.map(ElementType::F32, [frames, Axis::Fixed(self.spectrogram.bins())])
        }])
    }

    fn process(&mut self, (audio,): (Samples<'_>,), output: Writer<'_, f32, Ix2>) -> Result<(), BlockError> {
        if let Samples::F32(samples) = &audio
            && let Some((at, found)) =
                samples.iter().enumerate().find(|(_, sample)| sample.is_nan() || sample.abs() > MAX_SAMPLE)
        {
            return Err(BlockError::Data {
                found: format!("{found} at sample {at}"),
                expected: format!("numbers of magnitude up to {MAX_SAMPLE:e}"),
                help: Some("repair the recording: samples of f32 go from -1 to 1".to_string()),
            });
        }
        let rows = output.shape([self.spectrogram.frames_of(audio.len()), self.spectrogram.bins()])?;
        match audio {
            Samples::I16(samples) => self.write(samples, rows),
            Samples::F32(samples) => self.write(samples, rows),
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.spectrogram.reset();
    }

    fn save(&self, state: &mut StateWriter) {
        state.put_f32(self.spectrogram.pending());
    }

    fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), BlockError> {
        let most = self.spectrogram.frame_length() - 1;
        let pending = state.take_f32(most)?;
        if self.spectrogram.resume(&pending) {
            return Ok(());
        }
        let found = format!("{} samples, not all finite", pending.len());
        Err(BlockError::State { found, expected: format!("at most {most} finite ones") })
    }
}

impl SpectrogramBlock {
    /// Takes all samples, and writes each frame that they complete into a row.
    fn write<S: Sample>(&mut self, samples: ArrayView1<'_, S>, mut rows: ArrayViewMut2<'_, f32>) {
        let mut rows = rows.rows_mut().into_iter();
        let mut take = |mut samples: &[S]| {
            while let Some(frame) = self.spectrogram.push(&mut samples) {
                if let Some(mut row) = rows.next() {
                    row.iter_mut().zip(frame).for_each(|(to, &value)| *to = value);
                }
            }
        };
        match samples.as_slice() {
            Some(samples) => take(samples),
            None => samples.iter().for_each(|&sample| take(&[sample])),
        }
    }
}
