//! Eight lanes of NEON.
//!
//! The target has NEON wherever this module is compiled: that is what makes the intrinsics here sound.

use core::arch::aarch64::*;
use core::array::from_fn;

use super::{Channelwise, Kernel, Lanes, Machine, Product};

const LANES: usize = 8;

/// Eight sums, the lower four first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums([int32x4_t; 2]);

/// A machine with NEON.
#[derive(Debug)]
pub(crate) struct Neon;

/// The operations.
macro_rules! neon {
    ($operation:expr) => {
        // SAFETY: see the head of this module.
        unsafe { $operation }
    };
}

/// Reads through a reference to as many numbers as the load takes.
macro_rules! load {
    ($load:ident, $from:expr) => {
        // SAFETY: a reference to as many readable numbers; the load asks for no alignment beyond theirs.
        unsafe { $load($from.as_ptr()) }
    };
}

/// Writes through a reference to as many numbers as the store takes.
macro_rules! store {
    ($store:ident, $value:expr, $to:expr) => {
        // SAFETY: a reference to as many writable numbers; the store asks for no alignment beyond theirs.
        unsafe { $store($to.as_mut_ptr(), $value) }
    };
}

/// Four sums times a mantissa with an exponent.
#[inline(always)]
fn times(sums: int32x4_t, mantissa: int32x4_t, exponent: int32x4_t) -> int32x4_t {
    neon!({
        let zero = vdupq_n_s32(0);
        let (left, right) = (vmaxq_s32(exponent, zero), vminq_s32(exponent, zero));
        let value = vqrdmulhq_s32(vshlq_s32(sums, left), mantissa);
        // The shift rounds ties up; one less makes those of negative numbers go down.
        let down = vshrq_n_s32::<31>(vandq_s32(value, right));
        vrshlq_s32(vqaddq_s32(value, down), right)
    })
}

impl Sums {
    /// What an operation makes of each half.
    #[inline(always)]
    fn each(of: impl Fn(usize) -> int32x4_t) -> Self {
        Sums([of(0), of(1)])
    }

    /// The sums cut to 8 bits.
    #[inline(always)]
    fn narrow(self) -> int8x8_t {
        let [low, high] = self.0;
        neon!(vmovn_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high))))
    }
}

impl Lanes for Sums {
    const LANES: usize = LANES;
    type Numbers = [i32; LANES];
    type Scale = [Sums; 2];
    const ZERO: [i32; LANES] = [0; LANES];

    #[inline(always)]
    fn splat(value: i32) -> Self {
        Self::each(|_| neon!(vdupq_n_s32(value)))
    }

    #[inline(always)]
    fn load(numbers: &[i32; LANES]) -> Self {
        let halves = numbers.as_chunks::<4>().0;
        Self::each(|half| load!(vld1q_s32, halves[half]))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::each(|half| neon!(vaddq_s32(self.0[half], other.0[half])))
    }

    #[inline(always)]
    fn clamp(self, min: Self, max: Self) -> Self {
        Self::each(|half| neon!(vmaxq_s32(vminq_s32(self.0[half], max.0[half]), min.0[half])))
    }

    #[inline(always)]
    fn scale(mantissa: Self, exponent: Self) -> [Sums; 2] {
        [mantissa, exponent]
    }

    #[inline(always)]
    fn times(self, [mantissa, exponent]: [Sums; 2]) -> Self {
        Self::each(|half| times(self.0[half], mantissa.0[half], exponent.0[half]))
    }

    #[inline(always)]
    fn times_float(self, scale: Self, [min, max]: [f32; 2]) -> Self {
        Self::each(|half| {
            neon!({
                let scaled = vmulq_f32(vcvtq_f32_s32(self.0[half]), vreinterpretq_f32_s32(scale.0[half]));
                vcvtnq_s32_f32(vmaxq_f32(vminq_f32(scaled, vdupq_n_f32(max)), vdupq_n_f32(min)))
            })
        })
    }

    #[inline(always)]
    fn store(self, outputs: &mut [i8]) {
        store_chunk!(LANES, outputs => store!(vst1_s8, self.narrow(), outputs));
    }
}

impl Machine for Neon {
    type Sums = Sums;

    fn run<K: Kernel>(kernel: K) {
        kernel.run();
    }
}

/// By tap, then by lane.
impl Product for Neon {
    const GROUP: usize = 4;
    type Tap = i16;
    type Taps = [i16; 4];
    type Weights = [[i16; LANES]; 4];

    #[inline(always)]
    fn groups(taps: &[i16]) -> &[[i16; 4]] {
        taps.as_chunks().0
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> Self::Weights {
        from_fn(|tap| from_fn(|lane| weight(lane, tap) as i16))
    }

    #[inline(always)]
    fn add_products(Sums([low, high]): Sums, taps: &[i16; 4], weights: &Self::Weights) -> Sums {
        let taps = load!(vld1_s16, taps);
        let [a, b, c, d] = weights.each_ref().map(|weights| load!(vld1q_s16, weights));
        neon!({
            let low = vmlal_lane_s16::<0>(low, vget_low_s16(a), taps);
            let low = vmlal_lane_s16::<1>(low, vget_low_s16(b), taps);
            let low = vmlal_lane_s16::<2>(low, vget_low_s16(c), taps);
            let low = vmlal_lane_s16::<3>(low, vget_low_s16(d), taps);
            let high = vmlal_high_lane_s16::<0>(high, a, taps);
            let high = vmlal_high_lane_s16::<1>(high, b, taps);
            let high = vmlal_high_lane_s16::<2>(high, c, taps);
            Sums([low, vmlal_high_lane_s16::<3>(high, d, taps)])
        })
    }
}

/// By tap, then by channel.
impl Channelwise for Neon {
    type Taps = [i16; 2 * LANES];
    type Weights = [[i16; 2 * LANES]; 2];

    fn channel(half: usize, lane: usize) -> usize {
        half * LANES + lane
    }

    #[inline(always)]
    fn taps(taps: &[i16], at: usize) -> &Self::Taps {
        chunk!(taps, at)
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> Self::Weights {
        from_fn(|tap| from_fn(|channel| weight(channel, tap) as i16))
    }

    #[inline(always)]
    fn add_products(sums: [Sums; 2], taps: [&Self::Taps; 2], weights: &Self::Weights) -> [Sums; 2] {
        from_fn(|half| {
            let mut sums = sums[half];
            for (taps, weights) in taps.into_iter().zip(weights) {
                let [taps, weights] =
                    [taps, weights].map(|numbers| load!(vld1q_s16, numbers.as_chunks::<LANES>().0[half]));
                let Sums([low, high]) = sums;
                sums = neon!(Sums([
                    vmlal_s16(low, vget_low_s16(taps), vget_low_s16(weights)),
                    vmlal_high_s16(high, taps, weights),
                ]));
            }
            sums
        })
    }

    #[inline(always)]
    fn store([low, high]: [Sums; 2], outputs: &mut [i8]) {
        store_chunk!(2 * LANES, outputs => {
            let values = neon!(vcombine_s8(low.narrow(), high.narrow()));
            store!(vst1q_s8, values, outputs);
        });
    }
}
