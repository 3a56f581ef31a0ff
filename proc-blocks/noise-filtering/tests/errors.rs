//! Every message of the block, as text.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use runeblocks_core::{Axis, BlockErrors, ElementType, Facts};
use runeblocks_micro::Level;
use runeblocks_noise_filtering::{DESCRIPTOR, NoiseFilter, NoiseFilteringArgs};

fn of(fft_size: u32, channels: usize, change: impl FnOnce(&mut NoiseFilteringArgs)) -> String {
    let mut args = NoiseFilteringArgs::default();
    change(&mut args);
    BlockErrors::from(NoiseFilter::new(args, fft_size, channels).unwrap_err()).to_string()
}

#[test]
fn arguments() {
    let messages = [
        of(512, 1, |args| args.even_smoothing = -0.1),
        of(512, 1, |args| args.odd_smoothing = 1.5),
        of(512, 1, |args| args.min_signal_remaining = f32::NAN),
        of(512, 1, |args| args.smoothing_bits = 32),
        of(512, 1, |args| args.gain_bits = 31),
        of(512, 1, |args| args.scale_shift = 12),
        of(512, 1, |args| args.pcan_strength = f32::INFINITY),
        of(512, 1, |args| args.pcan_offset = -1.0),
        of(512, 1, |args| args.scale = 0.5),
        of(512, 1, |args| args.scale = f32::NAN),
        of(512, 1, |args| args.smoothing_bits = 2),
        of(4, 1, |args| args.smoothing_bits = 27),
        of(512, 1, |args| args.gain_bits = 14),
        of(2, 1, |_| ()),
        of(512, 0, |_| ()),
    ];
    let expected = [
        "the argument `even_smoothing` is -0.1: expected a fraction from 0 to 1 (divide percents by 100)",
        "the argument `odd_smoothing` is 1.5: expected a fraction from 0 to 1 (divide percents by 100)",
        "the argument `min_signal_remaining` is NaN: expected a fraction from 0 to 1 (divide percents by 100)",
        "the argument `smoothing_bits` is 32: expected 0 to 31 (an estimate has 32 bits in all)",
        "the argument `gain_bits` is 31: expected 0 to 30 (a gain of 1 has to fit 31 bits)",
        "the argument `scale_shift` is 12: expected 0 to 11 (above, the scaled logarithm does not fit 32 bits)",
        "the argument `pcan_strength` is inf: expected a finite number (0.95 is usual)",
        "the argument `pcan_offset` is -1: expected a finite number of at least 0 (80 is usual)",
        "the argument `scale` is 0.5: expected 1, as out_type is uint16 (set out_type to float32, or leave scale out)",
        "the argument `scale` is NaN: expected a finite number (1 leaves features as they are)",
        "the argument `smoothing_bits` is 2: expected at least 3 with PCAN and an FFT of 512 points (raise it, shorten the window, or set enable_pcan to false)",
        "the argument `smoothing_bits` is 27: expected at most 26 with PCAN and an FFT of 4 points (lower it, lengthen the window, or set enable_pcan to false)",
        "the argument `gain_bits` is 14: expected at least 15 with PCAN and an FFT of 512 points (raise it, shorten the window, or set enable_pcan to false)",
        "the argument `fft_size` is 2: expected a power of two from 4 to 65536 (take the frames from the block `fft`)",
        "the argument `num_channels` is 0: expected 1 to 4096 (take the frames from the block `fft`)",
    ];
    assert_eq!(messages, expected);
}

/// No machine has the levels of two architectures.
#[test]
fn levels() {
    let missing = Level::ALL.into_iter().find(|level| !level.is_available()).unwrap();
    let available: Vec<_> = Level::available().map(Level::name).collect();
    let error = NoiseFilter::with_level(NoiseFilteringArgs::default(), 512, 40, missing).unwrap_err();
    assert_eq!(
        BlockErrors::from(error).to_string(),
        format!("this machine has no level {missing} (take one of {})", available.join(", "))
    );
}

#[test]
fn inputs() {
    let fault = |facts: Facts| {
        let mut block = DESCRIPTOR.create(&serde_json::json!({})).unwrap();
        BlockErrors::from(block.infer(&[facts]).unwrap_err()).to_string()
    };
    assert_eq!(
        fault(Facts::of::<u32>([1, 40])),
        "the input `spectrogram` is a spectrogram of which the FFT size is not known: expected one of a known FFT size (connect the output of the block `fft`)"
    );
    assert_eq!(
        fault(Facts::new(ElementType::U32, [Axis::Fixed(1), Axis::Stream])),
        "the input `spectrogram` is u32 [1, stream]: expected frames of a known number of channels (connect the output of the block `fft`)"
    );
}
