//! Sound and pictures within a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Samples as the URI of a WAV file of one channel.
pub(super) fn wav(rate: u32, samples: &[i16]) -> String {
    let length = u32::try_from(samples.len()).unwrap_or(u32::MAX / 4).saturating_mul(2);
    let mut bytes = Vec::with_capacity(44 + 2 * samples.len());
    bytes.extend(b"RIFF");
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // Integers, one channel.
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(rate.to_le_bytes());
    bytes.extend(rate.saturating_mul(2).to_le_bytes());
    // Two bytes a frame, 16 bits a sample.
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    format!("data:audio/wav;base64,{}", STANDARD.encode(bytes))
}

/// Frames of features as the URI of a PNG picture: time to the right, the first feature at the bottom, colours by the value
/// from `low` to `high`.
pub(super) fn picture(frames: usize, features: usize, values: &[f64], [low, high]: [f64; 2]) -> Option<String> {
    let (width, height) = (u32::try_from(frames).ok()?, u32::try_from(features).ok()?);
    let mut pixels = Vec::with_capacity(3 * values.len());
    for feature in (0..features).rev() {
        for frame in 0..frames {
            let share = (values.get(frame * features + feature)? - low) / (high - low);
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
            pixels.extend(colorous::VIRIDIS.eval_continuous(share).as_array());
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().ok()?.write_image_data(&pixels).ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use runeblocks_io::sound::{Channels, Sound};

    #[test]
    fn a_recording_can_be_read_again() {
        let uri = wav(8000, &[1, -2, i16::MAX]);
        let bytes = STANDARD.decode(uri.strip_prefix("data:audio/wav;base64,").unwrap()).unwrap();
        let sound = Sound::parse(&bytes, Channels::Mono).unwrap();
        assert_eq!((sound.sample_rate().0, sound.samples()), (8000, &[1, -2, i16::MAX][..]));
    }

    #[test]
    fn time_goes_to_the_right_and_the_first_feature_is_below() {
        let uri = picture(3, 2, &[0.0, 1.0, 0.0, 0.0, f64::NAN, 1.0], [0.0, 1.0]).unwrap();
        let bytes = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let [low, high] = [0.0, 1.0].map(|share| colorous::VIRIDIS.eval_continuous(share).as_array());
        assert_eq!(pixels.as_chunks().0, [high, low, high, low, low, low]);
    }
}
