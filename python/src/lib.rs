//! The native half of the Python package `runeblocks`: every block behind one class, the `micro_frontend` op, and the
//! descriptions from which the package makes a class for each block.

#![forbid(unsafe_code)]

mod batch;
mod block;
mod descriptor;
mod error;
mod facts;
mod front_end;
mod front_end_stream;
mod inputs;
mod parameters;
mod pool;
mod runner;
mod stream;
mod tensor;
mod value;

use pyo3::pymodule;

#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::block::Block;
    #[pymodule_export]
    use super::descriptor::descriptors;
    #[pymodule_export]
    use super::facts::Facts;
    #[pymodule_export]
    use super::front_end::FrontEnd;
    #[pymodule_export]
    use super::front_end_stream::FrontEndStream;
    #[pymodule_export]
    use super::stream::Stream;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
