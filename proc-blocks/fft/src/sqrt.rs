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

/// [`sqrt`] by way of a root in double precision, where the target has an instruction for it.
///
/// Below 2⁴⁸ a root is at least 2⁻²⁷ away from the middle of two integers, and its error at most 2⁻²⁹.
#[inline]
pub(crate) fn fast_sqrt(value: u64) -> u32 {
    let has_instruction = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    if !has_instruction || value >> 48 != 0 {
        return sqrt(value);
    }
    let root = (libm::sqrt(value as f64) + 0.5) as u32;
    if value >> 32 == 0 { root.min(u32::from(u16::MAX)) } else { root }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_form_is_the_same() {
        let mut random = 1u64;
        for bits in 0..64 {
            for _ in 0..1000 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let root = u64::from(sqrt(random >> bits));
                for value in [random >> bits, root * root, root * root + root, root * root + root + 1] {
                    assert_eq!(fast_sqrt(value), sqrt(value), "{value}");
                }
            }
        }
        for value in [0, 1, 65_535 * 65_536, 65_535 * 65_536 + 1, (1 << 32) - 1, 1 << 32, (1 << 48) - 1, 1 << 48] {
            assert_eq!(fast_sqrt(value), sqrt(value), "{value}");
        }
    }

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
