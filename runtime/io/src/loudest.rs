//! The part of a recording in which there is most to be found.

/// The begin of the part of `length` values with the greatest sum, of a recording that is longer; of several as great, the one in the
/// middle, so that what lies in silence comes to the middle of its part. 0 where the recording is not longer.
///
/// Values are energies: squared samples, at most 2³² each, and 2³¹ of them.
///
/// ```
/// # use runeblocks_io::loudest;
/// assert_eq!(loudest([0, 0, 0, 0, 9, 9, 0, 0], 4), 3);
/// assert_eq!(loudest([1, 2, 3], 4), 0);
/// ```
#[must_use]
pub fn loudest(energies: impl IntoIterator<Item = u64, IntoIter: Clone>, length: usize) -> usize {
    let energies = energies.into_iter();
    let parts = || {
        let mut ends = energies.clone();
        let first: u64 = ends.by_ref().take(length).sum();
        let next = |sum: &mut u64, (end, begin): (u64, u64)| {
            *sum = *sum + end - begin;
            Some(*sum)
        };
        std::iter::once(first).chain(ends.zip(energies.clone()).scan(first, next))
    };
    let most = parts().max().unwrap_or(0);
    let greatest = || parts().enumerate().filter(|(_, part)| *part == most).map(|(begin, _)| begin);
    greatest().nth(greatest().count() / 2).unwrap_or(0)
}
