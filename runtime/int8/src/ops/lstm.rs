//! UNIDIRECTIONAL_SEQUENCE_LSTM: long short-term memory over a sequence.

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32, Int64};
use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::lstm_cell::{Cell, FloatCell, IntegerCell};
use crate::ops::recurrent::{check_constant, check_input, check_state};
use crate::ops::shared::{cast, cast_mut, check_kind, check_rank};

/// The operator's inputs by number. Weights, recurrent weights and biases are four each: of the gates i, f, g and o.
pub(super) const WEIGHTS: usize = 1;
pub(super) const RECURRENT: usize = 5;
pub(super) const BIASES: usize = 12;
pub(super) const HIDDEN: usize = 18;
pub(super) const CELL: usize = 19;

/// The fused activation that stands for the hyperbolic tangent.
const TANH: i8 = 4;

/// A layer whose numbers a [`Cell`] computes.
struct Lstm<C> {
    arithmetic: C,
    sizes: Sizes,
    time_major: bool,
    input: usize,
    weights: [usize; 4],
    recurrent: [usize; 4],
    hidden: usize,
    cell: usize,
    output: usize,
}

#[derive(Clone, Copy)]
struct Sizes {
    batches: usize,
    steps: usize,
    inputs: usize,
    units: usize,
}

impl<C: Cell + 'static> Lstm<C> {
    fn prepare(node: &Node<'_>, arithmetic: C, sizes: Sizes, time_major: bool) -> Result<Prepared, Refusal> {
        let indices = |first: usize| -> Result<[usize; 4], Refusal> {
            let mut indices = [0; 4];
            for (gate, index) in indices.iter_mut().enumerate() {
                *index = node.input(first + gate)?.index;
            }
            Ok(indices)
        };
        let lstm = Lstm {
            arithmetic,
            sizes,
            time_major,
            input: node.input(0)?.index,
            weights: indices(WEIGHTS)?,
            recurrent: indices(RECURRENT)?,
            hidden: node.input(HIDDEN)?.index,
            cell: node.input(CELL)?.index,
            output: node.output(0)?.index,
        };
        Prepared::with_scratch(lstm, size_of::<C::Gate>() * sizes.units)
    }

    /// Computes the gates of a batch for a row of the input, and updates its cell state. The output gates are left in
    /// the scratch.
    fn update_cell(&self, memory: &mut Memory<'_>, batch: usize, row: usize) {
        let Sizes { inputs, units, .. } = self.sizes;
        let ([w0, w1, w2, w3], [r0, r1, r2, r3]) = (self.weights, self.recurrent);
        let tensors = [self.input, self.hidden, w0, w1, w2, w3, r0, r1, r2, r3];
        let ([input, hidden, w0, w1, w2, w3, r0, r1, r2, r3], cell, output_gates) = memory.get(tensors, self.cell);
        let weights = [w0, w1, w2, w3].map(cast::<C::Weight>);
        let recurrent = [r0, r1, r2, r3].map(cast::<C::Weight>);
        let input = &cast::<C::Activation>(input)[row * inputs..][..inputs];
        let hidden = &cast::<C::Activation>(hidden)[batch * units..][..units];
        let cell = &mut cast_mut::<C::Gate>(cell)[batch * units..][..units];
        let output_gates = cast_mut::<C::Gate>(output_gates);
        for unit in 0..units {
            let gate = |gate: usize| {
                let weights = &weights[gate][unit * inputs..][..inputs];
                let recurrent = &recurrent[gate][unit * units..][..units];
                self.arithmetic.gate(gate, unit, [input, hidden], [weights, recurrent])
            };
            cell[unit] = self.arithmetic.cell(cell[unit], [gate(0), gate(1), gate(2)]);
            output_gates[unit] = gate(3);
        }
    }

    /// Computes the hidden state of a batch from the output gates in the scratch.
    fn update_hidden(&self, memory: &mut Memory<'_>, batch: usize) {
        let units = self.sizes.units;
        let ([cell], hidden, output_gates) = memory.get([self.cell], self.hidden);
        let cell = &cast::<C::Gate>(cell)[batch * units..][..units];
        let hidden = &mut cast_mut::<C::Activation>(hidden)[batch * units..][..units];
        for ((hidden, &cell), &gate) in hidden.iter_mut().zip(cell).zip(cast::<C::Gate>(output_gates)) {
            *hidden = self.arithmetic.hidden(cell, gate);
        }
    }
}

