//! The body of the fuzz target for model files.

use ndarray::{ArrayD, IxDyn};
use runeblocks_core::{Buffer, Tensor};

use crate::{ModelFile, ModelInfo, TensorInfo, TensorType, backend_for};

/// Reads bytes as a model, describes it, and where a backend can run it loads it and runs it on zeros. No bytes make it
/// panic. Models that would take long are not run.
pub fn fuzz_model(bytes: &[u8]) {
    let Ok(file) = ModelFile::from_bytes(bytes.to_vec()) else { return };
    let elements = file.subgraphs.iter().flat_map(|graph| &graph.tensors).map(TensorInfo::elements).sum::<usize>();
    if file.macs() > 10_000_000 || elements > 10_000_000 {
        return;
    }
    let _ = ModelInfo::new(&file).to_string();
    let Ok(mut session) = backend_for(&file).and_then(|backend| backend.load(&file)) else { return };
    let Some(zeros) = file.inputs().map(zeros).collect::<Option<Vec<Tensor>>>() else { return };
    let views: Vec<_> = zeros.iter().map(Tensor::view).collect();
    let types = file.outputs().map(|tensor| tensor.element_type.element_type());
    let Some(mut outputs) = types.map(|found| found.map(Buffer::new)).collect::<Option<Vec<_>>>() else { return };
    let _ = session.run(&views, &mut outputs);
}

/// Zeros for an input.
fn zeros(tensor: &TensorInfo) -> Option<Tensor> {
    let shape = IxDyn(&tensor.shape);
    Some(match tensor.element_type {
        TensorType::Float32 => ArrayD::<f32>::zeros(shape).into(),
        TensorType::Int8 => ArrayD::<i8>::zeros(shape).into(),
        TensorType::Uint8 => ArrayD::<u8>::zeros(shape).into(),
        TensorType::Int16 => ArrayD::<i16>::zeros(shape).into(),
        TensorType::Int32 => ArrayD::<i32>::zeros(shape).into(),
        TensorType::Int64 => ArrayD::<i64>::zeros(shape).into(),
        _ => return None,
    })
}
