#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::string::ToString;

use ndarray::IxDyn;
use runeblocks_core::{
    BlockError, ElementType, Facts, Info, Number, NumericView, Port, ProcBlock, Quantization, Writer, args, numeric,
};

args! {
    /// `dequantize` has no arguments.
    pub struct DequantizeArgs {}
}

/// The block.
#[derive(Debug)]
pub struct Dequantize {
    /// What the integers of the input stand for.
    from: Quantization,
}

runeblocks_core::register!(Dequantize);

impl ProcBlock for Dequantize {
    type Args = DequantizeArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = Writer<'a, f32, IxDyn>;
    const INFO: Info =
        Info::new("dequantize", "The real numbers that integers stand for, as TensorFlow Lite's DEQUANTIZE")
            .tags(&["scaling", "quantization"])
            .inputs(&[Port::new("quantized", &[], "integers whose edge carries their scale and zero point")
                .types(ElementType::INTEGERS)])
            .outputs(&[Port::new("values", &[], "scale × (integer − zero point)")]);

    fn new(_: DequantizeArgs) -> Result<Self, BlockError> {
        Ok(Dequantize { from: Quantization { scale: 1.0, zero_point: 0 } })
    }

    fn infer(&mut self, [quantized]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        self.from = quantized.integer_quantization().ok_or_else(|| {
            let help = if ElementType::INTEGERS.contains(&quantized.element_type) {
                "read a stage that says what its integers stand for, as `quantize` and quantised models do, or say it \
                 yourself with `rescale`"
            } else {
                "numbers in floating point are real numbers already: leave `dequantize` out"
            };
            BlockError::Input {
                index: 0,
                port: "quantized".to_string(),
                found: quantized.to_string(),
                expected: "integers with a scale and a zero point".to_string(),
                help: Some(help.to_string()),
            }
        })?;
        Ok([quantized.map(ElementType::F32, quantized.shape.clone())])
    }

    fn process(&mut self, input: NumericView<'_>, output: Writer<'_, f32, IxDyn>) -> Result<(), BlockError> {
        numeric!(input, quantized => {
            output.shape(quantized.raw_dim())?.zip_mut_with(&quantized, |y, x| *y = self.from.real(x.to_f64()) as f32);
        });
        Ok(())
    }
}
