//! A clip at another sample rate: `rubato`'s FFT resampler (overlap-add, squared Blackman-Harris window) in 64-bit floats.

use std::ops::RangeInclusive;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler};

use runeblocks_core::SampleRate;

use super::to_i16;
use crate::FileError;
use crate::file::MAX_FILE_BYTES;

/// The rates that are resampled, in Hz.
const RATES: RangeInclusive<u32> = 1_000..=768_000;

/// The least length of the filter, in samples at the lower of both rates: the transition band is about 2 % of that rate's band.
const FILTER_LENGTH: u32 = 1_024;

/// `samples` at `from` Hz, at `to` Hz.
pub(super) fn resample(samples: &[i16], from: SampleRate, to: SampleRate) -> Result<Vec<i16>, FileError> {
    let refused = || FileError::ResampleRates { from, to };
    let (from, to) = (from.0, to.0);
    if !RATES.contains(&from) || !RATES.contains(&to) {
        return Err(refused());
    }
    // The transform takes `units` × from/gcd samples and gives `units` × to/gcd. An even `units` makes the delay, half a transform, whole on both sides.
    let gcd = gcd(from, to);
    let units = FILTER_LENGTH.div_ceil(from.min(to) / gcd).next_multiple_of(2);
    let chunk = (units * (from / gcd)) as usize;
    let mut resampler =
        Fft::<f64>::new(from as usize, to as usize, chunk, 1, FixedSync::Both).map_err(|_| refused())?;

    let length = length(samples.len(), from, to);
    if length as u64 > MAX_FILE_BYTES / 2 {
        return Err(FileError::TooLarge { limit: MAX_FILE_BYTES });
    }
    let delay = resampler.output_delay();
    let mut input = vec![0.0; resampler.input_frames_next()];
    let mut output = vec![0.0; resampler.output_frames_next()];
    let mut chunks = samples.chunks(input.len());
    let mut resampled = Vec::with_capacity(length);
    let mut skip = delay;
    while resampled.len() < length {
        let present = chunks.next().unwrap_or_default();
        input.fill(0.0);
        for (to, from) in input.iter_mut().zip(present) {
            *to = f64::from(*from);
        }
        let (in_frames, out_frames) = (input.len(), output.len());
        let source = InterleavedSlice::new(&input, 1, in_frames).map_err(|_| refused())?;
        let mut sink = InterleavedSlice::new_mut(&mut output, 1, out_frames).map_err(|_| refused())?;
        resampler.process_into_buffer(&source, &mut sink, None::<&Indexing>).map_err(|_| refused())?;
        let ready = &output[skip.min(output.len())..];
        skip -= output.len() - ready.len();
        let wanted = ready.len().min(length - resampled.len());
        resampled.extend(ready[..wanted].iter().map(|&v| to_i16(v)));
    }
    Ok(resampled)
}

/// n × to / from, rounded to the nearest, ties upwards; at least 1.
fn length(n: usize, from: u32, to: u32) -> usize {
    let (n, from, to) = (n as u128, u128::from(from), u128::from(to));
    ((2 * n * to + from) / (2 * from)).max(1) as usize
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
