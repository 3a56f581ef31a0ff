//! The block.

use alloc::format;
use alloc::string::ToString;

use ndarray::{ArrayView1, Ix2};
use runeblocks_core::{
    Axis, BlockError, ElementType, Facts, Framing, Info, Port, ProcBlock, SampleRate, StateReader, StateWriter, Writer,
};

use crate::args::FftArgs;
use crate::spectrogram::Spectrogram;

/// The block `fft`.
#[derive(Debug)]
pub struct Fft {
    spectrogram: Spectrogram,
}

runeblocks_core::register!(Fft);

impl ProcBlock for Fft {
    type Args = FftArgs;
    type Input<'a> = ArrayView1<'a, i16>;
    type Output<'a> = Writer<'a, u32, Ix2>;
    const INFO: Info =
        Info::new("fft", "The mel spectrogram of sound, bit for bit that of TensorFlow's micro_frontend")
            .tags(&["audio", "spectrum", "micro_frontend"])
            .inputs(&[Port::new("audio", &["samples"], "PCM samples")])
            .outputs(&[Port::new("spectrogram", &["frames", "channels"], "the square root of each channel's energy")])
            .v1_defaults(r#"{"window_size": 30, "window_step": 20, "num_channels": 40}"#);

    fn new(args: FftArgs) -> Result<Self, BlockError> {
        Ok(Fft { spectrogram: Spectrogram::new(args)? })
    }

    fn infer(&mut self, [audio]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        self.spectrogram.reset();
        let sample_rate = SampleRate(self.spectrogram.args().sample_rate);
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
        let (window, hop) = (self.spectrogram.window_size(), self.spectrogram.window_step());
        let frames = match audio.shape.axes() {
            &[Axis::Fixed(samples)] => match self.spectrogram.frames_of(samples) {
                0 => {
                    let help = "give a longer clip, or shorten window_size".to_string();
                    return Err(fault(format!("{samples} samples"), format!("at least one window, {window}"), help));
                }
                frames => Axis::Fixed(frames),
            },
            _ => Axis::Stream,
        };
        let channels = Axis::Fixed(self.spectrogram.num_channels());
        Ok([Facts {
            sample_rate: Some(sample_rate),
            framing: Some(Framing { window: window as u32, hop: hop as u32 }),
            fft_size: Some(self.spectrogram.fft_size()),
            front_end: Some(self.spectrogram.digest()),
            ..audio.map(ElementType::U32, [frames, channels])
        }])
    }

    fn process(&mut self, audio: ArrayView1<'_, i16>, output: Writer<'_, u32, Ix2>) -> Result<(), BlockError> {
        let frames = self.spectrogram.frames_of(audio.len());
        let mut rows = output.shape([frames, self.spectrogram.num_channels()])?;
        let mut rows = rows.rows_mut().into_iter();
        let mut take = |mut samples: &[i16]| {
            while let Some(frame) = self.spectrogram.push(&mut samples) {
                if let Some(mut row) = rows.next() {
                    row.iter_mut().zip(frame).for_each(|(to, &value)| *to = value);
                }
            }
        };
        match audio.as_slice() {
            Some(samples) => take(samples),
            None => audio.iter().for_each(|&sample| take(&[sample])),
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.spectrogram.reset();
    }

    fn save(&self, state: &mut StateWriter) {
        state.put_i16(self.spectrogram.pending());
    }

    fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), BlockError> {
        let most = self.spectrogram.window_size() - 1;
        let pending = state.take_i16(most)?;
        if self.spectrogram.resume(&pending) {
            return Ok(());
        }
        Err(BlockError::State { found: format!("{} samples", pending.len()), expected: format!("at most {most}") })
    }
}