impl<C: Cell + 'static> Op for Lstm<C> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let Sizes { batches, steps, units, .. } = self.sizes;
        let bytes = size_of::<C::Activation>() * units;
        for step in 0..steps {
            for batch in 0..batches {
                let row = if self.time_major { step * batches + batch } else { batch * steps + step };
                self.update_cell(memory, batch, row);
                self.update_hidden(memory, batch);
                let ([hidden], output, _) = memory.get([self.hidden], self.output);
                output[row * bytes..][..bytes].copy_from_slice(&hidden[batch * bytes..][..bytes]);
            }
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.arithmetic.prepared_bytes()
    }
}

/// UNIDIRECTIONAL_SEQUENCE_LSTM, without peepholes, projection and layer normalisation. The output has the scale of the
/// hidden state, which carries over from one invocation to the next as the cell state does.
pub(super) fn unidirectional_sequence_lstm(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(20..=24, 1)?;
    let Some(options) = node.options::<schema::UnidirectionalSequenceLstmOptions<'_>>() else {
        refuse!("it has no options: expected those of UNIDIRECTIONAL_SEQUENCE_LSTM");
    };
    if options.fused_activation_function() != TANH {
        refuse!("its activation is number {}: expected {TANH}, TANH", options.fused_activation_function());
    }
    if options.diagonal_recurrent_tensors() {
        refuse!("its recurrent weights are diagonal: expected whole matrices");
    }
    check_absent(node)?;
    let time_major = options.time_major();
    let input = node.input(0)?;
    check_kind("input 0", input, &[Int8, Int16, Float32])?;
    let [first, second, inputs] = check_rank("input 0", input)?;
    check_input(node, 0, input.kind, &input.shape)?;
    let [steps, batches] = if time_major { [first, second] } else { [second, first] };
    let [units, _] = check_rank("input 2", node.input(WEIGHTS + 1)?)?;
    if units == 0 {
        refuse!("its weights have the shape {:?}: expected 1 unit or more", node.input(WEIGHTS + 1)?.shape);
    }
    let (weight, bias, cell) = match input.kind {
        Int8 => (Int8, Int32, Int16),
        Int16 => (Int8, Int64, Int16),
        _ => (Float32, Float32, Float32),
    };
    for gate in 0..4 {
        check_constant(node, WEIGHTS + gate, weight, &[units, inputs])?;
        check_constant(node, RECURRENT + gate, weight, &[units, units])?;
        check_constant(node, BIASES + gate, bias, &[units])?;
    }
    let hidden = check_state(node, HIDDEN, input.kind, &[batches, units])?.index;
    let cell = check_state(node, CELL, cell, &[batches, units])?.index;
    if hidden == cell || [hidden, cell].contains(&input.index) {
        refuse!("two of its input and its states are the same tensor: expected three tensors");
    }
    check_kind("output", node.output(0)?, &[input.kind])?;
    node.check_shape(0, &[first, second, units])?;
    let sizes = Sizes { batches, steps, inputs, units };
    let clip = Some(options.cell_clip()).filter(|&clip| clip > 0.0);
    match input.kind {
        Int8 => {
            Lstm::prepare(node, IntegerCell::<i8, i32>::prepare(node, clip, |bias| bias as i32)?, sizes, time_major)
        }
        Int16 => Lstm::prepare(node, IntegerCell::<i16, i64>::prepare(node, clip, |bias| bias)?, sizes, time_major),
        _ => Lstm::prepare(node, FloatCell::prepare(node, clip)?, sizes, time_major),
    }
}

/// Holds the operator to having nothing of what is not computed.
fn check_absent(node: &Node<'_>) -> Result<(), Refusal> {
    let parts = [("peepholes", 9..12), ("a projection", 16..18), ("layer normalisation", 20..24)];
    for (what, mut numbers) in parts {
        if let Some(number) = numbers.find(|&number| node.operator().inputs.get(number).is_some_and(Option::is_some)) {
            refuse!("it has {what} (input {number}): expected a layer without");
        }
    }
    if node.optional(WEIGHTS)?.is_none() {
        refuse!("it has no weights of the input gate, which is coupled to the forget gate: expected four gates");
    }
    Ok(())
}
