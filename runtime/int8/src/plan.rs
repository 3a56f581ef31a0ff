//! Where in the arena each tensor stands.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::memory::ALIGNMENT;

/// Memory that is needed from one operator to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) bytes: usize,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// Gives each request a place, so that no two that are needed at the same time overlap: the largest first, each at the
/// lowest place that is free while it is needed. Returns the places and how much they take in all.
pub(crate) fn plan(requests: &[Request]) -> (Vec<Range<usize>>, usize) {
    let mut order: Vec<usize> = (0..requests.len()).filter(|&index| requests[index].bytes > 0).collect();
    order.sort_by_key(|&index| (core::cmp::Reverse(requests[index].bytes), requests[index].first));
    let mut places = vec![0..0; requests.len()];
    let mut taken: Vec<usize> = Vec::new();
    let mut total = 0;
    for index in order {
        let request = &requests[index];
        let beside = |&&other: &&usize| requests[other].first <= request.last && request.first <= requests[other].last;
        let mut start = 0;
        // In the order of their places, those that are needed at the same time.
        for &other in taken.iter().filter(beside) {
            if start + request.bytes <= places[other].start {
                break;
            }
            start = start.max(places[other].end.next_multiple_of(ALIGNMENT));
        }
        places[index] = start..start + request.bytes;
        total = total.max(places[index].end);
        let at = taken.partition_point(|&other| places[other].start <= start);
        taken.insert(at, index);
    }
    (places, total.next_multiple_of(ALIGNMENT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(bytes: usize, first: usize, last: usize) -> Request {
        Request { bytes, first, last }
    }

    #[test]
    fn memory_is_used_again() {
        let chain = [request(100, 0, 1), request(50, 1, 2), request(100, 2, 3), request(0, 0, 3)];
        let (places, total) = plan(&chain);
        assert_eq!(places, [0..100, 112..162, 0..100, 0..0]);
        assert_eq!(total, 176);
    }

    #[test]
    fn gaps_are_filled() {
        let requests = [request(64, 0, 4), request(32, 0, 1), request(32, 2, 4), request(16, 3, 3)];
        let (places, total) = plan(&requests);
        assert_eq!(places, [0..64, 64..96, 64..96, 96..112]);
        assert_eq!(total, 112);
    }

    proptest! {
        #[test]
        fn what_is_needed_at_once_is_apart(lives in prop::collection::vec((0..300_usize, 0..20_usize, 0..6_usize), 0..40)) {
            let requests: Vec<Request> =
                lives.into_iter().map(|(bytes, first, length)| request(bytes, first, first + length)).collect();
            let (places, total) = plan(&requests);
            for (index, (a, place)) in requests.iter().zip(&places).enumerate() {
                prop_assert!(place.len() == a.bytes && place.start.is_multiple_of(ALIGNMENT) && place.end <= total);
                for (b, other) in requests.iter().zip(&places).skip(index + 1) {
                    let at_once = a.first <= b.last && b.first <= a.last && a.bytes > 0 && b.bytes > 0;
                    prop_assert!(!at_once || place.end <= other.start || other.end <= place.start);
                }
            }
        }
    }
}
