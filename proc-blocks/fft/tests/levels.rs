//! Every level against the specification, `Level::Plain`, and that against the definition of each stage.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/definition.rs"]
mod definition;
#[path = "support/random.rs"]
mod random;
#[path = "support/signal.rs"]
mod signal;

use std::io::Write;
use std::sync::Once;

use definition::{Frame, energies, saturate, spectrum, wrap};
use random::Random;
use runeblocks_core::BlockErrors;
use runeblocks_fft::fixed_fft::{Complex16, RealFft};
use runeblocks_fft::{FftArgs, Spectrogram, window};
use runeblocks_micro::{Dialect, LEVEL_VARIABLE, Level};
use signal::Signal;

/// Stamps properties on levels.
macro_rules! suite {
    ($($module:ident: $level:ident),* => $properties:tt) => { $(suite!(@ $module $level $properties);)* };
    (@ $module:ident $level:ident { $($property:ident),* }) => {
        mod $module {
            static SKIPPED: std::sync::Once = std::sync::Once::new();

            $(#[test]
            fn $property() {
                super::on(runeblocks_micro::Level::$level, &SKIPPED, super::$property);
            })*
        }
    };
}

suite!(plain: Plain, scalar: Scalar, neon: Neon, sse41: Sse41, avx2: Avx2, vnni: Vnni => {
    the_level_is_as_asked,
    spectra_of_every_size,
    frames_of_random_arguments,
    edge_lengths
});

/// Tests a property where the machine has the level, and says so once where not: libtest would hide what is printed.
fn on(level: Level, skipped: &Once, property: fn(Level)) {
    if level.is_available() {
        property(level);
    } else {
        let line = format!("SKIP level {level}: this machine has none\n");
        skipped.call_once(|| std::io::stderr().write_all(line.as_bytes()).unwrap());
    }
}

fn the_level_is_as_asked(level: Level) {
    assert_eq!(RealFft::with_level(512, level).unwrap().level(), level);
    assert_eq!(Spectrogram::with_level(FftArgs::default(), level).unwrap().level(), level);
}

/// Samples for an FFT of `size` points, by name.
fn inputs(size: usize) -> Vec<(String, Vec<i16>)> {
    let random = |n: usize| signal::mix(n as u32, size as u32);
    let of = |name: &str, sample: &dyn Fn(usize) -> i16| (name.to_owned(), (0..size).map(sample).collect());
    let ends = [i16::MIN, i16::MAX];
    let mut inputs = vec![
        of("lowest", &|_| i16::MIN),
        of("highest", &|_| i16::MAX),
        of("alternating", &|n| ends[n % 2]),
        of("alternating pairs", &|n| ends[n / 2 % 2]),
        of("any", &|n| random(n) as i16),
        of("extremes", &|n| [i16::MIN, i16::MAX, -1, 0, 1][random(n) as usize % 5]),
        of("small", &|n| random(n) as i16 % 4),
        of("sparse", &|n| if random(n).is_multiple_of(31) { random(n + size) as i16 } else { 0 }),
    ];
    // Exactly 2¹⁴ in the middle of the spectrum of pairs, whose half is rounded up or, with the other sign, down.
    let pairs = size / 2;
    let radices = std::iter::repeat_n(4, pairs.ilog2() as usize / 2);
    let radices: Vec<i32> = (pairs.ilog2() % 2 == 1).then_some(2).into_iter().chain(radices).collect();
    let stages = |amplitude: i32| {
        radices.iter().fold(amplitude, |value, &radix| radix * ((value * (32_767 / radix) + (1 << 14)) >> 15))
    };
    let is_exact = |&amplitude: &i32| [stages(amplitude), stages(-amplitude)] == [1 << 14, -1 << 14];
    let middle = (1 << 14..1 << 15).find(is_exact).unwrap() as i16;
    inputs.push(of("middle", &|n| [0, middle, 0, -middle][n % 4]));
    // Full scale throughout the window, once shifted by 7.
    let coefficients = window::coefficients(size, Dialect::Tf);
    let turns = [1, 3, 4, 5].map(|bin| ("flat-turn", bin << 27));
    for (kind, seed) in [("flat-square", 1 << 29), ("flat-noise", 7)].into_iter().chain(turns) {
        let signal = Signal { kind: kind.to_owned(), length: size, amplitude: 255, seed };
        let mut windowed = vec![0; size];
        window::apply(&signal.samples(&coefficients), &coefficients, &mut windowed);
        inputs.push((format!("{kind} {seed}"), windowed));
    }
    inputs
}

