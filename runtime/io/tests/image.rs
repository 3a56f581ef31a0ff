//! PNG and JPEG: channels, sizes, damage.
#![cfg(feature = "image")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Luma, Rgb, Rgba};
use ndarray::{Array3, array};
use proptest::prelude::*;
use runeblocks_core::{ElementType, Tensor};
use runeblocks_io::FileError;
use runeblocks_io::image::{Colour, Image, MAX_SIDE};

fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    encode(image, ImageFormat::Png)
}

fn pixels(bytes: &[u8], colour: Colour) -> Array3<u8> {
    Image::parse(bytes, colour).unwrap().into_pixels()
}

#[test]
fn a_png_is_read_row_by_row() {
    let image = image::RgbImage::from_fn(2, 3, |x, y| Rgb([x as u8, y as u8, 9]));
    let image = Image::parse(&png(image), Colour::Rgb).unwrap();
    assert_eq!(image.pixels().dim(), (3, 2, 3));
    assert_eq!(image.pixels()[[2, 1, 0]], 1);
    assert_eq!(image.pixels()[[2, 1, 1]], 2);
    let tensor = Tensor::from(image);
    assert_eq!((tensor.element_type(), tensor.view().shape()), (ElementType::U8, &[3, 2, 3][..]));
}

#[test]
fn grey_is_the_luma_of_bt_601() {
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [1, 2, 3]];
    let image = image::RgbImage::from_fn(5, 1, |x, _| Rgb(colours[x as usize]));
    assert_eq!(pixels(&png(image), Colour::Grey), array![[[76], [150], [29], [255], [2]]]);
}

#[test]
fn grey_images_are_taken_as_they_are() {
    let image = image::GrayImage::from_fn(2, 1, |x, _| Luma([x as u8 * 200]));
    assert_eq!(pixels(&png(image.clone()), Colour::Grey), array![[[0], [200]]]);
    assert_eq!(pixels(&png(image), Colour::Rgb), array![[[0, 0, 0], [200, 200, 200]]]);
}

#[test]
fn transparency_is_dropped_and_sixteen_bits_are_rounded() {
    let image = image::RgbaImage::from_pixel(1, 1, Rgba([10, 20, 30, 0]));
    assert_eq!(pixels(&png(image), Colour::Rgb), array![[[10, 20, 30]]]);
    let image = image::ImageBuffer::<Luma<u16>, _>::from_vec(3, 1, vec![128u16, 129, 65_535]).unwrap();
    assert_eq!(pixels(&png(image), Colour::Grey), array![[[0], [1], [255]]]);
}

#[test]
fn a_jpeg_is_read() {
    let image = image::RgbImage::from_pixel(16, 8, Rgb([200, 100, 50]));
    let pixels = pixels(&encode(image, ImageFormat::Jpeg), Colour::Rgb);
    assert_eq!(pixels.dim(), (8, 16, 3));
    for (channel, expected) in [200, 100, 50].into_iter().enumerate() {
        assert!(pixels[[4, 8, channel]].abs_diff(expected) <= 3, "{pixels}");
    }
}

#[test]
fn the_size_is_what_is_asked_for() {
    let image = image::GrayImage::from_fn(4, 4, |x, _| Luma([if x < 2 { 0 } else { 100 }]));
    let image = Image::parse(&png(image), Colour::Grey).unwrap();
    assert_eq!(image.clone().resize(4, 4).unwrap(), image);
    let small = image.clone().resize(1, 2).unwrap().into_pixels();
    assert_eq!(small.dim(), (1, 2, 1));
    assert_eq!(u32::from(small[[0, 0, 0]]) + u32::from(small[[0, 1, 0]]), 100, "{small}");
    let colour = image::RgbImage::from_pixel(3, 5, Rgb([1, 2, 3]));
    let large = Image::parse(&png(colour), Colour::Rgb).unwrap().resize(7, 6).unwrap().into_pixels();
    assert_eq!(large, Array3::from_shape_fn((7, 6, 3), |(_, _, c)| c as u8 + 1));
    for (height, width) in [(0, 1), (1, 0), (MAX_SIDE + 1, 1)] {
        assert!(matches!(image.clone().resize(height, width), Err(FileError::ImageSize { .. })));
    }
}

/// The check sum of PNG chunks (CRC-32 of ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))))
}

#[test]
fn a_size_that_only_the_header_has_is_refused_at_once() {
    let mut bomb = png(image::GrayImage::new(1, 1));
    for (width, height) in [(MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (0x7fff_ffff, 0x7fff_ffff)] {
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        match Image::parse(&bomb, Colour::Grey) {
            Err(FileError::ImageSize { height: h, width: w, .. }) => assert_eq!((h, w), (height, width)),
            Err(FileError::TooLarge { .. }) => assert_eq!(width, 0x7fff_ffff),
            other => panic!("{width} × {height} gave {other:?}"),
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    let image = image::RgbImage::from_fn(9, 9, |x, y| Rgb([x as u8 * 20, y as u8 * 20, 7]));
    let png = png(image.clone());
    let pixel_data_end = png.len() - 12;
    for length in 0..pixel_data_end {
        assert!(Image::parse(&png[..length], Colour::Rgb).is_err(), "{length} bytes of PNG were enough");
    }
    // A JPEG whose last rows are missing is decoded as far as it goes; it must not panic.
    let jpeg = encode(image, ImageFormat::Jpeg);
    for length in 0..jpeg.len() {
        let _ = Image::parse(&jpeg[..length], Colour::Rgb);
    }
}

#[test]
fn other_files_are_refused() {
    for bytes in [&b""[..], b"GIF89a", b"RIFF....WAVE", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"] {
        assert!(matches!(Image::parse(bytes, Colour::Rgb), Err(FileError::Image { .. })), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(width in 1u32..20, height in 1u32..20, values in prop::collection::vec(any::<u8>(), 1200)) {
        let values = values[..(width * height * 3) as usize].to_vec();
        let image = image::RgbImage::from_raw(width, height, values.clone()).unwrap();
        let pixels = pixels(&png(image), Colour::Rgb);
        prop_assert_eq!(pixels.into_raw_vec_and_offset().0, values);
    }

    #[test]
    fn changed_bytes_never_panic(jpeg: bool, at: prop::sample::Index, value: u8) {
        let image = image::RgbImage::from_fn(9, 9, |x, y| Rgb([x as u8 * 20, y as u8 * 20, 7]));
        let mut bytes = encode(image, if jpeg { ImageFormat::Jpeg } else { ImageFormat::Png });
        let at = at.index(bytes.len());
        bytes[at] = value;
        let _ = Image::parse(&bytes, Colour::Grey);
    }
}
