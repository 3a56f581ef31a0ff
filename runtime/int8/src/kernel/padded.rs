//! An image with its padding, in the form that kernels read.

use crate::kernel::Geometry;
use crate::kernel::vector::Tap;

/// The boundary that taps are aligned to, in bytes.
const ALIGNMENT: usize = 64;
/// Up to how many times as large as the image a padded one may be, beyond the size that is always allowed.
const MOST_PADDING: usize = 16;
/// The size that is always allowed.
const ALWAYS: usize = 1 << 16;

/// How an image is copied for a kernel: to where the kernel needs no padding, with each channel as often as wanted.
#[derive(Clone, Debug)]
pub(super) struct Padded {
    /// Rows, columns and channels of the image.
    image: [usize; 3],
    /// Rows and columns of the copy: as many as the taps of all outputs lie in.
    size: [usize; 2],
    /// Rows above and columns to the left of the image.
    margin: [usize; 2],
    /// How often a channel is copied.
    repeat: usize,
    /// What the margins hold.
    zero_point: i32,
    /// Values behind the copy that may be read, of which none counts.
    slack: usize,
}

impl Padded {
    /// The copy for a convolution, unless it would be far larger than the image. No size is 0.
    pub(super) fn new(geometry: &Geometry, zero_point: i32, repeat: usize, slack: usize) -> Option<Self> {
        let Geometry { input: image @ [height, width, channels], output, kernel, stride, dilation, .. } = *geometry;
        let extent = |axis: usize| {
            let outputs = (output[axis] - 1).checked_mul(stride[axis])?;
            outputs.checked_add((kernel[axis] - 1).checked_mul(dilation[axis])?)?.checked_add(1)
        };
        let size = [extent(0)?, extent(1)?];
        let pixels = size[0].checked_mul(size[1])?;
        let most = height.checked_mul(width)?.checked_mul(channels)?.checked_mul(MOST_PADDING)?.checked_add(ALWAYS)?;
        if pixels.checked_mul(channels)? > most {
            return None;
        }
        let padded = Padded { image, size, margin: geometry.padding, repeat, zero_point, slack };
        pixels.checked_mul(channels.checked_mul(repeat)?)?.checked_add(slack).map(|_| padded)
    }

    /// From a pixel to that right of it.
    pub(super) fn pixel(&self) -> usize {
        self.image[2] * self.repeat
    }

    /// From a pixel to that below it.
    pub(super) fn row(&self) -> usize {
        self.size[1] * self.pixel()
    }

    /// Values of the copy.
    fn len(&self) -> usize {
        self.size[0] * self.row()
    }

    /// Bytes that [`taps`](Self::taps) takes.
    pub(super) fn bytes<T: Tap>(&self) -> usize {
        (self.len() + self.slack) * size_of::<T>() + ALIGNMENT - 1
    }

    /// The place for the copy in `scratch`.
    pub(super) fn taps<'a, T: Tap>(&self, scratch: &'a mut [u8]) -> &'a mut [T] {
        let begin = scratch.as_ptr().align_offset(ALIGNMENT);
        bytemuck::cast_slice_mut(&mut scratch[begin..][..(self.len() + self.slack) * size_of::<T>()])
    }

    /// Copies an image.
    #[inline(always)]
    pub(super) fn copy<T: Tap>(&self, image: &[i8], taps: &mut [T]) {
        let [_, width, channels] = self.image;
        let shown = |axis: usize| self.image[axis].min(self.size[axis].saturating_sub(self.margin[axis]));
        let (rows, columns) = (shown(0), shown(1));
        if [rows, columns] != self.size {
            taps[..self.len()].fill(T::of(self.zero_point as i8, self.zero_point));
        }
        // Rows of the image that are rows of the copy too lie side by side in both.
        let whole = columns == width && columns == self.size[1];
        let (count, pixels) = match (whole, columns) {
            (true, _) => (rows.min(1), rows * width),
            (_, 0) => (0, 0),
            _ => (rows, columns),
        };
        for row in 0..count {
            let image = &image[row * width * channels..][..pixels * channels];
            let begin = (self.margin[0] + row) * self.row() + self.margin[1] * self.pixel();
            let taps = &mut taps[begin..][..pixels * self.pixel()];
            if self.repeat == 1 {
                for (tap, &input) in taps.iter_mut().zip(image) {
                    *tap = T::of(input, self.zero_point);
                }
            } else {
                for (taps, &input) in taps.chunks_exact_mut(self.repeat).zip(image) {
                    taps.fill(T::of(input, self.zero_point));
                }
            }
        }
    }
}

/// Places at equal distances along rows: where the taps of outputs begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// Places of a row.
    pub(super) columns: usize,
    /// From one to the next.
    pub(super) step: usize,
    /// The last of a row, which may be nearer to the one before.
    pub(super) last: usize,
    /// From a row to the next.
    pub(super) row: usize,
}

impl Places {
    /// Those from the `first` on, counted along the rows.
    #[inline(always)]
    pub(super) fn from<const N: usize>(&self, first: usize) -> [usize; N] {
        let (mut row, mut column) = (first / self.columns, first % self.columns);
        core::array::from_fn(|_| {
            let place = row * self.row + self.last.min(column * self.step);
            column += 1;
            if column == self.columns {
                (row, column) = (row + 1, 0);
            }
            place
        })
    }
}
