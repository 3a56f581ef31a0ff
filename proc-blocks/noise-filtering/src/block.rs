//! The block.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use ndarray::{ArrayView2, ArrayViewMut2, Zip};
use runeblocks_core::{
    AnyWriter, Axis, BlockError, Element, ElementType, Facts, Info, Port, ProcBlock, Quantization, StateReader,
    StateWriter,
};

use crate::args::{NoiseFilteringArgs, OutType};
use crate::noise_filter::NoiseFilter;
use crate::output::{INT8_SCALE, INT8_ZERO_POINT, to_int8};

/// The block `noise-filtering`.
#[derive(Debug)]
pub struct NoiseFiltering {
    args: NoiseFilteringArgs,
    /// What `infer` makes for the channels and FFT size of the input.
    prepared: Option<Prepared>,
}

/// The filter, and room for one frame.
#[derive(Debug)]
struct Prepared {
    filter: NoiseFilter,
    /// Where a frame goes whose values do not lie side by side.
    signal: Vec<u32>,
    features: Vec<u16>,
}

runeblocks_core::register!(NoiseFiltering);

impl ProcBlock for NoiseFiltering {
    type Args = NoiseFilteringArgs;
    type Input<'a> = ArrayView2<'a, u32>;
    type Output<'a> = AnyWriter<'a>;
    const INFO: Info = Info::new(
        "noise-filtering",
        "Noise reduction, gain control and logarithm, bit for bit those of TensorFlow's micro_frontend",
    )
    .tags(&["audio", "noise", "micro_frontend"])
    .inputs(&[Port::new("spectrogram", &["frames", "channels"], "the output of `fft`")])
    .outputs(&[Port::new("features", &["frames", "channels"], "2^scale_shift times the logarithm of each channel")
        .types(&[ElementType::U16, ElementType::I8, ElementType::F32])])
    .v1_defaults(r#"{"out_type": "int8"}"#);

    fn new(args: NoiseFilteringArgs) -> Result<Self, BlockError> {
        args.check()?;
        Ok(NoiseFiltering { args, prepared: None })
    }

    fn infer(&mut self, [spectrogram]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        let fault = |found: String, expected: &str| BlockError::Input {
            index: 0,
            port: "spectrogram".to_string(),
            found,
            expected: expected.to_string(),
            help: Some("connect the output of the block `fft`".to_string()),
        };
        let &[_, Axis::Fixed(channels)] = spectrogram.shape.axes() else {
            return Err(fault(spectrogram.to_string(), "frames of a known number of channels"));
        };
        let fft_size = spectrogram.fft_size.ok_or_else(|| {
            fault("a spectrogram of which the FFT size is not known".to_string(), "one of a known FFT size")
        })?;
        let filter = NoiseFilter::new(self.args.clone(), fft_size, channels)?;
        let (element_type, quantization) = match self.args.out_type {
            OutType::Uint16 => (ElementType::U16, None),
            OutType::Float32 => (ElementType::F32, None),
            OutType::Int8 => (ElementType::I8, Some(Quantization { scale: INT8_SCALE, zero_point: INT8_ZERO_POINT })),
        };
        let front_end = spectrogram.front_end.map(|input| filter.digest(&input));
        self.prepared = Some(Prepared { filter, signal: vec![0; channels], features: vec![0; channels] });
        Ok([Facts { quantization, front_end, ..spectrogram.map(element_type, spectrogram.shape.clone()) }])
    }

    fn process(&mut self, spectrogram: ArrayView2<'_, u32>, output: AnyWriter<'_>) -> Result<(), BlockError> {
        let scale = self.args.scale;
        let prepared = self.prepared.as_mut().ok_or_else(not_inferred)?;
        let shape = [spectrogram.nrows(), prepared.signal.len()];
        if spectrogram.ncols() != shape[1] {
            let found = format!("frames of {} channels", spectrogram.ncols());
            return Err(BlockError::Data { found, expected: format!("{}, as inferred", shape[1]), help: None });
        }
        match self.args.out_type {
            OutType::Uint16 => prepared.filter_into(spectrogram, output.shape(shape)?, |value| value),
            OutType::Int8 => prepared.filter_into(spectrogram, output.shape(shape)?, to_int8),
            OutType::Float32 => {
                prepared.filter_into(spectrogram, output.shape(shape)?, |value| f32::from(value) * scale);
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        if let Some(prepared) = &mut self.prepared {
            prepared.filter.reset();
        }
    }

    fn save(&self, state: &mut StateWriter) {
        state.put_u32(self.prepared.as_ref().map_or(&[], |prepared| prepared.filter.noise_reduction().estimate()));
    }

    fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), BlockError> {
        let prepared = self.prepared.as_mut().ok_or_else(not_inferred)?;
        let channels = prepared.signal.len();
        let estimate = state.take_u32(channels)?;
        if prepared.filter.resume(&estimate) {
            return Ok(());
        }
        Err(BlockError::State { found: format!("of {} channels", estimate.len()), expected: channels.to_string() })
    }
}

impl Prepared {
    /// Filters every frame of `frames` into a row of `rows`.
    fn filter_into<T: Element>(
        &mut self,
        frames: ArrayView2<'_, u32>,
        mut rows: ArrayViewMut2<'_, T>,
        form: impl Fn(u16) -> T,
    ) {
        for (frame, row) in frames.rows().into_iter().zip(rows.rows_mut()) {
            let signal = frame.to_slice().unwrap_or_else(|| {
                self.signal.iter_mut().zip(frame).for_each(|(to, &value)| *to = value);
                &self.signal
            });
            self.filter.apply(signal, &mut self.features);
            Zip::from(row).and(&self.features).for_each(|to, &value| *to = form(value));
        }
    }
}

fn not_inferred() -> BlockError {
    BlockError::Unsupported {
        reason: "the block does not know its input yet".to_string(),
        help: Some("call infer first".to_string()),
    }
}
