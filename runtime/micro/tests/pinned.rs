//! `cosf`, `log1pf` and `powf` against the mathematical library of this machine, where that is the glibc that defines
//! them.
//!
//! The walk over every value takes a minute in the dev profile, so it is ignored by default:
//! `cargo test --release -p runeblocks-micro --test pinned -- --ignored`

use std::hint::black_box;

use runeblocks_micro::math;

/// Counts the values up to `top` where `pinned` is not, to the bit, `native`.
fn differences(step: usize, top: f32, pinned: fn(f32) -> f32, native: fn(f32) -> f32) -> Vec<f32> {
    (0..=top.to_bits())
        .step_by(step)
        .map(f32::from_bits)
        .filter(|&x| pinned(x).to_bits() != native(black_box(x)).to_bits())
        .collect()
}

/// Pairs of a base from 2⁻⁸ to 2³³ and an exponent from −2 to ½.
fn powers(count: u32) -> impl Iterator<Item = (f32, f32)> {
    let unit = |n: u32| (n.wrapping_mul(0x9e37_79b1) >> 8) as f32 / (1 << 24) as f32;
    (0..count).map(move |n| {
        let octave = f32::from_bits(((119 + n % 41) << 23) | (unit(n ^ 0x5555) * 8_388_607.0) as u32);
        (octave, 2.5 * unit(n.wrapping_mul(77)) - 2.0)
    })
}

#[test]
#[ignore = "needs glibc 2.36, and a minute: every f32 in both domains, and 100 million powers"]
fn every_value() {
    let cos = differences(1, 6.5, math::cosf, f32::cos);
    let log = differences(1, 6.5e6, math::log1pf, f32::ln_1p);
    let pow = |&(x, y): &(f32, f32)| math::powf(x, y).to_bits() != black_box(x).powf(y).to_bits();
    let pow: Vec<_> = powers(100_000_000).filter(pow).collect();
    assert!(cos.is_empty(), "cosf: {} differ, such as {:?}", cos.len(), cos[0]);
    assert!(log.is_empty(), "log1pf: {} differ, such as {:?}", log.len(), log[0]);
    // glibc fuses operations where the processor can, which shows once in 10⁸ powers, and vanishes in a table of
    // integers.
    assert!(pow.len() <= 3, "powf: {} differ, such as {:?}", pow.len(), pow[0]);
}

/// The bits of a value, mixed into a 64-bit FNV-1a hash a word at a time.
fn mix(hash: u64, value: f32) -> u64 {
    (hash ^ u64::from(black_box(value).to_bits())).wrapping_mul(0x0100_0000_01b3)
}

/// Frozen where `every_value` holds; needs no glibc.
#[test]
fn sampled_values() {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    let sample = |top: f32, function: fn(f32) -> f32| {
        (0..=top.to_bits()).step_by(4_999).fold(START, |hash, bits| mix(hash, function(f32::from_bits(bits))))
    };
    let pow = powers(200_000).fold(START, |hash, (x, y)| mix(hash, math::powf(x, y)));
    let found = [sample(6.5, math::cosf), sample(6.5e6, math::log1pf), pow];
    assert_eq!(found, [11_615_041_499_371_345_159, 6_936_803_578_073_288_026, 11_538_762_791_874_293_307]);
}
