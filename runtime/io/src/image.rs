//! Still images as bytes, from PNG and JPEG.

use std::io::Cursor;
use std::path::Path;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use ndarray::Array3;
use runeblocks_core::Tensor;

use crate::{FileError, file};

/// The longest side of an image that is read or made, in pixels.
pub const MAX_SIDE: u32 = 8_192;

/// The most memory that decoding may take: an image of the greatest size with four channels of 16 bits.
const MAX_ALLOC: u64 = 8 * (MAX_SIDE as u64) * (MAX_SIDE as u64);

/// What a pixel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// One channel, the luma of ITU-R BT.601: (299 R + 587 G + 114 B) / 1000, rounded to the nearest (as `tf.image.rgb_to_grayscale` and
    /// Pillow's `convert("L")` weight them). A greyscale image is taken as it is.
    Grey,
    /// Three channels: red, green, blue. A greyscale image is repeated in each.
    Rgb,
}

impl Colour {
    fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// An image of 8 bits a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `[height, width, channels]`.
    pixels: Array3<u8>,
}

impl Image {
    /// Reads a PNG or JPEG file, as [`Image::parse`] does.
    ///
    /// # Errors
    /// Those of [`file::read`] and [`Image::parse`], with the path.
    pub fn read(path: &Path, colour: Colour) -> Result<Self, FileError> {
        Self::parse(&file::read(path)?, colour).map_err(|e| e.in_file(path))
    }

    /// Reads the bytes of a PNG or JPEG file, whichever they are.
    ///
    /// Channels of 16 bits are rounded to 8. Transparency is dropped: the colour that stands under it is taken. The orientation that a camera
    /// notes beside the image is not applied.
    ///
    /// # Errors
    /// [`FileError::Image`] for what cannot be decoded, [`FileError::ImageSize`] for a side beyond [`MAX_SIDE`] pixels, and
    /// [`FileError::TooLarge`] where even one row would not fit in memory; both before anything is decoded.
    pub fn parse(bytes: &[u8], colour: Colour) -> Result<Self, FileError> {
        let format = image::guess_format(bytes).ok();
        let Some(format @ (ImageFormat::Png | ImageFormat::Jpeg)) = format else {
            return Err(FileError::Image { reason: "it begins as neither does".to_owned() });
        };
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits());
        let mut decoder = reader.into_decoder().map_err(failed)?;
        let (width, height) = decoder.dimensions();
        check_size(height, width)?;
        decoder.set_limits(limits()).map_err(failed)?;
        let decoded = DynamicImage::from_decoder(decoder).map_err(failed)?;
        let pixels = match colour {
            Colour::Rgb => decoded.into_rgb8().into_raw(),
            Colour::Grey if decoded.color().has_color() => decoded.into_rgb8().pixels().map(|p| luma(p.0)).collect(),
            Colour::Grey => decoded.into_luma8().into_raw(),
        };
        Self::new(height, width, colour.channels(), pixels)
    }

    fn new(height: u32, width: u32, channels: usize, pixels: Vec<u8>) -> Result<Self, FileError> {
        let shape = (height as usize, width as usize, channels);
        Array3::from_shape_vec(shape, pixels)
            .map(|pixels| Self { pixels })
            .map_err(|e| FileError::Image { reason: e.to_string() })
    }

    /// The image at exactly this size, stretched where the proportions differ.
    ///
    /// Linear interpolation with a support that grows as the image shrinks, so that nothing aliases (as `tf.image.resize` with
    /// `method="bilinear", antialias=True`, and Pillow's `BILINEAR`).
    ///
    /// # Errors
    /// [`FileError::ImageSize`] when a side is 0 or beyond [`MAX_SIDE`].
    pub fn resize(self, height: u32, width: u32) -> Result<Self, FileError> {
        check_size(height, width)?;
        let (old_height, old_width, channels) = self.pixels.dim();
        let (old_height, old_width) = (old_height as u32, old_width as u32);
        if (old_height, old_width) == (height, width) {
            return Ok(self);
        }
        let (raw, _) = self.pixels.into_raw_vec_and_offset();
        let filter = FilterType::Triangle;
        let resized = if channels == 1 {
            GrayImage::from_raw(old_width, old_height, raw)
                .map(|image| imageops::resize(&image, width, height, filter).into_raw())
        } else {
            RgbImage::from_raw(old_width, old_height, raw)
                .map(|image| imageops::resize(&image, width, height, filter).into_raw())
        };
        let reason = || FileError::Image { reason: "its pixels do not fill its size".to_owned() };
        Self::new(height, width, channels, resized.ok_or_else(reason)?)
    }

    /// The pixels, `[height, width, channels]`: rows from the top, columns from the left.
    #[must_use]
    pub fn pixels(&self) -> &Array3<u8> {
        &self.pixels
    }

    /// The pixels, `[height, width, channels]`: rows from the top, columns from the left.
    #[must_use]
    pub fn into_pixels(self) -> Array3<u8> {
        self.pixels
    }
}

impl From<Image> for Tensor {
    /// `u8`, `[height, width, channels]`.
    fn from(image: Image) -> Self {
        image.pixels.into()
    }
}

fn failed(error: ImageError) -> FileError {
    match error {
        ImageError::Limits(_) => FileError::TooLarge { limit: MAX_ALLOC },
        other => FileError::Image { reason: other.to_string() },
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

fn check_size(height: u32, width: u32) -> Result<(), FileError> {
    let sides = 1..=MAX_SIDE;
    if sides.contains(&height) && sides.contains(&width) {
        Ok(())
    } else {
        Err(FileError::ImageSize { height, width, limit: MAX_SIDE })
    }
}

fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}
