//! Conversions of tensors hold for any bytes, types and shapes.

#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use runeblocks_core::{Buffer, ElementType, Shape};
use runeblocks_io::raw;

#[derive(Arbitrary, Debug)]
struct Input {
    bytes: Vec<u8>,
    element_type: u8,
    shape: Vec<usize>,
    to: Vec<usize>,
    rank: usize,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let element_type = ElementType::ALL[usize::from(input.element_type) % ElementType::ALL.len()];
    let Ok(tensor) = raw::parse(&input.bytes, element_type, &input.shape) else { return };
    assert_eq!(tensor.element_type(), element_type);
    assert_eq!(tensor.view().shape(), input.shape);
    let squeezed = tensor.view().squeeze_to(input.rank);
    assert_eq!(squeezed.len(), tensor.view().len());
    assert_eq!(Shape::from(&input.shape[..]).squeeze_to(input.rank), squeezed.shape().into());
    if let Ok(view) = squeezed.clone().reshape(&input.to) {
        assert_eq!(view.shape(), input.to);
    }
    let mut buffer = Buffer::new(element_type);
    buffer.copy_from(&squeezed, squeezed.shape()).expect("type and count are the same");
    assert_eq!(buffer.view().shape(), squeezed.shape());
});
