//! The body of the fuzz target for model files.

use runeblocks_core::{Buffer, ElementType, Tensor};

use crate::{ModelFile, ModelInfo, backend_for};

/// Reads bytes as a model, describes it, and where a backend can run it loads it and runs it on zeros. No bytes make it panic.
pub fn fuzz_model(bytes: &[u8]) {
    let Ok(file) = ModelFile::from_bytes(bytes) else { return };
    let _ = ModelInfo::new(&file).to_string();
    let Ok(mut session) = backend_for(&file).and_then(|backend| backend.load(&file)) else { return };
    let zeros: Vec<Tensor> =
        file.inputs().map(|tensor| ndarray::ArrayD::<f32>::zeros(&tensor.shape[..]).into()).collect();
    let views: Vec<_> = zeros.iter().map(Tensor::view).collect();
    let mut outputs = vec![Buffer::new(ElementType::F32); file.outputs().len()];
    let _ = session.run(&views, &mut outputs);
}
