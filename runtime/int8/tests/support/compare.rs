//! Holds outputs to those of a reference.

use runeblocks_int8::Port;
use runeblocks_tflite::TensorType;

/// The first difference between the outputs of invocations: of other bits, or for `float32` of more than `tolerance` in
/// parts of the expected magnitude plus 1. NaNs are equal.
pub fn outputs(
    ports: &[Port],
    expected: &[Vec<Vec<u8>>],
    found: &[Vec<Vec<u8>>],
    tolerance: f32,
) -> Result<(), String> {
    for (invocation, (expected, found)) in expected.iter().zip(found).enumerate() {
        if expected.len() != found.len() {
            return Err(format!("{} outputs, expected {}", found.len(), expected.len()));
        }
        for (index, port) in ports.iter().enumerate() {
            let (expected, found) = (&expected[index], &found[index]);
            let here = || format!("invocation {invocation}, output {index} ({} {:?})", port.element_type, port.shape);
            if expected.len() != found.len() {
                return Err(format!("{}: {} bytes, expected {}", here(), found.len(), expected.len()));
            }
            let size = port.element_type.bytes(1).unwrap_or(1);
            let pairs = || expected.chunks(size).zip(found.chunks(size));
            let differing = pairs().filter(|(a, b)| differ(port.element_type, a, b, tolerance)).count();
            if let Some((place, (expected, found))) =
                pairs().enumerate().find(|(_, (a, b))| differ(port.element_type, a, b, tolerance))
            {
                let [expected, found] = [expected, found].map(|bytes| number(port.element_type, bytes));
                let count = port.bytes / size;
                return Err(format!(
                    "{}: element {place} is {found}, expected {expected}; {differing} of {count} differ",
                    here()
                ));
            }
        }
    }
    Ok(())
}

fn differ(kind: TensorType, expected: &[u8], found: &[u8], tolerance: f32) -> bool {
    if expected == found {
        return false;
    }
    let (TensorType::Float32, &[expected], &[found]) = (kind, expected.as_chunks().0, found.as_chunks().0) else {
        return true;
    };
    let (expected, found) = (f32::from_le_bytes(expected), f32::from_le_bytes(found));
    let is_near = (expected - found).abs() <= tolerance * (1.0 + expected.abs());
    let is_equal = tolerance > 0.0 && is_near || expected.is_nan() && found.is_nan();
    !is_equal
}

fn number(kind: TensorType, bytes: &[u8]) -> String {
    if let (TensorType::Float32, &[bytes]) = (kind, bytes.as_chunks().0) {
        return format!("{:?}", f32::from_le_bytes(bytes));
    }
    let mut extended = [0; 8];
    extended[..bytes.len()].copy_from_slice(bytes);
    let bits = 64 - 8 * bytes.len();
    format!("{}", i64::from_le_bytes(extended) << bits >> bits)
}
