#![doc = include_str!("../README.md")]
//!
//! Minimum and maximum are those of the whole tensor, so it must be there at once: a stream is cut into windows first.
//!
//! ```
//! use runeblocks_core::{DynBlock, Facts, Tensor};
//!
//! let mut block = runeblocks_normalize::DESCRIPTOR.create(&Default::default())?;
//! let facts = block.infer(&[Facts::of::<i16>([3])])?;
//! let mut outputs = [facts[0].buffer()];
//! block.process(&[Tensor::from(vec![-10i16, 0, 30]).view()], &mut outputs)?;
//! assert_eq!(outputs[0].to_tensor(), Tensor::from(vec![0.0f32, 0.25, 1.0]));
//! # Ok::<(), runeblocks_core::BlockErrors>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::string::ToString;

use ndarray::{ArrayView, ArrayViewMut, IxDyn};
use runeblocks_core::{
    BlockError, ElementType, Facts, Info, Number, NumericView, Port, ProcBlock, Writer, args, numeric,
};

args! {
    /// `normalize` has no arguments.
    pub struct NormalizeArgs {}
}

/// The block.
#[derive(Debug)]
pub struct Normalize;

runeblocks_core::register!(Normalize);

impl ProcBlock for Normalize {
    type Args = NormalizeArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = Writer<'a, f32, IxDyn>;
    const INFO: Info = Info::new("normalize", "Scales a tensor to the range 0 to 1")
        .tags(&["scaling"])
        .inputs(&[Port::new("values", &[], "numbers of any unit")])
        .outputs(&[Port::new("normalized", &[], "0 at the least value, 1 at the greatest")]);

    fn new(_: NormalizeArgs) -> Result<Self, BlockError> {
        Ok(Normalize)
    }

    fn infer(&mut self, [values]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        if values.shape.is_stream() {
            return Err(BlockError::Input {
                index: 0,
                port: "values".to_string(),
                found: values.to_string(),
                expected: "a whole tensor, whose least and greatest value are known".to_string(),
                help: Some("give the input a length, such as duration_ms or n".to_string()),
            });
        }
        Ok([Facts { front_end: None, ..values.map(ElementType::F32, values.shape.clone()) }])
    }

    fn process(&mut self, input: NumericView<'_>, output: Writer<'_, f32, IxDyn>) -> Result<(), BlockError> {
        numeric!(input, values => normalize(values.view(), output.shape(values.raw_dim())?))
    }
}

/// Writes (x − min) / (max − min), computed in `f64`.
///
/// # Errors
///
/// When a value is not finite.
fn normalize<T: Number>(
    values: ArrayView<'_, T, IxDyn>,
    mut normalized: ArrayViewMut<'_, f32, IxDyn>,
) -> Result<(), BlockError> {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for (at, value) in values.iter().map(|x| x.to_f64()).enumerate() {
        if !value.is_finite() {
            return Err(BlockError::Data {
                found: alloc::format!("{value} at element {at}"),
                expected: "finite numbers".to_string(),
                help: None,
            });
        }
        (min, max) = (min.min(value), max.max(value));
    }
    // Halves, so that the range of finite values is finite too.
    let range = max / 2.0 - min / 2.0;
    normalized.zip_mut_with(&values, |y, x| {
        *y = if range > 0.0 { ((x.to_f64() / 2.0 - min / 2.0) / range) as f32 } else { 0.0 };
    });
    Ok(())
}
