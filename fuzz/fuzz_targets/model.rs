//! Any bytes are a model that runs alike at every level, or an error.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runeblocks_int8::fuzz_program(bytes));
