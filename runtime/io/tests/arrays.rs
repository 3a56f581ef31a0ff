//! `.npy` and raw files: every element type, shapes, damage.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;
use runeblocks_core::{Element, ElementType, Tensor, TensorView, Text};
use runeblocks_io::{FileError, npy, raw};

fn encode(view: &TensorView<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    npy::encode(view, &mut bytes).unwrap();
    bytes
}

fn tensor<T: Element>(shape: &[usize], values: Vec<T>) -> Tensor {
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap().into()
}

/// A file of version 1.0 with this dictionary.
fn npy_file(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((dictionary.len() as u16).to_le_bytes());
    bytes.extend(dictionary.as_bytes());
    bytes.extend(data);
    bytes
}

/// What NumPy 2 writes for `np.save(f, np.array([[1, -2, 3], [4, 5, -6]], dtype="<i2"))`.
fn from_numpy() -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }".to_vec();
    bytes.resize(127, b' ');
    bytes.push(b'\n');
    bytes.extend([1, 0, 0xfe, 0xff, 3, 0, 4, 0, 5, 0, 0xfa, 0xff]);
    bytes
}

#[test]
fn files_are_those_of_numpy() {
    let tensor = tensor(&[2, 3], vec![1i16, -2, 3, 4, 5, -6]);
    assert_eq!(encode(&tensor.view()), from_numpy());
    assert_eq!(npy::parse(&from_numpy()).unwrap(), tensor);
}

#[test]
fn headers_of_few_and_many_axes() {
    for (shape, written) in [(&[][..], "()"), (&[1], "(1,)"), (&[1, 1, 1], "(1, 1, 1)")] {
        let tensor = tensor(shape, vec![7u8]);
        let bytes = encode(&tensor.view());
        assert_eq!(bytes.len(), 129);
        let header = String::from_utf8_lossy(&bytes[10..128]).into_owned();
        assert!(header.contains(&format!("'shape': {written}, }}")), "{header}");
        assert_eq!(npy::parse(&bytes).unwrap(), tensor);
    }
    let deep = tensor(&[1; 100], vec![7u8]);
    assert_eq!(npy::parse(&encode(&deep.view())).unwrap(), deep);
    let too_deep = tensor(&[1; 30_000], vec![7u8]);
    assert!(npy::encode(&too_deep.view(), &mut Vec::new()).is_err());
}

#[test]
fn text_is_written_at_fixed_width() {
    let words: Vec<Text> = ["yes", "", "µ→"].into_iter().map(Text::from).collect();
    let tensor = tensor(&[3], words);
    let bytes = encode(&tensor.view());
    assert_eq!(bytes.len(), 128 + 3 * 3 * 4);
    assert_eq!(bytes[128..132], [b'y', 0, 0, 0]);
    assert_eq!(npy::parse(&bytes).unwrap(), tensor);
    let empty = Tensor::from(Vec::<Text>::new());
    assert_eq!(npy::parse(&encode(&empty.view())).unwrap(), empty);
}

#[test]
fn a_view_in_any_order_is_written_row_major() {
    let array = ArrayD::from_shape_vec(IxDyn(&[2, 3]), vec![1u16, 2, 3, 4, 5, 6]).unwrap();
    let bytes = encode(&TensorView::from(array.t()));
    assert_eq!(npy::parse(&bytes).unwrap(), tensor(&[3, 2], vec![1u16, 4, 2, 5, 3, 6]));
}

#[test]
fn column_major_arrays_are_put_in_order() {
    let file = npy_file("{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\"|u1\"}", &[1, 4, 2, 5, 3, 6]);
    let parsed = npy::parse(&file).unwrap();
    assert_eq!(parsed, tensor(&[2, 3], vec![1u8, 2, 3, 4, 5, 6]));
    assert_eq!(encode(&parsed.view())[128..], [1, 2, 3, 4, 5, 6]);
}

#[test]
fn later_versions_are_read() {
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    let dictionary = "{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }";
    bytes.extend((dictionary.len() as u32).to_le_bytes());
    bytes.extend(dictionary.as_bytes());
    bytes.push(0xff);
    for version in [2, 3] {
        bytes[6] = version;
        assert_eq!(npy::parse(&bytes).unwrap(), Tensor::from(vec![-1i8]));
    }
    for version in [0, 4] {
        bytes[6] = version;
        assert!(matches!(npy::parse(&bytes), Err(FileError::Npy { .. })));
    }
}

#[test]
fn other_elements_are_refused() {
    for descr in [
        "'>f4'",
        "'|b1'",
        "'<c8'",
        "'|O'",
        "'<U0'",
        "'<U99999999999999999999'",
        "[('a', '<f4')]",
        "'<U4611686018427387904'",
    ] {
        let dictionary = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (0,), }}");
        let error = npy::parse(&npy_file(&dictionary, &[])).unwrap_err();
        assert!(matches!(error, FileError::NpyType { .. }), "{descr}: {error}");
    }
}

