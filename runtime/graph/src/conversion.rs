//! The blocks by which a tensor becomes what another place takes.

use runeblocks_core::{ElementType, Facts, Quantization};

/// How much of the greatest number a range has to reach to be made for it: its ends come from recordings, and a step is 1/255
/// or 1/256 of it.
pub(crate) const NEARLY: f64 = 0.98;

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
    /// `greatest` is the greatest of the numbers that are found, where they are known to lie between 0 and it.
    ///
    /// What stands for real numbers keeps them. Where nothing says what numbers stand for, they are taken as they are, but for
    /// those from 0 to a known number, bytes among them, that don't match the range of the model: theirs becomes the
    /// model's, as with pixels.
    pub fn between(found: &Facts, wanted: &Facts, greatest: Option<f64>) -> Option<Self> {
        if found.element_type == ElementType::Utf8 {
            return None;
        }
        let known = found.integer_quantization().is_some();
        match (wanted.integer_quantization(), out_type_name(wanted.element_type)) {
            (Some(to), Some(_)) => {
                let quantize = Step::Quantize { to, out_type: wanted.element_type };
                Some(if known { certain(quantize) } else { doubtful(found.element_type, greatest, to, quantize)? })
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

/// The conversion of numbers of which nothing says what they stand for.
fn doubtful(found: ElementType, greatest: Option<f64>, to: Quantization, quantize: Step) -> Option<Conversion> {
    let Step::Quantize { out_type, .. } = quantize else { return None };
    let (least_stored, greatest_stored) = out_type.bounds()?;
    let (low, high) = (to.real(least_stored), to.real(greatest_stored));
    let range = format!("{} to {}", about(low), about(high));
    let greatest = greatest.or(greatest_of(found));
    if let Some(greatest) = greatest.filter(|&greatest| high < NEARLY * greatest || high - low > 1.5 * greatest) {
        let rescale = Step::Rescale { scale: (high - low) / greatest, offset: low };
        let premise = format!("if 0 to {greatest} stand for all that the model takes, {range}");
        return Some(Conversion { steps: vec![rescale, quantize], premise: Some(premise) });
    }
    let premise = match found {
        ElementType::F32 | ElementType::F64 => format!("the model takes numbers from {range}"),
        _ => format!("if the model was trained on these very numbers; it takes {range}"),
    };
    Some(Conversion { steps: vec![quantize], premise: Some(premise) })
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

/// The greatest of numbers of which nothing is known but their type, where they hardly are but from 0 to it.
pub(crate) fn greatest_of(found: ElementType) -> Option<f64> {
    (found == ElementType::U8).then_some(255.0)
}

/// A number in four digits.
pub(crate) fn about(x: f64) -> String {
    let rounded = format!("{x:.3e}").parse().unwrap_or(x);
    if rounded == 0.0 || (1e-4..1e7).contains(&f64::abs(rounded)) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(element_type: ElementType, quantization: Option<(f32, i32)>) -> Facts {
        let quantization = quantization.map(|(scale, zero_point)| Quantization { scale, zero_point });
        Facts { quantization, ..Facts::new(element_type, [2]) }
    }

    /// Blocks with their arguments, and the premise.
    type Said = (Vec<(&'static str, String)>, Option<String>);

    fn said(found: Facts, wanted: Facts) -> Option<Said> {
        said_of(found, wanted, None)
    }

    fn said_of(found: Facts, wanted: Facts, greatest: Option<f64>) -> Option<Said> {
        let conversion = Conversion::between(&found, &wanted, greatest)?;
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
        assert_eq!(
            said(facts(U8, Some((0.5, 3))), facts(F32, None)),
            Some((vec![("dequantize", String::new())], None))
        );
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
        let as_they_are = ("quantize", "scale: 1, zero_point: -128, out_type: int8".to_owned());
        assert_eq!(said(facts(U8, None), facts(I8, Some((1.0, -128)))), Some((vec![as_they_are], premise)));

        // 0 to 1, as `normalize` gives them, before a model of -1 to 1 and one of 0 to 255/256.
        let to_int8 = |scale, zero_point| said_of(facts(F32, None), facts(I8, Some((scale, zero_point))), Some(1.0));
        let premise = Some("if 0 to 1 stand for all that the model takes, -1 to 0.9922".to_owned());
        let steps = vec![
            ("rescale", "scale: 1.9921875, offset: -1".to_owned()),
            ("quantize", "scale: 0.0078125, zero_point: 0, out_type: int8".to_owned()),
        ];
        assert_eq!(to_int8(1.0 / 128.0, 0), Some((steps, premise)));
        let premise = Some("the model takes numbers from 0 to 0.9961".to_owned());
        let steps = vec![("quantize", "scale: 0.00390625, zero_point: -128, out_type: int8".to_owned())];
        assert_eq!(to_int8(1.0 / 256.0, -128), Some((steps, premise)));

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
