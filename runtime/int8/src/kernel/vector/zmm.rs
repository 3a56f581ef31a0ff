//! Sixteen lanes of AVX-512, and eight with its instructions for bytes.
//!
//! A value of [`Zmm`] is only made inside functions that are compiled for AVX-512 VNNI, and those are only called where
//! the machine has it: that is what makes the intrinsics here sound.

use core::arch::x86_64::*;
use core::array::from_fn;

use super::ymm::Ymm;
use super::{Channelwise, Kernel, Lanes, Machine, Product};

const LANES: usize = 16;

/// Sixteen sums, lane 0 in the lowest bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zmm(__m512i);

/// Sixteen multipliers.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// Those of even lanes in the lower halves of 64 bits, and those of odd lanes.
    mantissas: [__m512i; 2],
    /// Bits of the shift before the product.
    left: __m512i,
    /// Bits of the shift after it.
    right: __m512i,
    /// A half of what that shifts to 1.
    half: __m512i,
}

/// A machine with AVX-512 VNNI.
#[derive(Debug)]
pub(crate) struct Vnni;

/// The same machine with vectors of half the length.
#[derive(Debug)]
pub(crate) struct VnniNarrow;

/// A cache line of 8-bit numbers.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Bytes([i8; 4 * LANES]);

/// Half of one.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct HalfBytes([i8; 2 * LANES]);

/// A cache line of 16-bit numbers.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Words([i16; 2 * LANES]);

/// The operations, which need AVX-512 F, BW, VL and VNNI.
macro_rules! avx512 {
    ($operation:expr) => {
        // SAFETY: see the head of this module.
        unsafe { $operation }
    };
}

/// Reads 64 bytes.
macro_rules! load {
    ($from:expr) => {
        // SAFETY: a reference to 64 readable bytes; the load asks for no alignment.
        unsafe { _mm512_loadu_si512(core::ptr::from_ref($from).cast()) }
    };
}

impl Lanes for Zmm {
    const LANES: usize = LANES;
    type Numbers = [i32; LANES];
    type Scale = Scale;
    const ZERO: [i32; LANES] = [0; LANES];

    #[inline(always)]
    fn splat(value: i32) -> Self {
        Zmm(avx512!(_mm512_set1_epi32(value)))
    }

    #[inline(always)]
    fn load(numbers: &[i32; LANES]) -> Self {
        Zmm(load!(numbers))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Zmm(avx512!(_mm512_add_epi32(self.0, other.0)))
    }

    #[inline(always)]
    fn clamp(self, min: Self, max: Self) -> Self {
        Zmm(avx512!(_mm512_max_epi32(_mm512_min_epi32(self.0, max.0), min.0)))
    }

    #[inline(always)]
    fn scale(mantissa: Self, exponent: Self) -> Scale {
        avx512!({
            let left = _mm512_max_epi32(exponent.0, _mm512_setzero_si512());
            let right = _mm512_sub_epi32(left, exponent.0);
            let one = _mm512_set1_epi32(1);
            let half = _mm512_srli_epi32::<1>(_mm512_sllv_epi32(one, right));
            Scale { mantissas: [mantissa.0, _mm512_shuffle_epi32::<0b11_11_01_01>(mantissa.0)], left, right, half }
        })
    }

    #[inline(always)]
    fn times(self, scale: Scale) -> Self {
        avx512!({
            let value = _mm512_sllv_epi32(self.0, scale.left);
            // The doubled high half, of even and of odd lanes.
            let half = _mm512_set1_epi64(1 << 30);
            let even = _mm512_add_epi64(_mm512_mul_epi32(value, scale.mantissas[0]), half);
            let odd = _mm512_mul_epi32(_mm512_srli_epi64::<32>(value), scale.mantissas[1]);
            let odd = _mm512_add_epi64(odd, half);
            let (even, odd) = (_mm512_srli_epi64::<31>(even), _mm512_slli_epi64::<1>(odd));
            let value = _mm512_mask_blend_epi32(0b1010_1010_1010_1010, even, odd);
            // The rounding shift, which takes positive and negative numbers alike.
            let magnitude = _mm512_srlv_epi32(_mm512_add_epi32(_mm512_abs_epi32(value), scale.half), scale.right);
            let zero = _mm512_setzero_si512();
            let negative = _mm512_cmplt_epi32_mask(value, zero);
            Zmm(_mm512_mask_sub_epi32(magnitude, negative, zero, magnitude))
        })
    }