/// Both forms of the transform, and that they keep to the lengths that they have.
fn spectra_of_every_size(level: Level) {
    const BEYOND: usize = 9;
    let untouched = Complex16 { re: 12_345, im: -12_345 };
    let mut unlike_saturating = 0;
    for bits in 2..=16 {
        let size = 1 << bits;
        let bins = size / 2 + 1;
        let (fft, plain) =
            (RealFft::with_level(size, level).unwrap(), RealFft::with_level(size, Level::Plain).unwrap());
        for (name, mut samples) in inputs(size) {
            let few = [0, 7, signal::mix(bits, samples[1] as u32) % 16];
            let shifts = if size <= 512 { (0..=15).collect() } else { few.to_vec() };
            for shift in shifts {
                let expected = if level == Level::Plain {
                    let expected = spectrum(&samples[..size], shift, wrap);
                    unlike_saturating += usize::from(expected != spectrum(&samples[..size], shift, saturate));
                    expected
                } else {
                    let mut expected = vec![Complex16::default(); bins];
                    plain.forward(&samples, shift, &mut vec![Complex16::default(); size + 1], &mut expected);
                    expected
                };
                samples.truncate(size);
                samples.extend([i16::MIN; BEYOND]);
                let mut work = vec![untouched; size + 1 + BEYOND];
                let mut found = vec![untouched; bins + BEYOND];
                let mut found_energies = vec![7; bins + BEYOND];
                fft.forward(&samples, shift, &mut work, &mut found);
                fft.energies(&samples, shift, &mut work, &mut found_energies);
                let of = || format!("{size} points at {level}, {name}, shifted by {shift}");
                assert!(found[..bins] == expected, "spectrum of {}", of());
                assert!(found_energies[..bins] == energies(&expected), "energies of {}", of());
                assert!(expected.iter().all(|bin| (bin.re, bin.im) != (i16::MIN, i16::MIN)), "2³¹ in {}", of());
                assert_eq!(work[size + 1..], [untouched; BEYOND], "{}", of());
                assert_eq!(found[bins..], [untouched; BEYOND], "{}", of());
                assert_eq!(found_energies[bins..], [7; BEYOND], "{}", of());
            }
        }
    }
    assert!(level != Level::Plain || unlike_saturating > 20, "{unlike_saturating} spectra show that sums wrap");
}

/// Arguments that random ones rarely meet, and random ones.
fn arguments(count: usize, random: &mut Random) -> Vec<FftArgs> {
    let edges =
        [(3, 1), (4, 1), (5, 3), (7, 7), (31, 40), (32, 40), (33, 40), (64, 200), (65, 200), (4096, 200), (65_536, 1)];
    let edges = edges.map(|(window_size, num_channels)| FftArgs {
        sample_rate: 1000,
        window_size,
        window_step: window_size.div_ceil(2),
        num_channels,
        lower_band_limit: 0.0,
        upper_band_limit: 400.0,
        ..FftArgs::default()
    });
    // The widest channels: more bins than double precision sums exactly.
    let wide = FftArgs { window_size: 4096, num_channels: 2, ..FftArgs::default() };
    edges.into_iter().chain([wide]).chain(std::iter::repeat_with(|| random.args()).take(count)).collect()
}

/// The frames of samples that come in pieces of these lengths, over and over.
fn stream(spectrogram: &mut Spectrogram, mut samples: &[i16], pieces: &[usize]) -> Vec<Frame> {
    spectrogram.reset();
    let mut frames = Vec::new();
    for &piece in pieces.iter().cycle() {
        let (mut piece, rest) = samples.split_at(piece.min(samples.len()));
        while let Some(channels) = spectrogram.push(&mut piece) {
            let channels = channels.to_vec();
            frames.push(Frame::last_of(spectrogram, channels));
        }
        assert!(piece.is_empty());
        samples = rest;
        if samples.is_empty() {
            break;
        }
    }
    frames
}

/// What the level is held to: the frames of a whole clip.
fn specified(args: &FftArgs, level: Level, samples: &[i16]) -> Vec<Frame> {
    let mut plain = Spectrogram::with_level(args.clone(), Level::Plain).unwrap();
    if level != Level::Plain {
        return stream(&mut plain, samples, &[samples.len()]);
    }
    let windows = samples.windows(plain.window_size()).step_by(plain.window_step());
    windows.map(|window| Frame::of(window, &plain)).collect()
}

