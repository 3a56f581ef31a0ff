#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::{
    format,
    string::{String, ToString},
};

use runeblocks_core::{
    AnyWriter, BlockError, Element, ElementType, Facts, Info, Number, NumericView, Port, ProcBlock, Quantization, args,
    choice, numeric,
};

choice! {
    /// The element type of the integers.
    pub enum OutType {
        /// From -128 to 127.
        Int8 = "int8",
        /// From 0 to 255.
        Uint8 = "uint8",
        /// From -32768 to 32767.
        Int16 = "int16",
    }
}

impl OutType {
    /// The element type.
    #[must_use]
    pub const fn element_type(self) -> ElementType {
        match self {
            OutType::Int8 => ElementType::I8,
            OutType::Uint8 => ElementType::U8,
            OutType::Int16 => ElementType::I16,
        }
    }
}

args! {
    /// Arguments of `quantize`, by the names of TensorFlow Lite.
    pub struct QuantizeArgs {
        /// The real step between two integers, above 0.
        scale: f32;
        /// The integer of real zero, one that `out_type` can hold.
        zero_point: i32 = 0, min -32768, max 32767;
        /// The element type of the integers.
        out_type: OutType = OutType::Int8;
    }
}

/// The block.
#[derive(Debug)]
pub struct Quantize {
    to: Quantization,
    out_type: OutType,
    /// What the integers of the input stand for, where that is known.
    from: Option<Quantization>,
}

runeblocks_core::register!(Quantize);

impl ProcBlock for Quantize {
    type Args = QuantizeArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = AnyWriter<'a>;
    const INFO: Info = Info::new("quantize", "Real numbers as integers of a scale, as TensorFlow Lite's QUANTIZE")
        .tags(&["scaling", "quantization"])
        .inputs(&[Port::new("values", &[], "real numbers, or integers with or without a quantisation")])
        .outputs(&[Port::new("quantized", &[], "value / scale + zero_point, rounded; what does not fit is cut")
            .types(&[ElementType::I8, ElementType::U8, ElementType::I16])]);

    fn new(args: QuantizeArgs) -> Result<Self, BlockError> {
        if !(args.scale > 0.0 && args.scale.is_finite()) {
            let expected = "a number above 0 that single precision holds".to_string();
            return Err(argument("scale", args.scale.to_string(), expected, "take the scale of the model's input"));
        }
        let (least, greatest) = args.out_type.element_type().bounds().unwrap_or_default();
        if !(least..=greatest).contains(&f64::from(args.zero_point)) {
            let expected = format!("{least} to {greatest}, as out_type is {}", args.out_type);
            let help = "take the zero point and the type of the model's input";
            return Err(argument("zero_point", args.zero_point.to_string(), expected, help));
        }
        let to = Quantization { scale: args.scale, zero_point: args.zero_point };
        Ok(Quantize { to, out_type: args.out_type, from: None })
    }

    fn infer(&mut self, [values]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        self.from = values.integer_quantization();
        let element_type = self.out_type.element_type();
        Ok([Facts { quantization: Some(self.to), ..values.map(element_type, values.shape.clone()) }])
    }

    fn process(&mut self, input: NumericView<'_>, output: AnyWriter<'_>) -> Result<(), BlockError> {
        match self.out_type {
            OutType::Int8 => self.write::<i8>(input, output),
            OutType::Uint8 => self.write::<u8>(input, output),
            OutType::Int16 => self.write::<i16>(input, output),
        }
    }
}

impl Quantize {
    fn write<Q: Quantized>(&self, input: NumericView<'_>, output: AnyWriter<'_>) -> Result<(), BlockError> {
        let Quantization { scale, zero_point } = self.to;
        numeric!(input, values => {
            let mut integers = output.shape::<Q, _>(values.raw_dim())?;
            match self.from {
                Some(from) => integers.zip_mut_with(&values, |y, x| {
                    *y = Q::saturated(nearest(from.real(x.to_f64()).in_steps_of(scale)) + zero_point);
                }),
                None => integers.zip_mut_with(&values, |y, x| {
                    *y = Q::saturated(nearest(x.in_steps_of(scale)) + zero_point);
                }),
            }
        });
        Ok(())
    }
}

/// The nearest integer, ties away from zero; ±2³⁰ beyond that, and 0 for a NaN.
fn nearest(x: f64) -> i32 {
    const LIMIT: f64 = (1 << 30) as f64;
    let x = x.clamp(-LIMIT, LIMIT);
    let whole = x as i32;
    let rest = x - f64::from(whole);
    whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)
}

/// A number that is divided by a scale.
trait Real: Number {
    /// The quotient: in single precision that of single precision, as TensorFlow Lite computes it, else that of double.
    fn in_steps_of(self, scale: f32) -> f64;
}

impl Real for f32 {
    fn in_steps_of(self, scale: f32) -> f64 {
        f64::from(self / scale)
    }
}

macro_rules! real {
    ($($t:ty)+) => { $(
        impl Real for $t {
            fn in_steps_of(self, scale: f32) -> f64 {
                self.to_f64() / f64::from(scale)
            }
        }
    )+ };
}
real!(u8 i8 u16 i16 u32 i32 u64 i64 f64);

/// An integer that real numbers are stored as.
trait Quantized: Element + Copy {
    /// The nearest that this type holds.
    fn saturated(x: i32) -> Self;
}

macro_rules! quantized {
    ($($t:ty)+) => { $(
        impl Quantized for $t {
            fn saturated(x: i32) -> Self {
                x.clamp(<$t>::MIN.into(), <$t>::MAX.into()) as $t
            }
        }
    )+ };
}
quantized!(i8 u8 i16);

fn argument(name: &str, found: String, expected: String, help: &str) -> BlockError {
    BlockError::Argument { name: name.to_string(), found, expected, help: Some(help.to_string()) }
}
