//! Variants of a recording, as another time, room and microphone would give them.

use fastrand::Rng;

/// How far variants go.
const SPEED: f64 = 0.1;
/// Milliseconds.
const SHIFT: f64 = 100.0;
/// Decibels of the level, lowest and highest.
const LEVEL: [f64; 2] = [-12.0, 6.0];
/// Decibels by which noise lies below the recording, highest and lowest noise.
const NOISE: [f64; 2] = [5.0, 35.0];

/// A variant of a recording at `sample_rate`: at another speed (±10 %), shifted (±100 ms), with noise (5 to 35 dB below it)
/// and at another level (−12 to +6 dB). The noise is a piece of one of `noises`, or, where there are none or by chance, hiss
/// between white and brown.
pub(crate) fn variant(samples: &[i16], sample_rate: f64, noises: &[Vec<i16>], rng: &mut Rng) -> Vec<i16> {
    let count = samples.len();
    let within = |rng: &mut Rng, [low, high]: [f64; 2]| low + (high - low) * rng.f64();
    let speed = within(rng, [1.0 - SPEED, 1.0 + SPEED]);
    let shift = within(rng, [-SHIFT, SHIFT]) * sample_rate / 1000.0;
    let middle = count as f64 / 2.0;
    let mut moved: Vec<f64> =
        (0..count).map(|at| interpolated(samples, (at as f64 - middle) * speed + middle + shift)).collect();

    let noise = noise(count, noises, rng);
    let depth = 10f64.powf(-within(rng, NOISE) / 20.0) * (rms(&moved) + 1e-3) / (rms(&noise) + 1e-3);
    let level = 10f64.powf(within(rng, LEVEL) / 20.0);
    for (sample, noise) in moved.iter_mut().zip(noise) {
        *sample = level * (*sample + depth * noise);
    }
    moved.into_iter().map(|sample| sample.round() as i16).collect()
}

/// The recording between two of its samples; silence beyond its ends.
fn interpolated(samples: &[i16], at: f64) -> f64 {
    let before = at.floor();
    let sample = |index: f64| samples.get(index as usize).filter(|_| index >= 0.0).map_or(0.0, |&s| f64::from(s));
    sample(before) + (at - before) * (sample(before + 1.0) - sample(before))
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

fn noise(count: usize, noises: &[Vec<i16>], rng: &mut Rng) -> Vec<f64> {
    let choice = rng.usize(0..=noises.len());
    if let Some(noise) = noises.get(choice).filter(|noise| noise.len() >= count) {
        let at = rng.usize(0..=noise.len() - count);
        return noise[at..at + count].iter().map(|&sample| f64::from(sample)).collect();
    }
    let pole = 0.98 * rng.f64();
    let mut last = 0.0;
    let mut step = || {
        // Nearly normal, which is all that hiss needs to be.
        let white: f64 = (0..4).map(|_| rng.f64() - 0.5).sum();
        last = white + pole * last;
        last
    };
    (0..count).map(|_| step()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_differ_and_are_the_same_by_seed() {
        let clip: Vec<i16> = (0..16_000).map(|i| (8000.0 * (f64::from(i) * 0.2).sin()) as i16).collect();
        let of = |seed| variant(&clip, 16_000.0, &[], &mut Rng::with_seed(seed));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(of(1).len(), clip.len());
    }

    #[test]
    fn recordings_of_noise_are_mixed_in_where_they_are_long_enough() {
        let pieces = |length: usize| {
            let of = |seed| noise(100, &[vec![1000; length]], &mut Rng::with_seed(seed));
            (0..50).filter(|&seed| of(seed).iter().all(|&sample| sample == 1000.0)).count()
        };
        assert!((10..40).contains(&pieces(200)), "{}", pieces(200));
        assert_eq!(pieces(99), 0);
    }
}
