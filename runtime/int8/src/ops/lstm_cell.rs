//! The arithmetic of a unit of an LSTM.
//!
//! Gates: i = σ(Wᵢ·x + Rᵢ·h + bᵢ), f and o likewise, g = tanh(W_g·x + R_g·h + b_g), with σ the logistic function.
//! Cell state: c ← f·c + i·g. Hidden state: h ← o·tanh c.

use alloc::boxed::Box;
use alloc::vec;
use core::marker::PhantomData;

use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::kernel::Accumulator;
use crate::math::{logistic, tanhf};
use crate::op::Node;
use crate::ops::lstm::{BIASES, CELL, HIDDEN, RECURRENT, WEIGHTS};
use crate::ops::number::{Integer, Number};
use crate::ops::recurrent::{Product, floats, multiplier, symmetric_scale};
use crate::sigmoid_table::SigmoidTable;

/// The number of the gate g, whose function is the hyperbolic tangent; that of the others is the logistic function.
const G: usize = 2;

/// The arithmetic of a unit.
pub(super) trait Cell: Send + Sync {
    /// Numbers of the input, the hidden state and the output.
    type Activation: Number;
    /// Numbers of the weights.
    type Weight: Number;
    /// Numbers of the gates and the cell state.
    type Gate: Number;

    /// A gate of a unit, for a row of the input and the hidden state with their rows of weights.
    fn gate(
        &self,
        gate: usize,
        unit: usize,
        rows: [&[Self::Activation]; 2],
        weights: [&[Self::Weight]; 2],
    ) -> Self::Gate;

    /// The cell state from the one before and the gates i, f and g.
    fn cell(&self, before: Self::Gate, gates: [Self::Gate; 3]) -> Self::Gate;

    /// The hidden state from the cell state and the gate o.
    fn hidden(&self, cell: Self::Gate, gate: Self::Gate) -> Self::Activation;

    /// Bytes of what was prepared, beside the struct itself.
    fn prepared_bytes(&self) -> usize;
}

/// Activations of `int8` or `int16` with sums in `S`, in the fixed-point formats of "On the quantization of recurrent
/// neural networks" (Li and Alvarez, 2021): the two sums of a gate are each scaled to Q3.12 before they are added, gates
/// are in Q0.15, and the scale of the cell state is a power of 2.
pub(super) struct IntegerCell<A, S> {
    /// Of the input and the hidden state, for each gate.
    products: [[Product<S>; 2]; 4],
    /// The cell state's scale is 2 to this power.
    exponent: i32,
    /// From the product of two gates to the cell state.
    cell_factor: Multiplier,
    cell_limits: [i32; 2],
    /// From the product of a gate and a hyperbolic tangent to the hidden state.
    hidden_factor: Multiplier,
    hidden_zero_point: i32,
    table: SigmoidTable,
    activation: PhantomData<fn() -> A>,
}

impl<A: Integer, S: Accumulator> IntegerCell<A, S> {
    /// From Q0.30 to Q0.15.
    const HALVE_BITS: Multiplier = Multiplier { mantissa: 1 << 30, exponent: -14 };

    /// Prepares a layer whose shapes and types have been checked. `clip` limits the cell state.
    pub(super) fn prepare(node: &Node<'_>, clip: Option<f32>, bias: fn(i64) -> S) -> Result<Self, Refusal> {
        let (input, hidden, cell) = (node.input(0)?, node.input(HIDDEN)?, node.input(CELL)?);
        let zero_points = [input.quantization()?.1, hidden.quantization()?.1];
        if A::KIND != i8::KIND && zero_points != [0, 0] {
            refuse!("its input and hidden state are {} with the zero points {zero_points:?}: expected 0", A::KIND);
        }
        let scales = [input.quantization()?.0, hidden.quantization()?.0].map(|scale| f64::from(scale) * 4096.0);
        let units = hidden.shape[1];
        let products = |gate: usize| {
            let biases = node.integers(BIASES + gate)?.into_iter().map(bias).collect();
            let of_input = Product::new(node, WEIGHTS + gate, biases, zero_points[0], scales[0])?;
            let zeros = vec![S::default(); units];
            Ok([of_input, Product::new(node, RECURRENT + gate, zeros, zero_points[1], scales[1])?])
        };
        let scale = symmetric_scale(cell)?;
        let (fraction, exponent) = libm::frexpf(scale);
        let exponent = exponent - 1;
        if fraction != 0.5 || !(-15..=0).contains(&exponent) {
            refuse!("its cell state {:?} has the scale {scale}: expected a power of 2 from 2^-15 to 1", cell.name);
        }
        let cell_limits = match clip {
            Some(clip) => {
                let limit = (clip / scale).min(f32::from(i16::MAX)) as i32;
                [-limit, limit]
            }
            None => [i16::MIN.into(), i16::MAX.into()],
        };
        Ok(Self {
            products: [products(0)?, products(1)?, products(2)?, products(3)?],
            exponent,
            cell_factor: Multiplier::of(libm::scalbn(1.0, -30 - exponent)),
            cell_limits,
            hidden_factor: multiplier(libm::scalbn(1.0, -30) / f64::from(hidden.quantization()?.0))?,
            hidden_zero_point: zero_points[1],
            table: SigmoidTable::new(),
            activation: PhantomData,
        })
    }
}

