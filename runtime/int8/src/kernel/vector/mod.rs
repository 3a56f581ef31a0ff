//! Several sums of products at once: what the fast forms of the kernels are written in.
//!
//! A kernel is written once, over [`Product`] or [`Channelwise`], and compiled for each level.

/// As many numbers as the result takes from a place of a slice on.
macro_rules! chunk {
    ($numbers:expr, $at:expr) => {
        $numbers[$at..].first_chunk().expect("the slice holds a chunk")
    };
}

/// Writes so many values to the begin of a slice by what follows, which has an array for as many, and those that the
/// slice has no space for nowhere.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
macro_rules! store_chunk {
    ($count:expr, $outputs:ident => $store:expr) => {
        if let Some($outputs) = $outputs.first_chunk_mut::<{ $count }>() {
            $store
        } else {
            let mut values = [0; $count];
            {
                let $outputs = &mut values;
                $store
            }
            $crate::kernel::vector::store_part(&values, $outputs);
        }
    };
}

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
#[expect(unsafe_code, reason = "intrinsics")]
mod neon;
mod one;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics")]
mod xmm;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics")]
mod ymm;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics")]
mod zmm;

use core::fmt::Debug;

use bytemuck::Pod;

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
pub(super) use neon::Neon;
pub(super) use one::Any;
#[cfg(target_arch = "x86_64")]
pub(super) use xmm::Sse41;
#[cfg(target_arch = "x86_64")]
pub(super) use ymm::Avx2;
#[cfg(target_arch = "x86_64")]
pub(super) use zmm::{Vnni, VnniNarrow};

/// 32-bit sums, one a lane. They wrap.
pub(super) trait Lanes: Copy + Debug {
    /// How many.
    const LANES: usize;
    /// As many numbers in memory.
    type Numbers: Copy + Debug + Send + Sync + AsRef<[i32]> + AsMut<[i32]>;
    /// A multiplier of each.
    type Scale: Copy;

    /// Numbers that are all 0.
    const ZERO: Self::Numbers;

    /// The same in every lane.
    fn splat(value: i32) -> Self;
    /// Reads numbers.
    fn load(numbers: &Self::Numbers) -> Self;
    /// The sum.
    fn add(self, other: Self) -> Self;
    /// No less than `min` and no more than `max`.
    fn clamp(self, min: Self, max: Self) -> Self;
    /// Multipliers, of mantissas of 0 or more and exponents.
    fn scale(mantissa: Self, exponent: Self) -> Self::Scale;
    /// Each [times](crate::arithmetic::Multiplier::apply) its multiplier.
    fn times(self, scale: Self::Scale) -> Self;
    /// Each times a floating-point number, which is given by its bits, and not beyond limits that are whole numbers,
    /// rounded to nearest, ties to even.
    fn times_float(self, scale: Self, limits: [f32; 2]) -> Self;
    /// Writes these values, which fit, to the begin of a slice, and those that it has no space for nowhere.
    fn store(self, outputs: &mut [i8]);
}

/// An activation as kernels read it, in a form for products with weights.
pub(super) trait Tap: Pod {
    /// The form of an input.
    fn of(input: i8, zero_point: i32) -> Self;
    /// The number that it stands for.
    fn value(self) -> i32;
}

/// The input itself plus 128.
impl Tap for u8 {
    #[inline(always)]
    fn of(input: i8, _: i32) -> Self {
        input as u8 ^ 0x80
    }

    #[inline(always)]
    fn value(self) -> i32 {
        self.into()
    }
}

/// The input less its zero point.
impl Tap for i16 {
    #[inline(always)]
    fn of(input: i8, zero_point: i32) -> Self {
        i16::from(input) - zero_point as i16
    }

    #[inline(always)]
    fn value(self) -> i32 {
        self.into()
    }
}

/// Writes as many values as there is space for.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
#[cold]
#[inline(never)]
fn store_part(values: &[i8], outputs: &mut [i8]) {
    outputs.copy_from_slice(&values[..outputs.len()]);
}

/// A kernel that is compiled for what its vectors need.
pub(super) trait Kernel {
    /// Runs. Implementations are `#[inline(always)]`.
    fn run(self);
}

/// What a machine can do with vectors. That there is a kernel made for an implementation says that the machine has it.
pub(super) trait Machine: Debug + Send + Sync + 'static {
    /// Its vectors.
    type Sums: Lanes;

    /// Runs a kernel, compiled for it.
    fn run<K: Kernel>(kernel: K);
}

/// Sums of products of one pixel's activations with the weights of as many channels as there are lanes.
pub(super) trait Product: Machine {
    /// How many taps are taken at once.
    const GROUP: usize;
    /// An activation.
    type Tap: Tap;
    /// `GROUP` of them in memory.
    type Taps;
    /// A weight for each lane and each of the taps in memory.
    type Weights: Debug + Send + Sync;

    /// The whole groups of a slice.
    fn groups(taps: &[Self::Tap]) -> &[Self::Taps];
    /// Stores weights by lane and tap. They are of 8 bits with their sign where `Tap` is `u8`, else of 9.
    fn pack(weight: impl Fn(usize, usize) -> i32) -> Self::Weights;
    /// Adds the products of all the taps.
    fn add_products(sums: Self::Sums, taps: &Self::Taps, weights: &Self::Weights) -> Self::Sums;
}

/// Sums of products of activations with weights channel by channel, of twice as many channels as there are lanes.
pub(super) trait Channelwise: Machine {
    /// An activation of each channel in memory.
    type Taps;
    /// Two weights of each channel in memory.
    type Weights: Debug + Send + Sync;

    /// The channel that a lane of one of the two vectors holds.
    fn channel(half: usize, lane: usize) -> usize;
    /// The taps that begin at a place of a slice, which holds them.
    fn taps(taps: &[i16], at: usize) -> &Self::Taps;
    /// Stores weights of 9 bits with their sign by channel and tap.
    fn pack(weight: impl Fn(usize, usize) -> i32) -> Self::Weights;
    /// Adds the products of two taps.
    fn add_products(sums: [Self::Sums; 2], taps: [&Self::Taps; 2], weights: &Self::Weights) -> [Self::Sums; 2];
    /// Writes these values, which fit, to the begin of a slice by channel, and those that it has no space for nowhere.
    fn store(values: [Self::Sums; 2], outputs: &mut [i8]);
}
