//! CSV: numbers, names, and where an error is.

use std::fs;

use ndarray::array;
use proptest::prelude::*;
use runeblocks_core::{ElementType, Tensor};
use runeblocks_io::FileError;
use runeblocks_io::table::Table;

fn place(text: &str) -> (u64, usize, String) {
    match Table::<f32>::parse(text) {
        Err(FileError::NotANumber { line, column, found }) => (line, column, found),
        other => panic!("{text:?} gave {other:?}"),
    }
}

#[test]
fn rows_and_columns_are_read() {
    let table = Table::<f32>::parse("1,-2.5,3e2\n4, 5 ,\"6\"").unwrap();
    assert_eq!(table.header(), None);
    assert_eq!(table.values(), array![[1.0, -2.5, 300.0], [4.0, 5.0, 6.0]]);
    let tensor = Tensor::from(table);
    assert_eq!((tensor.element_type(), tensor.view().shape()), (ElementType::F32, &[2, 3][..]));
}

#[test]
fn the_first_line_may_be_names() {
    let table = Table::<f64>::parse("\u{feff}x ,\"y, up\"\r\n1,2\r\n").unwrap();
    assert_eq!(table.header().unwrap(), ["x", "y, up"]);
    assert_eq!(table.values(), array![[1.0, 2.0]]);
}

#[test]
fn numbers_are_the_nearest_of_their_type() {
    // Rounding to f64 first would give 1.0 here.
    let text = "1.00000005960464477539062500000000000000000000000000000001";
    assert_eq!(Table::<f32>::parse(text).unwrap().values()[[0, 0]], 1.000_000_1);
}

#[test]
fn an_error_has_its_place() {
    assert_eq!(place("1,2\n3,x"), (2, 2, "x".to_owned()));
    assert_eq!(place("a,b\r\n\r\n\r\n1,2\r\n,4"), (5, 1, String::new()), "empty lines count");
    assert_eq!(place("\n\nlabel,1"), (3, 1, "label".to_owned()), "names are all names");
    assert_eq!(place("a,b\nc,d"), (2, 1, "c".to_owned()), "only one line of names");
    assert_eq!(place("1;2"), (1, 1, "1;2".to_owned()));
    assert_eq!(place("1,nan"), (1, 2, "nan".to_owned()));
    assert_eq!(place("1,1e39"), (1, 2, "1e39".to_owned()), "beyond f32");
    assert_eq!(place(",\n1,2"), (1, 1, String::new()), "no names either");
    let long = place(&format!("1\n{}", "µ".repeat(1_000)));
    assert_eq!(long, (2, 1, format!("{}…", "µ".repeat(40))));
}

#[test]
fn ragged_rows_are_refused() {
    for (text, line, found, expected) in [("1,2\n3", 2, 1, 2), ("a,b,c\n1,2,3\n\n1,2,3,", 4, 4, 3), ("a\n1,2", 2, 2, 1)]
    {
        match Table::<f32>::parse(text) {
            Err(FileError::Ragged { line: l, found: f, expected: e }) => assert_eq!((l, f, e), (line, found, expected)),
            other => panic!("{text:?} gave {other:?}"),
        }
    }
}

#[test]
fn a_table_without_numbers_is_refused() {
    for text in ["", "\n\r\n", "x,y\n", "\u{feff}"] {
        assert!(matches!(Table::<f32>::parse(text), Err(FileError::NoRows)), "{text:?}");
    }
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), b"1,2\n3,\xff").unwrap();
    let error = Table::<f32>::read(file.path()).unwrap_err();
    let expected = format!("{}: its byte 6 is not UTF-8", file.path().display());
    assert!(error.to_string().starts_with(&expected), "{error}");
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in 1usize..8, columns in 1usize..8, names: bool, seed in prop::collection::vec(-1e30f32..1e30, 64)) {
        let mut text = String::new();
        if names {
            text += &(vec!["name"; columns].join(",") + "\n");
        }
        for row in 0..rows {
            let fields: Vec<String> = (0..columns).map(|c| seed[row * columns + c].to_string()).collect();
            text += &(fields.join(",") + "\n");
        }
        let table = Table::<f32>::parse(&text).unwrap();
        prop_assert_eq!(table.header().is_some(), names);
        prop_assert_eq!(table.values().dim(), (rows, columns));
        prop_assert_eq!(table.values().iter().copied().collect::<Vec<_>>(), &seed[..rows * columns]);
    }

    #[test]
    fn hostile_text_never_panics(text in "[0-9a\",\\.\r\n \u{feff}e-]{0,60}") {
        let _ = Table::<f32>::parse(&text);
        let _ = Table::<f64>::parse(&text);
    }

    #[test]
    fn any_text_never_panics(text: String) {
        let _ = Table::<f32>::parse(&text);
    }
}
