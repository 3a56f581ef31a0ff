#![doc = include_str!("../README.md")]
//!
//! ```
//! use runeblocks_core::{DynBlock, Facts, Tensor};
//! use serde_json::json;
//!
//! let mut block = runeblocks_modulo::DESCRIPTOR.create(&json!({"modulus": 360}))?;
//! let facts = block.infer(&[Facts::of::<f32>([3])])?;
//! let mut outputs = [facts[0].buffer()];
//! block.process(&[Tensor::from(vec![90.0f32, 450.5, -370.0]).view()], &mut outputs)?;
//! assert_eq!(outputs[0].to_tensor(), Tensor::from(vec![90.0f32, 90.5, -10.0]));
//! # Ok::<(), runeblocks_core::BlockErrors>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::{
    format,
    string::{String, ToString},
};

use runeblocks_core::{AnyWriter, BlockError, ElementType, Facts, Info, NumericView, Port, ProcBlock, args, numeric};

args! {
    /// Arguments of `modulo`.
    pub struct ModuloArgs {
        /// The divisor; a whole number that the elements can hold, if they are integers.
        modulus: f64 = 1.0;
    }
}

/// The block.
#[derive(Debug)]
pub struct Modulo {
    modulus: f64,
}

runeblocks_core::register!(Modulo);

impl ProcBlock for Modulo {
    type Args = ModuloArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = AnyWriter<'a>;
    const INFO: Info = Info::new("modulo", "The remainder of each element")
        .tags(&["arithmetic"])
        .inputs(&[Port::new("values", &[], "the dividends")])
        .outputs(&[
            Port::new("remainders", &[], "of the same type, with the sign of the dividend").types(ElementType::NUMBERS)
        ]);

    fn new(args: ModuloArgs) -> Result<Self, BlockError> {
        if !(args.modulus > 0.0 && args.modulus.is_finite()) {
            return Err(modulus_error(args.modulus, "a finite number above 0".to_string()));
        }
        Ok(Modulo { modulus: args.modulus })
    }

    fn infer(&mut self, [values]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        let (fits, kind) = match greatest(values.element_type) {
            Some(max) => (self.modulus <= max && self.modulus % 1.0 == 0.0, "whole number"),
            // Brought into f32, it may become 0 or infinite.
            None if values.element_type == ElementType::F32 => ((self.modulus as f32).is_normal(), "number"),
            None => (true, "number"),
        };
        if !fits {
            return Err(modulus_error(self.modulus, format!("a {kind} that fits into {}", values.element_type)));
        }
        Ok([Facts { front_end: None, ..values.map(values.element_type, values.shape.clone()) }])
    }

    fn process(&mut self, input: NumericView<'_>, output: AnyWriter<'_>) -> Result<(), BlockError> {
        numeric!(input, values => {
            output.shape(values.raw_dim())?.zip_mut_with(&values, |y, x| *y = x.remainder(self.modulus));
        });
        Ok(())
    }
}

fn modulus_error(found: f64, expected: String) -> BlockError {
    BlockError::Argument { name: "modulus".to_string(), found: found.to_string(), expected, help: None }
}

/// The greatest modulus of an integer type, below 2⁵³ so that `f64` holds it exactly; floats have none.
fn greatest(element_type: ElementType) -> Option<f64> {
    match element_type {
        ElementType::F32 | ElementType::F64 | ElementType::Utf8 => None,
        ElementType::U8 => Some(f64::from(u8::MAX)),
        ElementType::I8 => Some(f64::from(i8::MAX)),
        ElementType::U16 => Some(f64::from(u16::MAX)),
        ElementType::I16 => Some(f64::from(i16::MAX)),
        ElementType::U32 => Some(f64::from(u32::MAX)),
        ElementType::I32 => Some(f64::from(i32::MAX)),
        ElementType::U64 | ElementType::I64 => Some((1u64 << 53) as f64),
    }
}

/// A number that has a remainder.
trait Remainder: Copy {
    /// `self % modulus`, the modulus brought into this type.
    fn remainder(self, modulus: f64) -> Self;
}

macro_rules! remainder {
    ($($t:ty)+) => { $(
        impl Remainder for $t {
            fn remainder(self, modulus: f64) -> Self {
                self % (modulus as $t)
            }
        }
    )+ };
}
remainder!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);
