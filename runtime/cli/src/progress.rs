//! A bar that shows how far a long command is: on a terminal, where there are several files.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr; nothing where that is no terminal. It goes away when it is dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar of as many steps.
    pub fn new(steps: usize) -> Self {
        let bar = if steps > 1 { ProgressBar::new(steps as u64) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}  {eta}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress(bar)
    }

    /// A step is done.
    pub fn advance(&self) {
        self.0.inc(1);
    }

    /// Does what writes to the terminal while the bar is out of the way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
