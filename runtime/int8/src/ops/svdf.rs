//! SVDF: matrices of rank `r` over the last invocations, each the product of a filter over features and one over time.
//!
//! "Compressing Deep Neural Networks using a Rank-Constrained Topology" (Nakkiran, Alvarez, Prabhavalkar and Parada, 2015).

use alloc::boxed::Box;
use alloc::vec;
use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16, Int32};
use runeblocks_tflite::schema;

use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::number::{Integer, Number};
use crate::ops::recurrent::{Product, check_constant, check_input, check_state, floats, multiplier, symmetric_scale};
use crate::ops::shared::{cast, cast_mut, check_kind, check_rank, positive};

/// The operator's inputs by number.
const FEATURES: usize = 1;
const TIME: usize = 2;
const BIAS: usize = 3;
const STATE: usize = 4;

/// The arithmetic of the filters.
trait Arithmetic: Send + Sync {
    /// Numbers of the input and the output.
    type Activation: Number;
    /// Numbers of the filters over features.
    type Feature: Number;
    /// Numbers of the filters over time and the state.
    type State: Number;

    /// What a filter over features makes of a row of the input.
    fn feature(&self, filter: usize, input: &[Self::Activation], weights: &[Self::Feature]) -> Self::State;

    /// What the filters over time of a unit make of its states, `memory` of each.
    fn output(&self, unit: usize, memory: usize, state: &[Self::State], weights: &[Self::State]) -> Self::Activation;

    /// Bytes of what was prepared, beside the struct itself.
    fn prepared_bytes(&self) -> usize;
}

/// The operator. A state holds the last results of each filter over features, the oldest first.
struct Svdf<A> {
    arithmetic: A,
    sizes: Sizes,
    input: usize,
    features: usize,
    time: usize,
    state: usize,
    output: usize,
}

#[derive(Clone, Copy)]
struct Sizes {
    inputs: usize,
    /// Filters of each unit.
    rank: usize,
    units: usize,
    /// Length of the filters over time.
    memory: usize,
}

impl<A: Arithmetic> Op for Svdf<A> {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let Sizes { inputs, rank, units, memory: length } = self.sizes;
        let ([input, features], state, _) = memory.get([self.input, self.features], self.state);
        let (input, features) = (cast::<A::Activation>(input), cast::<A::Feature>(features));
        for (place, state) in cast_mut::<A::State>(state).chunks_exact_mut(length).enumerate() {
            let (batch, filter) = (place / (units * rank), place % (units * rank));
            let (input, weights) = (&input[batch * inputs..][..inputs], &features[filter * inputs..][..inputs]);
            state.copy_within(1.., 0);
            state[length - 1] = self.arithmetic.feature(filter, input, weights);
        }
        let ([state, time], output, _) = memory.get([self.state, self.time], self.output);
        let (states, time) = (cast::<A::State>(state).chunks_exact(rank * length), cast::<A::State>(time));
        for ((place, output), state) in cast_mut::<A::Activation>(output).iter_mut().enumerate().zip(states) {
            let unit = place % units;
            let weights = &time[unit * rank * length..][..rank * length];
            *output = self.arithmetic.output(unit, length, state, weights);
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.arithmetic.prepared_bytes()
    }
}

/// Activations of `int8`, with the state and the filters over time in `S`.
struct IntegerFilters<S> {
    features: Product<i32>,
    bias: Box<[i32]>,
    factor: Multiplier,
    zero_point: i32,
    state: PhantomData<fn() -> S>,
}

impl<S: Integer> IntegerFilters<S> {
    fn prepare(node: &Node<'_>, filters: usize) -> Result<Self, Refusal> {
        let (input_scale, input_zero_point) = node.input(0)?.quantization()?;
        let (output_scale, zero_point) = node.output(0)?.quantization()?;
        let state_scale = f64::from(symmetric_scale(node.input(STATE)?)?);
        let time_scale = f64::from(symmetric_scale(node.input(TIME)?)?);
        let bias = match node.optional(BIAS)? {
            Some(_) => node.integers(BIAS)?.into_iter().map(|bias| bias as i32).collect(),
            None => Box::default(),
        };
        let factor = f64::from(input_scale) / state_scale;
        Ok(Self {
            features: Product::new(node, FEATURES, vec![0; filters], input_zero_point, factor)?,
            bias,
            factor: multiplier(state_scale * time_scale / f64::from(output_scale))?,
            zero_point,
            state: PhantomData,
        })
    }
}

impl<S: Integer> Arithmetic for IntegerFilters<S> {
    type Activation = i8;
    type Feature = i8;
    type State = S;

