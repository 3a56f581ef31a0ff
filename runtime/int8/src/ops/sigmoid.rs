//! LOGISTIC and TANH.

use runeblocks_tflite::TensorType::{Float32, Int8, Int16};

use crate::Rounding;
use crate::arithmetic::{Multiplier, rounding_shift};
use crate::error::{Refusal, refuse};
use crate::fixed_point;
use crate::math;
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::elementwise;
use crate::ops::shared::{cast, cast_mut, check_kind, check_output_scale};
use crate::ops::xnnpack;
use crate::sigmoid_table::SigmoidTable;

/// One of two functions of the same shape: tanh x = 2·logistic(2·x) − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Logistic,
    Tanh,
}

/// LOGISTIC: 1 / (1 + e^−x).
pub(super) fn logistic(node: &Node<'_>) -> Result<Prepared, Refusal> {
    prepare(node, Function::Logistic)
}

/// TANH.
pub(super) fn tanh(node: &Node<'_>) -> Result<Prepared, Refusal> {
    prepare(node, Function::Tanh)
}

fn prepare(node: &Node<'_>, function: Function) -> Result<Prepared, Refusal> {
    elementwise::check(node)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    check_kind("input", input, &[Int8, Int16, Float32])?;
    check_kind("output", output, &[input.kind])?;
    match input.kind {
        Int8 if node.rounding == Rounding::Xnnpack => match function {
            Function::Logistic => {
                check_output_scale(output, 1.0 / 256.0, -128)?;
                xnnpack::function(node, |x| (1.0 / (1.0 + libm::exp(f64::from(-x)))) as f32)
            }
            Function::Tanh => {
                check_output_scale(output, 1.0 / 128.0, 0)?;
                xnnpack::function(node, libm::tanhf)
            }
        },
        Int8 => {
            let zero_point = match function {
                Function::Logistic => -128,
                Function::Tanh => 0,
            };
            if output.quantization()?.1 != zero_point {
                refuse!("its output {:?} has another zero point than the operator gives", output.name);
            }
            let (scale, input_zero_point) = input.quantization()?;
            let f = Fixed8::new(function, scale);
            elementwise::table(node, |x| f.of(i32::from(x) - input_zero_point))
        }
        Int16 => {
            check_output_scale(output, 1.0 / 32768.0, 0)?;
            Fixed16::prepare(node, function)
        }
        _ => match function {
            Function::Logistic => elementwise::map(node, math::logistic),
            Function::Tanh => elementwise::map(node, math::tanhf),
        },
    }
}

/// Of 8-bit numbers: they are scaled to Q4.27, and the result is rounded to 8 bits.
struct Fixed8 {
    function: Function,
    multiplier: Multiplier,
    /// From this magnitude on the result is an end of the range.
    limit: i32,
}

impl Fixed8 {
    fn new(function: Function, scale: f32) -> Self {
        let factor = f64::from(scale) * f64::from(1 << 27);
        let limit = 15.0 * libm::scalbn(1.0, 27 - libm::frexp(factor).1);
        Self { function, multiplier: Multiplier::of(factor), limit: limit as i32 }
    }

    /// The result for a difference from the zero point.
    fn of(&self, x: i32) -> i8 {
        let value = if x <= -self.limit {
            -128
        } else if x >= self.limit {
            127
        } else {
            let x = self.multiplier.apply(x);
            match self.function {
                Function::Logistic => rounding_shift(fixed_point::logistic(x), 23) - 128,
                Function::Tanh => rounding_shift(fixed_point::tanh(x), 24),
            }
        };
        value.clamp(-128, 127) as i8
    }
}

/// Of 16-bit numbers, by a table.
struct Fixed16 {
    function: Function,
    table: SigmoidTable,
    /// From the input's integers to multiples of 1/(3·2¹²), which are then shifted right.
    factor: i32,
    shift: u32,
    input: usize,
    output: usize,
}

impl Fixed16 {
    fn prepare(node: &Node<'_>, function: Function) -> Result<Prepared, Refusal> {
        let (scale, zero_point) = node.input(0)?.quantization()?;
        if zero_point != 0 {
            refuse!("its input has the zero point {zero_point}: expected 0");
        }
        // A factor of 15 bits.
        let (mut factor, mut shift) = (f64::from(scale) * 4096.0 * 3.0, 0);
        while factor <= 32767.0 / 2.0 && shift <= 30 {
            factor *= 2.0;
            shift += 1;
        }
        let (factor, table) = (factor as i32, SigmoidTable::new());
        let (input, output) = (node.input(0)?.index, node.output(0)?.index);
        Prepared::run(Self { function, table, factor, shift, input, output })
    }

    /// The result in Q0.15.
    fn of(&self, x: i16) -> i16 {
        let half = (1_i64 << self.shift) >> 1;
        let x = ((i64::from(x) * i64::from(self.factor) + half) >> self.shift) as i32;
        match self.function {
            Function::Logistic => self.table.logistic(x),
            Function::Tanh => self.table.tanh(x),
        }
    }
}

impl Op for Fixed16 {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let ([input], output, _) = memory.get([self.input], self.output);
        let pairs = cast_mut::<i16>(output).iter_mut().zip(cast::<i16>(input));
        pairs.for_each(|(output, &input)| *output = self.of(input));
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.table.bytes()
    }
}
