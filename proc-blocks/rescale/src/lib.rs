#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use ndarray::IxDyn;
use runeblocks_core::{
    BlockError, ElementType, Facts, Info, Number, NumericView, Port, ProcBlock, Quantization, Writer, args, numeric,
};

args! {
    /// Arguments of `rescale`, by the names of Keras.
    pub struct RescaleArgs {
        /// What each value is multiplied by.
        scale: f64;
        /// What is added to the product.
        offset: f64 = 0.0;
    }
}

/// The block.
#[derive(Debug)]
pub struct Rescale {
    args: RescaleArgs,
    /// What the integers of the input stand for, where that is known.
    from: Option<Quantization>,
}

runeblocks_core::register!(Rescale);

impl ProcBlock for Rescale {
    type Args = RescaleArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = Writer<'a, f32, IxDyn>;
    const INFO: Info = Info::new("rescale", "Multiplies each value and adds an offset, as Keras' Rescaling")
        .tags(&["scaling"])
        .inputs(&[Port::new("values", &[], "numbers of any unit, such as the pixels of an image")])
        .outputs(&[Port::new("rescaled", &[], "scale × value + offset")]);

    fn new(args: RescaleArgs) -> Result<Self, BlockError> {
        Ok(Rescale { args, from: None })
    }

    fn infer(&mut self, [values]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        self.from = values.integer_quantization();
        Ok([Facts { front_end: None, ..values.map(ElementType::F32, values.shape.clone()) }])
    }

    fn process(&mut self, input: NumericView<'_>, output: Writer<'_, f32, IxDyn>) -> Result<(), BlockError> {
        let RescaleArgs { scale, offset } = self.args;
        numeric!(input, values => {
            output.shape(values.raw_dim())?.zip_mut_with(&values, |y, x| {
                let real = self.from.map_or(x.to_f64(), |from| from.real(x.to_f64()));
                *y = (scale * real + offset) as f32;
            });
        });
        Ok(())
    }
}
