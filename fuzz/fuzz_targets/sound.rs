//! Any bytes are a sound or an error; a sound can be fitted and resampled.

#![no_main]

use runeblocks_core::SampleRate;
use runeblocks_io::sound::{Channels, Fit, Sound};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(sound) = Sound::parse(bytes, Channels::Mixdown) {
        let rate = sound.sample_rate();
        let _ = sound.clone().at(SampleRate(16_000));
        let fitted = sound.clone().fit(16_000, Fit::PadOrTrim);
        assert_eq!(fitted.map(|sound| sound.samples().len()).ok(), Some(16_000));
        if sound.samples().len() < 4_000 && (4_000..=48_000).contains(&rate.0) {
            let _ = sound.resample(SampleRate(16_000));
        }
    }
    let _ = Sound::parse(bytes, Channels::Mono);
});
