//! The lanes of each machine against one lane, of which all fast forms are made.

use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;

use runeblocks_micro::Level;

use super::{Any, Channelwise, Kernel, Lanes, Machine, Product};
use crate::arithmetic::Multiplier;

/// Sums at the ends of their range, near halves, and some that look random.
fn sums() -> Vec<i32> {
    let ends = [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX];
    let halves = (0..31).flat_map(|bits| [-1, 0, 1].map(|near| (1 << bits) + near)).flat_map(|half| [half, -half]);
    let random = (0..500_u32).map(|n| (n.wrapping_mul(0x9e37_79b1) as i32) >> (n % 24));
    ends.into_iter().chain(halves).chain(random).collect()
}

/// Multipliers of every exponent.
fn multipliers() -> Vec<Multiplier> {
    let mantissas = [0, 1 << 30, (1 << 30) + 1, 0x5a82_799a, i32::MAX];
    (-31..=30).flat_map(|exponent| mantissas.map(|mantissa| Multiplier { mantissa, exponent })).collect()
}

/// Scales from far too small to far too great.
fn scales() -> Vec<f32> {
    (1..200).map(|n| f32::from_bits((n << 22) | (n * 0x1357))).collect()
}

/// The operations of the lanes of a machine.
struct Operations<M>(PhantomData<M>);

impl<M: Machine> Kernel for Operations<M> {
    #[inline(always)]
    fn run(self) {
        let sums = sums();
        let (multipliers, scales) = (multipliers(), scales());
        // Another multiplier beside each, so that each lane has its own.
        for (at, &multiplier) in multipliers.iter().enumerate() {
            let other = multipliers[(at * 7 + 3) % multipliers.len()];
            let in_lane = |lane: usize| if lane.is_multiple_of(2) { multiplier } else { other };
            let (mantissa, exponent) =
                (lanes::<M>(|lane| in_lane(lane).mantissa), lanes::<M>(|lane| in_lane(lane).exponent));
            let scale = M::Sums::scale(M::Sums::load(&mantissa), M::Sums::load(&exponent));
            for sums in sums.chunks_exact(M::Sums::LANES) {
                let expected = |lane: usize| in_lane(lane).apply(sums[lane]);
                check::<M>(M::Sums::load(&lanes::<M>(|lane| sums[lane])).times(scale), expected, "times");
            }
        }
        for &scale in &scales {
            let bits = M::Sums::splat(scale.to_bits() as i32);
            for sums in sums.chunks_exact(M::Sums::LANES) {
                let expected = |lane: usize| sums[lane].times_float(scale.to_bits() as i32, [-200.0, 100.0]);
                let found = M::Sums::load(&lanes::<M>(|lane| sums[lane])).times_float(bits, [-200.0, 100.0]);
                check::<M>(found, expected, "times_float");
            }
        }
        for sums in sums.chunks_exact(M::Sums::LANES) {
            let sum = M::Sums::load(&lanes::<M>(|lane| sums[lane])).add(M::Sums::splat(i32::MAX));
            check::<M>(sum, |lane| sums[lane].wrapping_add(i32::MAX), "add");
        }
    }
}

/// Numbers in memory.
fn lanes<M: Machine>(number: impl Fn(usize) -> i32) -> <M::Sums as Lanes>::Numbers {
    let mut numbers = M::Sums::ZERO;
    numbers.as_mut().iter_mut().enumerate().for_each(|(lane, to)| *to = number(lane));
    numbers
}

/// Compares each lane by its bytes, which are what can be stored.
fn check<M: Machine>(found: M::Sums, expected: impl Fn(usize) -> i32, what: &str) {
    let (least, greatest) = (M::Sums::splat(i8::MIN.into()), M::Sums::splat(i8::MAX.into()));
    for near in (0..M::Sums::LANES).map(&expected) {
        // The lane shows all its bits where the output range lies about what it should be.
        let mut outputs = vec![55; M::Sums::LANES];
        found.add(M::Sums::splat(near.wrapping_neg())).clamp(least, greatest).store(&mut outputs);
        for (lane, output) in outputs.into_iter().enumerate() {
            let about = Ord::clamp(expected(lane).wrapping_sub(near), i8::MIN.into(), i8::MAX.into());
            assert_eq!(i32::from(output), about, "{what} in lane {lane} of {}", core::any::type_name::<M>());
        }
    }
}

/// Stores to fewer places than there are lanes.
struct Parts<M>(PhantomData<M>);

impl<M: Channelwise> Kernel for Parts<M> {
    #[inline(always)]
    fn run(self) {
        let half = |half: usize| M::Sums::load(&lanes::<M>(|lane| M::channel(half, lane) as i32));
        let (low, high) = (half(0), half(1));
        for count in 0..=2 * M::Sums::LANES + 1 {
            let mut outputs = vec![99; count];
            M::store([low, high], &mut outputs);
            let written = count.min(2 * M::Sums::LANES);
            assert!((0..written).all(|channel| outputs[channel] == channel as i8), "{outputs:?}");
            assert!(outputs[written..].iter().all(|&output| output == 99), "{outputs:?}");
        }
    }
}

/// Sums of products at the ends of their ranges, whose sum is beyond that of 32 bits.
struct Products<M>(PhantomData<M>);

impl<M: Product> Kernel for Products<M> {
    #[inline(always)]
    fn run(self) {
        use super::Tap;
        for (input, weight) in [(-128, -128), (-128, 127), (127, -128), (127, 127)] {
            let taps = vec![M::Tap::of(input, 1); M::GROUP];
            let weights = M::pack(|lane, _| if lane.is_multiple_of(2) { weight } else { -1 });
            let sums = M::add_products(M::Sums::splat(i32::MAX), &M::groups(&taps)[0], &weights);
            let product = M::GROUP as i32 * taps[0].value();
            let expected =
                |lane: usize| i32::MAX.wrapping_add(product * if lane.is_multiple_of(2) { weight } else { -1 });
            check::<M>(sums, expected, "add_products");
        }
    }
}

#[test]
fn lanes_are_those_of_one() {
    fn all<M: Product + Channelwise>() {
        M::run(Operations::<M>(PhantomData));
        M::run(Parts::<M>(PhantomData));
        M::run(Products::<M>(PhantomData));
    }
    for level in Level::available() {
        match level {
            Level::Plain | Level::Scalar => all::<Any>(),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Level::Neon => all::<super::Neon>(),
            #[cfg(target_arch = "x86_64")]
            Level::Sse41 => all::<super::Sse41>(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => all::<super::Avx2>(),
            #[cfg(target_arch = "x86_64")]
            Level::Vnni => {
                all::<super::Vnni>();
                super::VnniNarrow::run(Products::<super::VnniNarrow>(PhantomData));
            }
            #[allow(unreachable_patterns, reason = "other machines have other levels")]
            _ => unreachable!("{level} has no lanes"),
        }
    }
}
