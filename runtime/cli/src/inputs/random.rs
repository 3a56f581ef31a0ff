//! Random numbers by a seed: the same on every machine.

use ndarray::{Array, IxDyn};
use runeblocks_core::{Element, ElementType, Tensor};

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A tensor of random numbers: integers over the whole range of their type, floats from 0 to below 1. `None` for text.
pub fn tensor(seed: u64, element_type: ElementType, shape: &[usize]) -> Option<Tensor> {
    let mut random = SplitMix64(seed);
    match element_type {
        ElementType::U8 => fill(shape, || random.next() as u8),
        ElementType::I8 => fill(shape, || random.next() as i8),
        ElementType::U16 => fill(shape, || random.next() as u16),
        ElementType::I16 => fill(shape, || random.next() as i16),
        ElementType::U32 => fill(shape, || random.next() as u32),
        ElementType::I32 => fill(shape, || random.next() as i32),
        ElementType::U64 => fill(shape, || random.next()),
        ElementType::I64 => fill(shape, || random.next() as i64),
        ElementType::F32 => fill(shape, || (random.next() >> 40) as f32 / (1u32 << 24) as f32),
        ElementType::F64 => fill(shape, || (random.next() >> 11) as f64 / (1u64 << 53) as f64),
        ElementType::Utf8 => None,
    }
}

fn fill<T: Element>(shape: &[usize], next: impl FnMut() -> T) -> Option<Tensor> {
    Some(Array::from_shape_simple_fn(IxDyn(shape), next).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_published_sequence() {
        // The first outputs of the reference implementation for the seed 1234567.
        let Some(Tensor::U64(values)) = tensor(1_234_567, ElementType::U64, &[3]) else { panic!("no numbers") };
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(values.as_slice(), Some(&expected[..]));
    }

    #[test]
    fn floats_lie_from_0_to_1() {
        let Some(Tensor::F32(values)) = tensor(1, ElementType::F32, &[10, 100]) else { panic!("no numbers") };
        assert!(values.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = values.iter().sum::<f32>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
