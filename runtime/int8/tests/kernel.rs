//! Every level of the kernels against `Level::Plain`, and that against the definition of a convolution.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use proptest::prelude::*;
use runeblocks_int8::kernel::{Conv, DirectConv, Factors, Geometry, Kind, Layer, Multiplier, Requantize};
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
        assert_eq!(plain, defined(self));
        for level in Level::available() {
            assert_eq!(self.run(level), plain, "{level}");
        }
    }
}

/// The definition: every tap of every output, with the arithmetic of 128 bits, cut to that of the accumulator.
fn defined(case: &Case) -> Vec<i8> {
    let Geometry { batches, input, output, kernel, stride, dilation, padding } = case.geometry;
    let depth = match case.kind {
        Kind::Conv => case.weights.len() / (kernel[0] * kernel[1] * output[2]),
        Kind::Depthwise => 1,
    };
    // Output channels that see the same input channels.
    let group = output[2] * depth / input[2];
    let mut outputs = Vec::new();
    for at in 0..batches * output[0] * output[1] * output[2] {
        let (channel, x) = (at % output[2], at / output[2] % output[1]);
        let (y, batch) = (at / output[2] / output[1] % output[0], at / output[2] / output[1] / output[0]);
        let mut sum = case.bias.as_ref().map_or(0, |bias| i128::from(bias[channel]));
        for tap in 0..kernel[0] * kernel[1] * depth {
            let (row, column, deep) = (tap / depth / kernel[1], tap / depth % kernel[1], tap % depth);
            let y = (y * stride[0] + row * dilation[0]).wrapping_sub(padding[0]);
            let x = (x * stride[1] + column * dilation[1]).wrapping_sub(padding[1]);
            if y >= input[0] || x >= input[1] {
                continue;
            }
            let from = channel / group * depth + deep;
            let weight = match case.kind {
                Kind::Conv => channel * kernel[0] * kernel[1] * depth + tap,
                Kind::Depthwise => tap * output[2] + channel,
            };
            let activation = i32::from(case.input[((batch * input[0] + y) * input[1] + x) * input[2] + from]);
            let weight = i32::from(case.weights[weight]);
            sum += i128::from(activation - case.input_zero_point) * i128::from(weight - case.weights_zero_point);
        }
        outputs.push(requantized(&case.requantize, sum as i32, channel) as i8);
    }
    outputs
}

/// The definition of an output for a sum.
fn requantized(requantize: &Requantize, sum: i32, channel: usize) -> i32 {
    let scaled = match &requantize.factors {
        Factors::Fixed(multipliers) => {
            let Multiplier { mantissa, exponent } = multipliers[channel % multipliers.len()];
            let shifted = i64::from(sum.wrapping_shl(exponent.max(0) as u32));
            // To nearest, ties up; then to nearest, ties away from zero.
            let high = (shifted * i64::from(mantissa) + (1 << 30)).div_euclid(1 << 31);
            (high as f64 / 2.0_f64.powi((-exponent).max(0))).round() as i32
        }
        Factors::Float(scales) => {
            let scaled = (sum as f32 * scales[channel % scales.len()]).round_ties_even();
            scaled.clamp(-1e6, 1e6) as i32
        }
    };
    scaled.wrapping_add(requantize.zero_point).clamp(requantize.min, requantize.max)
}