#[test]
fn damaged_headers_are_refused() {
    for dictionary in [
        "",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
    ] {
        let error = npy::parse(&npy_file(dictionary, &[0; 4])).unwrap_err();
        assert!(matches!(error, FileError::Npy { .. }), "{dictionary}: {error}");
    }
    let surrogate = npy_file("{'descr': '<U1', 'fortran_order': False, 'shape': ()}", &[0, 0xd8, 0, 0]);
    assert!(matches!(npy::parse(&surrogate), Err(FileError::Npy { .. })));
    let empty_but_huge =
        npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9)}", &[]);
    assert!(matches!(npy::parse(&empty_but_huge), Err(FileError::Npy { .. })));
}

#[test]
fn a_header_longer_than_any_tensor_needs_is_refused() {
    let of_length = |length: u32| {
        let dictionary = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': (), }}{}", " ".repeat(1 << 16));
        let dictionary = &dictionary.as_bytes()[..length as usize];
        npy::parse(&[b"\x93NUMPY\x02\0", &length.to_le_bytes()[..], dictionary, &[7]].concat())
    };
    assert!(of_length(65_535).is_ok());
    assert_eq!(
        of_length(65_536).unwrap_err().to_string(),
        "it is no `.npy` file that can be read: its header takes 65536 bytes, and at most 65535 are read"
    );
}

#[test]
fn every_truncation_is_an_error() {
    let file = from_numpy();
    for length in 0..file.len() {
        assert!(npy::parse(&file[..length]).is_err(), "{length} bytes were enough");
    }
    assert!(npy::parse(&[file, vec![0]].concat()).is_err(), "a byte too many");
}

#[test]
fn raw_bytes_are_little_endian_and_row_major() {
    let bytes = [1, 0, 2, 0, 3, 0, 0xff, 0xff];
    assert_eq!(raw::parse(&bytes, ElementType::I16, &[2, 2]).unwrap(), tensor(&[2, 2], vec![1i16, 2, 3, -1]));
    assert_eq!(raw::parse(&bytes, ElementType::U64, &[]).unwrap(), tensor(&[], vec![0xffff_0003_0002_0001u64]));
    assert_eq!(raw::parse(&[], ElementType::F32, &[0, 3]).unwrap(), tensor(&[0, 3], Vec::<f32>::new()));
}

#[test]
fn raw_bytes_must_fill_the_shape() {
    for shape in [&[3, 2][..], &[1], &[usize::MAX, usize::MAX], &[0], &[0, usize::MAX]] {
        let error = raw::parse(&[0; 8], ElementType::I16, shape).unwrap_err();
        assert!(matches!(error, FileError::RawLength { found: 8, .. }), "{error}");
    }
    assert!(raw::parse(&[], ElementType::I16, &[0, usize::MAX, usize::MAX]).is_err());
    assert!(matches!(raw::parse(&[0; 8], ElementType::Utf8, &[2]), Err(FileError::RawType { .. })));
}

macro_rules! round_trips {
    ($($name:ident: $t:ty),+) => {
        proptest! {$(
            #[test]
            fn $name(values in prop::collection::vec(any::<$t>(), 24), shape in prop::sample::select(vec![vec![24], vec![4, 6], vec![2, 3, 4], vec![24, 1]])) {
                let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                let tensor = tensor(&shape, values);
                let file = encode(&tensor.view());
                prop_assert_eq!(&file[file.len() - bytes.len()..], &bytes[..]);
                prop_assert_eq!(&npy::parse(&file).unwrap(), &tensor);
                prop_assert_eq!(raw::parse(&bytes, tensor.element_type(), &shape).unwrap(), tensor);
            }
        )+}
    };
}
round_trips!(
    u8_round_trips: u8, i8_round_trips: i8, u16_round_trips: u16, i16_round_trips: i16, u32_round_trips: u32,
    i32_round_trips: i32, u64_round_trips: u64, i64_round_trips: i64, f32_round_trips: f32, f64_round_trips: f64
);

proptest! {
    #[test]
    fn hostile_bytes_never_panic(dictionary in "[{}()\\[\\]'\":, 0-9a-zA-Z<|]{0,80}", data in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = npy::parse(&data);
        let _ = npy::parse(&npy_file(&dictionary, &data));
        let shaped = format!("{{'descr': '<{}', 'fortran_order': True, 'shape': ({}), }}", &dictionary.get(..3).unwrap_or("U2"), data.len() / 8);
        let _ = npy::parse(&npy_file(&shaped, &data));
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0usize..140, value: u8) {
        let mut file = from_numpy();
        file[at] = value;
        let _ = npy::parse(&file);
    }

    #[test]
    fn raw_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64), shape in prop::collection::vec(any::<usize>(), 0..4)) {
        for element_type in ElementType::ALL {
            let _ = raw::parse(&bytes, *element_type, &shape);
        }
    }
}