    #[inline(always)]
    fn times_float(self, scale: Self, [min, max]: [f32; 2]) -> Self {
        avx512!({
            let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(self.0), _mm512_castsi512_ps(scale.0));
            let scaled = _mm512_max_ps(_mm512_min_ps(scaled, _mm512_set1_ps(max)), _mm512_set1_ps(min));
            Zmm(_mm512_cvtps_epi32(scaled))
        })
    }

    #[inline(always)]
    fn store(self, outputs: &mut [i8]) {
        store_chunk!(LANES, outputs => {
            let bytes = avx512!(_mm512_cvtepi32_epi8(self.0));
            // SAFETY: a reference to 16 writable bytes; the store asks for no alignment.
            unsafe { _mm_storeu_si128(outputs.as_mut_ptr().cast(), bytes) }
        });
    }
}

/// Runs a kernel, compiled for what both machines have.
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512vnni")]
fn run<K: Kernel>(kernel: K) {
    kernel.run();
}

impl Machine for Vnni {
    type Sums = Zmm;

    #[inline]
    fn run<K: Kernel>(kernel: K) {
        // SAFETY: kernels are only made for this machine where it is the one that runs.
        unsafe { run(kernel) }
    }
}

impl Machine for VnniNarrow {
    type Sums = Ymm;

    #[inline]
    fn run<K: Kernel>(kernel: K) {
        // SAFETY: kernels are only made for this machine where it is the one that runs.
        unsafe { run(kernel) }
    }
}

/// By lane, then by tap.
impl Product for Vnni {
    const GROUP: usize = 4;
    type Tap = u8;
    type Taps = [u8; 4];
    type Weights = Bytes;

    #[inline(always)]
    fn groups(taps: &[u8]) -> &[[u8; 4]] {
        taps.as_chunks().0
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> Bytes {
        Bytes(from_fn(|at| weight(at / 4, at % 4) as i8))
    }

    #[inline(always)]
    fn add_products(sums: Zmm, taps: &[u8; 4], weights: &Bytes) -> Zmm {
        let taps = Zmm::splat(i32::from_le_bytes(*taps));
        let weights = load!(&weights.0);
        Zmm(avx512!(_mm512_dpbusd_epi32(sums.0, taps.0, weights)))
    }
}

/// By lane, then by tap.
impl Product for VnniNarrow {
    const GROUP: usize = 4;
    type Tap = u8;
    type Taps = [u8; 4];
    type Weights = HalfBytes;

    #[inline(always)]
    fn groups(taps: &[u8]) -> &[[u8; 4]] {
        taps.as_chunks().0
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> HalfBytes {
        HalfBytes(from_fn(|at| weight(at / 4, at % 4) as i8))
    }

    #[inline(always)]
    fn add_products(sums: Ymm, taps: &[u8; 4], weights: &HalfBytes) -> Ymm {
        let taps = Ymm::splat(i32::from_le_bytes(*taps));
        // SAFETY: a reference to 32 readable bytes; the load asks for no alignment.
        let weights = unsafe { _mm256_loadu_si256(weights.0.as_ptr().cast()) };
        Ymm(avx512!(_mm256_dpbusd_epi32(sums.0, taps.0, weights)))
    }
}

/// In each 128 bits the first vector has the lower four of eight channels, the second the upper four. Weights are
/// stored as the two vectors have them, by channel, then by tap.
impl Channelwise for Vnni {
    type Taps = [i16; 2 * LANES];
    type Weights = [Words; 2];

    fn channel(half: usize, lane: usize) -> usize {
        lane / 4 * 8 + half * 4 + lane % 4
    }

    #[inline(always)]
    fn taps(taps: &[i16], at: usize) -> &Self::Taps {
        chunk!(taps, at)
    }

    fn pack(weight: impl Fn(usize, usize) -> i32) -> [Words; 2] {
        from_fn(|half| Words(from_fn(|at| weight(Self::channel(half, at / 2), at % 2) as i16)))
    }

    #[inline(always)]
    fn add_products([low, high]: [Zmm; 2], [one, other]: [&Self::Taps; 2], weights: &[Words; 2]) -> [Zmm; 2] {
        let (one, other) = (load!(one), load!(other));
        let weights = [load!(&weights[0].0), load!(&weights[1].0)];
        avx512!({
            let taps = [_mm512_unpacklo_epi16(one, other), _mm512_unpackhi_epi16(one, other)];
            [
                Zmm(_mm512_dpwssd_epi32(low.0, taps[0], weights[0])),
                Zmm(_mm512_dpwssd_epi32(high.0, taps[1], weights[1])),
            ]
        })
    }

    #[inline(always)]
    fn store([low, high]: [Zmm; 2], outputs: &mut [i8]) {
        store_chunk!(2 * LANES, outputs => {
            let bytes = avx512!(_mm512_cvtepi16_epi8(_mm512_packs_epi32(low.0, high.0)));
            // SAFETY: a reference to 32 writable bytes; the store asks for no alignment.
            unsafe { _mm256_storeu_si256(outputs.as_mut_ptr().cast(), bytes) }
        });
    }
}
