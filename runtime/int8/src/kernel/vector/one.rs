//! One lane of portable Rust.

use super::{Channelwise, Kernel, Lanes, Machine, Product};
use crate::arithmetic::{Multiplier, round_ties_even};

/// Any machine.
#[derive(Debug)]
pub(crate) struct Any;

impl Lanes for i32 {
    const LANES: usize = 1;
    type Numbers = [i32; 1];
    type Scale = Multiplier;
    const ZERO: [i32; 1] = [0];

    #[inline(always)]
    fn splat(value: i32) -> Self {
        value
    }

    #[inline(always)]
    fn load(&[number]: &[i32; 1]) -> Self {
        number
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn clamp(self, min: Self, max: Self) -> Self {
        self.min(max).max(min)
    }

    #[inline(always)]
    fn scale(mantissa: Self, exponent: Self) -> Multiplier {
        Multiplier { mantissa, exponent }
    }

    #[inline(always)]
    fn times(self, scale: Multiplier) -> Self {
        scale.apply(self)
    }

    #[inline(always)]
    fn times_float(self, scale: Self, [min, max]: [f32; 2]) -> Self {
        round_ties_even((self as f32 * f32::from_bits(scale as u32)).min(max).max(min))
    }

    #[inline(always)]
    fn store(self, outputs: &mut [i8]) {
        if let Some(output) = outputs.first_mut() {
            *output = self as i8;
        }
    }
}

impl Machine for Any {
    type Sums = i32;

    fn run<K: Kernel>(kernel: K) {
        kernel.run();
    }
}

/// How many taps a product takes at once.
const GROUP: usize = 4;

impl Product for Any {
    const GROUP: usize = GROUP;
    type Tap = i16;
    type Taps = [i16; GROUP];
    type Weights = [i16; GROUP];

    #[inline(always)]
    fn groups(taps: &[i16]) -> &[[i16; GROUP]] {
        taps.as_chunks().0
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> [i16; GROUP] {
        core::array::from_fn(|tap| weight(0, tap) as i16)
    }

    #[inline(always)]
    fn add_products(sums: i32, taps: &[i16; GROUP], weights: &[i16; GROUP]) -> i32 {
        let products = taps.iter().zip(weights).map(|(&tap, &weight)| i32::from(tap) * i32::from(weight));
        products.fold(sums, i32::wrapping_add)
    }
}

/// By channel, then by tap.
impl Channelwise for Any {
    type Taps = [i16; 2];
    type Weights = [[i16; 2]; 2];

    fn channel(half: usize, _: usize) -> usize {
        half
    }

    #[inline(always)]
    fn taps(taps: &[i16], at: usize) -> &[i16; 2] {
        chunk!(taps, at)
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> [[i16; 2]; 2] {
        [0, 1].map(|channel| [0, 1].map(|tap| weight(channel, tap) as i16))
    }

    #[inline(always)]
    fn add_products(sums: [i32; 2], [one, other]: [&[i16; 2]; 2], weights: &[[i16; 2]; 2]) -> [i32; 2] {
        let products = |channel: usize| {
            let [first, second] = weights[channel];
            i32::from(one[channel]) * i32::from(first) + i32::from(other[channel]) * i32::from(second)
        };
        [sums[0].wrapping_add(products(0)), sums[1].wrapping_add(products(1))]
    }

    #[inline(always)]
    fn store([low, high]: [i32; 2], outputs: &mut [i8]) {
        match outputs {
            [first, second, ..] => (*first, *second) = (low as i8, high as i8),
            [first] => *first = low as i8,
            [] => {}
        }
    }
}
