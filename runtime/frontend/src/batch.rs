//! Many clips at once, on all cores.

use std::sync::Mutex;

use runeblocks_core::BlockError;

use crate::frontend::{Feature, MicroFrontend};

/// Front ends of one configuration, one for each thread of a [rayon] pool, that share their tables.
///
/// ```
/// use runeblocks_frontend::{Batch, Config, Dialect, MicroFrontend};
///
/// let batch = Batch::new(&MicroFrontend::new(&Config::default(), Dialect::Tf)?);
/// let clips = vec![vec![100i16; 16_000]; 8];
/// let mut features = vec![0u16; clips.len() * 98 * 32];
/// batch.process(&clips, &mut features)?;
/// # Ok::<(), runeblocks_core::BlockError>(())
/// ```
#[derive(Debug)]
pub struct Batch {
    /// What is asked for lengths, without waiting for a thread.
    front_end: MicroFrontend,
    front_ends: Vec<Mutex<MicroFrontend>>,
}

impl Batch {
    /// For the pool that this is called in, the global one where there is none.
    #[must_use]
    pub fn new(front_end: &MicroFrontend) -> Self {
        let mut front_end = front_end.clone();
        front_end.reset();
        let front_ends = (0..rayon::current_num_threads()).map(|_| Mutex::new(front_end.clone())).collect();
        Batch { front_end, front_ends }
    }

    /// The rows of each clip, from the initial state, one clip after another, into `rows`. The clips may differ in
    /// length. Allocates nothing for a clip.
    ///
    /// # Errors
    ///
    /// Where `rows` has another length than that of all rows, or another type than the configuration's `out_type`.
    pub fn process<T: Feature, C: AsRef<[i16]> + Sync>(&self, clips: &[C], rows: &mut [T]) -> Result<(), BlockError> {
        self.front_end.check_rows::<T>(rows.len(), self.rows_of(clips))?;
        self.part(clips, rows)
    }

    /// Halves the clips until there is one.
    fn part<T: Feature, C: AsRef<[i16]> + Sync>(&self, clips: &[C], rows: &mut [T]) -> Result<(), BlockError> {
        match clips {
            [] => Ok(()),
            [clip] => {
                // Outside of the lock: what gives the samples may use the pool, and the pool may come back here.
                let samples = clip.as_ref();
                self.with(|front_end| front_end.process_clip_into(samples, rows))
            }
            _ => {
                let (low, high) = clips.split_at(clips.len() / 2);
                let middle = self.rows_of(low) * self.front_end.row_len();
                let (low_rows, high_rows) = rows.split_at_mut(middle);
                let (low, high) = rayon::join(|| self.part(low, low_rows), || self.part(high, high_rows));
                low.and(high)
            }
        }
    }

    /// Runs with this thread's front end.
    fn with<R>(&self, run: impl FnOnce(&mut MicroFrontend) -> R) -> R {
        let thread = rayon::current_thread_index().unwrap_or(0) % self.front_ends.len();
        // A front end is reset before each clip, so that a panic elsewhere leaves nothing behind.
        run(&mut self.front_ends[thread].lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Rows of all clips.
    fn rows_of<C: AsRef<[i16]>>(&self, clips: &[C]) -> usize {
        clips.iter().map(|clip| self.front_end.rows_of(clip.as_ref().len())).sum()
    }
}
