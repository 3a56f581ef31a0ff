//! How far two tensors are from each other.

use runeblocks_core::{Facts, Number, Quantization, TensorView, numeric};
use serde::Serialize;

/// How the values of a stage differ, over all clips.
///
/// Magnitudes are of the numbers that the values stand for: dequantised where they are quantised.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// How many values there are.
    pub values: usize,
    /// How many of them differ.
    pub differing: usize,
    /// The greatest magnitude of a difference.
    pub greatest: f64,
    /// The mean magnitude, over all values.
    pub mean: f64,
    /// The step of the first front end's quantisation, in which differences can be told too.
    pub step: Option<f64>,
    /// The first value that differs.
    pub first: Option<First>,
    /// How many channels there are: the last axis, or 1 where there is one axis.
    pub width: usize,
    /// The channels that differ, those that differ most first; none where there is one axis.
    pub channels: Vec<Channel>,
}

/// The first value of a stage that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct First {
    /// The place of the clip in the data set.
    pub clip: usize,
    /// The place before the last axis, from 0.
    pub frame: usize,
    /// The place in the last axis, from 0; 0 where there is one axis.
    pub channel: usize,
    /// Both values as they are stored.
    pub values: [f64; 2],
}

/// How a channel differs, over all frames of all clips.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Channel {
    /// Its place, from 0.
    pub channel: usize,
    /// How many of its values differ.
    pub differing: usize,
    /// The greatest magnitude of a difference.
    pub greatest: f64,
    /// The mean magnitude, over all values.
    pub mean: f64,
}

/// What the numbers of a tensor stand for, as far as the comparison needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    quantizations: [Option<Quantization>; 2],
    /// Whether stored values mean the same on both sides.
    alike: bool,
}

impl Units {
    /// Those of two tensors with these facts. A quantisation that is not known is taken for the other's where the types are
    /// the same.
    pub(super) fn of(a: &Facts, b: &Facts) -> Self {
        let same_type = a.element_type == b.element_type;
        let other = b.quantization.or(a.quantization.filter(|_| same_type));
        let quantizations = [a.quantization, other];
        Units { quantizations, alike: same_type && quantizations[0] == quantizations[1] }
    }

    /// How far two values are from each other; infinitely where one is not a number.
    fn magnitude(self, stored: [f64; 2]) -> f64 {
        let [a, b] = stored;
        let difference = match (self.alike, self.quantizations[0]) {
            (true, None) => a - b,
            (true, Some(quantization)) => f64::from(quantization.scale) * (a - b),
            (false, _) => {
                let [a, b] = [0, 1].map(|side| real(stored[side], self.quantizations[side]));
                a - b
            }
        };
        if difference.is_nan() { f64::INFINITY } else { difference.abs() }
    }

    fn same(self, [a, b]: [f64; 2]) -> bool {
        if self.alike { a.to_bits() == b.to_bits() } else { self.magnitude([a, b]) == 0.0 }
    }
}

/// The number that a stored value stands for.
pub(super) fn real(stored: f64, quantization: Option<Quantization>) -> f64 {
    quantization
        .map_or(stored, |Quantization { scale, zero_point }| f64::from(scale) * (stored - f64::from(zero_point)))
}

/// The numbers of a tensor as they are stored, in row-major order.
pub(super) fn stored(view: TensorView<'_>) -> Vec<f64> {
    view.numeric().map_or_else(Vec::new, |view| numeric!(view, array => array.iter().map(|x| x.to_f64()).collect()))
}

impl Difference {
    /// How two tensors of one clip differ that have as many values, in rows of so many channels.
    pub(super) fn of(clip: usize, channels: usize, [a, b]: [&[f64]; 2], units: Units) -> Self {
        let mut found = Difference {
            values: a.len(),
            step: units.quantizations[0].map(|quantization| f64::from(quantization.scale)),
            width: channels,
            channels: (0..channels).map(|channel| Channel { channel, ..Channel::default() }).collect(),
            ..Difference::default()
        };
        for (at, values) in a.iter().zip(b).map(|(&a, &b)| [a, b]).enumerate() {
            if units.same(values) {
                continue;
            }
            let (frame, channel) = (at / channels, at % channels);
            let magnitude = units.magnitude(values);
            found.first.get_or_insert(First { clip, frame, channel, values });
            found.differing += 1;
            found.add(channel, magnitude);
        }
        found
    }

    /// Means are sums until [`finish`](Self::finish).
    fn add(&mut self, channel: usize, magnitude: f64) {
        let of = &mut self.channels[channel];
        of.differing += 1;
        of.mean += magnitude;
        of.greatest = of.greatest.max(magnitude);
        self.mean += magnitude;
        self.greatest = self.greatest.max(magnitude);
    }

    /// Takes up how a later clip differs.
    pub(super) fn join(&mut self, other: Difference) {
        self.values += other.values;
        self.differing += other.differing;
        self.greatest = self.greatest.max(other.greatest);
        self.mean += other.mean;
        self.step = self.step.or(other.step);
        self.width = other.width;
        self.first = self.first.take().or(other.first);
        if self.channels.is_empty() {
            self.channels = other.channels;
        } else {
            for (of, other) in self.channels.iter_mut().zip(other.channels) {
                of.differing += other.differing;
                of.greatest = of.greatest.max(other.greatest);
                of.mean += other.mean;
            }
        }
    }

    /// Makes means of sums, and puts the channels that differ most first.
    pub(super) fn finish(&mut self) {
        let rows = (self.values / self.width.max(1)).max(1) as f64;
        self.mean /= self.values.max(1) as f64;
        self.channels.iter_mut().for_each(|channel| channel.mean /= rows);
        if self.width < 2 {
            self.channels.clear();
        }
        self.channels.sort_by(|a, b| b.differing.cmp(&a.differing).then(b.mean.total_cmp(&a.mean)));
        self.channels.retain(|channel| channel.differing > 0);
    }
}
