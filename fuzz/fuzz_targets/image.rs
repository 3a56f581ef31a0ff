//! Any bytes are a picture or an error.

#![no_main]

use runeblocks_io::image::{Colour, Image};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for colour in [Colour::Grey, Colour::Rgb] {
        if let Ok(image) = Image::parse(bytes, colour) {
            assert!(image.resize(8, 8).is_ok());
        }
    }
});
