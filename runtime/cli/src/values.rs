//! The elements of tensors, as JSON and as text.

use runeblocks_core::{Number, Quantization, TensorView, numeric};
use serde::Serialize;
use serde_json::{Value, json};

/// The real numbers that a tensor of numbers stands for, in row-major order.
pub fn reals(view: TensorView<'_>, quantization: Option<Quantization>) -> Vec<f64> {
    let stored: Vec<f64> = match view {
        TensorView::F32(array) => array.iter().map(|x| shortest(*x)).collect(),
        other => match other.numeric() {
            Some(view) => numeric!(view, array => array.iter().map(|x| x.to_f64()).collect()),
            None => Vec::new(),
        },
    };
    match quantization {
        Some(Quantization { scale, zero_point }) => {
            stored.iter().map(|x| shortest(scale) * (x - f64::from(zero_point))).collect()
        }
        None => stored,
    }
}

/// The double with the fewest digits that still is this single: 0.1 and not 0.10000000149.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// Anything as JSON, by way of its text: that has the fewest digits that tell a single, 0.025 and not 0.02500000037.
pub fn json(value: &impl Serialize) -> Value {
    serde_json::to_string(value).and_then(|text| serde_json::from_str(&text)).unwrap_or_default()
}

/// A tensor as JSON: `type`, `shape`, and `values` in row-major order. Numbers that JSON does not have are null.
pub fn to_json(view: &TensorView<'_>) -> Value {
    json!({ "type": view.element_type().name(), "shape": view.shape(), "values": elements(view) })
}

fn elements(view: &TensorView<'_>) -> Vec<Value> {
    match view.clone() {
        TensorView::Utf8(array) => array.iter().map(|text| Value::from(&**text)).collect(),
        TensorView::U64(array) => array.iter().map(|x| Value::from(*x)).collect(),
        TensorView::I64(array) => array.iter().map(|x| Value::from(*x)).collect(),
        TensorView::F32(array) => array.iter().map(|x| Value::from(shortest(*x))).collect(),
        TensorView::F64(array) => array.iter().map(|x| Value::from(*x)).collect(),
        other => match other.numeric() {
            Some(view) => numeric!(view, array => array.iter().map(|x| Value::from(x.to_f64() as i64)).collect()),
            None => Vec::new(),
        },
    }
}

/// A tensor in one line: texts alone; numbers behind their type and shape, the first ones where there are many.
pub fn to_text(view: &TensorView<'_>) -> String {
    const SHOWN: usize = 12;
    let mut texts: Vec<String> = elements(view)
        .iter()
        .take(SHOWN)
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .collect();
    if view.len() > SHOWN {
        texts.push(format!("… ({} in all)", view.len()));
    }
    match view {
        TensorView::Utf8(_) => texts.join(", "),
        _ => format!("{} {:?}: {}", view.element_type(), view.shape(), texts.join(" ")),
    }
}
