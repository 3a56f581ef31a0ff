//! Resampling, measured on sines against the same sines computed at the new rate.
#![cfg(feature = "resample")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::SampleRate;
use runeblocks_io::FileError;
use runeblocks_io::sound::Sound;

const AMPLITUDE: f64 = 30_000.0;

fn sine(hertz: f64, rate: u32, samples: usize) -> impl Iterator<Item = f64> {
    (0..samples).map(move |n| AMPLITUDE * (std::f64::consts::TAU * hertz * n as f64 / f64::from(rate)).sin())
}

fn sound(hertz: f64, rate: u32, samples: usize) -> Sound {
    let samples = sine(hertz, rate, samples).map(|v| v.round() as i16).collect();
    Sound::new(SampleRate(rate), samples).unwrap()
}

fn power(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum()
}

/// The signal-to-noise ratio of a resampled second, in dB; its first and last twentieth, where the sine begins and ends, left out.
fn snr(hertz: f64, from: u32, to: u32) -> f64 {
    let resampled = sound(hertz, from, from as usize).resample(SampleRate(to)).unwrap();
    assert_eq!(resampled.samples().len(), to as usize);
    let middle = to as usize / 20..to as usize * 19 / 20;
    let expected: Vec<f64> = sine(hertz, to, to as usize).collect();
    let noise = power(middle.clone().map(|n| f64::from(resampled.samples()[n]) - expected[n]));
    10.0 * (power(expected[middle].iter().copied()) / noise).log10()
}

#[test]
fn sines_keep_their_place_and_shape() {
    for from in [8_000, 11_025, 22_050, 32_000, 44_100, 48_000] {
        for share in [0.01, 0.1, 0.5, 0.9, 0.95] {
            let hertz = share * f64::from(from.min(16_000)) / 2.0;
            let snr = snr(hertz, from, 16_000);
            println!("{from} Hz to 16000 Hz, {hertz:.0} Hz: {snr:.1} dB");
            assert!(snr > 90.0, "{from} Hz to 16000 Hz, {hertz} Hz: {snr} dB");
        }
    }
}

#[test]
fn what_the_new_rate_cannot_hold_is_gone() {
    for from in [22_050, 44_100, 48_000] {
        for hertz in [8_100.0, 9_000.0, 10_500.0] {
            let resampled = sound(hertz, from, from as usize).resample(SampleRate(16_000)).unwrap();
            let middle = &resampled.samples()[1_000..15_000];
            let rest = (power(middle.iter().map(|v| f64::from(*v))) / 14_000.0).sqrt();
            println!("{from} Hz to 16000 Hz, {hertz} Hz: {rest:.2} rms of {AMPLITUDE}");
            assert!(rest < 1.0, "{from} Hz: {rest} rms is left of {hertz} Hz");
        }
    }
}

#[test]
fn an_impulse_stays_where_it_was() {
    let mut samples = vec![0; 4_800];
    samples[2_400] = i16::MAX;
    let resampled = Sound::new(SampleRate(48_000), samples).unwrap().resample(SampleRate(16_000)).unwrap();
    let peak = (0..1_600).max_by_key(|&n| resampled.samples()[n]);
    assert_eq!(peak, Some(800));
    assert_eq!(resampled.samples()[790..800], Vec::from_iter(resampled.samples()[801..811].iter().rev().copied()));
}

#[test]
fn overshoot_is_saturated() {
    let square: Vec<i16> = (0..4_410).map(|n| if n / 50 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    let resampled = Sound::new(SampleRate(44_100), square).unwrap().resample(SampleRate(16_000)).unwrap();
    assert!(resampled.samples().contains(&i16::MAX) && resampled.samples().contains(&i16::MIN));
    for (n, value) in resampled.samples().iter().enumerate() {
        let half_periods = n as f64 * 44_100.0 / 16_000.0 / 50.0;
        if (0.15..0.85).contains(&half_periods.fract()) {
            assert_eq!(*value > 0, (half_periods as usize).is_multiple_of(2), "sample {n} is {value}: it wrapped");
        }
    }
}

#[test]
fn the_same_rate_changes_nothing() {
    let clip = Sound::new(SampleRate(3), vec![1, -2, 3]).unwrap();
    assert_eq!(clip.clone().resample(SampleRate(3)).unwrap(), clip);
    assert_eq!(clip.clone().at(SampleRate(3)).unwrap(), clip);
    assert!(matches!(clip.at(SampleRate(4)), Err(FileError::SampleRate { .. })));
}

#[test]
fn rates_out_of_range_are_refused() {
    for (from, to) in [(999, 16_000), (16_000, 999), (16_000, 768_001), (u32::MAX, 16_000)] {
        let clip = Sound::new(SampleRate(from), vec![0; 10]).unwrap();
        assert!(matches!(clip.resample(SampleRate(to)), Err(FileError::ResampleRates { .. })), "{from} to {to}");
    }
    let clip = Sound::new(SampleRate(1_000), vec![0; 1_000_000]).unwrap();
    assert!(matches!(clip.resample(SampleRate(768_000)), Err(FileError::TooLarge { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_length_is_exact(n in 1usize..5_000, from in 1_000u32..50_000, to in 1_000u32..50_000) {
        let clip = Sound::new(SampleRate(from), vec![1_000; n]).unwrap();
        let exact = n as f64 * f64::from(to) / f64::from(from);
        let resampled = clip.resample(SampleRate(to)).unwrap();
        prop_assert_eq!(resampled.sample_rate(), SampleRate(to));
        prop_assert_eq!(resampled.samples().len(), ((exact + 0.5).floor() as usize).max(1));
    }
}
