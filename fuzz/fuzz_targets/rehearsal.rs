//! Any bytes are a rehearsal or an error, and every label of one is there.

#![no_main]

use runeblocks_calibrate::Rehearsal;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(rehearsal) = Rehearsal::parse(bytes, "m") {
        assert!(rehearsal.embeddings.iter().all(|(_, label)| *label < rehearsal.labels.len()));
    }
});