fn frames_of_random_arguments(level: Level) {
    let mut random = Random(5);
    let (mut frames, mut empty_channels) = (0, 0);
    for (args, dialect) in arguments(100, &mut random).into_iter().zip([Dialect::Tf, Dialect::Tflm].into_iter().cycle())
    {
        let args = FftArgs { dialect, ..args };
        let Ok(mut spectrogram) = Spectrogram::with_level(args.clone(), level) else { continue };
        let (size, step) = (spectrogram.window_size(), spectrogram.window_step());
        let signal = random.signal(size);
        let mut samples = signal.samples(spectrogram.coefficients());
        samples.truncate(size + 9 * step);
        let pieces = [random.range(1, size as u32), 0, random.range(1, 2 * size as u32), random.range(1, 9)];
        let expected = specified(&args, level, &samples);
        let of = || format!("{args:?} at {level} with {signal:?}");
        assert_eq!(spectrogram.frames_of(samples.len()), expected.len(), "{}", of());
        let found = stream(&mut spectrogram, &samples, &pieces.map(|piece| piece as usize));
        assert!(found == expected, "pieces of {pieces:?} of {}", of());
        spectrogram.reset();
        let mut rest = &samples[..];
        for (n, frame) in expected.iter().enumerate() {
            assert_eq!(spectrogram.push(&mut rest), Some(&frame.channels[..]), "frame {n} of {}", of());
        }
        assert!(spectrogram.push(&mut rest).is_none() && rest.is_empty(), "{}", of());
        frames += found.len();
        empty_channels += spectrogram.filterbank().freq_starts()[1..].iter().filter(|&&start| start == 0).count();
    }
    assert!(frames > 500 && empty_channels > 100, "{frames} frames, {empty_channels} empty channels");
}

fn edge_lengths(level: Level) {
    for (window_size, window_step) in [(3, 1), (3, 3), (8, 3), (30, 30), (64, 10), (100, 1), (512, 160)] {
        let args = FftArgs {
            sample_rate: 1000,
            window_size,
            window_step,
            num_channels: 5,
            lower_band_limit: 10.0,
            upper_band_limit: 490.0,
            dialect: Dialect::Tf,
        };
        let mut spectrogram = Spectrogram::with_level(args.clone(), level).unwrap();
        let (size, step) = (window_size as usize, window_step as usize);
        for length in
            [0, 1, size - 1, size, size + 1, size + step - 1, size + step, size + 3 * step, size + 3 * step + 1]
        {
            let samples: Vec<i16> = (0..length as u32).map(|n| signal::mix(n, window_size) as i16).collect();
            let expected = specified(&args, level, &samples);
            let count = if length < size { 0 } else { (length - size) / step + 1 };
            assert_eq!(expected.len(), count);
            spectrogram.reset();
            assert_eq!(spectrogram.frames_of(length), count);
            for first in [0, 1, step, size - 1, size, size + 1, length] {
                let found = stream(&mut spectrogram, &samples, &[first, 0, 0, length]);
                assert!(found == expected, "{length} samples of {args:?} at {level}, the first {first} alone");
            }
        }
    }
}

/// Holds the level that the environment forces, where it does and the machine has it.
#[test]
fn the_chosen_level_is_the_default() {
    let chosen = Level::choose().unwrap();
    let forced = std::env::var(LEVEL_VARIABLE).ok().and_then(|name| name.parse::<Level>().ok());
    if let Some(forced) = forced.filter(|level| level.is_available()) {
        assert_eq!(chosen, forced);
    }
    assert_eq!(RealFft::new(512).unwrap().level(), chosen);
    assert_eq!(Spectrogram::new(FftArgs::default()).unwrap().level(), chosen);
}

#[test]
fn levels_that_the_machine_lacks_are_refused() {
    let available: Vec<&str> = Level::available().map(Level::name).collect();
    for level in Level::ALL.into_iter().filter(|level| !level.is_available()) {
        let expected = format!("this machine has no level {level} (take one of {})", available.join(", "));
        let errors = [
            RealFft::with_level(512, level).unwrap_err(),
            Spectrogram::with_level(FftArgs::default(), level).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(BlockErrors::from(error).to_string(), expected);
        }
    }
}
