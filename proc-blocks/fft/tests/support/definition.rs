//! The stages as they are defined, each in a few lines over wide integers.

use std::f64::consts::PI;

use runeblocks_fft::Spectrogram;
use runeblocks_fft::fixed_fft::Complex16;

/// How a sum is cut to 16 bits.
pub type Cut = fn(i64) -> i64;

/// As the FFT does it.
pub fn wrap(value: i64) -> i64 {
    i64::from(value as i16)
}

/// As the FFT does not.
pub fn saturate(value: i64) -> i64 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

/// What the stages make of one window.
#[derive(Debug, PartialEq)]
pub struct Frame {
    pub windowed: Vec<i16>,
    pub shift: u32,
    pub spectrum: Vec<Complex16>,
    pub energy: Vec<u32>,
    pub sums: Vec<u64>,
    pub channels: Vec<u32>,
}

impl Frame {
    /// By the tables of a spectrogram.
    pub fn of(samples: &[i16], tables: &Spectrogram) -> Self {
        let weigh = |(&sample, &coefficient): (&i16, &i16)| ((i32::from(sample) * i32::from(coefficient)) >> 12) as i16;
        let windowed: Vec<i16> = samples.iter().zip(tables.coefficients()).map(weigh).collect();
        // −32768 has no magnitude of 16 bits.
        let largest = windowed.iter().filter_map(|sample| sample.checked_abs()).max().unwrap_or(0);
        let shift = (1..=15).rfind(|shift| u32::from(largest.unsigned_abs()) << shift < 1 << 15).unwrap_or(0);
        let mut padded = windowed.clone();
        padded.resize(tables.fft_size() as usize, 0);
        let spectrum = spectrum(&padded, shift, wrap);

        let bank = tables.filterbank();
        let mut energy = energies(&spectrum);
        energy.resize(energy.len().max(bank.bins_read()), 0);
        let sum = |slot: usize, weights: &[i16]| -> u64 {
            let (first, at) = (bank.freq_starts()[slot] as usize, bank.weight_starts()[slot] as usize);
            (0..bank.widths()[slot] as usize).map(|i| weights[at + i] as u64 * u64::from(energy[first + i])).sum()
        };
        let falling = |slot: usize| slot.checked_sub(1).map_or(0, |before| sum(before, bank.unweights()));
        let sums: Vec<u64> = (0..=bank.num_channels()).map(|slot| sum(slot, bank.weights()) + falling(slot)).collect();
        let channels = sums[1..].iter().map(|&sum| root(sum) >> shift).collect();
        energy.truncate(spectrum.len());
        for (bin, energy) in energy.iter_mut().enumerate() {
            *energy *= u32::from((bank.start_index()..bank.end_index()).contains(&bin));
        }
        Frame { windowed, shift, spectrum, energy, sums, channels }
    }

    /// What a spectrogram made of the last window.
    pub fn last_of(spectrogram: &Spectrogram, channels: Vec<u32>) -> Self {
        let stages = spectrogram.stages();
        Frame {
            windowed: spectrogram.windowed().to_vec(),
            shift: spectrogram.shift(),
            spectrum: stages.spectrum,
            energy: stages.energy,
            sums: stages.sums,
            channels,
        }
    }
}

/// re² + im² of each bin.
pub fn energies(spectrum: &[Complex16]) -> Vec<u32> {
    spectrum.iter().map(|bin| (i64::from(bin.re).pow(2) + i64::from(bin.im).pow(2)) as u32).collect()
}

/// The least whole number whose distance to √`sum` is at most ½; below 2³², of 16 bits.
fn root(sum: u64) -> u32 {
    let (mut low, mut high) = (0, u32::MAX);
    while low < high {
        let middle = low + (high - low) / 2;
        let root = u128::from(middle);
        if root * root + root < sum.into() { low = middle + 1 } else { high = middle }
    }
    if sum < 1 << 32 { low.min(u16::MAX.into()) } else { low }
}

type Complex = [i64; 2];

fn round(product: i64) -> i64 {
    (product + (1 << 14)) >> 15
}

/// Times 32767/`radix`, in Q15.
fn divide(value: Complex, radix: i64) -> Complex {
    value.map(|part| round(part * (32_767 / radix)))
}

/// Times 32767·e^(i·`phase`), in Q15.
fn turn([re, im]: Complex, phase: f64, cut: Cut) -> Complex {
    let [cos, sin] = [phase.cos(), phase.sin()].map(|part| (0.5 + 32_767.0 * part).floor() as i64);
    [cut(round(re * cos - im * sin)), cut(round(re * sin + im * cos))]
}

/// The spectrum of real samples, by that of pairs of them.
pub fn spectrum(samples: &[i16], shift: u32, cut: Cut) -> Vec<Complex16> {
    let part = |sample: i16| wrap(i64::from(sample) << shift);
    let values = transform(samples.as_chunks().0.iter().map(|&[re, im]| [part(re), part(im)]).collect(), cut);
    let pairs = values.len();
    let mut spectrum = vec![[0; 2]; pairs + 1];
    let [re, im] = divide(values[0], 2);
    (spectrum[0], spectrum[pairs]) = ([cut(re + im), 0], [cut(re - im), 0]);
    for k in 1..=pairs / 2 {
        let [re, im] = values[pairs - k];
        let (a, b) = (divide(values[k], 2), divide([re, cut(-im)], 2));
        let sum = [cut(a[0] + b[0]), cut(a[1] + b[1])];
        let phase = -PI * (k as f64 / pairs as f64 + 0.5);
        let turned = turn([cut(a[0] - b[0]), cut(a[1] - b[1])], phase, cut);
        spectrum[k] = [(sum[0] + turned[0]) >> 1, (sum[1] + turned[1]) >> 1];
        spectrum[pairs - k] = [(sum[0] - turned[0]) >> 1, (turned[1] - sum[1]) >> 1];
    }
    spectrum.into_iter().map(|[re, im]| Complex16 { re: re as i16, im: im as i16 }).collect()
}

/// The complex transform: those of every fourth or second value, joined by butterflies.
fn transform(values: Vec<Complex>, cut: Cut) -> Vec<Complex> {
    let length = values.len();
    if length == 1 {
        return values;
    }
    let radix = if length.is_multiple_of(4) { 4 } else { 2 };
    let part = |r: usize| transform(values.iter().copied().skip(r).step_by(radix).collect(), cut);
    let mut parts: Vec<Vec<Complex>> = (0..radix).map(part).collect();
    for (r, part) in parts.iter_mut().enumerate() {
        for (k, value) in part.iter_mut().enumerate() {
            *value = turn(divide(*value, radix as i64), -2.0 * PI * (r * k) as f64 / length as f64, cut);
        }
    }
    let part_length = length / radix;
    let join = |k: usize| {
        let (k, quarter_turns) = (k % part_length, k / part_length * (4 / radix));
        let sum = parts.iter().enumerate().fold([0, 0], |sum, (r, part)| {
            let [re, im] = part[k];
            let [re, im] = [[re, im], [im, -re], [-re, -im], [-im, re]][r * quarter_turns % 4];
            [sum[0] + re, sum[1] + im]
        });
        sum.map(cut)
    };
    (0..length).map(join).collect()
}
