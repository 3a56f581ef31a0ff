//! The typed trait that blocks implement, and the object-safe form that graphs use.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    Args, BlockError, Buffer, Facts, Info, Inputs, Outputs, PortType, StateReader, StateWriter, TensorView, ports,
};

/// The facts of a block's inputs, as an array.
pub type InputFacts<'a, B> = <<B as ProcBlock>::Input<'a> as Inputs<'a>>::Facts;

/// The facts of a block's outputs, as an array.
pub type OutputFacts<B> = <<B as ProcBlock>::Output<'static> as Outputs<'static>>::Facts;

/// A processing block.
///
/// Its life is `new`, `infer`, any number of `process`, and `reset` before the next clip. `process` works on what has
/// arrived: a stream cut in any way gives the same elements as the clip at once, and state carries over from call to
/// call until `reset`. Whoever runs a block calls `infer` first, with facts that later tensors keep to.
pub trait ProcBlock: Sized + Send + 'static {
    /// The arguments, declared with [`args!`](crate::args).
    type Args: Args;
    /// The inputs: a view, or a tuple of views.
    type Input<'a>: Inputs<'a>;
    /// The outputs: a writer, or a tuple of writers.
    type Output<'a>: Outputs<'a>;
    /// Name, summary, ports and version.
    const INFO: Info;

    /// Makes a block. Bounds of single arguments are checked already; what arguments mean together is checked here.
    ///
    /// # Errors
    ///
    /// When the arguments contradict each other.
    fn new(args: Self::Args) -> Result<Self, BlockError>;

    /// Settles types, shapes and all other facts of the outputs, and whatever the block prepares from those of its
    /// inputs. Element types and ranks of the inputs are checked already. The block is as after [`ProcBlock::reset`].
    ///
    /// # Errors
    ///
    /// When the block can't take such inputs.
    fn infer(&mut self, inputs: InputFacts<'_, Self>) -> Result<OutputFacts<Self>, BlockError>;

    /// Processes what has arrived. It does not allocate once it has seen as much.
    ///
    /// # Errors
    ///
    /// When the data can't be processed.
    fn process(&mut self, input: Self::Input<'_>, output: Self::Output<'_>) -> Result<(), BlockError>;

    /// Forgets what carried over: the next call starts a new clip.
    fn reset(&mut self) {}

    /// Stores what carries over.
    fn save(&self, _state: &mut StateWriter) {}

    /// Takes up what [`ProcBlock::save`] stored.
    ///
    /// # Errors
    ///
    /// When the state is not one of this block with these arguments and facts; the caller then resets the block.
    fn restore(&mut self, _state: &mut StateReader<'_>) -> Result<(), BlockError> {
        Ok(())
    }
}

/// A block, or a model, as graphs see it: inputs, outputs and facts as slices. Every [`ProcBlock`] is one.
pub trait DynBlock: Send {
    /// As [`ProcBlock::infer`]; the number, element types and ranks of the inputs are checked first.
    ///
    /// # Errors
    ///
    /// When the block can't take such inputs.
    fn infer(&mut self, inputs: &[Facts]) -> Result<Vec<Facts>, BlockError>;

    /// As [`ProcBlock::process`]. There is one buffer for each output, of the element type that `infer` settled.
    ///
    /// # Errors
    ///
    /// When tensors or buffers are not as inferred, or the data can't be processed.
    fn process(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), BlockError>;

    /// As [`ProcBlock::reset`].
    fn reset(&mut self);

    /// What carries over, with the block's name and version.
    fn save(&self) -> Vec<u8>;

    /// Takes up what [`DynBlock::save`] gave.
    ///
    /// # Errors
    ///
    /// When the state is another block's or version's, or damaged; the block is then as after `reset`.
    fn restore(&mut self, state: &[u8]) -> Result<(), BlockError>;
}

impl<B: ProcBlock> DynBlock for B {
    fn infer(&mut self, inputs: &[Facts]) -> Result<Vec<Facts>, BlockError> {
        let ports = <B::Input<'static> as Inputs<'static>>::PORTS;
        let name = |index: usize| B::INFO.inputs.get(index).map_or_else(|| index.to_string(), |p| p.name.to_string());
        if inputs.len() != ports.len() {
            let names: Vec<String> = (0..ports.len()).map(|index| format!("`{}`", name(index))).collect();
            let expected = format!("{} ({})", ports.len(), names.join(", "));
            return Err(BlockError::InputCount { found: inputs.len(), expected });
        }
        let mut squeezed = inputs.to_vec();
        for (index, (facts, port)) in squeezed.iter_mut().zip(ports).enumerate() {
            check_input(facts, *port).map_err(|(found, help)| BlockError::Input {
                index,
                port: name(index),
                found,
                expected: ports::expected(*port),
                help,
            })?;
        }
        let facts = <B::Input<'_> as Inputs<'_>>::facts(&squeezed)?;
        Ok(ProcBlock::infer(self, facts)?.into_iter().collect())
    }

    fn process(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), BlockError> {
        ProcBlock::process(self, Inputs::bind(inputs)?, Outputs::bind(outputs)?)
    }

    fn reset(&mut self) {
        ProcBlock::reset(self);
    }

    fn save(&self) -> Vec<u8> {
        let mut state = StateWriter::default();
        state.put_u8(B::INFO.name.as_bytes());
        state.put_u32(&[B::INFO.implementation_version]);
        ProcBlock::save(self, &mut state);
        state.0
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BlockError> {
        let mut restore = || {
            let mut state = StateReader(state);
            let name = state.take_u8(256)?;
            let version = state.take_u32(1)?;
            if name != B::INFO.name.as_bytes() || version != [B::INFO.implementation_version] {
                return Err(BlockError::State {
                    found: format!("of `{}` version {version:?}", String::from_utf8_lossy(&name)),
                    expected: format!("`{}` version [{}]", B::INFO.name, B::INFO.implementation_version),
                });
            }
            ProcBlock::restore(self, &mut state)?;
            state.end()
        };
        let restored = restore();
        if restored.is_err() {
            ProcBlock::reset(self);
        }
        restored
    }
}

/// Checks one input's type and rank, and drops its leading axes of length 1.
fn check_input(facts: &mut Facts, port: PortType) -> Result<(), (String, Option<String>)> {
    if !port.types.contains(&facts.element_type) {
        return Err((facts.to_string(), None));
    }
    let Some(rank) = port.rank else { return Ok(()) };
    let shape = facts.shape.squeeze_to(rank);
    if shape.axes().len() != rank {
        let help = "only leading axes of length 1 are dropped".to_string();
        return Err((facts.to_string(), Some(help)));
    }
    facts.shape = shape;
    Ok(())
}
