//! The blocks by which a tensor becomes what another place takes.

use runeblocks_core::{ElementType, Facts, Quantization};

/// A block that converts numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// `quantize`.
    Quantize {
        /// What the integers stand for.
        to: Quantization,
        /// The type of the integers.
        out_type: ElementType,
    },
    /// `dequantize`.
    Dequantize,
    /// `rescale`.
    Rescale {
        /// What each value is multiplied by.
        scale: f64,
        /// What is added.
        offset: f64,
    },
}

impl Step {
    /// The name of the block.
    pub fn block(self) -> &'static str {
        match self {
            Step::Quantize { .. } => "quantize",
            Step::Dequantize => "dequantize",
            Step::Rescale { .. } => "rescale",
        }
    }

    /// Its arguments, in digits and words that are read back as the same.
    pub fn args(self) -> Vec<(&'static str, String)> {
        match self {
            Step::Quantize { to, out_type } => vec![
                ("scale", to.scale_digits()),
                ("zero_point", to.zero_point.to_string()),
                ("out_type", out_type_name(out_type).unwrap_or_default().to_owned()),
            ],
            Step::Dequantize => Vec::new(),
            Step::Rescale { scale, offset } => vec![("scale", scale.to_string()), ("offset", offset.to_string())],
        }
    }
}

/// How a tensor becomes what another place takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// The blocks, the first one first.
    pub steps: Vec<Step>,
    /// What has to hold for the numbers to be those that a model was trained on; `None` where there is no doubt.
    pub premise: Option<String>,
}

impl Conversion {
    /// The conversion between two element types or quantisations. `None` where no block is known to give such numbers.
    ///
    /// What stands for real numbers keeps them. Where nothing says what integers stand for, they are taken as they are, but
    /// for bytes that a model can't take so: theirs is the whole range of the model, as with pixels.
    pub fn between(found: &Facts, wanted: &Facts) -> Option<Self> {
        if found.element_type == ElementType::Utf8 {
            return None;
        }
        let known = found.integer_quantization().is_some();
        match (wanted.integer_quantization(), out_type_name(wanted.element_type)) {
            (Some(to), Some(_)) => {
                let quantize = Step::Quantize { to, out_type: wanted.element_type };
                Some(if known { certain(quantize) } else { quantized(found.element_type, to, quantize)? })
            }
            (None, _) if wanted.element_type == ElementType::F32 => Some(if known {
                certain(Step::Dequantize)
            } else {
                let premise = "with the scale and the offset of the training, if it was not on these very numbers";
                Conversion { steps: vec![Step::Rescale { scale: 1.0, offset: 0.0 }], premise: Some(premise.to_owned()) }
            }),
            _ => None,
        }
    }
}

fn certain(step: Step) -> Conversion {
    Conversion { steps: vec![step], premise: None }
}

/// Numbers of which nothing says what they stand for.
fn quantized(found: ElementType, to: Quantization, quantize: Step) -> Option<Conversion> {
    let Step::Quantize { out_type, .. } = quantize else { return None };
    let (least, greatest) = out_type.bounds()?;
    let (low, high) = (to.real(least), to.real(greatest));
    let range = format!("{} to {}", about(low), about(high));
    let (steps, premise) = match found {
        ElementType::F32 | ElementType::F64 => (vec![quantize], format!("the model takes numbers from {range}")),
        ElementType::U8 if low > 0.0 || high < 255.0 => (
            vec![Step::Rescale { scale: (high - low) / 255.0, offset: low }, quantize],
            format!("if 0 to 255 stand for all that the model takes, {range}"),
        ),
        _ => (vec![quantize], format!("if the model was trained on these very numbers; it takes {range}")),
    };
    Some(Conversion { steps, premise: Some(premise) })
}

/// The name that the argument `out_type` has for an element type; `None` where `quantize` does not give it.
pub(crate) fn out_type_name(element_type: ElementType) -> Option<&'static str> {
    match element_type {
        ElementType::I8 => Some("int8"),
        ElementType::U8 => Some("uint8"),
        ElementType::I16 => Some("int16"),
        _ => None,
    }
}

