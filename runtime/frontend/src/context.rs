//! Rows: a frame with the frames around it.

use alloc::vec;
use alloc::vec::Vec;

use crate::config::Config;

/// Collects frames and gives the rows that they complete.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    channels: usize,
    left: usize,
    right: usize,
    stride: usize,
    zero_padding: bool,
    /// The last `left + 1 + right` frames: frame `f` is at `f` modulo their number.
    recent: Vec<u16>,
    /// A frame of padding.
    zeros: Vec<u16>,
    /// Frames taken.
    frames: usize,
}

impl Context {
    /// For a checked configuration.
    pub(crate) fn new(config: &Config) -> Self {
        let (left, right) = (config.left_context as usize, config.right_context as usize);
        let channels = config.num_channels as usize;
        Context {
            channels,
            left,
            right,
            stride: config.frame_stride as usize,
            zero_padding: config.zero_padding,
            recent: vec![0; (left + 1 + right) * channels],
            zeros: vec![0; channels],
            frames: 0,
        }
    }

    /// Values of a row.
    pub(crate) fn row_len(&self) -> usize {
        self.recent.len()
    }

    /// Rows that come of so many frames, once the clip is finished.
    pub(crate) fn rows_of(&self, frames: usize) -> usize {
        frames.div_ceil(self.stride)
    }

    /// Takes a frame, and gives the row that it completes, if any, to `emit`, frame by frame.
    pub(crate) fn push(&mut self, frame: &[u16], mut emit: impl FnMut(&[u16])) {
        if self.left == 0 && self.right == 0 {
            if self.frames.is_multiple_of(self.stride) {
                emit(frame);
            }
            self.frames += 1;
            return;
        }
        let at = self.place(self.frames);
        self.recent[at..at + self.channels].copy_from_slice(frame);
        self.frames += 1;
        if let Some(center) = (self.frames - 1).checked_sub(self.right) {
            self.row(center, &mut emit);
        }
    }

    /// Gives the rows that wait for frames which do not come, and begins anew.
    pub(crate) fn finish(&mut self, mut emit: impl FnMut(&[u16])) {
        for center in self.frames.saturating_sub(self.right)..self.frames {
            self.row(center, &mut emit);
        }
        self.frames = 0;
    }

    /// Forgets all frames.
    pub(crate) fn reset(&mut self) {
        self.frames = 0;
    }

    fn place(&self, frame: usize) -> usize {
        frame % (self.left + 1 + self.right) * self.channels
    }

    fn row(&self, center: usize, emit: &mut impl FnMut(&[u16])) {
        if !center.is_multiple_of(self.stride) {
            return;
        }
        for offset in 0..=self.left + self.right {
            let wanted = (center + offset).checked_sub(self.left);
            let inside = wanted.is_some_and(|frame| frame < self.frames);
            if self.zero_padding && !inside {
                emit(&self.zeros);
                continue;
            }
            let at = self.place(wanted.unwrap_or(0).min(self.frames - 1));
            emit(&self.recent[at..at + self.channels]);
        }
    }
}
