//! Every level gives the bits of the three stages one by one.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::io::Write;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseResult, TestRunner};
use runeblocks_micro::Level;
use runeblocks_noise_filtering::{NoiseFilter, NoiseFilteringArgs};

/// Stamps every property on a level. Where the machine lacks it, each says so, past libtest's capture.
macro_rules! levels {
    ($($name:ident: $level:expr,)*) => {
        $(mod $name {
            use super::*;

            levels!(@properties $level; random_arguments, many_channels, every_bit, slices_of_other_lengths, clones);
        })*
    };
    (@properties $level:expr; $($property:ident),*) => {
        $(#[test]
        fn $property() {
            let level: Level = $level;
            if level.is_available() {
                super::$property(level);
            } else {
                writeln!(std::io::stderr(), "SKIP {}::{}: this machine lacks {level}", module_path!(), stringify!($property)).unwrap();
            }
        })*
    };
}

levels! {
    plain: Level::Plain,
    scalar: Level::Scalar,
    neon: Level::Neon,
    sse41: Level::Sse41,
    avx2: Level::Avx2,
    vnni: Level::Vnni,
}

/// A filter, and one that goes stage by stage.
struct Pair {
    whole: NoiseFilter,
    stages: NoiseFilter,
}

impl Pair {
    fn new(args: &NoiseFilteringArgs, fft_size: u32, channels: usize, level: Level) -> Self {
        let whole = NoiseFilter::with_level(args.clone(), fft_size, channels, level).unwrap();
        assert_eq!(whole.level(), level);
        let stages = NoiseFilter::with_level(args.clone(), fft_size, channels, Level::Plain).unwrap();
        Pair { whole, stages }
    }

    /// Holds features and estimates of a frame together.
    fn frame(&mut self, signal: &[u32]) -> TestCaseResult {
        let (mut found, mut expected) = (vec![0; signal.len()], vec![0; signal.len()]);
        self.whole.apply(signal, &mut found);
        let mut reduced = signal.to_vec();
        self.stages.reduce(&mut reduced);
        let mut normalized = reduced.clone();
        self.stages.normalize(&mut normalized);
        self.stages.scale(&normalized, &mut expected);
        for channel in 0..signal.len() {
            prop_assert_eq!(
                (found[channel], self.whole.noise_reduction().estimate()[channel]),
                (expected[channel], self.stages.noise_reduction().estimate()[channel]),
                "feature and estimate of {} in channel {}, reduced to {}, normalized to {}",
                signal[channel],
                channel,
                reduced[channel],
                normalized[channel]
            );
        }
        Ok(())
    }
}

/// Valid arguments, and the FFT size that they are for.
fn args() -> impl Strategy<Value = (NoiseFilteringArgs, u32)> {
    let fraction = || prop_oneof![0f32..=1.0, select(&[0.0, 0.025, 0.06, 0.5, 1.0][..])];
    let strength = prop_oneof![-0.5f32..2.0, -20f32..20.0, Just(0.95)];
    let offset = prop_oneof![0f32..300.0, 0f32..1e9, Just(80.0)];
    let stages = (prop::bool::weighted(0.8), prop::bool::weighted(0.8));
    (2..=16u32, stages, 0..=31u32, 0..=30u32, [fraction(), fraction(), fraction()], strength, offset, 0..=11u32)
        .prop_map(
            |(
                fft_bits,
                (enable_pcan, enable_log),
                smoothing_bits,
                gain_bits,
                fractions,
                strength,
                offset,
                scale_shift,
            )| {
                let correction = fft_bits as i32 - 6;
                let clamped = |bits: u32, least: i32, most: i32| {
                    if enable_pcan { (bits as i32).clamp(least.max(0), most) as u32 } else { bits }
                };
                let args = NoiseFilteringArgs {
                    smoothing_bits: clamped(smoothing_bits, correction, (30 + correction).min(31)),
                    even_smoothing: fractions[0],
                    odd_smoothing: fractions[1],
                    min_signal_remaining: fractions[2],
                    enable_pcan,
                    pcan_strength: strength,
                    pcan_offset: offset,
                    gain_bits: clamped(gain_bits, correction + 12, 30),
                    enable_log,
                    scale_shift,
                    ..NoiseFilteringArgs::default()
                };
                (args, 1 << fft_bits)
            },
        )
}

/// Values of every magnitude, the ends and powers of two with their neighbours among them.
fn value() -> impl Strategy<Value = u32> {
    let edge = (0..32u32, 0..5u32).prop_map(|(bits, past)| (1u32 << bits).wrapping_add(past).wrapping_sub(2));
    let any_size = (any::<u32>(), 0..32u32).prop_map(|(value, shift)| value >> shift);
    prop_oneof![1 => select(&[0, 1, 2, u32::MAX][..]), 2 => edge, 5 => any_size]
}

/// Frames of one number of channels, of some magnitude each.
fn frames(channels: impl Strategy<Value = usize>, most: usize) -> impl Strategy<Value = Vec<Vec<u32>>> {
    let frame = |channels| (prop::collection::vec(value(), channels), prop_oneof![Just(0), 0..32u32]);
    let frames = move |channels| prop::collection::vec(frame(channels), 1..most);
    channels.prop_flat_map(frames).prop_map(|frames| {
        frames.into_iter().map(|(frame, shift)| frame.into_iter().map(|value| value >> shift).collect()).collect()
    })
}