/// A number in four digits.
fn about(x: f64) -> String {
    let rounded = format!("{x:.3e}").parse().unwrap_or(x);
    if rounded == 0.0 || (1e-4..1e7).contains(&f64::abs(rounded)) { rounded.to_string() } else { format!("{rounded:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(element_type: ElementType, quantization: Option<(f32, i32)>) -> Facts {
        let quantization = quantization.map(|(scale, zero_point)| Quantization { scale, zero_point });
        Facts { quantization, ..Facts::new(element_type, [2]) }
    }

    fn said(found: Facts, wanted: Facts) -> Option<(Vec<(&'static str, String)>, Option<String>)> {
        let conversion = Conversion::between(&found, &wanted)?;
        let step = |step: &Step| {
            let args = step.args().into_iter().map(|(name, value)| format!("{name}: {value}"));
            (step.block(), args.collect::<Vec<_>>().join(", "))
        };
        Some((conversion.steps.iter().map(step).collect(), conversion.premise))
    }

    #[test]
    fn what_stands_for_real_numbers_keeps_them() {
        use ElementType::{F32, I8, I16, U8};
        let to_int8 = |found| said(found, facts(I8, Some((0.25, 3))));
        let quantize = || vec![("quantize", "scale: 0.25, zero_point: 3, out_type: int8".to_owned())];
        assert_eq!(to_int8(facts(I8, Some((0.5, 3)))), Some((quantize(), None)));
        assert_eq!(to_int8(facts(I16, Some((0.5, 0)))), Some((quantize(), None)));
        assert_eq!(said(facts(U8, Some((0.5, 3))), facts(F32, None)), Some((vec![("dequantize", String::new())], None)));
    }

    #[test]
    fn what_may_stand_for_anything_says_what_it_is_taken_for() {
        use ElementType::{F32, F64, I8, I16, U8, U16};
        let quantize = || ("quantize", "scale: 0.25, zero_point: 3, out_type: int8".to_owned());
        let to_int8 = |found| said(facts(found, None), facts(I8, Some((0.25, 3))));
        for float in [F32, F64] {
            let premise = Some("the model takes numbers from -32.75 to 31".to_owned());
            assert_eq!(to_int8(float), Some((vec![quantize()], premise)));
        }
        let premise = Some("if the model was trained on these very numbers; it takes -32.75 to 31".to_owned());
        assert_eq!(to_int8(U16), Some((vec![quantize()], premise)));
        let premise = Some("if 0 to 255 stand for all that the model takes, -32.75 to 31".to_owned());
        let rescale = ("rescale", "scale: 0.25, offset: -32.75".to_owned());
        assert_eq!(to_int8(U8), Some((vec![rescale, quantize()], premise)));

        // Pixels as they are.
        let premise = Some("if the model was trained on these very numbers; it takes 0 to 255".to_owned());
        let quantize = ("quantize", "scale: 1, zero_point: -128, out_type: int8".to_owned());
        assert_eq!(said(facts(U8, None), facts(I8, Some((1.0, -128)))), Some((vec![quantize], premise)));

        let premise = "with the scale and the offset of the training, if it was not on these very numbers";
        let rescale = ("rescale", "scale: 1, offset: 0".to_owned());
        assert_eq!(said(facts(I16, None), facts(F32, None)), Some((vec![rescale], Some(premise.to_owned()))));
    }

    #[test]
    fn what_no_block_gives() {
        use ElementType::{F32, F64, I8, I32, Utf8};
        for (found, wanted) in [(F32, I8), (F32, I32), (F32, F64), (Utf8, F32), (F32, Utf8)] {
            assert_eq!(said(facts(found, None), facts(wanted, None)), None, "{found} {wanted}");
        }
        assert_eq!(said(facts(Utf8, None), facts(I8, Some((1.0, 0)))), None);
        assert_eq!(said(facts(F32, None), facts(I32, Some((1.0, 0)))), None);
    }

    #[test]
    fn ranges_are_short() {
        let numbers = [0.0, 25.898_437, -0.000_012_345, 123_456_789.0, 1e38, -1.0].map(about);
        assert_eq!(numbers, ["0", "25.9", "-1.234e-5", "1.235e8", "1e38", "-1"]);
    }
}
