//! SOFTMAX of `int16`.

use alloc::boxed::Box;

use crate::arithmetic::Multiplier;
use crate::error::Refusal;
use crate::math;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::shared::{cast, cast_mut};

/// A function of a 16-bit number as a table of its values at the multiples of 128, with straight lines between them.
type Table = Box<[i16; 513]>;

/// The table of a function over `low` to `high`, in Q0.15.
///
/// Each value is moved by half of what the straight line misses in the middle to the next.
fn table(low: f32, high: f32, f: impl Fn(f32) -> f32) -> Table {
    const ONE: f32 = 32768.0;
    let step = (high - low) / 512.0;
    let round = libm::roundf;
    Box::new(core::array::from_fn(|index| {
        let at = |index: f32| f(low + index * step) * ONE;
        let index = index as f32;
        let value = round(at(index));
        if index == 512.0 {
            return value as i16;
        }
        let middle = round((at(index + 1.0) + value) / 2.0);
        let miss = middle - round(f(low + index * step + step / 2.0) * ONE);
        (value - round(miss / 2.0)) as i16
    }))
}

/// The value of a table, rounded to nearest.
fn look_up(table: &[i16; 513], x: i16) -> i32 {
    let x = i32::from(x);
    let place = (256 + (x >> 7)) as usize;
    let (value, next) = (i32::from(table[place]), i32::from(table[place + 1]));
    value + (((next - value) * (x & 127) + 64) >> 7)
}

/// Rows of `int16`. Differences from the greatest are scaled so that 65535 is 10; exponentials and the reciprocal of their
/// sum are in Q0.15, from tables.
pub(super) struct Softmax16 {
    multiplier: Multiplier,
    /// e^x for x of −10 to 0.
    exponential: Table,
    /// 1 / (1 + x) for x of 0 to 1.
    reciprocal: Table,
    depth: usize,
    input: usize,
    output: usize,
}

impl Softmax16 {
    pub(super) fn prepare(node: &Node<'_>, beta: f32, depth: usize) -> Result<Prepared, Refusal> {
        let (scale, _) = node.input(0)?.quantization()?;
        let softmax = Self {
            multiplier: Multiplier::of(f64::from(scale) * f64::from(beta) / (10.0 / 65535.0)),
            exponential: table(-10.0, 0.0, math::expf),
            reciprocal: table(0.0, 1.0, |x| 1.0 / (1.0 + x)),
            depth,
            input: node.input(0)?.index,
            output: node.output(0)?.index,
        };
        Prepared::run(softmax)
    }
}

impl Op for Softmax16 {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let rows = cast::<i16>(input).chunks_exact(self.depth.max(1));
        for (row, output) in rows.zip(cast_mut::<i16>(output).chunks_exact_mut(self.depth.max(1))) {
            let greatest = row.iter().copied().max().unwrap_or(0);
            let mut sum = 0_i32;
            for (output, &value) in output.iter_mut().zip(row) {
                let scaled = self.multiplier.apply(i32::from(value) - i32::from(greatest));
                let place = scaled.saturating_add(32767).clamp(-32768, 32767) as i16;
                let exponential = look_up(&self.exponential, place);
                *output = exponential as i16;
                sum = sum.saturating_add(exponential);
            }
            // The sum is 2^shift · (1 + x), and x is brought to 16 bits.
            let shift = 31 - sum.max(1).leading_zeros();
            let sixteen = ((i64::from(sum) << (30 - shift)) + (1 << 13)) >> 14;
            let place = (sixteen - (1 << 15) - (1 << 16)).clamp(-32768, 32767) as i16;
            let reciprocal = look_up(&self.reciprocal, place);
            let half = (1 << shift) >> 1;
            for output in output {
                let share = (i32::from(*output) * reciprocal + half) >> shift;
                *output = share.clamp(0, 32767) as i16;
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        2 * size_of::<[i16; 513]>()
    }
}
