//! Random models, each made from a seed: one operator, or a few.
//!
//! A family of operators is a file with a table `OPERATORS`; [`operators`] has them all.

mod arithmetic;
mod conv;
mod function;
mod image;
mod movement;
mod network;
mod reduction;
mod sequence;
mod streaming;

use crate::model::Graph;
use crate::random::Random;

/// A model and what it is run on.
pub struct Case {
    /// The bytes of the file.
    pub model: Vec<u8>,
    /// The bytes of each input, for each invocation.
    pub invocations: Vec<Vec<Vec<u8>>>,
    /// How far outputs of `float32` may be from the reference's, in parts of its magnitude plus 1. All else is equal.
    pub tolerance: f32,
}

impl Case {
    /// A model of one subgraph, and random inputs.
    pub fn new(random: &mut Random, graph: &Graph) -> Self {
        let invocations = random.invocations(graph, 3);
        Self { model: graph.finish(), invocations, tolerance: 0.0 }
    }

    /// With a tolerance for `float32`.
    pub fn within(mut self, tolerance: f32) -> Self {
        self.tolerance = tolerance;
        self
    }
}

/// The name of an operator, and what makes a model with it.
pub type Operator = (&'static str, fn(&mut Random) -> Case);

/// Every operator that random models are made of.
pub fn operators() -> impl Iterator<Item = Operator> {
    let families = [
        conv::OPERATORS,
        arithmetic::OPERATORS,
        function::OPERATORS,
        reduction::OPERATORS,
        movement::OPERATORS,
        image::OPERATORS,
        sequence::OPERATORS,
        network::OPERATORS,
        streaming::OPERATORS,
    ];
    families.into_iter().flatten().copied()
}
