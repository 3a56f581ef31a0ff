//! Any bytes are an array or an error; an array is written and read back the same.

#![no_main]

use runeblocks_io::npy;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(tensor) = npy::parse(bytes) {
        let mut written = Vec::new();
        npy::encode(&tensor.view(), &mut written).expect("memory takes every byte");
        let read = npy::parse(&written).expect("what was written can be read");
        assert_eq!((read.element_type(), read.view().shape()), (tensor.element_type(), tensor.view().shape()));
    }
});