/// Numbers that look random, with the least and the greatest often among them.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 32) as u32
    }

    /// One time in so many.
    fn once_in(&mut self, times: u32) -> bool {
        self.next().is_multiple_of(times)
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
        let count = if self.once_in(3) { 1 } else { channels };
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
            weights_zero_point: if self.once_in(4) { self.byte().into() } else { 0 },
            bias: (!self.once_in(8)).then(|| (0..outputs).map(|_| self.bias()).collect()),
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

/// Every number of inputs and outputs about the lengths of vectors.
#[test]
fn edge_lengths_of_matrix_products() {
    let mut random = Random(1);
    for inputs in (1..=36).chain([63, 64, 65, 127, 128, 129]) {
        for outputs in (1..=36).chain([47, 48, 49, 63, 64, 65]) {
            let rows = 1 + (inputs + outputs) % 7;
            random.case(Kind::Conv, Geometry::fully_connected(rows, inputs, outputs), inputs).check_levels();
        }
    }
}

/// A convolution of one image.
fn image(input: [usize; 3], output: [usize; 3], kernel: [usize; 2]) -> Geometry {
    Geometry { batches: 1, input, output, kernel, stride: [1, 1], dilation: [1, 1], padding: [1, 1] }
}

#[test]
fn sums_of_the_greatest_products_wrap_alike() {
    for (kind, depth) in [(Kind::Conv, 40), (Kind::Depthwise, 1)] {
        for (input, weight) in [(-128, -128), (-128, 127), (127, -128), (127, 127)] {
            for zero_points in [[-128, 0], [127, 0], [127, 127], [-128, -128]] {
                for bias in [i32::MIN, i32::MAX] {
                    let mut case = Random(2).case(kind, image([9, 9, 40], [9, 9, 40], [3, 3]), depth);
                    case.input.fill(input);
                    case.weights.fill(weight);
                    [case.input_zero_point, case.weights_zero_point] = zero_points;
                    case.bias = Some(vec![bias; 40]);
                    case.requantize.factors = Factors::Fixed(vec![Multiplier { mantissa: i32::MAX, exponent: -24 }]);
                    case.check_levels();
                }
            }
        }
    }
}

#[test]
fn what_is_beyond_8_bits_is_computed_alike() {
    let geometry = image([5, 5, 3], [5, 5, 6], [3, 3]);
    let mut case = Random(3).case(Kind::Conv, geometry, 3);
    case.input_zero_point = 1000;
    case.check_levels();
    case.input_zero_point = i32::MIN;
    assert_eq!(case.run(Level::Plain).len(), 150);
}

/// Padded images and packed weights that would take far more memory than the layer are not made.
#[test]
fn memory_is_in_proportion() {
    let mut geometry = image([4, 4, 2], [4, 4, 2], [3, 3]);
    geometry.dilation = [1 << 20, 1 << 40];
    let mut random = Random(4);
    for kind in [Kind::Conv, Kind::Depthwise] {
        let case = random.case(kind, geometry, 2);
        for level in Level::available() {
            assert_eq!(Conv::new(level, case.layer()).unwrap().scratch_bytes(), 0, "{level}");
        }
        case.check_levels();
    }
    // As many groups as channels, of which each takes a vector.
    let geometry = image([2, 2, 3000], [2, 2, 3000], [1, 1]);
    random.case(Kind::Conv, geometry, 1).check_levels();
}

#[test]
fn nothing_is_made_of_nothing() {
    let mut random = Random(5);
    for (input, output) in [([0, 4, 2], [0, 4, 2]), ([4, 4, 2], [0, 0, 2]), ([4, 4, 2], [4, 4, 0])] {
        let case = random.case(Kind::Conv, image(input, output, [1, 1]), 2);
        for level in Level::available() {
            assert!(case.run(level).is_empty(), "{level}");
        }
    }
}

/// Activations of 16 bits, with sums that need 64.
#[test]
fn wide_sums_are_as_defined() {
    let (rows, inputs, outputs) = (3, 70_000, 2);
    let mut random = Random(6);
    let weights = vec![i8::MIN; inputs * outputs];
    let input: Vec<i16> = (0..rows * inputs).map(|_| random.next() as i16 | i16::MIN).collect();
    let multiplier = Multiplier::of(1e-8);
    let layer = Layer {
        kind: Kind::Conv,
        geometry: Geometry::fully_connected(rows, inputs, outputs),
        weights: &weights,
        weights_zero_point: 0,
        bias: Some(&[1_i64 << 40, -7]),
        input_zero_point: 0,
        requantize: Requantize {
            factors: Factors::Fixed(vec![multiplier]),
            zero_point: 0,
            min: i16::MIN.into(),
            max: i16::MAX.into(),
        },
    };
    let mut output = vec![0_i16; rows * outputs];
    DirectConv::new(layer).run(&weights, &input, &mut output);
    for (at, output) in output.into_iter().enumerate() {
        let sum: i64 = input[at / outputs * inputs..][..inputs].iter().map(|&input| -128 * i64::from(input)).sum();
        let sum = sum + [1 << 40, -7][at % outputs];
        assert!(sum > i64::from(i32::MAX));
        let expected = (sum as f64 * 1e-8).round();
        assert!((f64::from(output) - expected).abs() <= 1.0 + expected.abs() / 32_000.0, "{output} {expected}");
    }
}

#[test]
fn a_level_that_is_not_there_is_refused() {
    let case = Random(7).case(Kind::Conv, image([2, 2, 1], [2, 2, 1], [1, 1]), 1);
    for level in Level::ALL.into_iter().filter(|level| !level.is_available()) {
        assert_eq!(Conv::new(level, case.layer()).unwrap_err(), level.check().unwrap_err());
    }
}
