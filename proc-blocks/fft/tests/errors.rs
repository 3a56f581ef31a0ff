//! Every message of the block, as text.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use runeblocks_core::{BlockErrors, Facts, SampleRate};
use runeblocks_fft::{DESCRIPTOR, FftArgs, Spectrogram};

fn of(change: impl FnOnce(&mut FftArgs)) -> String {
    let mut args = FftArgs::default();
    change(&mut args);
    BlockErrors::from(Spectrogram::new(args).unwrap_err()).to_string()
}

#[test]
fn arguments() {
    let messages = [
        of(|args| args.sample_rate = 0),
        of(|args| args.window_size = 0),
        of(|args| (args.sample_rate, args.window_size) = (1000, 2)),
        of(|args| args.window_size = 4097),
        of(|args| args.window_size = u32::MAX),
        of(|args| args.window_step = 0),
        of(|args| args.window_step = 26),
        of(|args| args.num_channels = 0),
        of(|args| args.num_channels = u32::MAX),
        of(|args| args.lower_band_limit = f32::NAN),
        of(|args| args.upper_band_limit = f32::INFINITY),
        of(|args| args.lower_band_limit = -1.0),
        of(|args| args.upper_band_limit = 125.0),
        of(|args| args.upper_band_limit = 8000.0),
        of(|args| args.upper_band_limit = 7999.9995),
        of(|args| (args.window_size, args.num_channels, args.upper_band_limit) = (4096, 2000, 7990.0)),
    ];
    let expected = [
        "the argument `sample_rate` is 0 Hz: expected 1 to 2147483647 Hz (give the rate of the recording, such as 16000)",
        "the argument `window_size` is 0 ms, 0 samples at 16000 Hz: expected at least 3 samples, as the smallest FFT has 4 points (lengthen the window)",
        "the argument `window_size` is 2 ms, 2 samples at 1000 Hz: expected at least 3 samples, as the smallest FFT has 4 points (lengthen the window)",
        "the argument `window_size` is 4097 ms, 65552 samples at 16000 Hz: expected at most 65536 samples, the largest FFT (shorten the window, or lower the sample rate)",
        "the argument `window_size` is 4294967295 ms, 68719476720 samples at 16000 Hz: expected at most 65536 samples, the largest FFT (shorten the window, or lower the sample rate)",
        "the argument `window_step` is 0 ms, 0 samples at 16000 Hz: expected at least 1 sample (lengthen the step)",
        "the argument `window_step` is 26 ms, 416 samples: expected at most the window, 400 samples (shorten the step, or lengthen window_size)",
        "the argument `num_channels` is 0: expected 1 to 4096 (40 channels are usual for speech)",
        "the argument `num_channels` is 4294967295: expected 1 to 4096 (40 channels are usual for speech)",
        "the argument `lower_band_limit` is NaN: expected a finite frequency (give a number of Hz)",
        "the argument `upper_band_limit` is inf: expected a finite frequency (give a number of Hz)",
        "the argument `lower_band_limit` is -1 Hz: expected 0 Hz or more (raise it)",
        "the argument `upper_band_limit` is 125 Hz: expected a frequency above lower_band_limit, 125 Hz (swap the two, or raise this one)",
        "the argument `upper_band_limit` is 8000 Hz: expected less than half the sample rate, 8000 Hz (lower it, or resample the input)",
        "the argument `upper_band_limit` is 7999.9995 Hz: expected a frequency below the highest of the 257 bins of the FFT, in single precision (lower it a little)",
        "the argument `upper_band_limit` is 7990 Hz, so that the filterbank has indices up to 32796: expected indices that fit 16 bits, up to 32767 (narrow the band, or shorten the window)",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn inputs() {
    let fault = |facts: Facts| {
        let mut block = DESCRIPTOR.create(&serde_json::json!({})).unwrap();
        BlockErrors::from(block.infer(&[facts]).unwrap_err()).to_string()
    };
    assert_eq!(
        fault(Facts { sample_rate: Some(SampleRate(8000)), ..Facts::of::<i16>([8000]) }),
        "the input `audio` is sound at 8000 Hz: expected 16000 Hz, the argument sample_rate (resample the sound, or set sample_rate to 8000)"
    );
    assert_eq!(
        fault(Facts::of::<i16>([399])),
        "the input `audio` is 399 samples: expected at least one window, 400 (give a longer clip, or shorten window_size)"
    );
}
