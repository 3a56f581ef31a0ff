//! Things of which each thread needs one.

use std::sync::{Mutex, PoisonError};

/// As many things as there are threads, so that each can have one.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Pool<T> {
    /// Makes them.
    pub(crate) fn new<E>(make: impl Fn() -> Result<T, E>) -> Result<Self, E> {
        let threads = rayon::current_num_threads() + 1;
        Ok(Pool(Mutex::new((0..threads).map(|_| make()).collect::<Result<_, E>>()?)))
    }

    /// Lends one of them.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut thing = lock().pop().expect("there is one for each thread");
        let result = work(&mut thing);
        lock().push(thing);
        result
    }
}