fn check<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config).run(&strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

fn random_arguments(level: Level) {
    check(1000, (args(), frames(1..=100usize, 12)), |((args, fft_size), frames)| {
        let mut pair = Pair::new(&args, fft_size, frames[0].len(), level);
        frames.iter().try_for_each(|frame| pair.frame(frame))
    });
}

fn many_channels(level: Level) {
    check(8, (args(), frames(select(&[255usize, 256, 1001, 4095, 4096][..]), 4)), |((args, fft_size), frames)| {
        let mut pair = Pair::new(&args, fft_size, frames[0].len(), level);
        frames.iter().try_for_each(|frame| pair.frame(frame))
    });
}

/// Numbers around every power of two, every position in a segment of the logarithm and of the gain, and any others.
fn interesting() -> Vec<u32> {
    let around =
        (0..32).flat_map(|bits| (0..64u32).map(move |past| (1u32 << bits).wrapping_add(past).wrapping_sub(32)));
    let every = 0..1 << 17;
    let high = (0..1u32 << 16).map(|top| top << 16 | top);
    let others = (0..1u32 << 16).map(|n| n.wrapping_mul(0x9e37_79b9) ^ n >> 7);
    around.chain(every).chain(high).chain(others).collect()
}

/// The logarithm of all interesting values, and the gain for all interesting estimates.
fn every_bit(level: Level) {
    let values = interesting();
    let logarithm = NoiseFilteringArgs {
        smoothing_bits: 0,
        min_signal_remaining: 1.0,
        enable_pcan: false,
        ..NoiseFilteringArgs::default()
    };
    for (fft_size, scale_shift) in [(4, 11), (64, 6), (512, 0), (65_536, 11)] {
        let mut pair = Pair::new(&NoiseFilteringArgs { scale_shift, ..logarithm.clone() }, fft_size, 61, level);
        values.chunks_exact(61).try_for_each(|frame| pair.frame(frame)).unwrap();
    }
    // With these, the estimate is the signal.
    let gain = |pcan_strength| NoiseFilteringArgs {
        smoothing_bits: 0,
        even_smoothing: 1.0,
        odd_smoothing: 1.0,
        min_signal_remaining: 1.0,
        pcan_strength,
        pcan_offset: 1.0,
        ..NoiseFilteringArgs::default()
    };
    for (pcan_strength, enable_log, gain_bits) in
        [(0.95, true, 21), (0.95, false, 12), (-0.3, false, 12), (0.2, false, 16), (-3.0, true, 30)]
    {
        let args = NoiseFilteringArgs { enable_log, gain_bits, ..gain(pcan_strength) };
        let mut pair = Pair::new(&args, 64, 61, level);
        values.chunks_exact(61).try_for_each(|frame| pair.frame(frame)).unwrap();
    }
}

/// What is beyond the fewest values is left, in the features as in the estimates.
fn slices_of_other_lengths(level: Level) {
    const CHANNELS: usize = 21;
    let signal: Vec<u32> = (0..40).map(|channel| 1000 + 77 * channel).collect();
    for (values, features) in [(40, 40), (40, 3), (3, 40), (16, 21), (21, 8), (0, 40), (40, 0)] {
        let count = CHANNELS.min(values).min(features);
        let mut pair = Pair::new(&NoiseFilteringArgs::default(), 512, CHANNELS, level);
        let mut found = vec![7; features];
        pair.whole.apply(&signal[..values], &mut found);
        let mut expected = vec![7; features];
        let mut stages = signal[..count].to_vec();
        pair.stages.reduce(&mut stages);
        pair.stages.normalize(&mut stages);
        pair.stages.scale(&stages, &mut expected);
        assert_eq!(found, expected, "{values} values, {features} features");
        assert_eq!(pair.whole.noise_reduction(), pair.stages.noise_reduction(), "{values} values, {features} features");
    }
}

/// A clone goes on from the estimates by itself, with the same tables.
fn clones(level: Level) {
    let frame = |first: u32| (0..40).map(|channel| first + 1000 * channel).collect::<Vec<_>>();
    let mut pair = Pair::new(&NoiseFilteringArgs::default(), 512, 40, level);
    pair.frame(&frame(100)).unwrap();
    let mut clone = pair.whole.clone();
    assert!(std::ptr::eq(clone.pcan().unwrap(), pair.whole.pcan().unwrap()));
    clone.apply(&frame(90_000), &mut [0; 40]);
    assert_ne!(clone.noise_reduction(), pair.whole.noise_reduction());
    pair.frame(&frame(200)).unwrap();
    pair.whole.reset();
    pair.stages.reset();
    pair.frame(&frame(300)).unwrap();
}

#[test]
fn the_chosen_level_is_the_default() {
    let filter = NoiseFilter::new(NoiseFilteringArgs::default(), 512, 40).unwrap();
    assert_eq!(filter.level(), Level::choose().unwrap());
}
