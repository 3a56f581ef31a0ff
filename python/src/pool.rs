//! The threads that batches run on.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::PyResult;
use pyo3::exceptions::PyRuntimeError;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The threads of this process, as many as the machine has cores or `RAYON_NUM_THREADS` says.
///
/// A process that was forked off has none of its parent's threads: it gets its own at its first batch.
pub(crate) fn pool() -> PyResult<Arc<ThreadPool>> {
    static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);
    let process = std::process::id();
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match &*pool {
        Some((owner, threads)) if *owner == process => Ok(threads.clone()),
        _ => {
            let threads = ThreadPoolBuilder::new().thread_name(|index| format!("runeblocks-{index}")).build();
            let threads = Arc::new(threads.map_err(|error| PyRuntimeError::new_err(error.to_string()))?);
            // The parent's pool would wait for threads that are not there.
            if let Some(parent) = pool.replace((process, threads.clone())) {
                std::mem::forget(parent);
            }
            Ok(threads)
        }
    }
}
