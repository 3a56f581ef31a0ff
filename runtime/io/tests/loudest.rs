//! The loudest part of a recording against one that is sought by trying all.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use runeblocks_core::SampleRate;
use runeblocks_io::sound::{Fit, Sound};

fn sought(samples: &[i16], length: usize) -> usize {
    let energy = |part: &[i16]| part.iter().map(|&sample| i64::from(sample).pow(2)).sum::<i64>();
    let parts: Vec<_> = samples.windows(length).map(energy).collect();
    let most = parts.iter().max().unwrap();
    let loudest: Vec<_> = (0..parts.len()).filter(|&at| parts[at] == *most).collect();
    loudest[loudest.len() / 2]
}

proptest! {
    #[test]
    fn the_loudest_part_is_the_one_with_the_greatest_energy(
        samples in prop_oneof![
            prop::collection::vec(any::<i16>(), 1..300),
            prop::collection::vec(-2i16..2, 1..300),
            (0usize..100, prop::collection::vec(Just(i16::MIN), 1..50), 0usize..100)
                .prop_map(|(before, word, after)| [vec![0; before], word, vec![0; after]].concat()),
        ],
        share in 0.0f64..1.0,
    ) {
        let length = 1 + ((samples.len() - 1) as f64 * share) as usize;
        let sound = Sound::new(SampleRate(16_000), samples.clone()).unwrap();
        let begin = sound.loudest(length);
        prop_assert_eq!(begin, sought(&samples, length));
        let fitted = sound.clone().fit(length, Fit::Loudest).unwrap();
        prop_assert_eq!(fitted.samples(), &samples[begin..begin + length]);
        let longer = sound.fit(samples.len() + 5, Fit::Loudest).unwrap();
        prop_assert_eq!(longer.samples(), &[&samples[..], &[0; 5]].concat()[..]);
    }
}