impl<A: Integer, S: Accumulator + Send + Sync> Cell for IntegerCell<A, S> {
    type Activation = A;
    type Weight = i8;
    type Gate = i16;

    fn gate(&self, gate: usize, unit: usize, rows: [&[A]; 2], weights: [&[i8]; 2]) -> i16 {
        let product = |part: usize| i16::saturated(self.products[gate][part].of(unit, rows[part], weights[part]));
        let sum = 3 * i32::from(product(0).saturating_add(product(1)));
        if gate == G { self.table.tanh(sum) } else { self.table.logistic(sum) }
    }

    fn cell(&self, before: i16, gates: [i16; 3]) -> i16 {
        let [i, f, g] = gates.map(i32::from);
        let kept = i16::saturated(Self::HALVE_BITS.apply(f * i32::from(before)));
        let new = i16::saturated(self.cell_factor.apply(i * g));
        let [low, high] = self.cell_limits;
        i32::from(kept.saturating_add(new)).clamp(low, high) as i16
    }

    fn hidden(&self, cell: i16, gate: i16) -> A {
        let cell = 3 * i32::from(cell);
        let shift = self.exponent + 12;
        let argument = if shift < 0 { (cell + (1 << (-shift - 1))) >> -shift } else { cell << shift };
        let product = i32::from(gate) * i32::from(self.table.tanh(argument));
        A::saturated(self.hidden_factor.apply(product).saturating_add(self.hidden_zero_point))
    }

    fn prepared_bytes(&self) -> usize {
        self.table.bytes() + self.products.iter().flatten().map(Product::bytes).sum::<usize>()
    }
}

/// Numbers of `float32`. Each product is summed in the order of its numbers, that with the input takes the bias last, and
/// then the two are added.
pub(super) struct FloatCell {
    biases: [Box<[f32]>; 4],
    clip: Option<f32>,
}

impl FloatCell {
    /// Prepares a layer whose shapes and types have been checked. `clip` limits the cell state.
    pub(super) fn prepare(node: &Node<'_>, clip: Option<f32>) -> Result<Self, Refusal> {
        let biases = |gate: usize| floats(node, BIASES + gate);
        Ok(Self { biases: [biases(0)?, biases(1)?, biases(2)?, biases(3)?], clip })
    }
}

impl Cell for FloatCell {
    type Activation = f32;
    type Weight = f32;
    type Gate = f32;

    fn gate(&self, gate: usize, unit: usize, rows: [&[f32]; 2], weights: [&[f32]; 2]) -> f32 {
        let [of_input, of_hidden] =
            [0, 1].map(|part| rows[part].iter().zip(weights[part]).fold(0.0, |sum, (a, w)| sum + a * w));
        let sum = of_input + self.biases[gate][unit] + of_hidden;
        if gate == G { tanhf(sum) } else { logistic(sum) }
    }

    fn cell(&self, before: f32, [i, f, g]: [f32; 3]) -> f32 {
        let cell = f * before + i * g;
        self.clip.map_or(cell, |clip| cell.clamp(-clip, clip))
    }

    fn hidden(&self, cell: f32, gate: f32) -> f32 {
        gate * tanhf(cell)
    }

    fn prepared_bytes(&self) -> usize {
        self.biases.iter().map(|biases| size_of_val(&**biases)).sum()
    }
}
