//! The block.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use ndarray::{ArrayView2, Ix2};
use runeblocks_core::{Axis, BlockError, Digest, ElementType, Facts, Info, Port, ProcBlock, SampleRate, Writer};
use runeblocks_micro::{FrontEndHasher, argument};

use crate::args::{Log, MelFilterbankArgs};
use crate::filterbank::{Filterbank, MAX_N_FFT};
use crate::logarithm::Logarithm;

/// The block `mel-filterbank`.
#[derive(Debug)]
pub struct MelFilterbank {
    args: MelFilterbankArgs,
    logarithm: Logarithm,
    /// What `infer` makes for the sample rate and FFT size of the input.
    prepared: Option<Prepared>,
}

/// The filters, and room for one spectrum and its energies.
#[derive(Debug)]
struct Prepared {
    filterbank: Filterbank,
    spectrum: Vec<f32>,
    mels: Vec<f32>,
}

runeblocks_core::register!(MelFilterbank);

impl ProcBlock for MelFilterbank {
    type Args = MelFilterbankArgs;
    type Input<'a> = ArrayView2<'a, f32>;
    type Output<'a> = Writer<'a, f32, Ix2>;
    const INFO: Info = Info::new(
        "mel-filterbank",
        "Mel energies of a spectrogram and their logarithm (MFE), as librosa and tf.signal make them",
    )
    .tags(&["audio", "spectrum", "mel", "mfe", "librosa"])
    .inputs(&[Port::new("spectrogram", &["frames", "bins"], "power or magnitude, the output of `spectrogram`")])
    .outputs(&[Port::new("mels", &["frames", "mels"], "the energy of each filter, or its logarithm")]);

    fn new(args: MelFilterbankArgs) -> Result<Self, BlockError> {
        args.check()?;
        Ok(MelFilterbank { logarithm: Logarithm::new(&args), args, prepared: None })
    }

    fn infer(&mut self, [spectrogram]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        let (frames, bins) = match spectrogram.shape.axes() {
            &[frames, Axis::Fixed(bins)] if (2..=MAX_N_FFT as usize / 2 + 1).contains(&bins) => (frames, bins),
            _ => {
                let expected = format!("frames of a known number of bins, 2 to {}", MAX_N_FFT / 2 + 1);
                return Err(fault(spectrogram.to_string(), expected, TAKE_A_SPECTROGRAM));
            }
        };
        let n_fft = spectrogram.fft_size.unwrap_or(2 * (bins as u32 - 1));
        if bins != n_fft as usize / 2 + 1 {
            let expected = format!("{}, as its FFT has {n_fft} points", n_fft / 2 + 1);
            return Err(fault(format!("frames of {bins} bins"), expected, TAKE_A_SPECTROGRAM));
        }
        let sample_rate = self.sample_rate(spectrogram.sample_rate)?;
        let filterbank = Filterbank::new(&self.args, sample_rate, n_fft)?;
        let mels = filterbank.n_mels();
        let front_end = spectrogram.front_end.map(|input| self.digest(&input, sample_rate));
        self.prepared = Some(Prepared { filterbank, spectrum: vec![0.0; bins], mels: vec![0.0; mels] });
        Ok([Facts {
            sample_rate: Some(SampleRate(sample_rate)),
            fft_size: Some(n_fft),
            front_end,
            ..spectrogram.map(ElementType::F32, [frames, Axis::Fixed(mels)])
        }])
    }

    fn process(&mut self, spectrogram: ArrayView2<'_, f32>, output: Writer<'_, f32, Ix2>) -> Result<(), BlockError> {
        let prepared = self.prepared.as_mut().ok_or_else(|| BlockError::Unsupported {
            reason: "the block does not know its input yet".to_string(),
            help: Some("call infer first".to_string()),
        })?;
        let [bins, mels] = [prepared.filterbank.bins(), prepared.filterbank.n_mels()];
        if spectrogram.ncols() != bins {
            let found = format!("frames of {} bins", spectrogram.ncols());
            return Err(BlockError::Data { found, expected: format!("{bins}, as inferred"), help: None });
        }
        check(spectrogram)?;
        let mut rows = output.shape([spectrogram.nrows(), mels])?;
        for (frame, mut row) in spectrogram.rows().into_iter().zip(rows.rows_mut()) {
            prepared.spectrum.iter_mut().zip(frame).for_each(|(to, &value)| *to = value);
            prepared.filterbank.apply(&prepared.spectrum, &mut prepared.mels);
            self.logarithm.apply(&mut prepared.mels);
            row.iter_mut().zip(&prepared.mels).for_each(|(to, &value)| *to = value);
        }
        Ok(())
    }
}

const TAKE_A_SPECTROGRAM: &str = "connect the output of the block `spectrogram`";

fn fault(found: String, expected: String, help: &str) -> BlockError {
    BlockError::Input { index: 0, port: "spectrogram".to_string(), found, expected, help: Some(help.to_string()) }
}

/// Refuses what is no power and no magnitude.
fn check(spectrogram: ArrayView2<'_, f32>) -> Result<(), BlockError> {
    let mut values = spectrogram.indexed_iter();
    match values.find(|(_, value)| !(value.is_finite() && **value >= 0.0)) {
        None => Ok(()),
        Some(((frame, bin), value)) => Err(BlockError::Data {
            found: format!("{value} in bin {bin} of frame {frame}"),
            expected: "power or magnitude: finite numbers of at least 0".to_string(),
            help: Some("let `spectrogram` have the output power or magnitude, of samples from -1 to 1".to_string()),
        }),
    }
}

impl MelFilterbank {
    /// That of the input, of the argument, or of both.
    fn sample_rate(&self, input: Option<SampleRate>) -> Result<u32, BlockError> {
        match (input, self.args.sample_rate) {
            (Some(SampleRate(found)), Some(expected)) if found != expected => {
                let found = format!("of sound at {found} Hz");
                let expected = format!("{expected} Hz, the argument sample_rate");
                Err(fault(found, expected, "leave sample_rate out, or resample the sound"))
            }
            (Some(SampleRate(sample_rate)), _) | (None, Some(sample_rate)) if sample_rate > 0 => Ok(sample_rate),
            (None, None) => {
                let found = "a spectrogram of which the sample rate is not known".to_string();
                let help = "set sample_rate, or connect the output of the block `spectrogram`";
                Err(fault(found, "one of a known sample rate".to_string(), help))
            }
            _ => Err(argument("sample_rate", "0 Hz", "at least 1 Hz", "give the rate of the sound")),
        }
    }

    /// The digest of the arguments on top of `input`, that of the spectrogram: see [`FrontEndHasher`]. The domain is
    /// `runeblocks.mel-filterbank.v1`, the fields are those below. Sample rate and FFT size are in the input's.
    fn digest(&self, input: &Digest, sample_rate: u32) -> Digest {
        let args = &self.args;
        let mut hasher = FrontEndHasher::new("runeblocks.mel-filterbank.v1")
            .bytes("input", &input.0)
            .unsigned("n_mels", args.n_mels.into())
            // −0 is 0.
            .float("fmin", args.fmin + 0.0)
            .float("fmax", args.fmax.unwrap_or(sample_rate as f32 / 2.0))
            .unsigned("htk", args.htk.into())
            .text("norm", args.norm.name())
            .text("triangles", args.triangles.name())
            .text("log", args.log.name());
        if args.log != Log::None {
            hasher = hasher.float("amin", args.amin).float("log_offset", args.log_offset);
        }
        if args.log == Log::Db {
            hasher = hasher.float("reference", args.reference);
        }
        hasher.finish()
    }
}
