//! The native half of the Python package `runeblocks`: every block behind one class, the `micro_frontend` op, the
//! descriptions from which the package makes a class for each block, pipelines, models, what is
//! measured of them and calibrated, and the reader of sound.

#![forbid(unsafe_code)]

mod batch;
mod block;
mod calibrate;
mod clips;
mod descriptor;
mod error;
mod evaluation;
mod expected;
mod facts;
mod front_end;
mod front_end_stream;
mod inputs;
mod model;
mod model_stream;
mod parameters;
mod pipeline;
mod pipeline_stream;
mod pool;
mod profile;
mod recordings;
mod remedy;
mod runefile;
mod runner;
mod sound;
mod stream;
mod tensor;
mod value;

use pyo3::pymodule;

#[pymodule]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use super::block::Block;
    #[pymodule_export]
    use super::calibrate::calibrate;
    #[pymodule_export]
    use super::calibrate::rehearse;
    #[pymodule_export]
    use super::descriptor::descriptors;
    #[pymodule_export]
    use super::evaluation::Det;
    #[pymodule_export]
    use super::evaluation::Evaluation;
    #[pymodule_export]
    use super::evaluation::Share;
    #[pymodule_export]
    use super::evaluation::evaluate;
    #[pymodule_export]
    use super::facts::Facts;
    #[pymodule_export]
    use super::front_end::FrontEnd;
    #[pymodule_export]
    use super::front_end_stream::FrontEndStream;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::model::backends;
    #[pymodule_export]
    use super::model_stream::ModelStream;
    #[pymodule_export]
    use super::pipeline::Pipeline;
    #[pymodule_export]
    use super::pipeline_stream::PipelineStream;
    #[pymodule_export]
    use super::recordings::recordings;
    #[pymodule_export]
    use super::runefile::load;
    #[pymodule_export]
    use super::sound::read_sound;
    #[pymodule_export]
    use super::sound::read_sounds;
    #[pymodule_export]
    use super::stream::Stream;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("SOUND_ENDINGS", PyTuple::new(module.py(), runeblocks_io::sound::ENDINGS)?)?;
        module.add("FULL_SCALE", runeblocks_io::sound::FULL_SCALE)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
