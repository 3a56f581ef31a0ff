//! What `run` says of data that was cut, or added to.

use crate::inputs::Fitted;
use crate::terminal::{Paint, say};

/// Notes on stderr, as many as are read; the others are counted.
#[derive(Debug, Default)]
pub struct Notes {
    count: usize,
    /// Whether the loudest part of something was not what was taken.
    is_beside: bool,
}

impl Notes {
    /// How many are said.
    const MOST: usize = 10;

    /// Says what was done.
    pub fn add<'a>(&mut self, fitted: impl Iterator<Item = &'a Fitted>) {
        for fitted in fitted {
            self.count += 1;
            self.is_beside |= fitted.is_beside_the_loudest();
            if self.count <= Self::MOST {
                say(format_args!("{} {}", Paint::stderr().help("note:"), fitted.note()));
            }
        }
    }

    /// Says how many are not said, and what to do.
    pub fn finish(&self) {
        let paint = Paint::stderr();
        if let Some(more @ 1..) = self.count.checked_sub(Self::MOST) {
            say(format_args!("{} the same of {more} more", paint.help("note:")));
        }
        if self.is_beside {
            say(format_args!("{} take the loudest part by `--fit=loudest`", paint.help("help:")));
        }
    }
}
