//! A model prepared by tract.

use std::io::Cursor;
use std::sync::Arc;

use runeblocks_core::{Buffer, TensorView};
use tract_tflite::internal::tract_core::ops::{binary::TypedBinOp, math};
use tract_tflite::prelude::{
    Framework, IntoRunnable, TValue, Tensor, TractResult, TypedModel, TypedSimpleState, tract_ndarray::IxDyn, tvec,
};

use super::{NAME, flatten};
use crate::{MAX_TENSOR_BYTES, ModelError, ModelFile, Session, backend, quiet};

/// A model prepared by tract, and the memory of its inputs.
pub(super) struct TractSession {
    file: ModelFile,
    inputs: Vec<Arc<Tensor>>,
    state: TypedSimpleState,
}

impl TractSession {
    /// Prepares a model that the backend supports.
    pub(super) fn new(file: &ModelFile) -> Result<Self, ModelError> {
        let error = |message: String| ModelError::Load { backend: NAME, message };
        let load = || -> Result<_, String> {
            let reshaped = flatten::with_reshapes(file)?;
            let bytes = reshaped.as_deref().unwrap_or(file.bytes());
            let mut model = tract_tflite::tflite().model_for_read(&mut Cursor::new(bytes)).map_err(chain)?;
            mean_without_rounding(&mut model);
            check_shapes(&model, file)?;
            let state = model.into_optimized().and_then(|model| model.into_runnable()).and_then(|plan| plan.spawn());
            let inputs = file.inputs().map(|tensor| Tensor::zero::<f32>(&tensor.shape).map(Arc::new));
            Ok((state.map_err(chain)?, inputs.collect::<TractResult<Vec<_>>>().map_err(chain)?))
        };
        let (state, inputs) = quiet::catch(load).and_then(|result| result).map_err(error)?;
        Ok(Self { file: file.clone(), inputs, state })
    }

    fn invoke(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), String> {
        let mut values = tvec!();
        for (tensor, view) in self.inputs.iter_mut().zip(inputs) {
            let view = view.clone().array::<f32>().ok_or("an input is not float32")?;
            // After a run tract has let go of the tensor, so that this does not copy.
            let mut plain = Arc::make_mut(tensor).try_as_plain_ram_mut().map_err(chain)?;
            let slots = plain.as_slice_mut::<f32>().map_err(chain)?;
            slots.iter_mut().zip(&view).for_each(|(slot, value)| *slot = *value);
            values.push(TValue::from_const(Arc::clone(tensor)));
        }
        let results = self.state.run(values).map_err(chain)?;
        for ((result, buffer), info) in results.iter().zip(outputs).zip(self.file.outputs()) {
            let array = result.to_plain_array_view::<f32>().map_err(chain)?;
            if array.shape() != info.shape {
                return Err(format!(
                    "the output {:?} has the shape {:?}, the file says {:?}",
                    info.name,
                    array.shape(),
                    info.shape
                ));
            }
            let mut slots = buffer.write::<f32, _>(IxDyn(&info.shape)).map_err(|error| error.to_string())?;
            slots.iter_mut().zip(&array).for_each(|(slot, value)| *slot = *value);
        }
        Ok(())
    }
}

impl Session for TractSession {
    fn run(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), ModelError> {
        backend::check_tensors(&self.file, inputs, outputs)?;
        let result = quiet::catch(|| self.invoke(inputs, outputs)).and_then(|result| result);
        if result.is_err() {
            // What a failed run left behind must not reach the next one.
            self.state.reset_turn().map_err(chain).map_err(|message| ModelError::Run { backend: NAME, message })?;
        }
        result.map_err(|message| ModelError::Run { backend: NAME, message })
    }
}

/// Makes the mean of floats a plain product. tract-tflite multiplies the sum by the reciprocal of the count with its
/// operator for quantised values, which rounds to integers; in a float32 model nothing else brings that operator in.
fn mean_without_rounding(model: &mut TypedModel) {
    for node in &mut model.nodes {
        if node.op_as::<TypedBinOp>().is_some_and(|op| op.0.name() == "Scale") {
            node.op = Box::new(math::mul());
        }
    }
}

/// Holds the shapes that tract inferred against those of the file, where a node carries the name of a tensor, and all
/// against the limit of a tensor's size.
fn check_shapes(model: &TypedModel, file: &ModelFile) -> Result<(), String> {
    let tensors = &file.main().tensors;
    for node in &model.nodes {
        for outlet in &node.outputs {
            let Some(shape) = outlet.fact.shape.as_concrete() else {
                return Err(format!("the shape of {:?} is not settled", node.name));
            };
            let bytes = shape.iter().try_fold(outlet.fact.datum_type.size_of(), |all, &n| all.checked_mul(n));
            if bytes.is_none_or(|bytes| bytes > MAX_TENSOR_BYTES) {
                return Err(format!(
                    "{:?} would have the shape {shape:?}, more than {MAX_TENSOR_BYTES} bytes",
                    node.name
                ));
            }
            if let Some(tensor) = tensors.iter().find(|tensor| tensor.name == node.name && tensor.shape != shape) {
                return Err(format!(
                    "{:?} would have the shape {shape:?}, the file says {:?}",
                    node.name, tensor.shape
                ));
            }
        }
    }
    let ports = [
        ("inputs", model.input_outlets(), file.inputs().len()),
        ("outputs", model.output_outlets(), file.outputs().len()),
    ];
    for (what, outlets, expected) in ports {
        let found = outlets.map_err(chain)?.len();
        if found != expected {
            return Err(format!("it found {found} {what}, the file has {expected}"));
        }
    }
    Ok(())
}

/// The messages of an error and of its causes, from the outermost in, in one line, without tract's dumps of the flatbuffer.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn chain(error: tract_tflite::prelude::TractError) -> String {
    let dump = |cause: &String| cause.starts_with("Translating proto-op") || cause.starts_with("Opcode is");
    let causes = error.chain().map(ToString::to_string).filter(|cause| !dump(cause));
    let short = |cause: String| cause.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
    causes.map(short).collect::<Vec<String>>().join(": ")
}
