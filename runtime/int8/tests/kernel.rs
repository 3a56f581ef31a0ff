//! Every level of the kernels against `Level::Plain`, and that against the definition of a convolution.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use proptest::prelude::*;
use runeblocks_int8::kernel::{Conv, Factors, Geometry, Kind, Layer, Multiplier, Requantize};
use runeblocks_micro::Level;

/// A layer with an input for it.
#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    geometry: Geometry,
    weights: Vec<i8>,
    weights_zero_point: i32,
    bias: Option<Vec<i32>>,
    input_zero_point: i32,
    requantize: Requantize,
    input: Vec<i8>,
}

impl Case {
    fn layer(&self) -> Layer<'_> {
        Layer {
            kind: self.kind,
            geometry: self.geometry,
            weights: &self.weights,
            weights_zero_point: self.weights_zero_point,
            bias: self.bias.as_deref(),
            input_zero_point: self.input_zero_point,
            requantize: self.requantize.clone(),
        }
    }

    /// What a level makes of the input, with scratch memory that is not aligned and holds other values.
    fn run(&self, level: Level) -> Vec<i8> {
        let conv = Conv::new(level, self.layer()).unwrap();
        let Geometry { batches, output: [height, width, channels], .. } = self.geometry;
        let mut output = vec![99; batches * height * width * channels];
        let mut scratch = vec![0xa5; conv.scratch_bytes() + 1];
        conv.run(&self.weights, &self.input, &mut output, &mut scratch[1..]);
        output
    }

    fn check_levels(&self) {
        let plain = self.run(Level::Plain);
        for level in Level::available() {
            assert_eq!(self.run(level), plain, "{level}");
        }
    }
}

/// Numbers that look random, with the least and the greatest often among them.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 32) as u32
    }

    fn byte(&mut self) -> i8 {
        match self.next() % 8 {
            0 => i8::MIN,
            1 => i8::MAX,
            _ => self.next() as i8,
        }
    }

    fn bytes(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| self.byte()).collect()
    }

    /// A bias that is small, or near the end of its range.
    fn bias(&mut self) -> i32 {
        match self.next() % 4 {
            0 => i32::MAX - (self.next() % 100_000) as i32,
            1 => i32::MIN + (self.next() % 100_000) as i32,
            _ => self.next() as i32 >> 12,
        }
    }

    /// A factor that brings sums to the range of outputs, or any.
    fn multiplier(&mut self) -> Multiplier {
        let exponent = match self.next() % 4 {
            0 => (self.next() % 62) as i32 - 31,
            _ => -((self.next() % 16) as i32),
        };
        let mantissa = match self.next() % 8 {
            0 => 0,
            1 => 1 << 30,
            2 => i32::MAX,
            _ => (1 << 30) | (self.next() >> 2) as i32,
        };
        Multiplier { mantissa, exponent }
    }

    fn factors(&mut self, channels: usize) -> Factors {
        let count = if self.next() % 3 == 0 { 1 } else { channels };
        match self.next() % 3 {
            0 => Factors::Float((0..count).map(|_| f32::from_bits(0x3000_0000 + self.next() % 0x1000_0000)).collect()),
            _ => Factors::Fixed((0..count).map(|_| self.multiplier()).collect()),
        }
    }

    fn requantize(&mut self, channels: usize) -> Requantize {
        let (min, max) = match self.next() % 3 {
            0 => (self.byte().min(0), self.byte().max(0)),
            _ => (i8::MIN, i8::MAX),
        };
        Requantize { factors: self.factors(channels), zero_point: self.byte().into(), min: min.into(), max: max.into() }
    }

    /// A layer of this geometry, of which the groups of an ordinary convolution have `depth` input channels.
    fn case(&mut self, kind: Kind, geometry: Geometry, depth: usize) -> Case {
        let ([_, _, inputs], [_, _, outputs]) = (geometry.input, geometry.output);
        let taps = geometry.kernel[0] * geometry.kernel[1];
        let depth = if kind == Kind::Conv { depth } else { 1 };
        let images = geometry.batches * geometry.input[0] * geometry.input[1];
        Case {
            kind,
            geometry,
            weights: self.bytes(taps * depth * outputs),
            weights_zero_point: if self.next() % 4 == 0 { self.byte().into() } else { 0 },
            bias: (self.next() % 8 != 0).then(|| (0..outputs).map(|_| self.bias()).collect()),
            input_zero_point: self.byte().into(),
            requantize: self.requantize(outputs),
            input: self.bytes(images * inputs),
        }
    }
}

/// A geometry with these channels.
fn geometry(inputs: usize, outputs: usize) -> impl Strategy<Value = Geometry> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    let image = (pair(1..8), pair(1..8), pair(1..6));
    (1..3_usize, image, pair(1..4), pair(1..4), pair(0..4)).prop_map(
        move |(batches, (input, output, kernel), stride, dilation, padding)| Geometry {
            batches,
            input: [input[0], input[1], inputs],
            output: [output[0], output[1], outputs],
            kernel,
            stride,
            dilation,
            padding,
        },
    )
}

/// Convolutions, some of several groups.
fn conv() -> impl Strategy<Value = Case> {
    let channels = (prop_oneof![4 => Just(1_usize), 1 => 2..4_usize], 1..40_usize, 1..71_usize);
    channels.prop_flat_map(|(groups, depth, outputs)| {
        (geometry(groups * depth, groups * outputs), any::<u64>())
            .prop_map(move |(geometry, seed)| Random(seed).case(Kind::Conv, geometry, depth))
    })
}

/// Depthwise convolutions, some with several outputs of an input.
fn depthwise() -> impl Strategy<Value = Case> {
    let channels = (1..71_usize, prop_oneof![3 => Just(1_usize), 1 => 2..10_usize]);
    channels.prop_flat_map(|(inputs, times)| {
        (geometry(inputs, inputs * times), any::<u64>())
            .prop_map(|(geometry, seed)| Random(seed).case(Kind::Depthwise, geometry, 1))
    })
}

/// Matrix products.
fn fully_connected() -> impl Strategy<Value = Case> {
    (1..10_usize, 1..300_usize, 1..71_usize, any::<u64>()).prop_map(|(rows, inputs, outputs, seed)| {
        Random(seed).case(Kind::Conv, Geometry::fully_connected(rows, inputs, outputs), inputs)
    })
}

proptest! {
    #[test]
    fn levels_agree_on_convolutions(case in conv()) {
        case.check_levels();
    }

    #[test]
    fn levels_agree_on_depthwise_convolutions(case in depthwise()) {
        case.check_levels();
    }

    #[test]
    fn levels_agree_on_matrix_products(case in fully_connected()) {
        case.check_levels();
    }
}
