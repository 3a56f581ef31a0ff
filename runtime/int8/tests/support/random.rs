//! Random numbers, shapes and contents of tensors, from a seed.

#[path = "../../../../proc-blocks/fft/tests/support/seed.rs"]
mod seed;

use runeblocks_tflite::TensorType;

use crate::model::Graph;

pub use seed::Random;

impl Random {
    /// The numbers of the case `seed` of an operator.
    pub fn of(operator: &str, seed: u64) -> Self {
        let name = operator
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(name ^ seed)
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.range(1, n) == 1
    }

    /// A length or count from `low` to `high`, both included.
    pub fn size(&mut self, low: usize, high: usize) -> usize {
        self.range(low as u32, high as u32) as usize
    }

    /// A length from 1 to `usual`, and once in four to `longest`.
    pub fn length(&mut self, usual: usize, longest: usize) -> usize {
        let longest = if self.once_in(4) { longest } else { usual };
        self.size(1, longest)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % ((high - low) as u64 + 1)) as i64
    }

    /// A float from `low` to `high`.
    pub fn float(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// From 2^`low` to 2^`high`, evenly in the exponent.
    pub fn power(&mut self, low: f32, high: f32) -> f32 {
        libm::exp2f(self.float(low, high))
    }

    /// A shape of `rank` axes whose lengths are at most `longest`.
    pub fn shape(&mut self, rank: usize, longest: usize) -> Vec<usize> {
        (0..rank).map(|_| self.size(1, longest)).collect()
    }

    /// A scale: most often of the size that activations have, now and then far from it.
    pub fn scale(&mut self) -> f32 {
        if self.once_in(12) { self.power(-20.0, 8.0) } else { self.power(-9.0, -1.0) }
    }

    /// A zero point of an element type: 0 for `int16`, as converters write it.
    pub fn zero_point(&mut self, kind: TensorType) -> i64 {
        let (low, high) = match kind {
            TensorType::Int8 => (-128, 127),
            TensorType::Uint8 => (0, 255),
            _ => return 0,
        };
        match self.range(0, 7) {
            0 => low,
            1 => high,
            2 => 0,
            _ => self.between(low, high),
        }
    }

    /// A number of a fused activation: none half of the time.
    pub fn activation(&mut self) -> i8 {
        self.pick(&[0, 0, 0, 1, 2, 3])
    }

    /// The bytes of `count` numbers of a type: over all of its range, at its ends, small, or all the same; floats mostly
    /// of the size that activations have.
    pub fn content(&mut self, kind: TensorType, count: usize) -> Vec<u8> {
        let size = kind.bytes(1).unwrap_or(0);
        let spread = self.range(0, 9);
        let same = self.next();
        let numbers = (0..count).flat_map(|_| {
            let any = if spread == 9 { same } else { self.next() };
            let bytes: [u8; 8] = match kind {
                TensorType::Float32 => {
                    let range = [0.0, 1.0, 1.0, 1.0, 4.0, 4.0, 10.0, 100.0, 1e6, 1.0][spread as usize];
                    let unit = (any >> 40) as f32 / (1 << 23) as f32 - 1.0;
                    u64::from((unit * range).to_bits()).to_le_bytes()
                }
                TensorType::Bool => (any >> 63).to_le_bytes(),
                TensorType::Int32 | TensorType::Int64 if spread > 2 => ((any % 2001) as i64 - 1000).to_le_bytes(),
                _ => {
                    let greatest = (1_u64 << (8 * size - 1)) - 1;
                    match spread {
                        0 => [greatest, greatest + 1][(any >> 63) as usize].to_le_bytes(),
                        1 => ((any % 9) as i64 - 4).to_le_bytes(),
                        _ => any.to_le_bytes(),
                    }
                }
            };
            bytes.into_iter().take(size)
        });
        numbers.collect()
    }

    /// Inputs of a model for a few invocations.
    pub fn invocations(&mut self, graph: &Graph, count: usize) -> Vec<Vec<Vec<u8>>> {
        let inputs = |_| {
            let inputs = graph.inputs.iter().map(|&index| {
                let tensor = &graph.tensors[index];
                self.content(tensor.kind, tensor.elements())
            });
            inputs.collect()
        };
        (0..count).map(inputs).collect()
    }
}
