//! The block.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use ndarray::{ArrayView2, Ix2};
use runeblocks_core::{Axis, BlockError, Digest, ElementType, Facts, Info, Port, ProcBlock, Writer};
use runeblocks_micro::FrontEndHasher;

use crate::args::MfccArgs;
use crate::dct::Dct;

/// The most mels of a frame.
const MAX_N_MELS: usize = 4096;

/// The block `mfcc`.
#[derive(Debug)]
pub struct Mfcc {
    args: MfccArgs,
    /// What `infer` makes for the mels of the input.
    prepared: Option<Prepared>,
}

/// The transform, and room for one frame and its coefficients.
#[derive(Debug)]
struct Prepared {
    dct: Dct,
    mels: Vec<f32>,
    coefficients: Vec<f32>,
}

runeblocks_core::register!(Mfcc);

impl ProcBlock for Mfcc {
    type Args = MfccArgs;
    type Input<'a> = ArrayView2<'a, f32>;
    type Output<'a> = Writer<'a, f32, Ix2>;
    const INFO: Info = Info::new(
        "mfcc",
        "Mel-frequency cepstral coefficients of log-mel energies, as librosa and tf.signal make them",
    )
    .tags(&["audio", "spectrum", "mel", "cepstrum", "librosa"])
    .inputs(&[Port::new("mels", &["frames", "mels"], "logarithms of energies, the output of `mel-filterbank`")])
    .outputs(&[Port::new(
        "mfcc",
        &["frames", "coefficients"],
        "the first coefficients of the DCT-II of each frame",
    )]);

    fn new(args: MfccArgs) -> Result<Self, BlockError> {
        args.check()?;
        Ok(Mfcc { args, prepared: None })
    }

    fn infer(&mut self, [mels]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        let (frames, n_mels) = match mels.shape.axes() {
            &[frames, Axis::Fixed(n_mels)] if (1..=MAX_N_MELS).contains(&n_mels) => (frames, n_mels),
            _ => {
                return Err(BlockError::Input {
                    index: 0,
                    port: "mels".to_string(),
                    found: mels.to_string(),
                    expected: format!("frames of a known number of mels, 1 to {MAX_N_MELS}"),
                    help: Some("connect the output of the block `mel-filterbank`".to_string()),
                });
            }
        };
        let dct = Dct::new(&self.args, n_mels)?;
        let n_mfcc = self.args.n_mfcc as usize;
        self.prepared = Some(Prepared { dct, mels: vec![0.0; n_mels], coefficients: vec![0.0; n_mfcc] });
        Ok([Facts {
            front_end: mels.front_end.map(|input| self.digest(&input)),
            ..mels.map(ElementType::F32, [frames, Axis::Fixed(n_mfcc)])
        }])
    }

    fn process(&mut self, frames: ArrayView2<'_, f32>, output: Writer<'_, f32, Ix2>) -> Result<(), BlockError> {
        let Some(Prepared { dct, mels, coefficients }) = &mut self.prepared else {
            return Err(BlockError::Unsupported {
                reason: "the block does not know its input yet".to_string(),
                help: Some("call infer first".to_string()),
            });
        };
        let help = || Some("connect the output of the block `mel-filterbank`".to_string());
        let fault = |found: String, expected: String| BlockError::Data { found, expected, help: help() };
        if frames.ncols() != mels.len() {
            let found = format!("frames of {} mels", frames.ncols());
            return Err(fault(found, format!("{}, as inferred", mels.len())));
        }
        if let Some(((frame, mel), value)) = frames.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(fault(format!("{value} in mel {mel} of frame {frame}"), "finite numbers".to_string()));
        }
        let mut rows = output.shape([frames.nrows(), coefficients.len()])?;
        for (frame, mut row) in frames.rows().into_iter().zip(rows.rows_mut()) {
            mels.iter_mut().zip(frame).for_each(|(to, &value)| *to = value);
            dct.apply(mels, coefficients);
            row.iter_mut().zip(&*coefficients).for_each(|(to, &value)| *to = value);
        }
        Ok(())
    }
}

impl Mfcc {
    /// The digest of the arguments on top of `input`, that of the mels: see [`FrontEndHasher`]. The domain is
    /// `runeblocks.mfcc.v1`, the fields are those below.
    fn digest(&self, input: &Digest) -> Digest {
        FrontEndHasher::new("runeblocks.mfcc.v1")
            .bytes("input", &input.0)
            .unsigned("n_mfcc", self.args.n_mfcc.into())
            .text("norm", self.args.norm.name())
            .float("lifter", self.args.lifter)
            .finish()
    }
}