    fn feature(&self, filter: usize, input: &[i8], weights: &[i8]) -> S {
        S::saturated(self.features.of(filter, input, weights))
    }

    fn output(&self, unit: usize, _: usize, state: &[S], weights: &[S]) -> i8 {
        let pairs = state.iter().zip(weights);
        let bias = self.bias.get(unit).copied().unwrap_or(0);
        let sum = pairs.fold(bias, |sum, (&s, &w)| sum.wrapping_add(s.widened().wrapping_mul(w.widened())));
        i8::saturated(self.factor.apply(sum).saturating_add(self.zero_point))
    }

    fn prepared_bytes(&self) -> usize {
        self.features.bytes() + size_of_val(&*self.bias)
    }
}

/// Numbers of `float32`. The sum of each filter is in the order of its numbers; those of a unit are added to the bias.
struct FloatFilters {
    bias: Box<[f32]>,
    limits: [f32; 2],
}

impl Arithmetic for FloatFilters {
    type Activation = f32;
    type Feature = f32;
    type State = f32;

    fn feature(&self, _: usize, input: &[f32], weights: &[f32]) -> f32 {
        dot(input, weights)
    }

    fn output(&self, unit: usize, memory: usize, state: &[f32], weights: &[f32]) -> f32 {
        let bias = self.bias.get(unit).copied().unwrap_or(0.0);
        let filters = state.chunks_exact(memory).zip(weights.chunks_exact(memory));
        let sum = filters.fold(bias, |sum, (state, weights)| sum + dot(state, weights));
        let [low, high] = self.limits;
        sum.clamp(low, high)
    }

    fn prepared_bytes(&self) -> usize {
        size_of_val(&*self.bias)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// SVDF. With activations of `int8` the activation that is fused is what the output's scale and zero point cut off.
pub(super) fn svdf(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(5..=5, 1)?;
    let Some(options) = node.options::<schema::SvdfOptions<'_>>() else {
        refuse!("it has no options: expected those of SVDF");
    };
    let activation = Activation::of(options.fused_activation_function())?;
    let rank = positive("rank", options.rank())?;
    let (input, time) = (node.input(0)?, node.input(TIME)?);
    check_kind("input 0", input, &[Int8, Float32])?;
    let [batches, inputs] = check_rank("input 0", input)?;
    check_input(node, 0, input.kind, &input.shape)?;
    let [filters, memory] = check_rank("input 2", time)?;
    if filters == 0 || memory == 0 || !filters.is_multiple_of(rank) {
        refuse!(
            "its filters over time have the shape {:?} with the rank {rank}: expected a multiple of {rank} filters, \
             and a length of 1 or more",
            time.shape
        );
    }
    let units = filters / rank;
    let state = node.input(STATE)?;
    check_kind("input 4", state, if input.kind == Int8 { &[Int8, Int16] } else { &[Float32] })?;
    if state.index == input.index {
        refuse!("its input and its state are the same tensor: expected two");
    }
    let state = state.kind;
    check_constant(node, FEATURES, input.kind, &[filters, inputs])?;
    check_constant(node, TIME, state, &[filters, memory])?;
    if node.optional(BIAS)?.is_some() {
        check_constant(node, BIAS, if input.kind == Int8 { Int32 } else { Float32 }, &[units])?;
    }
    check_state(node, STATE, state, &[batches, filters * memory])?;
    check_kind("output", node.output(0)?, &[input.kind])?;
    node.check_shape(0, &[batches, units])?;
    let sizes = Sizes { inputs, rank, units, memory };
    match state {
        Int8 => prepare(node, IntegerFilters::<i8>::prepare(node, filters)?, sizes),
        Int16 => prepare(node, IntegerFilters::<i16>::prepare(node, filters)?, sizes),
        _ => {
            let bias = match node.optional(BIAS)? {
                Some(_) => floats(node, BIAS)?,
                None => Box::default(),
            };
            let unlimited = |limit: f32| if limit.abs() == f32::MAX { limit * f32::INFINITY } else { limit };
            prepare(node, FloatFilters { bias, limits: activation.limits().map(unlimited) }, sizes)
        }
    }
}

fn prepare(node: &Node<'_>, arithmetic: impl Arithmetic + 'static, sizes: Sizes) -> Result<Prepared, Refusal> {
    Prepared::run(Svdf {
        arithmetic,
        sizes,
        input: node.input(0)?.index,
        features: node.input(FEATURES)?.index,
        time: node.input(TIME)?.index,
        state: node.input(STATE)?.index,
        output: node.output(0)?.index,
    })
}
