//! Tensors, buffers, shapes and digests.

use ndarray::IxDyn;
use proptest::prelude::*;
use runeblocks_core::{Axis, Buffer, Digest, ElementType, Quantization, Registry, Shape, Tensor, nearest};

#[test]
fn reshape_says_both_shapes() {
    let tensor = Tensor::from(vec![1i8; 6]);
    assert_eq!(tensor.view().reshape(&[2, 3]).unwrap().shape(), [2, 3]);
    let error = tensor.view().reshape(&[4]).unwrap_err();
    assert_eq!(error.to_string(), "a tensor of shape [6] can't be seen as [4]");
}

#[test]
fn clones_share_their_elements() {
    let tensor = Tensor::from(vec![0u64; 4]);
    let (Tensor::U64(a), Tensor::U64(b)) = (&tensor, &tensor.clone()) else { unreachable!() };
    assert_eq!(a.as_ptr(), b.as_ptr());
}

#[test]
fn a_buffer_keeps_its_memory() {
    let mut buffer = Buffer::new(ElementType::U32);
    let first = buffer.write::<u32, _>([4, 5]).unwrap().as_ptr();
    assert_eq!(buffer.write::<u32, _>([0, 5]).unwrap().len(), 0);
    assert_eq!(buffer.view().shape(), [0, 5]);
    assert_eq!(buffer.write::<u32, _>([20]).unwrap().as_ptr(), first);
    let error = buffer.write::<u32, _>([usize::MAX, 2]).unwrap_err().to_string();
    assert!(error.ends_with("expected a tensor that fits into memory"), "{error}");
    let error = buffer.write::<u32, _>([usize::MAX / 8]).unwrap_err().to_string();
    assert!(error.ends_with("expected a tensor that fits into memory"), "{error}");
    assert_eq!(buffer.view().len(), 20);
    let error = buffer.copy_from(&Tensor::from(vec![1u8]).view(), &[1]).unwrap_err();
    assert_eq!(error.to_string(), "the output was to hold a tensor of u8: expected u32");
    let error = buffer.copy_from(&Tensor::from(vec![1u32; 6]).view(), &[4]).unwrap_err();
    assert_eq!(error.to_string(), "the output was to hold a tensor of shape [6]: expected as many elements as [4] has");
    buffer.copy_from(&Tensor::from(vec![1u32; 6]).view(), &[2, 3]).unwrap();
    assert_eq!(buffer.view().shape(), [2, 3]);
    buffer.clear(2);
    assert_eq!((buffer.view().shape(), buffer.view().len()), (&[0, 0][..], 0));
}

#[test]
fn which_shapes_are_views_of_each_other() {
    let view = |a: &[usize], b: &[usize]| Shape::from(a).is_view_of(&b.into());
    assert!(view(&[49, 40], &[1, 49, 40, 1]) && view(&[49, 40], &[1, 1960]) && view(&[1, 1, 1, 3], &[3]));
    assert!(!view(&[49, 40], &[40, 49]) && !view(&[49, 40], &[1, 1961]) && !view(&[0], &[1]));
    let stream = |n| Shape::from([Axis::Stream, Axis::Fixed(n)]);
    assert!(stream(40).is_view_of(&stream(40)) && !stream(40).is_view_of(&[1960].into()));
}

#[test]
fn quantisations_of_one_range_agree() {
    let quantization = |scale, zero_point| Quantization { scale, zero_point };
    let features = quantization(26.0 / 256.0, -128);
    assert!(features.agrees_with(quantization(26.0 / 255.0, -128)));
    assert!(!features.agrees_with(quantization(26.0 / 255.0, -127)));
    assert!(!features.agrees_with(quantization(27.0 / 256.0, -128)));
    assert!(!features.agrees_with(quantization(f32::NAN, -128)));
}

#[test]
fn element_types_are_read_in_any_case() {
    for element_type in ElementType::ALL {
        assert_eq!(element_type.name().to_uppercase().parse(), Ok(*element_type));
    }
    assert_eq!(
        "float".parse::<ElementType>().unwrap_err().to_string(),
        "the argument `type` is `float`: expected an element type: u8, i8, u16, i16, u32, i32, u64, i64, f32, f64 or utf8"
    );
}

#[test]
fn a_buffer_refuses_a_shape_that_cannot_be_addressed_and_stays_whole() {
    let mut buffer = Buffer::new(ElementType::U8);
    for shape in [[0, usize::MAX, 2], [usize::MAX, 2, 0], [1, usize::MAX / 2 + 1, 0]] {
        assert!(buffer.write::<u8, _>(IxDyn(&shape)).is_err(), "{shape:?}");
        let empty = Tensor::from(Vec::<u8>::new());
        assert!(buffer.copy_from(&empty.view(), &shape).is_err(), "{shape:?}");
        assert_eq!(buffer.view().shape(), [0]);
    }
}

#[test]
fn suggestions_are_near() {
    assert_eq!(nearest("noise_filtering", ["fft", "noise-filtering"]), Some("noise-filtering"));
    assert_eq!(nearest("xyz", ["fft", "label"]), None);
    assert!(Registry::default().get("fft").is_err());
}

proptest! {
    #[test]
    fn digests_are_read_as_written(bytes: [u8; 32], text in "\\PC{0,70}") {
        prop_assert_eq!(Digest(bytes).to_string().parse(), Ok(Digest(bytes)));
        let read = text.parse::<Digest>();
        prop_assert!(read.is_ok() == (text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())));
    }

    #[test]
    fn reshaping_never_panics(shape in proptest::collection::vec(0usize..5, 0..6), to in proptest::collection::vec(any::<usize>(), 0..6)) {
        let tensor = Tensor::from(vec![0u8; shape.iter().product()]);
        let shaped = tensor.view().reshape(&shape).unwrap();
        let _ = shaped.squeeze_to(2).reshape(&to);
        let _ = Shape::from(&to[..]).is_view_of(&shape[..].into());
    }
}
