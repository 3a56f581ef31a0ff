//! What to do about an array of another element type or quantisation than is expected.

use runeblocks_core::{ElementType, Facts};
use runeblocks_graph::{Conversion, Step};

use crate::tensor::dtype_name;

/// How an array becomes what is expected, as the end of a sentence; empty where nothing is known to make it so.
///
/// `astype` keeps numbers as far as the type can hold them, so it is named where numbers are to be kept; what stands for
/// others goes through the blocks.
pub(crate) fn remedy(found: &Facts, expected: &Facts) -> String {
    let float = |of: ElementType| matches!(of, ElementType::F32 | ElementType::F64);
    let (from, to) = (found.element_type, expected.element_type);
    let numbers = ElementType::NUMBERS.contains(&from) && ElementType::NUMBERS.contains(&to);
    if !numbers {
        return String::new();
    }
    let conversion = Conversion::between(found, expected, None);
    let range = to.bounds().map(|(least, greatest)| format!("from {least} to {greatest}")).unwrap_or_default();
    let astype = format!("convert it with .astype(numpy.{})", dtype_name(to));
    if float(to) && found.integer_quantization().is_none() {
        return match conversion {
            Some(conversion) if !float(from) => {
                format!(
                    "; {astype} if these are the very numbers that are meant, else with {}",
                    calls(&conversion.steps)
                )
            }
            _ => format!("; {astype}"),
        };
    }
    let Some(Conversion { steps, premise }) = conversion else {
        return match (float(from), to) {
            (true, ElementType::I16) => {
                "; give scale=\"pcm16\" for samples from -1 to 1, or convert them with .astype(numpy.int16)".to_owned()
            }
            (true, _) => format!("; {astype} if its values are whole numbers {range}"),
            (false, _) => format!("; {astype} if its values are {range}"),
        };
    };
    let premise = premise.map(|premise| format!(" ({premise})")).unwrap_or_default();
    let convert = format!("convert it with {}{premise}", calls(&steps));
    if float(from) || from == ElementType::U8 || found.integer_quantization().is_some() {
        return format!("; {convert}");
    }
    // As NumPy makes lists of numbers, quantised ones too.
    format!("; {astype} if its values are quantised already, {range}, else {}", convert.replacen("convert it ", "", 1))
}

/// The blocks, to be called one after another.
fn calls(steps: &[Step]) -> String {
    let call = |step: &Step| {
        let mut name = step.block().to_owned();
        name[..1].make_ascii_uppercase();
        let text = |value: String| if value.parse::<f64>().is_ok() { value } else { format!("\"{value}\"") };
        let defaults = [("out_type", "int8"), ("offset", "0")];
        let args = step.args().into_iter().filter(|(name, value)| !defaults.contains(&(*name, value.as_str())));
        let args: Vec<_> = args.map(|(name, value)| format!("{name}={}", text(value))).collect();
        format!("runeblocks.{name}({})", args.join(", "))
    };
    steps.iter().map(call).collect::<Vec<_>>().join(", then ")
}
