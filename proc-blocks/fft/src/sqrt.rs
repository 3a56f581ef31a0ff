//! The rounded square root.

/// The integer nearest to √`value`, capped at 65,535 where `value` is below 2³² and at 2³² − 1 otherwise.
#[inline]
#[must_use]
pub fn sqrt(value: u64) -> u32 {
    match u32::try_from(value) {
        Ok(value) => {
            let root = value.isqrt();
            (root + u32::from(value - root * root > root)).min(u32::from(u16::MAX))
        }
        Err(_) => {
            let root = value.isqrt();
            (root + u64::from(value - root * root > root)).min(u64::from(u32::MAX)) as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_nearest_and_caps() {
        assert_eq!([0, 1, 2, 3, 6, 7, 12, 13].map(sqrt), [0, 1, 1, 2, 2, 3, 3, 4]);
        assert_eq!(sqrt(u64::from(u32::MAX)), 65_535);
        assert_eq!(sqrt(1 << 32), 65_536);
        assert_eq!(sqrt(u64::MAX), u32::MAX);
        for root in [2u64, 1000, 65_536, 3_000_000_000] {
            let middle = root * root + root;
            assert_eq!((u64::from(sqrt(middle)), u64::from(sqrt(middle + 1))), (root, root + 1));
        }
    }
}
